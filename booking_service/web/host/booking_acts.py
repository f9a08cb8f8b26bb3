"""What a host can do about a booking now: the same buttons on its page, on Today, and in the list of holds."""

from dataclasses import dataclass, replace
from datetime import datetime

from ...domain.booking import Booking, BookingState, Party
from ...domain.host_decisions import kept_until_next
from ...domain.meeting import MeetingType
from ..http.signed_in_pages import SignedInRequest
from ..parts.slots import slot_value
from .booking_words import host_is_asked, people, short_instant


@dataclass(frozen=True, slots=True)
class ActButton:
    """A button. `asks`: it leads to a page that asks first. `tone`: "", primary or danger.

    `fields`: hidden form fields. `about`: whose booking it is, for lists.
    """

    text: str
    href: str
    asks: bool = False
    tone: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    about: str = ""


def acts(request: SignedInRequest, booking: Booking, meeting: MeetingType) -> tuple[ActButton, ...]:
    """The buttons on the booking's own page."""
    if not booking.blocks(request.now) or booking.time.end <= request.now:
        return ()
    base = f"/host/bookings/{booking.id}"
    if booking.state is BookingState.CONFIRMED:
        return _about_a_booking(request, booking, base)
    if host_is_asked(booking, meeting):
        return _about_a_request(request, base)
    return _about_a_hold(request, booking, meeting, base)


def acts_in_list(
    request: SignedInRequest, booking: Booking, meeting: MeetingType, *, back: str
) -> tuple[ActButton, ...]:
    """The buttons in a list (a name in `booking_done.VIEWS`), to which each leads back."""
    name, language = people(booking, request.language), request.language
    found = list(acts(request, booking, meeting))
    if may_correct(booking, now=request.now):
        address = ActButton(
            language.text("Correct the address…"), request.href(f"/host/bookings/{booking.id}"), asks=True
        )
        found.insert(-1, replace(address, href=f"{address.href}#address"))
    return tuple(_in_list(request, each, name=name, back=back) for each in found)


def may_correct(booking: Booking, *, now: datetime) -> bool:
    """Whether the address can still be corrected: before anybody confirmed it."""
    return booking.state is BookingState.HELD and booking.blocks(now) and Party.INVITEE in booking.awaits


def may_confirm_for(request: SignedInRequest, booking: Booking) -> bool:
    """Whether the host may confirm for the invitee."""
    return may_correct(booking, now=request.now) and not request.organisation.doi_forced


def may_offer(booking: Booking, *, now: datetime) -> bool:
    """Whether another time can be offered."""
    return booking.blocks(now) and booking.time.end > now


def _about_a_booking(request: SignedInRequest, booking: Booking, base: str) -> tuple[ActButton, ...]:
    language = request.language
    keep = (ActButton(language.text("Keep it"), request.href(f"{base}/keep")),) if booking.conflicted else ()
    invited = booking.invited and not booking.owed
    again = (ActButton(language.text("Send the invitation again"), request.href(f"{base}/invite")),) if invited else ()
    return (*keep, _offering(request, base), *again, _ending(request, base, language.text("Cancel…")))


def _about_a_request(request: SignedInRequest, base: str) -> tuple[ActButton, ...]:
    language = request.language
    approving = ActButton(language.text("Approve"), request.href(f"{base}/approve"), tone="primary")
    return (approving, _offering(request, base), _ending(request, base, language.text("Decline…")))


def _about_a_hold(request: SignedInRequest, booking: Booking, meeting: MeetingType, base: str) -> tuple[ActButton, ...]:
    language = request.language
    found = [ActButton(language.text("Send the link again"), request.href(f"{base}/resend"))] if booking.asked else []
    if until := kept_until_next(booking, meeting, now=request.now):
        time = short_instant(until, request.person.zone, language, now=request.now)
        longer = ActButton(language.text("Keep until {time}", time=time), request.href(f"{base}/longer"))
        found.append(replace(longer, fields=(("until", slot_value(until)),)))
    if may_confirm_for(request, booking):
        found.append(ActButton(language.text("Confirm for the invitee…"), request.href(f"{base}/confirm"), asks=True))
    return (*found, _offering(request, base), _ending(request, base, language.text("Release…")))


def _offering(request: SignedInRequest, base: str) -> ActButton:
    return ActButton(request.language.text("Offer another time…"), request.href(f"{base}/offer"), asks=True)


def _ending(request: SignedInRequest, base: str, text: str) -> ActButton:
    return ActButton(text, request.href(f"{base}/cancel"), asks=True, tone="danger quiet")


def _in_list(request: SignedInRequest, act: ActButton, *, name: str, back: str) -> ActButton:
    """The button in a quieter tone, as a list has many."""
    tone = act.tone if act.tone != "" else "quiet"
    if "#" in act.href:
        return replace(act, tone=tone, about=name)
    if not act.asks:
        return replace(act, tone=tone, about=name, fields=(*act.fields, ("back", back)))
    mark = "&" if "?" in act.href else "?"
    return replace(act, tone=tone, about=name, href=f"{act.href}{mark}back={back}")
