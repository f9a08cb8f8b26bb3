"""Whether a mail that waited still says something true; one that does not is dropped rather than sent late."""

from datetime import timedelta

from ..domain.booking import BookingState, Party
from ..domain.effects import Mail, MailKind, Role
from .facts import MailFacts, Occasion


def superseded(mail: Mail, facts: MailFacts) -> str | None:
    """Why the mail is not to be sent any more, in a word for the timeline; None: it is."""
    if facts.replaced:
        return "replaced"
    match mail.kind:
        case MailKind.CONFIRM_BOOKING | MailKind.HOLD_REMINDER:
            return _asking(mail, facts)
        case MailKind.APPROVE_BOOKING:
            return _awaited(facts, Party.HOST)
        case MailKind.HOLD_ENDED:
            return _ended(mail, facts)
        case MailKind.BOOKED | MailKind.MOVED | MailKind.HOST_BOOKED | MailKind.HOST_MOVED:
            return _news(mail, facts)
        case MailKind.CANCELLED | MailKind.HOST_CANCELLED:
            return _cancelled(mail, facts)
        case MailKind.GUEST_DECLINED:
            return _news(mail, facts) or _invited_again(mail, facts)
        case MailKind.UNINVITED:
            return _invited_again(mail, facts)
        case MailKind.REMINDER:
            return _reminding(mail, facts)
        case _:
            raise ValueError(f"{mail.kind} is not about a booking")


def _awaited(facts: MailFacts, party: Party) -> str | None:
    booking = facts.booking
    if booking.state is not BookingState.HELD or party not in booking.awaits:
        return "decided"
    return None if facts.now < booking.hold_until else "late"


def _asking(mail: Mail, facts: MailFacts) -> str | None:
    """The link in a mail of an earlier generation is dead, and its address may be a stranger's."""
    if not Occasion.read(mail.occasion).same("g", facts.booking.generation):
        return "address-corrected"
    return _awaited(facts, Party.INVITEE)


def _ended(mail: Mail, facts: MailFacts) -> str | None:
    if facts.booking.state is not BookingState.EXPIRED or facts.booking.successor_id is not None:
        return "decided"
    return None if Occasion.read(mail.occasion).same("g", facts.booking.generation) else "address-corrected"


def _news(mail: Mail, facts: MailFacts) -> str | None:
    if facts.booking.state is not BookingState.CONFIRMED:
        return "over"
    if mail.to is Role.GUEST and mail.guest not in facts.booking.guests:
        return "not-a-guest"
    return None


def _invited_again(mail: Mail, facts: MailFacts) -> str | None:
    return "invited-again" if mail.guest in facts.booking.guests else None


def _cancelled(mail: Mail, facts: MailFacts) -> str | None:
    """A guest who never heard of the booking need not hear of its end."""
    if facts.booking.state is not BookingState.CANCELLED:
        return "not-over"
    return "never-told" if mail.to is Role.GUEST and not facts.requested else None


def _reminding(mail: Mail, facts: MailFacts) -> str | None:
    booking, occasion = facts.booking, Occasion.read(mail.occasion)
    if booking.state is not BookingState.CONFIRMED:
        return "over"
    if not booking.reminders:
        return "not-wanted"
    before = timedelta(seconds=occasion.numbers.get("b", 0))
    if not occasion.same("s", booking.sequence) and facts.now < booking.time.start - before:
        return "moved"
    return None if facts.now < booking.time.start else "late"
