"""Every refusal as a response: each class of error has its status here, and its words in `refusal_words`.

Pages that can do better in place (the details form keeps its input) catch an error themselves and use its words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from starlette.responses import Response

from ...actions.times import public
from ...actions.times.offers import Offering
from ...crypto.keys import KeyTrouble
from ...domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingCancelled,
    BookingErased,
    CalendarUnverified,
    ConfirmationForced,
    ContactErased,
    HoldExpired,
    HostPaused,
    KeptTooLong,
    LinkOver,
    NetworkBlocked,
    NotFound,
    OfferOver,
    OneTimeOver,
    ReasonMissing,
    SignInOver,
    SlotTaken,
    StorageBusy,
    TextChanged,
    TooLate,
    TooManyMoves,
    TooManyRequests,
    UnknownBooking,
    UnknownLink,
    UnknownMeeting,
    WrongCode,
    WrongPassword,
    WrongSecondFactor,
)
from ...domain.people import Organisation
from ...domain.slots import NotOffered, Reason
from ...language import Language
from . import api_words
from .forms import Problem
from .refusal_words import NO_HOSTS, Refusal, words, words_of_status
from .request import PageRequest
from .responses import Frame, page, problem
from .signed_in_pages import SignedInRequest, desk_frame

RETRY_S = 60  # seconds after which a calendar or database may answer again

_STATUS: Mapping[type[Exception], int] = {
    UnknownBooking: 404,
    UnknownLink: 404,
    LinkOver: 410,
    OneTimeOver: 410,
    ContactErased: 410,
    BookingErased: 410,
    UnknownMeeting: 404,
    SlotTaken: 409,
    NotOffered: 422,
    HoldExpired: 410,
    BookingCancelled: 410,
    CalendarUnverified: 503,
    HostPaused: 409,
    TooLate: 409,
    TooManyMoves: 409,
    KeptTooLong: 422,
    ConfirmationForced: 409,
    ReasonMissing: 422,
    OfferOver: 409,
    TextChanged: 422,
    WrongCode: 422,
    WrongPassword: 422,
    WrongSecondFactor: 422,
    NetworkBlocked: 403,
    AddressBlocked: 422,
    AddressUnusable: 422,
    TooManyRequests: 429,
    SignInOver: 410,
    NotFound: 404,
    StorageBusy: 503,
    KeyTrouble: 409,
}
_KINDS = {
    400: "unreadable",
    403: "cross-site",
    404: "unknown",
    405: "method",
    408: "too-slow",
    413: "too-large",
    415: "no-form",
    421: "unknown-host",
    422: "unreadable",
    500: "failed",
}


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What went wrong, and a link to go on."""

    title: str
    text: str
    href: str
    onwards: str
    id: str


def status_of(error: Exception) -> int:
    if isinstance(error, NotOffered) and error.reason not in {
        Reason.OFF_GRID,
        Reason.OUTSIDE_HOURS,
        Reason.BEYOND_HORIZON,
    }:
        return 409  # it may have been on offer before
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 409)  # others


def answer(request: PageRequest, error: Refusal) -> Response:
    """The page, or problem details, of a refusal that no page handled."""
    frame = _frame(request)
    title_and_text = words(error, frame.language, request=request)
    headers, again = retry(error, now=request.now), error.again if isinstance(error, BookingErased) else None
    return _error(request, frame, status_of(error), title_and_text, kind=_kind(error), headers=headers, again=again)


def by_status(request: PageRequest, status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """The page for a status without an error: an unreadable request, or one from another site."""
    frame = _frame(request)
    of_api = api_words.OF_STATUS.get(status) if request.path.startswith("/api/") else None
    title_and_text = of_api or words_of_status(status, frame.language)
    return _error(request, frame, status, title_and_text, kind=_KINDS.get(status, "refused"), headers=headers or {})


def no_time(request: PageRequest, language: Language, offering: Offering) -> Response:
    """The details form was requested without a readable time."""
    title, text = (
        language.text("Choose a time first"),
        language.text("The address of this page does not say which time you mean."),
    )
    if request.wants_json:
        return problem(request, 422, kind="no-time", title=title, detail=text)
    href = request.href(
        f"/{offering.host.slug}/{offering.meeting.slug}", zone=request.zone.key if request.zone else None
    )
    view = ErrorView(title, text, href, language.text("See the free times"), request.id)
    frame = Frame.of_host(offering.host, offering.organisation, language, private=True)
    return page(request, "errors/error.html", view, frame, status=422)


def as_problem(
    request: PageRequest,
    status: int,
    *,
    notice: tuple[str, str] | None,
    problems: Sequence[Problem],
    language: Language,
    headers: Mapping[str, str],
) -> Response:
    """A refused form as problem details, with each wrong field."""
    title, detail = notice or (language.text("The form is not complete"), " ".join(each.text for each in problems))
    fields = [{"field": each.field, "detail": each.text} for each in problems]
    return problem(request, status, kind="refused-form", title=title, detail=detail, headers=headers, errors=fields)


def retry(error: Exception, *, now: datetime) -> dict[str, str]:
    """Retry-After (RFC 9110 §10.2.3) where waiting helps."""
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(max(1, ceil((error.again_at - now).total_seconds())))}
    return {"Retry-After": str(RETRY_S)} if isinstance(error, CalendarUnverified | StorageBusy) else {}


def _error(
    request: PageRequest,
    frame: Frame,
    status: int,
    title_and_text: tuple[str, str],
    *,
    kind: str,
    headers: Mapping[str, str],
    again: tuple[str, str] | None = None,
) -> Response:
    """`again`: the host and meeting type to choose another time of."""
    title, text = title_and_text
    if request.wants_json:
        return problem(request, status, kind=kind, title=title, detail=text, headers=headers)
    href, onwards = _free_times(request, again, frame.language) if again else _way_on(request, status, frame.language)
    view = ErrorView(title, text, href, onwards, request.id)
    return page(request, "errors/error.html", view, frame, status=status, headers=headers)


def _way_on(request: PageRequest, status: int, language: Language) -> tuple[str, str]:
    if isinstance(request, SignedInRequest):
        return request.href("/host"), language.text("Go to Today")
    if request.path.startswith(NO_HOSTS):
        return request.href("/host"), language.text("Go to Today")
    host, meeting, key = (request.params.get(name) for name in ("host", "meeting", "token"))
    if key and status not in (404, 410):
        return request.href(request.page_path), language.text("Back to the page")
    if host and meeting and status != 404:
        return _free_times(request, (host, meeting), language)
    if host and key and status == 410:
        return request.href(f"/{host}"), language.text("See what else can be booked")
    return request.href("/"), language.text("Go to the start page")


def _free_times(request: PageRequest, of: tuple[str, str], language: Language) -> tuple[str, str]:
    host, meeting = of
    return request.href(f"/{host}/{meeting}"), language.text("See the free times")


def _frame(request: PageRequest) -> Frame:
    """The frame of an error page, even while the database can't be read."""
    if isinstance(request, SignedInRequest):
        return desk_frame(request)
    try:
        organisation = public.organisation(request.rt)
    except StorageBusy:
        ui = request.rt.settings.ui
        organisation = Organisation(name="", languages=ui.languages, default_language=ui.default_language)
    return Frame(language=request.choose_language(organisation), organisation=organisation, private=True)


def _kind(error: Refusal) -> str:
    """SlotTaken → slot-taken."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("-")
