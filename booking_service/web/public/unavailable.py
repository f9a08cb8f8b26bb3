"""The page of a host whose calendar can't be verified: it offers no times, and says why."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from ...actions.times.offers import Closed, OfferedSlots
from ...domain.localized_text import LocalizedText, worded
from ...domain.people import Host
from ...language import Language
from ..http.errors import RETRY_S
from ..http.request import PageRequest
from ..http.responses import Frame, page, problem
from .times import Errand


@dataclass(frozen=True, slots=True)
class ClosedView:
    title: LocalizedText
    reason: str
    advice: str
    again: str
    details: str
    kept: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PausedView:
    title: LocalizedText
    heading: str
    text: str


def closed_page(
    request: PageRequest, offered: OfferedSlots, language: Language, errand: Errand | None = None
) -> Response:
    """503, as a later request may succeed. A form being filled in is led back to its input."""
    host, until = offered.host.name, offered.host.paused(request.now)
    if until is not None:
        return _paused_page(request, offered, until, language)
    if request.wants_json:
        return problem(
            request,
            503,
            kind="calendar-unverified",
            title=language.text("The calendar does not answer"),
            detail=_reason(offered.closed, host, language),
            headers={"Retry-After": str(RETRY_S)},
        )
    view = ClosedView(
        title=worded(offered.meeting.title, language.code, writer=offered.host.language),
        reason=_reason(offered.closed, host, language),
        advice=language.text("Times appear here again as soon as it can be read. Please try again in a few minutes."),
        again=request.href(request.path, zone=request.query.get("zone"), day=request.query.get("day")),
        details=request.plain(errand.action) if errand else "",
        kept=(*errand.kept, ("lang", language.code)) if errand and errand.kept else (),
    )
    private = errand is not None and errand.private
    frame = Frame.of_host(offered.host, offered.organisation, language, private=private)
    headers = {"Retry-After": str(RETRY_S)}
    return page(request, "public/unavailable.html", view, frame, status=503, headers=headers)


def _paused_page(request: PageRequest, offered: OfferedSlots, until: date, language: Language) -> Response:
    """No failure, so no 503; programs are told when to ask again."""
    title, text = (
        language.text("No bookings before {day}", day=language.day(until)),
        paused(offered.host, until, language),
    )
    if request.wants_json:
        return problem(request, 409, kind="host-paused", title=title, detail=text, until=until.isoformat())
    view = PausedView(
        title=worded(offered.meeting.title, language.code, writer=offered.host.language), heading=title, text=text
    )
    frame = Frame.of_host(offered.host, offered.organisation, language)
    return page(request, "public/paused.html", view, frame, status=409 if request.method == "POST" else 200)


def paused(host: Host, until: date, language: Language) -> str:
    """Until when the host takes no bookings, by their own date."""
    return language.text(
        "{host} is taking no bookings at present, and will again from {day}. Existing bookings are not affected.",
        host=host.name,
        day=language.full_date(until),
    )


def _reason(closed: Closed | None, host: str, language: Language) -> str:
    match closed:
        case Closed.NO_CALENDAR:
            return language.text("{host} has not connected a calendar yet, so nothing can be booked.", host=host)
        case Closed.UNREAD:
            return language.text("The calendar of {host} is being read for the first time.", host=host)
        case _:
            return language.text(
                "The calendar of {host} can't be read at the moment, so nobody can say which times are free.", host=host
            )
