"""The status page: the results of `booking-service check` in the reader's language."""

import platform
from dataclasses import dataclass

from starlette.responses import PlainTextResponse, Response

from ...actions.operations.checks import checks
from ...actions.operations.findings import Check, Level
from ...domain.text import several_lines
from ...language import Language
from ...versions import installed
from ..http.responses import page
from ..http.security import PRIVATE
from ..http.signed_in_pages import SignedInRequest, desk_frame

STATUS, AS_TEXT = "/admin/status", "/admin/status/text"


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A finding and its remedy, in pieces of which every second one is to be typed. `details`: one per line."""

    sentence: str
    remedy: tuple[str, ...]
    details: tuple[str, ...]
    failing: bool


@dataclass(frozen=True, slots=True)
class StatusView:
    """`needs`: needs attention, broken things first. `unknown`: could not be checked. `fine`: everything else."""

    clock: str
    needs: tuple[StatusLine, ...]
    unknown: tuple[StatusLine, ...]
    fine: tuple[str, ...]
    as_text: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/status"""
    found = list(checks(request.rt, now=request.now))
    failing = [each for each in found if each.level is Level.PROBLEM]
    doubtful = [each for each in found if each.level is Level.WARNING]
    view = StatusView(
        clock=request.language.clock(request.now, request.person.zone),
        needs=tuple(_line(each, request.language) for each in (*failing, *doubtful)),
        unknown=tuple(_line(each, request.language) for each in found if each.level is Level.UNKNOWN),
        fine=tuple(request.language.sentence(each.found) for each in found if each.level is Level.OK),
        as_text=request.href(AS_TEXT),
    )
    return page(request, "admin/status.html", view, desk_frame(request))


def download(request: SignedInRequest) -> Response:
    """GET /admin/status/text: the same as a file in English, for whoever is asked for help."""
    of = f"booking-service {installed() or 'from a directory'} (Python {platform.python_version()}), {request.now:%Y-%m-%d %H:%M} UTC"
    text = "\n".join((of, "", *(each.report for each in checks(request.rt, now=request.now))))
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="status.txt"'}
    return PlainTextResponse(f"{several_lines(text)}\n", headers=headers)


def _line(check: Check, language: Language) -> StatusLine:
    advice = language.sentence(check.advice) if check.advice is not None else ""
    pieces = tuple(advice.split("`"))
    return StatusLine(language.sentence(check.found), pieces, tuple(check.details), check.level is Level.PROBLEM)
