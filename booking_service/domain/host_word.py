"""What a host decides about one of their bookings by their own word, in place of its invitee or of the clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from . import deadlines
from .booking import Booking, BookingState, Decision, Party, Request, advanced
from .effects import Mail, MailKind, MailRole, PublishBooking, SendMail
from .errors import ConfirmationForced, KeptTooLong, ReasonMissing, TooLate, TooManyRequests
from .interval import Interval
from .meeting import HOLD_AT_LEAST, Approval, HoldPolicy, MeetingType
from .owed import asked_party, mail_effect, occasion, owed_now, to_attendees
from .timeline import Happened
from .transitions import LATE, check_live, hold

LONGER = timedelta(hours=24)  # by how much a hold is kept longer, unless somebody says until when
INVITE_AGAIN_AFTER = timedelta(minutes=10)


def kept_until_next(held: Booking, meeting: MeetingType, *, now: datetime) -> datetime | None:
    """Until when a host would keep this hold: LONGER more, as far as `deadlines.kept_by_host` goes.

    None where that is hardly more than it has, or where it waits for the host's own answer.
    """
    if held.state is not BookingState.HELD or not held.blocks(now) or not _waits_for_invitee(held, meeting):
        return None
    until = min(held.hold_until + LONGER, deadlines.kept_by_host(held, meeting, now=now)).replace(microsecond=0)
    return until if until - held.hold_until >= LATE else None


def keep_longer(held: Booking, until: datetime, *, meeting: MeetingType, now: datetime) -> Decision:
    """The host keeps a hold until then; its invitee gets the mail that asks once more, with the new deadline.

    A hold that is kept as long already is left as it is, so pressing twice keeps it once. Raises HoldExpired,
    BookingCancelled; TooLate: it does not wait for its invitee; KeptTooLong: says what is the most.
    """
    if held.state is BookingState.CONFIRMED:
        raise TooLate(f"booking {held.id} is confirmed already")
    check_live(held, now=now)
    if not _waits_for_invitee(held, meeting):
        raise TooLate(f"booking {held.id} waits for its host, not for its invitee")
    if until <= held.hold_until:
        return Decision(booking=held)
    latest = deadlines.kept_by_host(held, meeting, now=now)
    if until > latest:
        raise KeptTooLong(f"a hold can be kept until {latest:%Y-%m-%d %H:%M} UTC at most", latest=latest)
    kept = advanced(held, now=now, hold_until=until, resends=held.resends + held.asked)
    mails = (mail_effect(kept, MailKind.CONFIRM_BOOKING, MailRole.INVITEE),) if held.asked else ()
    return Decision(
        booking=kept,
        effects=(PublishBooking(kept.id), *mails),
        happened=Happened.HELD_LONGER,
        by=Party.HOST,
        detail=(("until", until.isoformat()),),
    )


def confirm_for_invitee(held: Booking, *, reason: str, forced: bool, meeting: MeetingType, now: datetime) -> Decision:
    """The host says that the invitee wants this time, and with that agrees themselves: it is a booking now.

    It proves nobody's mailbox (`vouched`), and confirms no consent. A second press decides nothing. `forced`: the
    organisation has every invitee confirm by mail.

    Raises ReasonMissing, ConfirmationForced, HoldExpired, BookingCancelled; TooLate: the invitee has answered.
    """
    if held.state is BookingState.CONFIRMED:
        return Decision(booking=held)
    check_live(held, now=now)
    if Party.INVITEE not in held.awaits:
        raise TooLate(f"the invitee of booking {held.id} has answered already")
    if forced:
        raise ConfirmationForced("the organisation has every invitee confirm by mail")
    if not reason.strip():
        raise ReasonMissing("say how you know that the invitee wants this time")
    agreed = advanced(
        held,
        now=now,
        awaits=frozenset(),
        state=BookingState.CONFIRMED,
        sequence=held.sequence + 1,
        reserves=True,
        vouched=True,
    )
    return Decision(
        booking=replace(agreed, owed=owed_now(agreed, meeting)),
        effects=(PublishBooking(agreed.id),),
        happened=Happened.CONFIRMED,
        by=Party.HOST,
        look=not held.reserves or meeting.hold_policy is not HoldPolicy.CALENDAR,
        detail=(("for", str(Party.INVITEE)), ("reason", reason)),
    )


def book_for(
    request: Request,
    *,
    outcome: BookingState,
    reason: str,
    forced: bool,
    meeting: MeetingType,
    taken: Iterable[Interval],
    now: datetime,
) -> Decision:
    """The host books for somebody who asked them. `outcome`: held until that person confirms by mail, or confirmed at
    once, by the host's word alone (`confirm_for_invitee`); the host is asked by neither.

    A hold lives as long as any, or where the notice is over already until the start. Raises SlotTaken; where it is to be
    confirmed, ReasonMissing and ConfirmationForced.
    """
    confirming = outcome is BookingState.CONFIRMED
    if confirming and forced:
        raise ConfirmationForced("the organisation has every invitee confirm by mail")
    if confirming and not reason.strip():
        raise ReasonMissing("say how you know that the invitee wants this time")
    own = replace(meeting, approval=Approval.NONE)
    decision = hold(request, meeting=own, doi=not confirming, taken=taken, now=now)
    booking = replace(decision.booking, vouched=confirming)
    if not confirming and booking.hold_until <= now + HOLD_AT_LEAST:
        booking = replace(booking, hold_until=min(now + meeting.hold_lifetime, booking.time.start))
    detail = (("for", str(Party.INVITEE)), ("reason", reason))
    return replace(decision, booking=booking, by=Party.HOST, detail=detail)


def offer_time(booking: Booking, time: Interval, *, now: datetime) -> Decision:
    """The host offers another time. The present one stays until the invitee takes the other; of that nothing is kept.

    A later offer replaces an earlier one, and offering the same twice decides nothing. Raises HoldExpired,
    BookingCancelled; TooLate: it is over.
    """
    check_live(booking, now=now)
    if booking.time.end <= now:
        raise TooLate(f"booking {booking.id} is over")
    if time in (booking.time, booking.offered):
        return Decision(booking=booking)
    offered = replace(booking, offered=time)  # no new revision: the event says the same as before
    return Decision(
        booking=offered,
        effects=(_mail_of_offer(offered, MailKind.TIME_OFFERED, MailRole.INVITEE, now=now),),
        happened=Happened.OFFERED,
        by=Party.HOST,
        detail=(("to_start", time.start.isoformat()),),
    )


def invite_again(booking: Booking, *, last_at: datetime | None, now: datetime) -> Decision:
    """The invitation once more, to everybody who comes. `last_at`: when that was last asked for.

    Nothing is decided while the first one has not left. Raises HoldExpired, BookingCancelled; TooLate: it is not confirmed, or over;
    TooManyRequests: says from when on.
    """
    check_live(booking, now=now)
    if booking.state is not BookingState.CONFIRMED or booking.time.end <= now:
        raise TooLate(f"booking {booking.id} is not confirmed yet, or over: nobody is invited to it")
    if last_at is not None and now < last_at + INVITE_AGAIN_AFTER:
        raise TooManyRequests("the invitation was sent again just now", again_at=last_at + INVITE_AGAIN_AFTER)
    if booking.owed or not booking.invited:
        return Decision(booking=booking)
    again = replace(booking, resends=booking.resends + 1)  # no new revision: the event says the same as before
    return Decision(
        booking=again,
        effects=tuple(SendMail(again.id, mail) for mail in to_attendees(again, MailKind.BOOKED)),
        happened=Happened.INVITED_AGAIN,
        by=Party.HOST,
    )


def decline_offer(booking: Booking, *, now: datetime) -> Decision:
    """The invitee keeps the time they have. Where nothing is on offer, nothing is decided."""
    if booking.offered is None or not booking.blocks(now):
        return Decision(booking=booking)
    kept = replace(booking, offered=None)
    return Decision(
        booking=kept,
        effects=(_mail_of_offer(kept, MailKind.OFFER_DECLINED, MailRole.HOST, now=now),),
        happened=Happened.OFFER_DECLINED,
        by=Party.INVITEE,
    )


def _mail_of_offer(booking: Booking, kind: MailKind, to: MailRole, *, now: datetime) -> SendMail:
    """Each offer is an occasion of its own, as a time may be offered again after another one was."""
    return SendMail(booking.id, Mail(kind, to, f"{occasion(booking)}o{int(now.timestamp())}"))


def _waits_for_invitee(held: Booking, meeting: MeetingType) -> bool:
    return asked_party(held.awaits, meeting) is Party.INVITEE
