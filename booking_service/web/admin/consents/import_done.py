"""Importing contacts, last step: what came of it, and the lines that were not stored as a file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from io import StringIO

from starlette.responses import Response

from ....actions.consent import import_outcomes, imports
from ....actions.consent.import_check import LineVerdict
from ....actions.consent.import_outcomes import Outcomes
from ....actions.consent.imports import Preview, UnknownImport
from ....domain.spreadsheet import defused
from ...http.responses import page
from ...http.security import PRIVATE
from ...http.signed_in import SignedInRequest, desk_frame
from .import_lines import LinesView, listed_at
from .import_lines import view as lines_view
from .import_words import IMPORT, Figure, Steps, figures, id_of, steps, why

_IN_FILE = (LineVerdict.LEFT_OUT, LineVerdict.WRONG, LineVerdict.ALONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
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


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/done. Raises NotFound."""
    found = imports.look(request.rt, id_of(request), now=request.now)
    if found.made.state not in (imports.APPLYING, imports.DONE, imports.OVER):
        raise UnknownImport("it is not applied yet")
    return page(request, "admin/consents/import_done.html", _view(request, found), desk_frame(request))


def file(request: SignedInRequest) -> Response:
    """GET /admin/consents/import/{id}/file: the lines that are not stored, as the file was written. Raises NotFound."""
    found = import_outcomes.left_out(request.rt, id_of(request), now=request.now)
    mapping, written = found.made.mapping, StringIO(newline="")
    csv.writer(written, delimiter=str(mapping["separator"])).writerows(_rows(request, found))
    encoding = "utf-8" if mapping["encoding"] == "utf-8" else "utf-8-sig"  # by its mark spreadsheets know it
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="left-out.csv"'}
    return Response(written.getvalue().encode(encoding), headers=headers, media_type="text/csv; charset=utf-8")


def _view(request: SignedInRequest, found: Preview) -> DoneView:
    made, counts, language = found.made, found.counts, request.language
    running, every = made.state == imports.APPLYING, found.all_lines - counts[LineVerdict.LEFT_OUT]
    day = language.long_date(made.made_at.astimezone(request.person.zone).date())
    return DoneView(
        steps=steps(4, language),
        running=running,
        done=found.applied,
        all_lines=every,
        progress=language.plural("{done} of {count} line", "{done} of {count} lines", every, done=found.applied),
        title=language.plural("{count} line imported", "{count} lines imported", found.stored),
        facts=" · ".join((made.name, day)),
        figures=figures(found, language, partial(listed_at, request), done=not running),
        lines=lines_view(request),
        file=request.href(f"{IMPORT}/{made.id}/file")
        if any(counts[each] for each in _IN_FILE) and made.state != imports.OVER
        else "",
        again=request.href(request.path),
    )


def _rows(request: SignedInRequest, found: Outcomes) -> Iterator[list[str]]:
    """The columns of the file as they were, then the number of the line and why it is not stored."""
    language, headings = request.language, found.made.mapping["headings"]
    yield [*map(defused, headings), language.text("Line"), language.text("Why it is not stored")]
    for each in found.lines:
        cells = [*each.cells, *[""] * (len(headings) - len(each.cells))]
        yield [*map(defused, cells), str(each.number), why(each, found, language, zone=request.person.zone)]
