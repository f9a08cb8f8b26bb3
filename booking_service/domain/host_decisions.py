"""What a host decides about a booking on their own authority, in place of its invitee or the clock."""

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

LONGER = timedelta(hours=24)  # how much longer a hold is kept, unless a deadline is given
INVITE_AGAIN_AFTER = timedelta(minutes=10)


def kept_until_next(held: Booking, meeting: MeetingType, *, now: datetime) -> datetime | None:
    """The deadline to which a host would extend this hold: LONGER later, within `deadlines.kept_by_host`.

    None where that is hardly later than the present one, or the hold waits for the host's own answer.
    """
    if held.state is not BookingState.HELD or not held.blocks(now) or not _waits_for_invitee(held, meeting):
        return None
    until = min(held.hold_until + LONGER, deadlines.kept_by_host(held, meeting, now=now)).replace(microsecond=0)
    return until if until - held.hold_until >= LATE else None


def keep_longer(held: Booking, until: datetime, *, meeting: MeetingType, now: datetime) -> Decision:
    """The host keeps a hold until `until`; the invitee gets the mail with the link once more, with the new deadline.

    Decides nothing where it is kept that long already. Raises HoldExpired, BookingCancelled; TooLate: it does not wait
    for its invitee; KeptTooLong: beyond the latest deadline possible.
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
    """The host confirms for the invitee, and thereby for themselves: the booking is confirmed.

    The mailbox stays unproven (`vouched`), and no consent is confirmed. A second press decides nothing. `forced`: the
    organisation requires every invitee to confirm by mail.

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
        before=held.state,
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
    """The host books for somebody who asked them.

    `outcome`: HELD until that person confirms by mail, or CONFIRMED at once on the host's word (`confirm_for_invitee`).
    A hold lives as long as any other, or until the start where the notice has passed.

    Raises SlotTaken; for a confirmed one also ReasonMissing, ConfirmationForced.
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
    """The host offers another time. The present one stays until the invitee takes the other, which is not reserved.

    A later offer replaces an earlier one; repeating an offer decides nothing. Raises HoldExpired, BookingCancelled;
    TooLate: the booking is over.
    """
    check_live(booking, now=now)
    if booking.time.end <= now:
        raise TooLate(f"booking {booking.id} is over")
    if time in (booking.time, booking.offered):
        return Decision(booking=booking)
    offered = replace(booking, offered=time)  # no new revision, as the event stays the same
    return Decision(
        booking=offered,
        effects=(_mail_of_offer(offered, MailKind.TIME_OFFERED, MailRole.INVITEE, now=now),),
        happened=Happened.OFFERED,
        by=Party.HOST,
        detail=(("to_start", time.start.isoformat()),),
    )


def invite_again(booking: Booking, *, last_at: datetime | None, now: datetime) -> Decision:
    """Send the invitation to all attendees once more. `last_at`: when that was done last.

    Decides nothing before the first one has left. Raises HoldExpired, BookingCancelled; TooLate: not confirmed, or
    over; TooManyRequests: too soon after the last one.
    """
    check_live(booking, now=now)
    if booking.state is not BookingState.CONFIRMED or booking.time.end <= now:
        raise TooLate(f"booking {booking.id} is not confirmed yet, or over: nobody is invited to it")
    if last_at is not None and now < last_at + INVITE_AGAIN_AFTER:
        raise TooManyRequests("the invitation was sent again just now", again_at=last_at + INVITE_AGAIN_AFTER)
    if booking.owed or not booking.invited:
        return Decision(booking=booking)
    again = replace(booking, resends=booking.resends + 1)  # no new revision, as the event stays the same
    return Decision(
        booking=again,
        effects=tuple(SendMail(again.id, mail) for mail in to_attendees(again, MailKind.BOOKED)),
        happened=Happened.INVITED_AGAIN,
        by=Party.HOST,
    )


def decline_offer(booking: Booking, *, now: datetime) -> Decision:
    """The invitee keeps the present time. Decides nothing where none was offered."""
    if booking.on_offer is None or not booking.blocks(now):
        return Decision(booking=booking)
    kept = replace(booking, offered=None)
    return Decision(
        booking=kept,
        effects=(_mail_of_offer(kept, MailKind.OFFER_DECLINED, MailRole.HOST, now=now),),
        happened=Happened.OFFER_DECLINED,
        by=Party.INVITEE,
    )


def _mail_of_offer(booking: Booking, kind: MailKind, to: MailRole, *, now: datetime) -> SendMail:
    """Each offer is an occasion of its own, as one time may be offered again after another."""
    return SendMail(booking.id, Mail(kind, to, f"{occasion(booking)}o{int(now.timestamp())}"))


def _waits_for_invitee(held: Booking, meeting: MeetingType) -> bool:
    return asked_party(held.awaits, meeting) is Party.INVITEE
