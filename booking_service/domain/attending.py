"""What attendees decide about themselves: a guest who won't come, a reader who wants no more reminders."""

from dataclasses import replace
from datetime import datetime

from .booking import Booking, Decision, Party, advanced, occasion
from .effects import Mail, MailKind, PublishBooking, Role, SendMail


def decline(booking: Booking, guest: str, *, now: datetime) -> Decision:
    """A guest won't come. They are taken off and told nothing more, but the end of their own invitation (RFC 5546
    §3.2.5: CANCEL to an attendee who was removed); the meeting goes on. Declining twice decides nothing."""
    if guest not in booking.guests or not booking.live:
        return Decision(booking=booking)
    rest = advanced(
        booking, now=now, guests=tuple(each for each in booking.guests if each != guest),
        invited=tuple(each for each in booking.invited if each != guest),
        owed=tuple(mail for mail in booking.owed if mail.guest != guest),
    )  # fmt: skip
    farewell = Mail(MailKind.UNINVITED, Role.GUEST, occasion(rest), guest)
    mails = (SendMail(rest.id, farewell),) if guest in booking.invited else ()
    return Decision(
        booking=rest, effects=(PublishBooking(rest.id), *mails), happened="guest-declined", by=Party.INVITEE
    )


def stop_reminders(booking: Booking) -> Decision:
    """No more reminders of this booking; everything else that must be told still is."""
    if not booking.reminders:
        return Decision(booking=booking)
    return Decision(booking=replace(booking, reminders=False), happened="reminders-stopped", by=Party.INVITEE)
