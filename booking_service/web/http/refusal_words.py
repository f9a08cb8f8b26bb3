"""The words of each refusal: what went wrong, and what to do next."""

from datetime import UTC, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from ...crypto.keys import KeyTrouble
from ...domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingCancelled,
    BookingErased,
    BookingError,
    CalendarUnverified,
    ConfirmationForced,
    ContactErased,
    HeldOtherwise,
    HoldExpired,
    HostPaused,
    KeptTooLong,
    LinkOver,
    NetworkBlocked,
    NotFound,
    OfferOver,
    OneTimeOnly,
    OneTimeOver,
    ReasonMissing,
    SignInOver,
    SlotTaken,
    StorageBusy,
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
from ...domain.slots import NotOffered, Reason
from ...language import Language
from .request import PageRequest

NO_HOSTS = ("/host/", "/admin/")  # their pages have routes of their own
REFUSALS = (BookingError, StorageBusy, KeyTrouble)  # what pages may raise
Refusal = BookingError | StorageBusy | KeyTrouble


def words(error: Refusal, language: Language, *, request: PageRequest, zone: ZoneInfo | None = None) -> tuple[str, str]:
    """Title and sentence of a refusal, which says what to do next; times are in the reader's `zone`."""
    match error:
        case UnknownMeeting():
            return _words_of_no_meeting(error, request, language)
        case UnknownBooking():
            return language.text("This link does not work"), language.text(
                "It may have been replaced by a newer one, or cut off on its way to you. Look for the most recent "
                "email about your booking and use the link in it."
            )
        case BookingErased():
            return language.text("This link is too old"), language.text(
                "What was entered for this booking has since been erased. You are welcome to choose a new time."
            )
        case SlotTaken():
            return language.text("This time was just taken"), language.text(
                "Somebody else was faster, or something was entered in the calendar. Nothing was booked; please choose "
                "another time."
            )
        case NotOffered():
            return language.text("This time can't be booked"), why_not(error.reason, language)
        case HoldExpired():
            return language.text("The hold has ended"), language.text(
                "The time was kept for you until its deadline. Nothing was booked."
            )
        case BookingCancelled():
            return language.text("This was cancelled"), language.text("It can't be confirmed or moved any more.")
        case CalendarUnverified():
            return language.text("The calendar does not answer"), language.text(
                "So nobody can say right now whether this time is free. Nothing was booked. Please try again in a "
                "few minutes."
            )
        case TooManyRequests(again_at=again_at):
            return language.text("Too many tries"), language.text(
                "You can try again from {time}.",
                time=from_when(again_at, language, now=request.now, zone=zone or request.zone),
            )
        case _:
            return _words_of_the_rest(error, language)


def why_not(reason: Reason, language: Language) -> str:
    """Why a time is not on offer, for invitees: nothing about the host's calendar."""
    match reason:
        case Reason.PAST:
            return language.text("It has already passed. Please choose another time.")
        case Reason.TOO_SOON:
            return language.text("It starts too soon to be booked. Please choose a later time.")
        case Reason.BEYOND_HORIZON:
            return language.text("It is too far ahead to be booked yet. Please choose an earlier time.")
        case Reason.OUTSIDE_HOURS | Reason.OFF_GRID:
            return language.text("No meeting can start at this time. Please choose one of the times on offer.")
        case Reason.BOOKED:
            return language.text(
                "It is already taken. If that was you just now, look in your inbox; otherwise please choose another "
                "time."
            )
        case Reason.BUSY | Reason.DAY_FULL | Reason.WEEK_FULL:
            return language.text("It is not free any more. Please choose another time.")


def from_when(again_at: datetime, language: Language, *, now: datetime, zone: ZoneInfo | None) -> str:
    """ "10:45 (Europe/Berlin)", rounded up; in UTC where the reader's zone is unknown."""
    shown_in = zone or UTC
    today = now.astimezone(shown_in).date()
    return (
        f"{language.instant(again_at + timedelta(seconds=59), shown_in, today=today)} ({zone.key if zone else 'UTC'})"
    )


def _words_of_no_meeting(error: UnknownMeeting, request: PageRequest, language: Language) -> tuple[str, str]:
    if isinstance(error, OneTimeOnly):
        return language.text("This can only be booked with a one-time link"), language.text(
            "Each one-time link works for one booking. Ask whoever told you about this page for one."
        )
    if request.path.startswith(NO_HOSTS):
        return words_of_status(404, language)
    return language.text("Nothing can be booked here"), language.text(
        "There is no booking page at this address. Check the link you were given, or ask whoever sent it."
    )


def _words_of_the_rest(error: Refusal, language: Language) -> tuple[str, str]:
    match error:
        case UnknownLink() | LinkOver() | ContactErased() | OneTimeOver():
            return _words_of_a_link(error, language)
        case StorageBusy():
            return language.text("Too busy just now"), language.text(
                "Nothing was changed. Please try again in a minute."
            )
        case TooLate():
            return language.text("Too late to change this"), language.text("It can't be changed here any more.")
        case TooManyMoves():
            return language.text("Rescheduled too often"), language.text(
                "This booking can't be rescheduled again. You can still cancel it."
            )
        case WrongCode():
            return language.text("The code is not right"), language.text("Enter the six digits from the email.")
        case AddressBlocked() | AddressUnusable() | NetworkBlocked():
            return _words_of_who_asks(error, language)
        case NotFound():
            return words_of_status(404, language)
        case SignInOver():
            return language.text("This link no longer works"), language.text(
                "A sign-in link works once and for a short time. Ask for a new one."
            )
        case _:
            return _words_to_hosts(error, language)


def _words_of_who_asks(error: AddressBlocked | AddressUnusable | NetworkBlocked, language: Language) -> tuple[str, str]:
    match error:
        case AddressBlocked():
            return language.text("We can't write to this address"), language.text(
                "Its owner asked us not to send any email to it, and can undo that with the same link. Please use "
                "another address."
            )
        case AddressUnusable():
            return language.text("This address can't be used"), language.text("Please enter your own email address.")
        case NetworkBlocked():
            return language.text("No time can be held from your network"), language.text(
                "Whoever runs this page accepts no requests from it, perhaps because of somebody else. Nothing was "
                "booked. Try from another network, such as that of a phone, or write to or phone the person you want "
                "to meet. Links in emails that you already have still work."
            )
        case _:
            assert_never(error)


def _words_to_hosts(error: Refusal, language: Language) -> tuple[str, str]:
    match error:
        case WrongPassword():
            return language.text("Sign-in failed"), language.text(
                "Email address and password do not belong together. You can always sign in by a mailed link."
            )
        case WrongSecondFactor():
            return language.text("The code is not right"), language.text(
                "Each code from the app works once, and for half a minute: use the one that it shows now. Check "
                "that the clock of your phone is right."
            )
        case KeptTooLong():
            return language.text("It can't be kept that long"), language.text(
                "A hold is kept for three days at most, and never past the notice before its start."
            )
        case ConfirmationForced():
            return language.text("Only the invitee can confirm"), language.text(
                "Your organisation has every invitee confirm by email. You can send the link again."
            )
        case HostPaused(until=until):
            return language.text("No bookings before {day}", day=language.day(until)), language.text(
                "No bookings are taken at present. Nothing was booked or changed; please come back then."
            )
        case HeldOtherwise():
            return language.text("You have this time already"), language.text(
                "It was taken with what you entered first. What you have changed here since then is not saved."
            )
        case OfferOver():
            return language.text("This time is not on offer any more"), language.text(
                "It has already been answered, or another one has been offered since. Nothing was changed."
            )
        case KeyTrouble():
            return language.text("This can't be opened"), language.text(
                "It was sealed with a key that is gone. Nothing was changed. Bring the key back, or enter it again."
            )
        case ReasonMissing():
            return language.text("One thing is missing"), language.text("Say why, in a few words: it goes on record.")
        case _:
            return language.text("This can't be done"), language.text("Please go back and try another way.")


def _words_of_a_link(
    error: UnknownLink | LinkOver | ContactErased | OneTimeOver, language: Language
) -> tuple[str, str]:
    match error:
        case UnknownLink():
            return language.text("This link does not work"), language.text(
                "It may have been cut off on its way to you, it may have expired, or what it belonged to may have "
                "been deleted. Nothing was changed."
            )
        case LinkOver():
            return language.text("This link has expired"), language.text(
                "It worked for a limited time. Nothing was changed. You can ask for a new one on the page about your bookings "
                "and data."
            )
        case OneTimeOver(used=True):
            return language.text("This link has been used"), language.text(
                "It was for one booking, which has been made. To change that booking, use the link in the email "
                "about it."
            )
        case OneTimeOver():
            return language.text("This link has expired"), language.text(
                "It worked for a limited time, or was withdrawn. Ask whoever sent it for a new one."
            )
        case ContactErased():
            return language.text("What this belonged to was deleted"), language.text(
                "Everything that was kept about this address has been deleted. Nothing was changed."
            )
        case _:
            assert_never(error)


def words_of_status(status: int, language: Language) -> tuple[str, str]:
    match status:
        case 403:
            return language.text("This came from another website"), language.text(
                "Forms are only accepted from our own pages. Please open the page here and try again."
            )
        case 404:
            return language.text("There is no such page"), language.text(
                "Check the address, or start from the beginning."
            )
        case 405:
            return language.text("This can't be done here"), language.text(
                "The page exists, but not for this kind of request."
            )
        case 413:
            return language.text("This is too much"), language.text(
                "What was sent is larger than this page accepts. Please shorten it."
            )
        case 400 | 408 | 421:
            return language.text("This request can't be read"), language.text(
                "Please open the page afresh and try again."
            )
        case 415 | 422:
            return language.text("This form can't be read"), language.text(
                "It takes text only, no files. Please fill in the page's own form."
            )
        case _:
            return language.text("Something went wrong"), language.text(
                "It is our fault, not yours, and it has been recorded. Please try again in a minute."
            )
