"""Which mails a state owes, to whom, and releasing them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .booking import Booking, BookingState, Cause, Decision, Party
from .effects import Mail, MailKind, MailRole, SendMail
from .mail_kinds import ROWS, Scheduling
from .meeting import Approval, MeetingType

_SOON, _LATE = timedelta(seconds=1), timedelta(minutes=1)


def announce(booking: Booking) -> Decision:
    """Release the mails that this state owes, each once."""
    if not booking.owed:
        return Decision(booking=booking)
    rows = [ROWS[mail.kind] for mail in booking.owed]
    invited = booking.invited
    if booking.state is BookingState.CONFIRMED and any(row.scheduling is Scheduling.REQUEST for row in rows):
        invited = tuple(dict.fromkeys((*invited, booking.invitee.email, *booking.guests)))
    told = replace(
        booking,
        owed=(),
        invited=invited,
        asked=booking.asked or any(mail.kind is MailKind.CONFIRM_BOOKING for mail in booking.owed),
    )
    return Decision(booking=told, effects=tuple(SendMail(booking.id, mail) for mail in booking.owed))


def asked_party(awaits: frozenset[Party], meeting: MeetingType) -> Party | None:
    """The one who is asked to agree next; never both at once. None where nobody is awaited."""
    if meeting.approval is Approval.BEFORE and Party.HOST in awaits:
        return Party.HOST
    return Party.INVITEE if Party.INVITEE in awaits else (Party.HOST if Party.HOST in awaits else None)


def owed_now(booking: Booking, meeting: MeetingType) -> tuple[Mail, ...]:
    """The mails that the state owes: the question to the one who is asked, or word of the booking to everybody."""
    when = occasion(booking)
    match asked_party(booking.awaits, meeting):
        case Party.INVITEE:
            return (Mail(MailKind.CONFIRM_BOOKING, MailRole.INVITEE, when),)
        case Party.HOST:
            return (Mail(MailKind.APPROVE_BOOKING, MailRole.HOST, when),)
        case _:
            return (*to_attendees(booking, MailKind.BOOKED), Mail(MailKind.HOST_BOOKED, MailRole.HOST, when))


def owed_of_hold(booking: Booking, meeting: MeetingType) -> tuple[Mail, ...]:
    """The question to the one who is asked, and a mail to a host who wants to hear of each hold."""
    asks = owed_now(booking, meeting)
    told = meeting.tell_of_holds and booking.reserves and asked_party(booking.awaits, meeting) is Party.INVITEE
    return (*asks, Mail(MailKind.HOST_HELD, MailRole.HOST, occasion(booking))) if told else asks


def owed_after_move(booking: Booking, meeting: MeetingType, *, by: Party) -> tuple[Mail, ...]:
    if booking.state is BookingState.HELD:
        return owed_now(booking, meeting) if by is Party.HOST else owed_of_hold(booking, meeting)
    if not booking.invited:  # moved before the invitation left, which then tells the new time
        return owed_now(booking, meeting)
    host = () if by is Party.HOST else (Mail(MailKind.HOST_MOVED, MailRole.HOST, occasion(booking)),)
    return (*to_attendees(booking, MailKind.MOVED), *host)


def owed_at_the_end(before: Booking, over: Booking, *, by: Party) -> Sequence[SendMail]:
    """CANCEL to those with an invitation (RFC 5546 §3.2.5), a plain note to an invitee who was only asked.

    None to an invitee who gave the request up.
    """
    if before.invited:
        attendees = tuple(
            Mail(
                MailKind.CANCELLED,
                MailRole.INVITEE if address == before.invitee.email else MailRole.GUEST,
                occasion(over),
                "" if address == before.invitee.email else address,
            )
            for address in before.invited
        )
        host = () if by is Party.HOST else (Mail(MailKind.HOST_CANCELLED, MailRole.HOST, occasion(over)),)
        return [SendMail(over.id, mail) for mail in (*attendees, *host)]
    unasked = by is not Party.INVITEE and over.cause is not Cause.UNDELIVERABLE
    return [mail_effect(over, MailKind.CANCELLED, MailRole.INVITEE)] if before.asked and unasked else []


def to_attendees(booking: Booking, kind: MailKind) -> tuple[Mail, ...]:
    """This mail to the invitee and to each guest."""
    when = occasion(booking)
    return (
        Mail(kind, MailRole.INVITEE, when),
        *(Mail(kind, MailRole.GUEST, when, guest) for guest in booking.guests),
    )


def mail_effect(booking: Booking, kind: MailKind, to: MailRole) -> SendMail:
    return SendMail(booking.id, Mail(kind, to, occasion(booking)))


def occasion(booking: Booking) -> str:
    """Tells this mail from earlier ones of its kind: SEQUENCE, generation of the links, resends."""
    return f"s{booking.sequence}g{booking.generation}r{booking.resends}"


def look_again(since: datetime, *, now: datetime) -> datetime:
    """When to check again for a booking that something has waited for since then.

    After a tenth of the waiting time, at least a second and at most a minute, as its calendar may be away for hours.
    """
    return now + min(max((now - since) / 10, _SOON), _LATE)
