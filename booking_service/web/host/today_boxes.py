"""Problems on Today, each in a box with what can be done at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...actions.booking.inbox import CalendarHealth, Inbox, InboxLine
from ...actions.calendar.mass_deletion import DoubtfulCalendar
from ...domain.booking import Booking, BookingState
from ..http.signed_in_pages import SignedInRequest
from ..parts.explanations import in_words
from .booking_acts import ActButton
from .booking_words import short_instant


@dataclass(frozen=True, slots=True)
class Box:
    """`broken`: nothing can be booked meanwhile."""

    title: str
    text: str
    acts: tuple[ActButton, ...]
    broken: bool = False


def boxes(request: SignedInRequest, seen: Inbox) -> tuple[Box, ...]:
    """The most pressing first."""
    return tuple(_boxes(request, seen))


def _boxes(request: SignedInRequest, seen: Inbox) -> Iterator[Box]:
    for health in seen.calendars:
        if health.closes:
            yield _closed(request, health)
    for doubted in seen.doubted:
        if doubted.count:
            yield _vanished(request, doubted)
    for line in seen.conflicts:
        yield _conflict(request, line)


def _closed(request: SignedInRequest, health: CalendarHealth) -> Box:
    language, zone, since = request.language, request.person.zone, health.failing_since or request.now
    title = language.text(
        "Your page takes no bookings: “{calendar}” has been unreadable since {time}",
        calendar=health.name,
        time=short_instant(since, zone, language, now=request.now),
    )
    nothing_lost = language.text(
        "Nothing is lost: bookings and holds stay, and the page opens by itself when the calendar answers."
    )
    text = " ".join((*in_words(health.wrong, language), nothing_lost))
    return Box(title, text, (_look(language.text("Your calendars"), request.href("/host/calendars")),), broken=True)


def _vanished(request: SignedInRequest, doubted: DoubtfulCalendar) -> Box:
    language, count = request.language, doubted.count
    title = language.plural(
        "{count} booking vanished from “{calendar}”",
        "{count} bookings vanished from “{calendar}” at once",
        count,
        calendar=doubted.calendar,
    )
    look = language.plural("Look at the {count} booking", "Look at the {count} bookings", count)
    text = language.text("That looks like an accident, so nothing is cancelled and nobody is told.")
    return Box(title, text, (_look(look, request.href(doubted.path)),))


def _conflict(request: SignedInRequest, line: InboxLine) -> Box:
    language, booking = request.language, line.booking
    base = f"/host/bookings/{booking.id}"
    held = booking.state is BookingState.HELD
    keep = ActButton(
        language.text("Keep the hold") if held else language.text("Keep the booking"),
        request.href(f"{base}/keep"),
        fields=(("back", "today"),),
        about=booking.invitee.name,
    )
    other = ActButton(
        language.text("Offer another time…"),
        request.href(f"{base}/offer", back="today"),
        asks=True,
        about=booking.invitee.name,
    )
    return Box(_clash(request, booking), _whose(request, booking), (keep, other))


def _clash(request: SignedInRequest, booking: Booking) -> str:
    language = request.language
    if booking.conflicted:
        return language.text("You moved a booking over another appointment")
    if booking.state is BookingState.HELD:
        return language.text("Your calendar now has another event over a held time")
    return language.text("Your calendar now has another event over a booking")


def _whose(request: SignedInRequest, booking: Booking) -> str:
    language, zone, name = request.language, request.person.zone, booking.invitee.name
    when = language.when(booking.time.start, booking.time.end, zone)
    if booking.state is BookingState.HELD:
        until = short_instant(booking.hold_until, zone, language, now=request.now)
        return language.text("{when}, held for {name} until {time}.", when=when, name=name, time=until)
    return language.text("{when}, booked by {name}.", when=when, name=name)


def _look(text: str, href: str) -> ActButton:
    return ActButton(text, href, asks=True)
