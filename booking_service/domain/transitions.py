"""The transitions of a booking. Each takes the instant at which it happens and returns a Decision."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from . import deadlines
from .booking import Booking, BookingState, Cause, Decision, Party, Request, advanced
from .effects import MailKind, MailRole, PublishBooking
from .errors import BookingCancelled, HoldExpired, SlotTaken, TooLate, TooManyMoves
from .interval import Interval
from .meeting import Approval, HoldPolicy, MeetingType
from .owed import announce, mail_effect, owed_after_move, owed_at_the_end, owed_now, owed_of_hold
from .timeline import Happened

LATE = timedelta(minutes=1)  # a mail that leaves within this time is not late


def hold(
    request: Request,
    *,
    meeting: MeetingType,
    doi: bool,
    proven: bool = False,
    afforded: bool = True,
    taken: Iterable[Interval],
    now: datetime,
) -> Decision:
    """Reserve the time until everybody who must agree has; confirmed at once where nobody must.

    `proven`: the mailbox is known already, by a link that we mailed there. `afforded`: the budget has room for a hold;
    otherwise the request reserves nothing and waits for its confirmation.

    Raises SlotTaken: a stretch in `taken` overlaps the time.
    """
    if any(request.time.overlaps(other) for other in taken):
        raise SlotTaken(f"{request.time.start:%Y-%m-%d %H:%M} UTC is taken")
    awaits = _awaited(meeting, doi=doi and not proven)
    booking = Booking(
        id=request.id,
        public_id=request.public_id,
        host_id=meeting.host_id,
        meeting_type_id=meeting.id,
        time=request.time,
        state=BookingState.HELD if awaits else BookingState.CONFIRMED,
        hold_until=deadlines.first(meeting, request.time, awaits, now=now),
        awaits=awaits,
        invitee=request.invitee,
        guests=request.guests,
        answers=request.answers,
        sealed=request.sealed,
        test=request.test,
        created_at=now,
        decided_at=now,
        revision=1,
        reserves=not awaits or (afforded and meeting.hold_policy is not HoldPolicy.NONE),
    )
    booking = replace(booking, owed=owed_of_hold(booking, meeting))
    return Decision(
        booking=booking,
        effects=(PublishBooking(booking.id),),
        happened=Happened(booking.state),
        by=Party.INVITEE,
        look=True,
    )


def confirm(booking: Booking, *, by: Party = Party.INVITEE, meeting: MeetingType, now: datetime) -> Decision:
    """One of those who must agree does; the last one confirms the booking.

    Repeating it decides nothing, so a client that repeats the request does no harm. An invitee for whom the host had
    confirmed proves their mailbox by it.

    Raises HoldExpired: at or after the hold's deadline; BookingCancelled.
    """
    match booking.state:
        case BookingState.CONFIRMED if booking.vouched and by is Party.INVITEE:
            return Decision(booking=replace(booking, vouched=False), happened=Happened.AGREED_INVITEE, by=by)
        case BookingState.CONFIRMED:
            return Decision(booking=booking)
        case BookingState.HELD if now < booking.hold_until:
            return _agreed(booking, by=by, meeting=meeting, now=now)
        case BookingState.HELD | BookingState.EXPIRED:
            raise HoldExpired(f"the hold on booking {booking.id} ended at {booking.hold_until}")
        case BookingState.CANCELLED:
            raise BookingCancelled(f"booking {booking.id} was cancelled by the {booking.cancelled_by}")
        case _:
            assert_never(booking.state)


def expire(booking: Booking, *, now: datetime) -> Decision:
    """End a hold whose deadline has come; decides nothing for any other booking."""
    if booking.state is not BookingState.HELD or now < booking.hold_until:
        return Decision(booking=booking)
    ended = advanced(booking, now=now, state=BookingState.EXPIRED, owed=())
    mails = (mail_effect(ended, MailKind.HOLD_ENDED, MailRole.INVITEE),) if booking.asked else ()
    effects = (PublishBooking(ended.id), *mails)
    return Decision(booking=ended, effects=effects, before=booking.state, happened=Happened.EXPIRED)


def cancel(booking: Booking, *, by: Party, now: datetime, reason: str = "", cause: Cause | None = None) -> Decision:
    """Cancel a booking. Decides nothing where it is over already."""
    if not booking.live:
        return Decision(booking=booking)
    over = advanced(
        booking,
        now=now,
        state=BookingState.CANCELLED,
        owed=(),
        cancelled_by=by,
        reason=reason,
        cause=cause,
        sequence=booking.sequence + 1,
    )
    mails = owed_at_the_end(booking, over, by=by)
    return Decision(
        booking=over,
        effects=(PublishBooking(over.id), *mails),
        before=booking.state,
        happened=Happened.CANCELLED,
        by=by,
        detail=(("cause", str(cause or "")), ("reason", reason)),
    )


def move(
    booking: Booking,
    time: Interval,
    *,
    by: Party,
    meeting: MeetingType,
    afforded: bool = True,
    taken: Iterable[Interval],
    now: datetime,
) -> Decision:
    """Take `time` instead. The old time is kept beside it until the event is known to stand at the new one.

    `afforded`: as for `hold`. A time that the host offered can always be taken, and does not count as one of the
    invitee's moves; any other move ends the offer.

    Raises SlotTaken, BookingCancelled, HoldExpired; TooLate, TooManyMoves: by the meeting type's rules for invitees.
    """
    if time == booking.time and booking.live:
        return Decision(booking=booking)
    chosen = by is Party.INVITEE and time != booking.offered
    check_changeable(booking, by=Party.INVITEE if chosen else Party.HOST, meeting=meeting, now=now)
    if chosen and booking.moves >= meeting.moves_at_most:
        raise TooManyMoves(f"booking {booking.id} was moved {booking.moves} times")
    if any(time.overlaps(other) for other in taken):
        raise SlotTaken(f"{time.start:%Y-%m-%d %H:%M} UTC is taken")
    moved = advanced(
        booking,
        now=now,
        time=time,
        sequence=booking.sequence + 1,
        moves=booking.moves + chosen,
        offered=booking.offered if time == booking.offered else None,  # should it fail, it is on offer again
        hold_until=deadlines.after_move(booking, meeting, time, now=now)
        if booking.state is BookingState.HELD
        else booking.hold_until,
        reserves=_confirmed(booking) or (afforded and meeting.hold_policy is not HoldPolicy.NONE),
    )
    return Decision(
        booking=replace(moved, owed=owed_after_move(moved, meeting, by=by)),
        effects=(PublishBooking(moved.id),),
        happened=Happened.MOVED,
        by=by,
        look=True,
        beside=booking.time,
        detail=_from(booking),
    )


def move_back(booking: Booking, old: Interval, *, cause: Cause, meeting: MeetingType, now: datetime) -> Decision:
    """The new time failed before it was announced: the booking has its old time again."""
    chosen = booking.offered != booking.time
    moves = max(0, booking.moves - chosen)
    back = advanced(booking, now=now, time=old, sequence=booking.sequence + 1, moves=moves, owed=())
    told = back.invited if back.state is BookingState.CONFIRMED else back.asked
    back = replace(back, owed=() if told else owed_now(back, meeting))
    detail = (("cause", str(cause)), *_from(booking))
    return Decision(booking=back, effects=(PublishBooking(back.id),), happened=Happened.MOVED_BACK, detail=detail)


def follow(booking: Booking, time: Interval, *, meeting: MeetingType, conflicted: bool, now: datetime) -> Decision:
    """The host moved the event in their own client, and that edit wins; a conflict it makes is marked, not refused.

    Nobody is told of a booking that was over and still is.
    """
    if not booking.live or (time == booking.time and conflicted == booking.conflicted):
        return Decision(booking=booking)
    moved = advanced(
        booking,
        now=now,
        time=time,
        sequence=booking.sequence + 1,
        conflicted=conflicted,
        offered=None if time != booking.time else booking.offered,
        hold_until=min(booking.hold_until, time.start) if booking.state is BookingState.HELD else booking.hold_until,
    )
    over = max(time.end, booking.time.end) <= now
    return Decision(
        booking=replace(moved, owed=() if over else owed_after_move(moved, meeting, by=Party.HOST)),
        effects=(PublishBooking(moved.id),),
        happened=Happened.MOVED,
        by=Party.HOST,
        detail=_from(booking),
    )


def correct_address(
    booking: Booking, email: str, *, by: Party = Party.INVITEE, meeting: MeetingType, now: datetime
) -> Decision:
    """Send the link to another address; all links mailed before become invalid. Raises HoldExpired,
    BookingCancelled."""
    if booking.state is BookingState.CONFIRMED:
        raise TooLate("the booking is confirmed; its address stays")
    check_live(booking, now=now)
    if booking.proven:
        raise TooLate("whoever reads this address has confirmed; it stays")
    corrected = replace(  # no new revision, as the event stays the same
        booking, invitee=replace(booking.invitee, email=email), generation=booking.generation + 1
    )
    if booking.owed and not booking.asked:  # nothing was sent yet: the mail follows the first conflict check
        unasked = replace(corrected, owed=owed_of_hold(corrected, meeting))
        return Decision(booking=unasked, happened=Happened.ADDRESS_CORRECTED, by=by)
    told = announce(replace(corrected, owed=owed_now(corrected, meeting)))
    return replace(told, happened=Happened.ADDRESS_CORRECTED, by=by)


def resend(booking: Booking, *, by: Party = Party.INVITEE, now: datetime) -> Decision:
    """Send the mail with the link again. Raises HoldExpired, BookingCancelled; TooLate: it is confirmed already."""
    if booking.state is BookingState.CONFIRMED or Party.INVITEE not in booking.awaits:
        raise TooLate("there is nothing to confirm any more")
    check_live(booking, now=now)
    again = replace(booking, resends=booking.resends + 1)
    if not booking.asked:
        return Decision(booking=booking)
    return Decision(
        booking=again,
        effects=(mail_effect(again, MailKind.CONFIRM_BOOKING, MailRole.INVITEE),),
        happened=Happened.RESENT,
        by=by,
    )


def ask_late(booking: Booking, *, meeting: MeetingType, now: datetime) -> Decision:
    """The mail with the link leaves only now: the invitee gets the full time to answer, within `deadlines`.

    Decides nothing where that is less than LATE more, or the mail is not waited for.
    """
    if booking.state is not BookingState.HELD or now >= booking.hold_until or Party.INVITEE not in booking.awaits:
        return Decision(booking=booking)
    until = deadlines.after_late_mail(booking, meeting, now=now)
    if until - booking.hold_until < LATE:
        return Decision(booking=booking)
    return Decision(
        booking=advanced(booking, now=now, hold_until=until),
        effects=(PublishBooking(booking.id),),
        happened=Happened.HELD_LONGER,
        detail=(("until", until.isoformat()),),
    )


def check_changeable(booking: Booking, *, by: Party, meeting: MeetingType, now: datetime) -> None:
    """Raises BookingCancelled, HoldExpired; TooLate: for its invitee, less than `change_until` before the start."""
    check_live(booking, now=now)
    if by is Party.INVITEE and now >= booking.time.start - meeting.change_until:
        raise TooLate(f"booking {booking.id} starts at {booking.time.start}")


def check_live(booking: Booking, *, now: datetime) -> None:
    """Raises BookingCancelled, HoldExpired."""
    if booking.state is BookingState.CANCELLED:
        raise BookingCancelled(f"booking {booking.id} was cancelled by the {booking.cancelled_by}")
    if not booking.blocks(now):
        raise HoldExpired(f"the hold on booking {booking.id} ended at {booking.hold_until}")


def _agreed(booking: Booking, *, by: Party, meeting: MeetingType, now: datetime) -> Decision:
    if by not in booking.awaits:
        return Decision(booking=booking)
    awaits = booking.awaits - {by}
    if awaits:
        waiting = advanced(
            booking, now=now, awaits=awaits, hold_until=deadlines.first(meeting, booking.time, awaits, now=now)
        )
        waiting = replace(waiting, owed=owed_now(waiting, meeting))
        happened = Happened.AGREED_HOST if by is Party.HOST else Happened.AGREED_INVITEE
        return Decision(booking=waiting, effects=(PublishBooking(booking.id),), happened=happened, by=by)
    agreed = advanced(
        booking, now=now, awaits=awaits, state=BookingState.CONFIRMED, sequence=booking.sequence + 1, reserves=True
    )
    agreed = replace(agreed, owed=owed_now(agreed, meeting))
    return Decision(
        booking=agreed,
        effects=(PublishBooking(agreed.id),),
        before=booking.state,
        happened=Happened.CONFIRMED,
        by=by,
        look=not booking.reserves or meeting.hold_policy is not HoldPolicy.CALENDAR,
    )


def _confirmed(booking: Booking) -> bool:
    return booking.state is BookingState.CONFIRMED


def _awaited(meeting: MeetingType, *, doi: bool) -> frozenset[Party]:
    host = {Party.HOST} if meeting.approval is not Approval.NONE else set()
    return frozenset(({Party.INVITEE} if doi else set()) | host)


def _from(booking: Booking) -> tuple[tuple[str, str], ...]:
    return (("from", booking.time.start.isoformat()), ("from_end", booking.time.end.isoformat()))
