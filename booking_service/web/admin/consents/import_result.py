"""Importing contacts, last step: the result, and a file of the lines that were not stored."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO

from starlette.responses import Response

from ....actions.consent import import_outcomes, import_retract, imports
from ....actions.consent.import_check import CONSENTS, LineVerdict
from ....actions.consent.import_outcomes import Outcomes
from ....actions.consent.import_retract import CannotBeTakenBack
from ....actions.consent.imports import ImportPreview, UnknownImport
from ....domain.consent_file import Meaning
from ....domain.text import defused, several_lines
from ....language import Language
from ...http.forms import Problem, reason_problems
from ...http.responses import page, see_other
from ...http.security import PRIVATE
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .ask_words import ASK
from .import_lines import LinesView, listed_at
from .import_lines import view as lines_view
from .import_words import IMPORT, Figure, Steps, figures, id_of, steps, why

_IN_FILE = (LineVerdict.LEFT_OUT, LineVerdict.WRONG, LineVerdict.ALONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackView:
    """`press`: the button, with the number of entries. `opt_outs`: they are opt-outs by staff. `fields`: fields were
    filled too."""

    action: str
    press: str
    opt_outs: bool
    fields: bool
    reason: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """`ask`: where contacts with recorded consents are asked; "" for none. `back`: how it is taken back, where
    possible.

    `theirs`: it passed on people's own noes, which only they can lift. `stayed`: about opt-outs that were not reverted.
    `keeps`: the page contains input.
    """

    steps: Steps
    running: bool
    done: int
    all_lines: int
    progress: str
    title: str
    facts: str
    figures: tuple[Figure, ...]
    lines: LinesView
    file: str
    again: str
    contacts: str
    ask: str
    id: str
    purpose: str
    back: TakeBackView | None
    theirs: bool
    stayed: str
    keeps: bool = False


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/done. Raises NotFound."""
    return _page(request)


def take_back(request: SignedInRequest) -> Response:
    """POST /admin/consents/import/{id}/take-back: with a `reason`. Raises NotFound."""
    id, language, reason = id_of(request), request.language, several_lines(request.form.get("reason", ""))
    missing = language.text("Say why: it goes on record with the change")
    problems = tuple(reason_problems("reason", reason, language, missing=missing))
    if problems:
        return _page(request, problems=problems)
    by, called, actor = request.person.id.hex, request.person.name, request.actor
    with suppress(CannotBeTakenBack):  # the page shows the present state
        import_retract.start(request.rt, id, reason=reason, by=by, called=called, actor=actor, now=request.now)
    return see_other(request.href(f"{IMPORT}/{id}/done"))


def file(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/file: the lines that were not stored, in the file's format. Raises NotFound."""
    found = import_outcomes.left_out(request.rt, id_of(request))
    mapping, written = found.made.mapping, StringIO(newline="")
    csv.writer(written, delimiter=str(mapping["separator"])).writerows(_rows(request, found))
    encoding = "utf-8" if mapping["encoding"] == "utf-8" else "utf-8-sig"  # with the mark for spreadsheets
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="left-out.csv"'}
    return Response(written.getvalue().encode(encoding), headers=headers, media_type="text/csv; charset=utf-8")


def _page(request: SignedInRequest, *, problems: tuple[Problem, ...] = ()) -> Response:
    found = imports.look(request.rt, id_of(request))
    if found.made.state not in imports.APPLIED_STATES:
        raise UnknownImport("it is not applied yet")
    view, status = _view(request, found, problems), 422 if problems else 200
    return page(request, "admin/consents/import_done.html", view, desk_frame(request), status=status)


def _view(request: SignedInRequest, found: ImportPreview, problems: tuple[Problem, ...]) -> DoneView:
    made, counts, language = found.made, found.counts, request.language
    here, running = f"{IMPORT}/{made.id}/done", made.state in (imports.APPLYING, imports.TAKING_BACK)
    purpose = str(made.mapping.get("purpose", ""))
    done, every = found.applied, found.all_lines - counts[LineVerdict.LEFT_OUT]
    if made.state == imports.TAKING_BACK:
        done, every = found.taken_back, found.to_take_back
    return DoneView(
        steps=steps(4, language),
        running=running,
        done=done,
        all_lines=every,
        progress=language.plural("{done} of {count} line", "{done} of {count} lines", every, done=done),
        title=_title(found, language),
        facts=" · ".join(_facts(request, found)),
        figures=figures(found, language, partial(listed_at, request, here), done=not running),
        lines=lines_view(request, here),
        file=request.href(f"{IMPORT}/{made.id}/file")
        if any(counts[each] for each in _IN_FILE) and not found.forgotten
        else "",
        again=request.href(here),
        contacts=request.href("/admin/consents/contacts", purpose=purpose),
        ask=request.plain(ASK) if _brought_consents(found) else "",
        id=made.id.hex,
        purpose=purpose,
        back=_back(request, found, problems),
        theirs=found.plan.meaning is Meaning.OUT_THEIRS and bool(found.stored) and not running,
        stayed=_stayed(found, language),
    )


def _brought_consents(found: ImportPreview) -> bool:
    """Whether consents of this import still stand."""
    stands = found.made.state in (imports.DONE, imports.OVER)
    return stands and found.plan.meaning in CONSENTS and found.to_take_back > 0


def _title(found: ImportPreview, language: Language) -> str:
    match found.made.state:
        case imports.APPLYING:
            return language.text("Importing …")
        case imports.TAKING_BACK:
            return language.text("Taking back …")
        case imports.TAKEN_BACK if found.plan.meaning is Meaning.OUT_OURS:
            return language.plural("{count} opt-out reverted", "{count} opt-outs reverted", found.taken_back)
        case imports.TAKEN_BACK:
            return language.plural("{count} consent taken back", "{count} consents taken back", found.taken_back)
        case _:
            return language.plural("{count} line imported", "{count} lines imported", found.stored)


def _facts(request: SignedInRequest, found: ImportPreview) -> Iterator[str]:
    made, language = found.made, request.language
    yield made.name
    yield language.long_date(made.made_at.astimezone(request.person.zone).date())
    back = made.mapping.get("back")
    if back is not None:
        yield language.text("taken back by {who}: {reason}", who=back["called"], reason=back["reason"])


def _stayed(found: ImportPreview, language: Language) -> str:
    if found.made.state != imports.TAKEN_BACK or found.plan.meaning is not Meaning.OUT_OURS or not found.stayed:
        return ""
    return language.plural(
        "{count} opt-out stays. Its line says why.", "{count} opt-outs stay. Each line says why.", found.stayed
    )


def _back(request: SignedInRequest, found: ImportPreview, problems: tuple[Problem, ...]) -> TakeBackView | None:
    if found.made.state not in (imports.DONE, imports.OVER) or not found.to_take_back:
        return None
    return TakeBackView(
        action=request.href(f"{IMPORT}/{found.made.id}/take-back"),
        press=_press(found, request.language),
        opt_outs=found.plan.meaning is Meaning.OUT_OURS,
        fields=bool(found.plan.fields),
        reason=several_lines(request.form.get("reason", "")),
        problems=problems,
    )


def _press(found: ImportPreview, language: Language) -> str:
    count = found.to_take_back
    if found.plan.meaning is Meaning.OUT_OURS:
        return language.plural("Revert {count} opt-out", "Revert up to {count} opt-outs", count)
    return language.plural("Take {count} consent back", "Take {count} consents back", count)


def _rows(request: SignedInRequest, found: Outcomes) -> Iterator[list[str]]:
    """The file's columns, the line number, and why it was not stored."""
    language, headings = request.language, found.made.mapping["headings"]
    yield [*map(defused, headings), language.text("Line"), language.text("Why it is not stored")]
    for each in found.lines:
        cells = [*each.cells, *[""] * (len(headings) - len(each.cells))]
        yield [*map(defused, cells), str(each.number), why(each, found, language)]
