"""Whether all is in order: what `booking-service check` looks at, as a page in its reader's language."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.operations.checks import checks
from ...actions.operations.findings import Check, Level
from ...language import Language
from ..http.responses import page
from ..http.signed_in import SignedInRequest, desk_frame


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A finding, and what to do about it, in pieces: every second one is to be typed. `details`: what it consists of, a
    line each, in the words of the command."""

    sentence: str
    remedy: tuple[str, ...]
    details: tuple[str, ...]
    failing: bool


@dataclass(frozen=True, slots=True)
class StatusView:
    """`needs`: what is to be looked at, what does not work first; `unknown`: what could not be looked at; `fine`: sentences
    about the rest."""

    clock: str
    needs: tuple[StatusLine, ...]
    unknown: tuple[StatusLine, ...]
    fine: tuple[str, ...]


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
    )
    return page(request, "admin/status.html", view, desk_frame(request))


def _line(check: Check, language: Language) -> StatusLine:
    advice = language.sentence(check.advice) if check.advice is not None else ""
    pieces = tuple(advice.split("`"))
    return StatusLine(language.sentence(check.found), pieces, tuple(check.details), check.level is Level.PROBLEM)
