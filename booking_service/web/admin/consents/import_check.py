"""Importing contacts, last steps: what will happen, lines to be mended in place, and what came of it."""

import csv
import re
from dataclasses import dataclass
from io import StringIO

from starlette.responses import Response

from ....actions.consent import imports
from ....actions.consent.import_check import LineFault, LineVerdict, ReadLine
from ....actions.consent.imports import Preview, StillWrong, UnknownImport
from ....domain.consent_file import Column
from ....domain.spreadsheet import defused
from ....language import Language
from ...http.responses import page, see_other
from ...http.security import PRIVATE
from ...http.signed_in import SignedInRequest, desk_frame
from .import_words import IMPORT, Steps, id_of, steps, trouble

_CELL = re.compile(r"l(\d{1,6})c(\d{1,2})")
_LONGEST = 4000  # of a cell that is mended


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell to be mended. `name`: "" where the fault lies in no one cell."""

    name: str
    label: str
    whose: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class StoredLine:
    number: int
    who: str
    name: str
    consent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """`title`: what is wrong, in one line; "" where nothing is. `more`: wrong lines that the page has no room for."""

    steps: Steps
    title: str
    cells: tuple[WrongCell, ...]
    more: str
    figures: tuple[tuple[int, str], ...]
    first: tuple[StoredLine, ...]
    action: str
    back: str
    file: str
    apply: str
    leave_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    steps: Steps
    running: bool
    done: int
    all_lines: int
    title: str
    facts: str
    figures: tuple[tuple[int, str], ...]
    file: str
    again: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/check. Raises NotFound."""
    return _page(request, _found(request))


def act(request: SignedInRequest) -> Response:
    """POST /admin/consents/import/{id}/check: mended cells, and `do`: check, apply, or leave-out. What was mended is checked
    before anything is imported. Raises NotFound."""
    id, do = id_of(request), request.form.get("do", "check")
    before = _found(request)
    if before is None:
        return see_other(request.href(f"{IMPORT}/{id}/done"))
    mended = _mended(request, before)
    if mended:
        imports.mend(request.rt, id, mended, now=request.now)
    if do not in ("apply", "leave-out"):
        return see_other(request.href(f"{IMPORT}/{id}/check"))
    try:
        imports.apply(request.rt, id, leave_out=do == "leave-out", now=request.now)
    except StillWrong:
        return _page(request, _found(request), status=422)
    return see_other(request.href(f"{IMPORT}/{id}/done"))


def done(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/done. Raises NotFound."""
    id, language = id_of(request), request.language
    found = imports.look(request.rt, id, now=request.now)
    if found.made.state not in (imports.APPLYING, imports.DONE, imports.OVER):
        raise UnknownImport("it is not applied yet")
    counts, running = found.counts, found.made.state == imports.APPLYING
    brought = counts[LineVerdict.NEW] + counts[LineVerdict.ADDED]
    view = DoneView(
        steps=steps(4, language),
        running=running,
        done=found.applied,
        all_lines=found.all_lines - counts[LineVerdict.LEFT_OUT],
        title=language.plural("{count} line imported", "{count} lines imported", brought),
        facts=" · ".join(
            (found.made.name, language.long_date(found.made.made_at.astimezone(request.person.zone).date()))
        ),
        figures=_figures(found, language, done=not running),
        file=request.href(f"{IMPORT}/{id}/file")
        if counts[LineVerdict.LEFT_OUT] + counts[LineVerdict.WRONG] and found.made.state != imports.OVER
        else "",
        again=request.href(request.path),
    )
    return page(request, "admin/consents/import_done.html", view, desk_frame(request))


def file(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/file: the lines that are wrong or were left out, as CSV. Raises NotFound."""
    made, lines = imports.left_out(request.rt, id_of(request))
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(made.mapping["headings"])
    writer.writerows([defused(cell) for cell in cells] for _, cells in lines)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="left-out.csv"'}
    return Response(written.getvalue().encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")


def _found(request: SignedInRequest) -> Preview | None:
    """None: it is applied already. Raises UnknownImport."""
    found = imports.look(request.rt, id_of(request), now=request.now)
    if found.made.state == imports.COLUMNS:
        raise UnknownImport("its columns are not known yet")
    return found if found.made.state == imports.CHECK else None


def _page(request: SignedInRequest, found: Preview | None, *, status: int = 200) -> Response:
    if found is None:
        return see_other(request.href(f"{IMPORT}/{id_of(request)}/done"))
    language, base = request.language, f"{IMPORT}/{found.made.id}"
    wrong, every = found.counts[LineVerdict.WRONG], found.all_lines
    view = CheckView(
        steps=steps(3, language),
        title=language.text("{count} of {every} lines cannot be imported as they are", count=wrong, every=every)
        if wrong
        else "",
        cells=tuple(_cell(found, line, cells, each, language) for line, cells in found.wrong for each in line.faults),
        more=language.text(
            "The first {count} are shown. The others come once these are mended.", count=len(found.wrong)
        )
        if wrong > len(found.wrong)
        else "",
        figures=_figures(found, language, done=False),
        first=tuple(_stored(each, language) for each in found.first),
        action=request.href(f"{base}/check"),
        back=request.href(f"{base}/columns"),
        file=request.href(f"{base}/file") if wrong else "",
        apply="" if wrong else language.plural("Import {count} line", "Import {count} lines", every),
        leave_out=language.text("Leave out these {count}, import {rest}", count=wrong, rest=every - wrong)
        if wrong and wrong < every
        else "",
    )
    return page(request, "admin/consents/import_check.html", view, desk_frame(request), status=status)


def _cell(found: Preview, line: ReadLine, cells: tuple[str, ...], fault: LineFault, language: Language) -> WrongCell:
    place = found.plan.place(fault.column) if fault.column else None
    if place is None and fault.trouble is not None and fault.column is Column.EMAIL:
        place = found.plan.place(Column.PHONE)
    headings = found.made.mapping["headings"]
    label = (
        language.text("Line {number}, {heading}", number=line.number, heading=headings[place])
        if place is not None
        else (language.text("Line {number}", number=line.number))
    )
    others = (line.name, line.address if fault.column is not Column.EMAIL else "", line.phone)
    return WrongCell(
        name=f"l{line.number}c{place}" if place is not None else "",
        label=label,
        whose=next((each for each in others if each), ""),
        text=trouble(fault, language),
        value=cells[place] if place is not None and place < len(cells) else "",
    )


def _mended(request: SignedInRequest, found: Preview) -> dict[tuple[int, int], str]:
    """What was typed into the cells that the page offers, and no others."""
    offered = {
        (line.number, place): cells[place] if place < len(cells) else ""
        for line, cells in found.wrong
        for place in range(len(found.plan.columns))
    }
    typed = {
        (int(match[1]), int(match[2])): text[:_LONGEST]
        for name, text in request.form.items()
        if (match := _CELL.fullmatch(name))
    }
    return {where: text for where, text in typed.items() if where in offered and offered[where] != text}


def _figures(found: Preview, language: Language, *, done: bool) -> tuple[tuple[int, str], ...]:
    counts = found.counts
    names = (
        (counts[LineVerdict.NEW], language.text("new contacts")),
        (counts[LineVerdict.ADDED], language.text("known ones, a permission is added")),
        (counts[LineVerdict.SAME], language.text("stand so already")),
        (counts[LineVerdict.ALONE], language.text("opted out: left alone")),
        (counts[LineVerdict.WRONG], language.text("lines with errors")),
        (counts[LineVerdict.LEFT_OUT], language.text("left out by you")),
    )
    return tuple((count, name) for count, name in names if count or (not done and name == names[0][1]))


def _stored(line: ReadLine, language: Language) -> StoredLine:
    detail = line.detail
    day = language.long_date(detail.given_on) if detail.given_on else ""
    return StoredLine(
        line.number,
        line.address or line.phone,
        line.name,
        ", ".join(filter(None, (detail.who, detail.source, day, detail.optin_id))),
    )
