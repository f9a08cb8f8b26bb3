"""Whether the mails of a booking reach its invitee, in words for its host."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...domain.booking import Booking, BookingState
from ...domain.delivery import Delivery
from ...language import Language
from .booking_words import short_instant


@dataclass(frozen=True, slots=True)
class Undelivered:
    """That the newest mail did not arrive, what to do about it, and what the other server said."""

    title: str
    text: str
    answer: str


def undelivered(booking: Booking, known: Delivery, language: Language, *, now: datetime) -> Undelivered | None:
    """None where mails arrive, and where nothing is to be done about it any more."""
    if not known.failed or not booking.blocks(now) or booking.time.end <= now:
        return None
    name = booking.invitee.name
    text = (
        language.text("{name} may not know that it is booked. Reach them in another way, or cancel it.", name=name)
        if booking.state is BookingState.CONFIRMED
        else language.text(
            "{name} may wait for it. Correct the address below, or reach them in another way.", name=name
        )
    )
    return Undelivered(
        language.text("The last email to {email} could not be delivered", email=booking.invitee.email),
        text,
        language.text("The other server said: {answer}", answer=known.answer) if known.answer else "",
    )


def link_sent(known: Delivery, language: Language, *, zone: ZoneInfo, now: datetime) -> str:
    """When the link to confirm left, and whether anything opened it; "" where none has left."""
    if known.link_sent_at is None:
        return ""
    sent = short_instant(known.link_sent_at, zone, language, now=now)
    if known.opened_at is None:
        return language.text("link sent {time}, not opened", time=sent)
    opened = short_instant(known.opened_at, zone, language, now=now)
    return language.text("link sent {time}, opened {opened}", time=sent, opened=opened)
