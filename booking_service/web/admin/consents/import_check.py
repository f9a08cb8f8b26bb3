"""Importing contacts, third step: the verdict on each line, and correcting lines in place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from ....actions.consent import imports
from ....actions.consent.import_check import LineFault, LineVerdict, ReadLine
from ....actions.consent.imports import ImportPreview, PlanChanged, StillWrong, UnknownImport
from ....domain.consent_file import Column
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .import_lines import LinesView, listed_at, look_of
from .import_lines import view as lines_view
from .import_words import IMPORT, Figure, Steps, figures, id_of, steps, trouble

_CELL = re.compile(r"l(\d{1,6})c(\d{1,2})")
_LONGEST = 4000  # of a corrected cell


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell to correct. `name`: "" where no single cell is wrong, or a sensitive one, which is not shown."""

    name: str
    label: str
    whose: str
    text: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """`title`: what is wrong, in one line; "" for nothing. `more`: about wrong lines beyond this page.

    `lacking`: what consents would lack. `plan`: the mapping that was shown, to be sent back; `changed`: it was another
    one. `unjudged`: lines without a verdict yet. `apply`, `leave_out`: "" where impossible.
    """

    steps: Steps
    title: str
    cells: tuple[WrongCell, ...]
    unjudged: bool
    more: str
    figures: tuple[Figure, ...]
    lacking: tuple[str, ...]
    lines: LinesView
    action: str
    plan: str
    changed: str
    back: str
    file: str
    apply: str
    leave_out: str

    @property
    def keeps(self) -> bool:
        """Whether cells can be corrected, so that links elsewhere save them first."""
        return any(each.name for each in self.cells)


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/check. Raises NotFound."""
    return _page(request, _found(request))


def act(request: SignedInRequest) -> Response:
    """POST /admin/consents/import/{id}/check: corrected cells, and `do`: check, columns, apply or leave-out.

    Or `look`: the list to show next. Corrections are checked before anything else. Raises NotFound.
    """
    id, do = id_of(request), request.form.get("do", "check")
    before = _found(request)
    if before is None:
        return see_other(request.href(f"{IMPORT}/{id}/done"))
    mended, look = _mended(request, before), "look" in request.form
    if mended or (do == "check" and not look):  # both may differ on another day
        imports.mend(request.rt, id, mended, now=request.now)
    if do == "columns":
        return see_other(request.href(f"{IMPORT}/{id}/columns"))
    if look:
        return see_other(look_of(request, f"{IMPORT}/{id}/check", request.form["look"]))
    if do not in ("apply", "leave-out"):
        return see_other(request.href(f"{IMPORT}/{id}/check"))
    try:
        seen = request.form.get("plan", "")
        imports.apply(request.rt, id, leave_out=do == "leave-out", seen=seen, now=request.now)
    except StillWrong:
        return _page(request, _found(request), status=422)
    except PlanChanged:
        return _page(request, _found(request), changed=True, status=409)
    return see_other(request.href(f"{IMPORT}/{id}/done"))


def _found(request: SignedInRequest) -> ImportPreview | None:
    """None: it is applied already. Raises UnknownImport."""
    found = imports.look(request.rt, id_of(request))
    if found.made.state == imports.COLUMNS:
        raise UnknownImport("its columns are not known yet")
    return found if found.made.state == imports.CHECK else None


def _page(
    request: SignedInRequest, found: ImportPreview | None, *, changed: bool = False, status: int = 200
) -> Response:
    if found is None:
        return see_other(request.href(f"{IMPORT}/{id_of(request)}/done"))
    language, base = request.language, f"{IMPORT}/{found.made.id}"
    wrong, every, lines = found.counts[LineVerdict.WRONG], found.all_lines, lines_view(request, f"{base}/check")
    view = CheckView(
        steps=steps(3, language),
        title=_wrong(wrong, every, language) if wrong else "",
        cells=tuple(_cell(found, line, cells, each, language) for line, cells in found.wrong for each in line.faults),
        unjudged=found.unjudged > 0,
        more=language.text(
            "The first {count} are shown. The others come once these are corrected.", count=len(found.wrong)
        )
        if wrong > len(found.wrong)
        else "",
        figures=figures(found, language, partial(listed_at, request, f"{base}/check"), done=False),
        lacking=tuple(_lacking(found, language)),
        lines=lines,
        action=request.href(f"{base}/check"),
        plan=found.plan.seal,
        changed=language.text(
            "Somebody changed the meaning of the columns since you looked at this page. Nothing is imported "
            "yet: this is what would happen now."
        )
        if changed
        else "",
        back=request.href(f"{base}/columns"),
        file=request.href(f"{base}/file") if wrong or found.counts[LineVerdict.ALONE] else "",
        apply=_apply(found, language) if found.stored and not wrong and not found.unjudged else "",
        leave_out=language.plural(
            "Leave out this line, import {rest} of {every}",
            "Leave out these {count} lines, import {rest} of {every}",
            wrong,
            rest=found.stored,
            every=every,
        )
        if found.stored and wrong and not found.unjudged
        else "",
    )
    return page(request, "admin/consents/import_check.html", view, desk_frame(request), status=status)


def _wrong(count: int, every: int, language: Language) -> str:
    if every == 1:
        return language.text("The only line cannot be imported as it is")
    return language.plural(
        "{count} of {every} lines cannot be imported as it is",
        "{count} of {every} lines cannot be imported as they are",
        count,
        every=every,
    )


def _apply(found: ImportPreview, language: Language) -> str:
    if found.stored == found.all_lines:
        return language.plural("Import {count} line", "Import {count} lines", found.stored)
    return language.text("Import {count} of {every} lines", count=found.stored, every=found.all_lines)


def _lacking(found: ImportPreview, language: Language) -> Iterator[str]:
    if found.without_source:
        yield language.plural(
            "{count} line has no source: nothing would say where and how the consent was given.",
            "{count} lines have no source: nothing would say where and how the consent was given.",
            found.without_source,
        )
    if found.without_date:
        yield language.plural(
            "{count} line has no date: the consent would count as given today.",
            "{count} lines have no date: the consents would count as given today.",
            found.without_date,
        )


def _cell(
    found: ImportPreview, line: ReadLine, cells: tuple[str, ...], fault: LineFault, language: Language
) -> WrongCell:
    place = found.plan.place(fault.column, fault.field)
    if place is None and fault.trouble is not None and fault.column is Column.EMAIL:
        place = found.plan.place(Column.PHONE)
    headings = found.made.mapping["headings"]
    label = (
        language.text("Line {number}, {heading}", number=line.number, heading=headings[place])
        if place is not None
        else (language.text("Line {number}", number=line.number))
    )
    hidden = place in found.sensitive
    others = (line.name, line.address if fault.column is not Column.EMAIL else "", line.phone)
    return WrongCell(
        name=f"l{line.number}c{place}" if place is not None and not hidden else "",
        label=label,
        whose=next((each for each in others if each), ""),
        text=trouble(fault, language),
        value=cells[place] if place is not None and not hidden and place < len(cells) else "",
    )


def _mended(request: SignedInRequest, found: ImportPreview) -> dict[tuple[int, int], str]:
    """The cells that were typed, of those that the page offers."""
    offered = {
        (line.number, place): cells[place] if place < len(cells) else ""
        for line, cells in found.wrong
        for place in range(len(found.plan.columns))
        if place not in found.sensitive
    }
    typed = {
        (int(match[1]), int(match[2])): text[:_LONGEST]
        for name, text in request.form.items()
        if (match := _CELL.fullmatch(name))
    }
    return {where: text for where, text in typed.items() if where in offered and offered[where] != text}
