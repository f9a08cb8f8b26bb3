"""What attendees decide for themselves: a guest declines or comes after all; a reader stops reminders."""

from dataclasses import replace
from datetime import datetime

from .booking import Booking, BookingState, Decision, Party, advanced
from .effects import Mail, MailKind, MailRole, PublishBooking, SendMail
from .owed import occasion
from .timeline import Happened


def decline(booking: Booking, guest: str, *, now: datetime) -> Decision:
    """A guest declines and is taken off the booking; the meeting goes on.

    The guest gets only the CANCEL of their own invitation (RFC 5546 §3.2.5). Invitee and host are told. Declining twice
    decides nothing.
    """
    if guest not in booking.guests or not booking.live:
        return Decision(booking=booking)
    rest = advanced(
        booking,
        now=now,
        guests=tuple(each for each in booking.guests if each != guest),
        invited=tuple(each for each in booking.invited if each != guest),
        owed=tuple(mail for mail in booking.owed if mail.guest != guest),
    )
    told = [(MailKind.GUEST_DECLINED, MailRole.INVITEE), (MailKind.GUEST_DECLINED, MailRole.HOST)]
    if guest in booking.invited:
        told.append((MailKind.UNINVITED, MailRole.GUEST))
    mails = (SendMail(rest.id, Mail(kind, to, occasion(rest), guest)) for kind, to in told)
    return Decision(
        booking=rest, effects=(PublishBooking(rest.id), *mails), happened=Happened.GUEST_DECLINED, by=Party.INVITEE
    )


def may_come_after_all(booking: Booking, guest: str, *, now: datetime) -> bool:
    """Whether a guest who declined can still take that back: until the meeting begins."""
    return booking.state is BookingState.CONFIRMED and guest not in booking.guests and now < booking.time.start


def come_after_all(booking: Booking, guest: str, *, now: datetime) -> Decision:
    """A guest takes back that they declined.

    They are invited anew, with a higher SEQUENCE than that of their CANCEL; invitee and host are told. Decides nothing
    where it can't be taken back.
    """
    if not may_come_after_all(booking, guest, now=now):
        return Decision(booking=booking)
    again = advanced(booking, now=now, guests=(*booking.guests, guest), sequence=booking.sequence + 1)
    when = occasion(again)
    invitation = Mail(MailKind.BOOKED, MailRole.GUEST, when, guest)
    mails = (
        SendMail(again.id, Mail(MailKind.GUEST_COMES, to, when, guest)) for to in (MailRole.INVITEE, MailRole.HOST)
    )
    return Decision(
        booking=replace(again, owed=(*booking.owed, invitation)),
        effects=(PublishBooking(again.id), *mails),
        happened=Happened.GUEST_COMES,
        by=Party.INVITEE,
    )


def stop_reminders(booking: Booking) -> Decision:
    """Send no more reminders of this booking. All other mails about it still go out."""
    if not booking.reminders:
        return Decision(booking=booking)
    return Decision(booking=replace(booking, reminders=False), happened=Happened.REMINDERS_STOPPED, by=Party.INVITEE)
