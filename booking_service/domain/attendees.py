"""What attendees decide about themselves: a guest who won't come, a reader who wants no more reminders."""

from dataclasses import replace
from datetime import datetime

from .booking import Booking, Decision, Party, advanced
from .effects import Mail, MailKind, PublishBooking, Role, SendMail
from .owed import occasion
from .timeline import Happened


def decline(booking: Booking, guest: str, *, now: datetime) -> Decision:
    """A guest won't come. They are taken off and told nothing more, but the end of their own invitation (RFC 5546
    §3.2.5: CANCEL to an attendee who was removed); the meeting goes on, and the invitee and the host hear of it.
    Declining twice decides nothing."""
    if guest not in booking.guests or not booking.live:
        return Decision(booking=booking)
    rest = advanced(
        booking,
        now=now,
        guests=tuple(each for each in booking.guests if each != guest),
        invited=tuple(each for each in booking.invited if each != guest),
        owed=tuple(mail for mail in booking.owed if mail.guest != guest),
    )
    told = [(MailKind.GUEST_DECLINED, Role.INVITEE), (MailKind.GUEST_DECLINED, Role.HOST)]
    if guest in booking.invited:
        told.append((MailKind.UNINVITED, Role.GUEST))
    mails = (SendMail(rest.id, Mail(kind, to, occasion(rest), guest)) for kind, to in told)
    return Decision(
        booking=rest, effects=(PublishBooking(rest.id), *mails), happened=Happened.GUEST_DECLINED, by=Party.INVITEE
    )


def stop_reminders(booking: Booking) -> Decision:
    """No more reminders of this booking; everything else that must be told still is."""
    if not booking.reminders:
        return Decision(booking=booking)
    return Decision(booking=replace(booking, reminders=False), happened=Happened.REMINDERS_STOPPED, by=Party.INVITEE)
