"""Every refusal as an answer: each class of error has its status and its words here, once.

Pages that can do better in place (the details form keeps what was typed) catch an error themselves and take the words
from `words`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.times import public
from ...actions.times.offers import Offering
from ...domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingCancelled,
    BookingError,
    CalendarUnverified,
    HoldExpired,
    SlotTaken,
    StorageBusy,
    TooLate,
    TooManyMoves,
    TooManyRequests,
    UnknownBooking,
    UnknownMeeting,
    WrongCode,
)
from ...domain.people import Organisation
from ...domain.slots import NotOffered, Reason
from ...language import Language
from .forms import Problem
from .request import Asked
from .responses import page, problem

RETRY_S = 60  # after which a calendar or a database may answer again

_STATUS: Mapping[type[Exception], int] = {
    UnknownBooking: 404,
    UnknownMeeting: 404,
    SlotTaken: 409,
    NotOffered: 422,
    HoldExpired: 410,
    BookingCancelled: 410,
    CalendarUnverified: 503,
    TooLate: 409,
    TooManyMoves: 409,
    WrongCode: 422,
    AddressBlocked: 422,
    AddressUnusable: 422,
    TooManyRequests: 429,
    StorageBusy: 503,
}
_KINDS = {400: "unreadable", 403: "cross-site", 404: "unknown", 405: "method", 408: "too-slow", 413: "too-large",
          415: "no-form", 421: "unknown-host", 422: "unreadable", 500: "failed"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What went wrong, in words, and a way on."""

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
        return 409  # it may have been on offer, but time went on or others came
    return next(status for kind, status in _STATUS.items() if isinstance(error, kind))


def answer(asked: Asked, error: BookingError | StorageBusy) -> Response:
    """The page, or the problem details, of a refusal that no page dealt with."""
    organisation, said = _speaking(asked)
    title, text = words(error, said, asked=asked)
    kind = _kind(error)
    return _error(asked, status_of(error), title, text, kind, said, organisation, headers=retry(error, now=asked.now))


def by_status(asked: Asked, status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """The page for what has no error of its own: a request that can't be read, or came from another site."""
    organisation, said = _speaking(asked)
    title, text = _words_of_status(status, said)
    kind = _KINDS.get(status, "refused")
    return _error(asked, status, title, text, kind, said, organisation, headers=headers or {})


def no_time(asked: Asked, said: Language, found: Offering) -> Response:
    """The details of a booking were asked for without a time that can be read."""
    title, text = said.text("Choose a time first"), said.text("The address of this page does not say for which time.")
    if asked.wants_json:
        return problem(asked, 422, kind="no-time", title=title, detail=text)
    href = asked.href(f"/{found.host.slug}/{found.meeting.slug}", zone=asked.zone.key if asked.zone else None)
    view = ErrorView(title, text, href, said.text("See the free times"), asked.id)
    return page(
        asked, "errors/error.html", view, said=said, organisation=found.organisation, brand=found.host.name,
        home=f"/{found.host.slug}", status=422, private=True,
    )  # fmt: skip


def as_problem(
    asked: Asked, status: int, *, notice: tuple[str, str] | None, problems: Sequence[Problem], said: Language,
    headers: Mapping[str, str],
) -> Response:  # fmt: skip
    """A refused form, for programs: each field that is wrong by name."""
    title, detail = notice or (said.text("The form is not complete"), " ".join(each.text for each in problems))
    fields = [{"field": each.field, "detail": each.text} for each in problems]
    return problem(asked, status, kind="refused-form", title=title, detail=detail, headers=headers, errors=fields)


def words(
    error: BookingError | StorageBusy, said: Language, *, asked: Asked, zone: ZoneInfo | None = None
) -> tuple[str, str]:
    """Title and sentence of a refusal. The sentence says what to do next; times in it are the reader's `zone`'s."""
    match error:
        case UnknownMeeting():
            return said.text("Nothing can be booked here"), said.text(
                "There is no booking page at this address. Check the link you were given, or ask whoever sent it."
            )
        case UnknownBooking():
            return said.text("This link leads nowhere"), said.text(
                "It may have been replaced by a newer one, or cut off on its way to you. Look for the most recent "
                "email about your booking and use the link in there."
            )
        case SlotTaken():
            return said.text("This time was just taken"), said.text(
                "Somebody else was faster, or something was entered in the calendar. Nothing was booked; please choose "
                "another time."
            )
        case NotOffered():
            return said.text("This time can't be booked"), why_not(error.reason, said)
        case HoldExpired():
            return said.text("The hold has ended"), said.text(
                "The time was kept for you until its deadline. Nothing was booked."
            )
        case BookingCancelled():
            return said.text("This was cancelled"), said.text("It can't be confirmed or moved any more.")
        case CalendarUnverified():
            return said.text("The calendar does not answer"), said.text(
                "So nobody can say now whether this time is free. Nothing was booked. Please try again in a few minutes."
            )
        case TooManyRequests(again_at=again_at):
            return said.text("Too many tries"), said.text(
                "You can try again from {time} on.",
                time=from_when(again_at, said, now=asked.now, zone=zone or asked.zone),
            )
        case _:
            return _words_of_the_rest(error, said)


def why_not(reason: Reason, said: Language) -> str:
    """Why a time is not on offer, for who wants to book it. What the host's calendar holds is nobody's business."""
    match reason:
        case Reason.PAST:
            return said.text("It has passed already. Please choose another time.")
        case Reason.TOO_SOON:
            return said.text("It starts too soon to be booked. Please choose a later time.")
        case Reason.BEYOND_HORIZON:
            return said.text("It is further ahead than can be booked yet. Please choose an earlier time.")
        case Reason.OUTSIDE_HOURS | Reason.OFF_GRID:
            return said.text("No meeting can start at this time. Please choose one of the times on offer.")
        case Reason.BOOKED:
            return said.text(
                "It is taken already. If that was you just now, look into your inbox; otherwise please choose another "
                "time."
            )
        case Reason.BUSY | Reason.DAY_FULL | Reason.WEEK_FULL:
            return said.text("It is not free any more. Please choose another time.")


def from_when(again_at: datetime, said: Language, *, now: datetime, zone: ZoneInfo | None) -> str:
    """10:45 (Europe/Berlin), never earlier than it is true; in UTC where the reader's zone is not known."""
    shown_in = zone or UTC
    today = now.astimezone(shown_in).date()
    return f"{said.instant(again_at + timedelta(seconds=59), shown_in, today=today)} ({zone.key if zone else 'UTC'})"


def retry(error: Exception, *, now: datetime) -> dict[str, str]:
    """Retry-After (RFC 9110 §10.2.3) where waiting helps."""
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(max(1, ceil((error.again_at - now).total_seconds())))}
    return {"Retry-After": str(RETRY_S)} if isinstance(error, CalendarUnverified | StorageBusy) else {}


def _words_of_the_rest(error: BookingError | StorageBusy, said: Language) -> tuple[str, str]:
    match error:
        case StorageBusy():
            return said.text("Too busy just now"), said.text("Nothing was changed. Please try again in a minute.")
        case TooLate():
            return said.text("Too late to change this"), said.text("It can't be changed here any more.")
        case TooManyMoves():
            return said.text("Rescheduled too often"), said.text(
                "This booking can't be rescheduled again. You can still cancel it."
            )
        case WrongCode():
            return said.text("The code is not right"), said.text("Enter the six digits from the email.")
        case AddressBlocked():
            return said.text("We can't write to this address"), said.text(
                "Its owner asked us not to send any email there. Please use another address."
            )
        case AddressUnusable():
            return said.text("This address can't be used"), said.text("Please enter your own email address.")
        case _:
            return said.text("This can't be done"), said.text("Please go back and try another way.")


def _words_of_status(status: int, said: Language) -> tuple[str, str]:
    match status:
        case 403:
            return said.text("This came from another website"), said.text(
                "Forms are only accepted from our own pages. Please open the page here and try again."
            )
        case 404:
            return said.text("There is no such page"), said.text("Check the address, or start from the beginning.")
        case 405:
            return said.text("This can't be done here"), said.text("The page exists, but not for this kind of request.")
        case 413:
            return said.text("This is too much"), said.text(
                "What was sent is larger than this page accepts. Please shorten it."
            )
        case 400 | 408 | 421:
            return said.text("This request can't be read"), said.text("Please open the page anew and try again.")
        case 415 | 422:
            return said.text("This form can't be read"), said.text(
                "It takes text only, no files. Please fill in the page's own form."
            )
        case _:
            return said.text("Something went wrong"), said.text(
                "It is our fault, not yours, and it was noted. Please try again in a minute."
            )


def _error(
    asked: Asked, status: int, title: str, text: str, kind: str, said: Language, organisation: Organisation, *,
    headers: Mapping[str, str],
) -> Response:  # fmt: skip
    if asked.wants_json:
        return problem(asked, status, kind=kind, title=title, detail=text, headers=headers)
    href, onwards = _way_on(asked, status, said)
    view = ErrorView(title, text, href, onwards, asked.id)
    return page(
        asked, "errors/error.html", view, said=said, organisation=organisation, status=status, private=True, headers=headers
    )  # fmt: skip


def _way_on(asked: Asked, status: int, said: Language) -> tuple[str, str]:
    host, meeting, key = (asked.params.get(name) for name in ("host", "meeting", "token"))
    if key and status != 404:
        return asked.href("/".join(asked.path.split("/")[:3])), said.text("Back to the page")
    if host and meeting and status != 404:
        return asked.href(f"/{host}/{meeting}"), said.text("See the free times")
    return asked.href("/"), said.text("Go to the start")


def _speaking(asked: Asked) -> tuple[Organisation, Language]:
    """An error page must be shown although the database can't be read."""
    try:
        organisation = public.organisation(asked.rt)
    except StorageBusy:
        ui = asked.rt.settings.ui
        organisation = Organisation(name="", languages=ui.languages, default_language=ui.default_language)
    return organisation, asked.speak(organisation)


def _kind(error: BookingError | StorageBusy) -> str:
    """SlotTaken → slot-taken"""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("-")
