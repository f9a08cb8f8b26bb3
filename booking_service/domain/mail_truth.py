"""When a waiting mail is no longer true, in a word for the timeline. It is then dropped, not sent late."""

from datetime import datetime, timedelta

from .booking import Booking, BookingState, Party
from .effects import Mail, MailRole, Occasion

NEWS_FOR = timedelta(hours=12)  # how long after its end the mail about an ended hold is still useful


def never(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    return None


def asks_the_invitee(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    """The link of an earlier generation is dead, and its address may be a stranger's."""
    if not Occasion.read(mail.occasion).same("g", booking.generation):
        return "address-corrected"
    return _awaited(booking, Party.INVITEE, now=now)


def asks_the_host(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    return _awaited(booking, Party.HOST, now=now)


def tells_of_a_hold(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    """It is useless once the host was asked, or is told of the booking."""
    return _awaited(booking, Party.INVITEE, now=now)


def tells_that_a_hold_ended(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    """It offers to take the time again. Long after that, it would only bother somebody who did not answer."""
    if now >= booking.hold_until + NEWS_FOR:
        return "late"
    if booking.state is not BookingState.EXPIRED or booking.successor_id is not None:
        return "decided"
    return None if Occasion.read(mail.occasion).same("g", booking.generation) else "address-corrected"


def tells_of_a_booking(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    if booking.state is not BookingState.CONFIRMED:
        return "over"
    if mail.to is MailRole.GUEST and mail.guest not in booking.guests:
        return "not-a-guest"
    return None


def tells_of_the_end(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    """A guest who was never told of the booking need not be told of its end."""
    if booking.state is not BookingState.CANCELLED:
        return "not-over"
    return "never-told" if mail.to is MailRole.GUEST and not requested else None


def tells_a_former_guest(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    return "invited-again" if mail.guest in booking.guests else None


def tells_of_a_former_guest(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    over = tells_of_a_booking(mail, booking, requested=requested, now=now)
    return over or tells_a_former_guest(mail, booking, requested=requested, now=now)


def tells_of_a_guest(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    over = tells_of_a_booking(mail, booking, requested=requested, now=now)
    return over or ("not-a-guest" if mail.guest not in booking.guests else None)


def offers_a_time(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    """The link of an earlier generation is dead, and its address may be a stranger's."""
    if not booking.blocks(now):
        return "over"
    if booking.on_offer is None or booking.on_offer.start <= now:
        return "decided"
    return None if Occasion.read(mail.occasion).same("g", booking.generation) else "address-corrected"


def tells_of_a_kept_time(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    return None if booking.blocks(now) else "over"


def reminds(mail: Mail, booking: Booking, *, requested: bool, now: datetime) -> str | None:
    occasion = Occasion.read(mail.occasion)
    if booking.state is not BookingState.CONFIRMED:
        return "over"
    if not booking.reminders:
        return "not-wanted"
    before = timedelta(seconds=occasion.numbers.get("b", 0))
    if not occasion.same("s", booking.sequence) and now < booking.time.start - before:
        return "moved"
    return None if now < booking.time.start else "late"


def _awaited(booking: Booking, party: Party, *, now: datetime) -> str | None:
    if booking.state is not BookingState.HELD or party not in booking.awaits:
        return "decided"
    return None if now < booking.hold_until else "late"
