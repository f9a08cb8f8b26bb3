"""Whether mails reach the invitee, in words for the host."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...domain.booking import Booking, BookingState
from ...domain.mail_delivery import MailDelivery
from ...language import Language
from .booking_words import short_instant


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The newest mail did not arrive: what to do, and the mail server's reply."""

    title: str
    text: str
    answer: str


def undelivered(booking: Booking, known: MailDelivery, language: Language, *, now: datetime) -> Undelivered | None:
    """None where mails arrive, or nothing can be done any more."""
    if not known.failed or not booking.blocks(now) or booking.time.end <= now:
        return None
    name = booking.invitee.name
    text = (
        language.text("{name} may not know that it is booked. Reach them another way, or cancel it.", name=name)
        if booking.state is BookingState.CONFIRMED
        else language.text(
            "{name} may be waiting for it. Correct the address below, or reach them another way.", name=name
        )
    )
    return Undelivered(
        language.text("The last email to {email} could not be delivered", email=booking.invitee.email),
        text,
        language.text("The other server said: {answer}", answer=known.answer) if known.answer else "",
    )


def link_sent(known: MailDelivery, language: Language, *, zone: ZoneInfo, now: datetime) -> str:
    """When the mail with the link was sent, and whether the link was opened; "" where it was not sent."""
    if known.link_sent_at is None:
        return ""
    sent = short_instant(known.link_sent_at, zone, language, now=now)
    if known.opened_at is None:
        return language.text("link sent {time}, not opened", time=sent)
    opened = short_instant(known.opened_at, zone, language, now=now)
    return language.text("link sent {time}, opened {opened}", time=sent, opened=opened)
