"""The life of a booking: what may happen to it, and what must follow.

               hold                    confirm (by each who is awaited)
    (nothing) ─────► HELD ──────────────────────────► CONFIRMED
                      │ └── cancel(by, reason) ──┐       │ cancel(by, reason)
         expire (now ≥ hold_until)               ▼       ▼
                      └────► EXPIRED         CANCELLED ◄─┘      move, follow: the state stays

Nothing here reads a clock, a database or a calendar. Every transition takes the instant it happens at and returns a
Decision, which the caller records in one transaction. A transition that finds its work done decides nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from .effects import Effect, Mail, MailKind, PublishBooking, Role, SendMail
from .errors import BookingCancelled, HoldExpired, SlotTaken, TooLate, TooManyMoves
from .happenings import Happened
from .interval import Interval
from .meeting import Approval, HoldPolicy, MeetingType
from .people import Invitee


class BookingState(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Party(StrEnum):
    """Who acts on a booking. SYSTEM is this service, for a reason it can name (Cause)."""

    HOST = "host"
    INVITEE = "invitee"
    SYSTEM = "system"


class Cause(StrEnum):
    """Why a booking was cancelled, where it was not simply somebody's wish."""

    TAKEN = "taken"  # another event stood there when we looked
    CALENDAR = "calendar"  # the calendar could not be written or read in time
    DELETED = "deleted"  # the host removed the event in their own client
    NOT_ME = "not-me"  # whoever holds the mailbox did not ask for it
    UNDELIVERABLE = "undeliverable"  # the mail server refused the invitee's address


NOBODYS_FAULT = frozenset({Cause.TAKEN, Cause.CALENDAR})  # a request that ends so is to be made again


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One invitee's claim, all its life.

    `sequence` is the iCalendar SEQUENCE (RFC 5545 §3.8.7.4): it rises with every change that attendees must hear of.
    `revision` rises with every decision, heard of or not; whoever writes to the calendar writes on behalf of one.
    `generation` belongs to the mailed links: raising it kills those sent before. `asked`: the mail with the link was
    let go. `invited`: the addresses an invitation was let go to. `owed`: mails this state owes once it stands in the
    calendar. `conflicted`: the host's own edit put it over another booking or event. `reserves`: while it is live it
    keeps others out; a request that does not goes to whoever confirms first.
    """

    id: UUID
    public_id: str
    host_id: UUID
    meeting_type_id: UUID
    time: Interval
    state: BookingState
    hold_until: datetime
    awaits: frozenset[Party]
    invitee: Invitee
    guests: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    created_at: datetime
    decided_at: datetime
    revision: int = 0
    sequence: int = 0
    generation: int = 0
    moves: int = 0
    resends: int = 0
    asked: bool = False
    invited: tuple[str, ...] = ()
    owed: tuple[Mail, ...] = ()
    conflicted: bool = False
    reserves: bool = True
    cancelled_by: Party | None = None
    cause: Cause | None = None
    reason: str = ""
    successor_id: UUID | None = None
    reminders: bool = True

    @property
    def live(self) -> bool:
        """Whether it is neither over nor given up; a hold past its deadline may still look live: ask `blocks`."""
        return self.state in (BookingState.HELD, BookingState.CONFIRMED)

    def blocks(self, now: datetime) -> bool:
        """Whether the booking is in force at `now`; a hold is until its deadline, whether or not anybody swept."""
        return self.state is BookingState.CONFIRMED or (self.state is BookingState.HELD and now < self.hold_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A booking as it must be recorded, and what must follow once that is on disk.

    `happened`: the word for the timeline, None where nothing did. `look`: the new time must be looked at in the
    calendars before anything is announced. `beside`: the old time, kept until the new one is known to stand.
    """

    booking: Booking
    effects: tuple[Effect, ...] = ()
    happened: Happened | None = None
    by: Party = Party.SYSTEM
    look: bool = False
    beside: Interval | None = None
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody who wants to book brings: the form, parsed."""

    id: UUID
    public_id: str
    time: Interval
    invitee: Invitee
    guests: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


def hold(
    request: Request, *, meeting: MeetingType, doi: bool, proven: bool = False, afforded: bool = True,
    taken: Iterable[Interval], now: datetime,
) -> Decision:  # fmt: skip
    """Reserve the time until everybody who is awaited has agreed; confirmed at once where nobody is.

    `proven`: the invitee's mailbox is known already (they came by a link we mailed there). `afforded`: whether the
    budget has room for a hold; without it the request waits for its confirmation and reserves nothing.

    Raises:
        SlotTaken: a stretch in `taken` overlaps the time.
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
        hold_until=_deadline(meeting, request.time, awaits, now=now),
        awaits=awaits,
        invitee=request.invitee,
        guests=request.guests,
        answers=request.answers,
        created_at=now,
        decided_at=now,
        revision=1,
        reserves=not awaits or (afforded and meeting.hold_policy is not HoldPolicy.NONE),
    )
    booking = replace(booking, owed=_owed_now(booking, meeting))
    return Decision(
        booking=booking, effects=(PublishBooking(booking.id),), happened=Happened(booking.state), by=Party.INVITEE,
        look=True,
    )  # fmt: skip


def confirm(booking: Booking, *, by: Party = Party.INVITEE, meeting: MeetingType, now: datetime) -> Decision:
    """One of those who are awaited agrees; the last one makes it a booking.

    A second click on the link decides nothing, so a mail client that repeats the request does no harm.

    Raises:
        HoldExpired: at or after the hold's deadline. BookingCancelled: it was given up.
    """
    match booking.state:
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
    """End a hold whose deadline came; anything else is left as it is."""
    if booking.state is not BookingState.HELD or now < booking.hold_until:
        return Decision(booking=booking)
    ended = advanced(booking, now=now, state=BookingState.EXPIRED, owed=())
    mails = (_mail(ended, MailKind.HOLD_ENDED, Role.INVITEE),) if booking.asked else ()
    return Decision(booking=ended, effects=(PublishBooking(ended.id), *mails), happened=Happened.EXPIRED)


def cancel(booking: Booking, *, by: Party, now: datetime, reason: str = "", cause: Cause | None = None) -> Decision:
    """Give a booking up. Cancelling what is over already decides nothing."""
    if not booking.live:
        return Decision(booking=booking)
    over = advanced(
        booking, now=now, state=BookingState.CANCELLED, owed=(), cancelled_by=by, reason=reason, cause=cause,
        sequence=booking.sequence + 1,
    )  # fmt: skip
    mails = _who_hears_of_the_end(booking, over, by=by)
    return Decision(
        booking=over, effects=(PublishBooking(over.id), *mails), happened=Happened.CANCELLED, by=by,
        detail=(("cause", str(cause or "")), ("reason", reason)),
    )  # fmt: skip


def move(
    booking: Booking, time: Interval, *, by: Party, meeting: MeetingType, afforded: bool = True,
    taken: Iterable[Interval], now: datetime,
) -> Decision:  # fmt: skip
    """Take `time` instead. The old time is kept beside it until the new one is known to stand in the calendar.

    `afforded`: as for `hold`, of the new time.

    Raises:
        SlotTaken, BookingCancelled, HoldExpired. TooLate, TooManyMoves: the meeting type's rules for its invitees.
    """
    if time == booking.time and booking.live:
        return Decision(booking=booking)
    check_changeable(booking, by=by, meeting=meeting, now=now)
    if by is Party.INVITEE and booking.moves >= meeting.moves_at_most:
        raise TooManyMoves(f"booking {booking.id} was moved {booking.moves} times")
    if any(time.overlaps(other) for other in taken):
        raise SlotTaken(f"{time.start:%Y-%m-%d %H:%M} UTC is taken")
    moved = advanced(
        booking, now=now, time=time, sequence=booking.sequence + 1,
        moves=booking.moves + (by is Party.INVITEE),
        hold_until=_deadline(meeting, time, booking.awaits, now=now)
        if booking.state is BookingState.HELD
        else booking.hold_until,
        reserves=_confirmed(booking) or (afforded and meeting.hold_policy is not HoldPolicy.NONE),
    )  # fmt: skip
    return Decision(
        booking=replace(moved, owed=_owed_after_move(moved, meeting, by=by)), effects=(PublishBooking(moved.id),),
        happened=Happened.MOVED, by=by, look=True, beside=booking.time, detail=_from(booking),
    )  # fmt: skip


def move_back(booking: Booking, old: Interval, *, cause: Cause, meeting: MeetingType, now: datetime) -> Decision:
    """The new time can't be had, and nobody was told of it: the old one is the booking's again."""
    back = advanced(booking, now=now, time=old, sequence=booking.sequence + 1, moves=max(0, booking.moves - 1), owed=())
    told = back.invited if back.state is BookingState.CONFIRMED else back.asked
    back = replace(back, owed=() if told else _owed_now(back, meeting))
    detail = (("cause", str(cause)), *_from(booking))
    return Decision(booking=back, effects=(PublishBooking(back.id),), happened=Happened.MOVED_BACK, detail=detail)


def follow(booking: Booking, time: Interval, *, meeting: MeetingType, conflicted: bool, now: datetime) -> Decision:
    """The host moved the event in their own client, and the host's edit wins.
    A conflict it makes is marked, not refused.

    What is over and stays over is nobody's news.
    """
    if not booking.live or (time == booking.time and conflicted == booking.conflicted):
        return Decision(booking=booking)
    moved = advanced(
        booking, now=now, time=time, sequence=booking.sequence + 1, conflicted=conflicted,
        hold_until=min(booking.hold_until, time.start) if booking.state is BookingState.HELD else booking.hold_until,
    )  # fmt: skip
    over = max(time.end, booking.time.end) <= now
    return Decision(
        booking=replace(moved, owed=() if over else _owed_after_move(moved, meeting, by=Party.HOST)),
        effects=(PublishBooking(moved.id),), happened=Happened.MOVED, by=Party.HOST, detail=_from(booking),
    )  # fmt: skip


def correct_address(booking: Booking, email: str, *, meeting: MeetingType, now: datetime) -> Decision:
    """Send the link to another address; every link mailed so far dies. Raises HoldExpired, BookingCancelled."""
    if booking.state is BookingState.CONFIRMED:
        raise TooLate("the booking is confirmed; its address stays")
    _check_live(booking, now=now)
    corrected = replace(  # no new revision: the event says the same as before
        booking, invitee=replace(booking.invitee, email=email), generation=booking.generation + 1
    )
    corrected = replace(corrected, owed=_owed_now(corrected, meeting))
    if not booking.asked:  # nothing went out yet: it follows with the first look
        return Decision(booking=corrected, happened=Happened.ADDRESS_CORRECTED, by=Party.INVITEE)
    told = announce(corrected)
    return replace(told, happened=Happened.ADDRESS_CORRECTED, by=Party.INVITEE)


def resend(booking: Booking, *, now: datetime) -> Decision:
    """The mail with the link once more. Raises HoldExpired, BookingCancelled; TooLate: it is confirmed already."""
    if booking.state is BookingState.CONFIRMED or Party.INVITEE not in booking.awaits:
        raise TooLate("there is nothing to confirm any more")
    _check_live(booking, now=now)
    again = replace(booking, resends=booking.resends + 1)
    if not booking.asked:
        return Decision(booking=booking)
    return Decision(
        booking=again,
        effects=(_mail(again, MailKind.CONFIRM_BOOKING, Role.INVITEE),),
        happened=Happened.RESENT,
        by=Party.INVITEE,
    )


def announce(booking: Booking) -> Decision:
    """Let go of the mails that this state owes, each once."""
    if not booking.owed:
        return Decision(booking=booking)
    kinds = {mail.kind for mail in booking.owed}
    invited = booking.invited
    if kinds & {MailKind.BOOKED, MailKind.MOVED} and booking.state is BookingState.CONFIRMED:
        invited = tuple(dict.fromkeys((*invited, booking.invitee.email, *booking.guests)))
    told = replace(booking, owed=(), invited=invited, asked=booking.asked or MailKind.CONFIRM_BOOKING in kinds)
    return Decision(booking=told, effects=tuple(SendMail(booking.id, mail) for mail in booking.owed))


def check_changeable(booking: Booking, *, by: Party, meeting: MeetingType, now: datetime) -> None:
    """Raises BookingCancelled, HoldExpired; TooLate: for its invitee,
    `change_until` before the start is the last moment."""
    _check_live(booking, now=now)
    if by is Party.INVITEE and now >= booking.time.start - meeting.change_until:
        raise TooLate(f"booking {booking.id} starts at {booking.time.start}")


def _check_live(booking: Booking, *, now: datetime) -> None:
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
            booking, now=now, awaits=awaits, hold_until=_deadline(meeting, booking.time, awaits, now=now)
        )
        waiting = replace(waiting, owed=_owed_now(waiting, meeting))
        happened = Happened.AGREED_HOST if by is Party.HOST else Happened.AGREED_INVITEE
        return Decision(booking=waiting, effects=(PublishBooking(booking.id),), happened=happened, by=by)
    agreed = advanced(
        booking, now=now, awaits=awaits, state=BookingState.CONFIRMED, sequence=booking.sequence + 1, reserves=True
    )
    agreed = replace(agreed, owed=_owed_now(agreed, meeting))
    return Decision(
        booking=agreed, effects=(PublishBooking(agreed.id),), happened=Happened.CONFIRMED, by=by,
        look=not booking.reserves or meeting.hold_policy is not HoldPolicy.CALENDAR,
    )  # fmt: skip


def _confirmed(booking: Booking) -> bool:
    return booking.state is BookingState.CONFIRMED


def advanced(booking: Booking, *, now: datetime, **changes: object) -> Booking:
    """The next revision, decided at `now`, with `changes` by the names of fields (any other name is refused)."""
    return replace(booking, revision=booking.revision + 1, decided_at=now, **changes)  # type: ignore[arg-type]


def _awaited(meeting: MeetingType, *, doi: bool) -> frozenset[Party]:
    host = {Party.HOST} if meeting.approval is not Approval.NONE else set()
    return frozenset(({Party.INVITEE} if doi else set()) | host)


def _asked_now(awaits: frozenset[Party], meeting: MeetingType) -> Party | None:
    """Whose answer is asked for next; both are never asked at once."""
    if meeting.approval is Approval.BEFORE and Party.HOST in awaits:
        return Party.HOST
    return Party.INVITEE if Party.INVITEE in awaits else (Party.HOST if Party.HOST in awaits else None)


def _deadline(meeting: MeetingType, time: Interval, awaits: frozenset[Party], *, now: datetime) -> datetime:
    """`min(now + lifetime, start − notice)`; an invitee gets the hold's lifetime, a host the approval's."""
    asked = _asked_now(awaits, meeting)
    lifetime = meeting.approval_lifetime if asked is Party.HOST else meeting.hold_lifetime
    return min(now + lifetime, max(time.start - meeting.rules.notice, now)) if awaits else now


def _owed_now(booking: Booking, meeting: MeetingType) -> tuple[Mail, ...]:
    """What the state owes to whom: the question to the one who is asked, or the news to everybody."""
    when = occasion(booking)
    match _asked_now(booking.awaits, meeting):
        case Party.INVITEE:
            return (Mail(MailKind.CONFIRM_BOOKING, Role.INVITEE, when),)
        case Party.HOST:
            return (Mail(MailKind.APPROVE_BOOKING, Role.HOST, when),)
        case _:
            return (*_to_attendees(booking, MailKind.BOOKED), Mail(MailKind.HOST_BOOKED, Role.HOST, when))


def _owed_after_move(booking: Booking, meeting: MeetingType, *, by: Party) -> tuple[Mail, ...]:
    if booking.state is BookingState.HELD:
        return _owed_now(booking, meeting)
    if not booking.invited:  # moved before the invitation left: that one tells the new time
        return _owed_now(booking, meeting)
    host = () if by is Party.HOST else (Mail(MailKind.HOST_MOVED, Role.HOST, occasion(booking)),)
    return (*_to_attendees(booking, MailKind.MOVED), *host)


def _who_hears_of_the_end(before: Booking, over: Booking, *, by: Party) -> Sequence[SendMail]:
    """CANCEL to whom an invitation went (RFC 5546 §3.2.5);
    a plain note to an invitee who was asked and did not ask for it."""
    if before.invited:
        attendees = tuple(
            Mail(MailKind.CANCELLED, Role.INVITEE if address == before.invitee.email else Role.GUEST, occasion(over),
                 "" if address == before.invitee.email else address)
            for address in before.invited
        )  # fmt: skip
        host = () if by is Party.HOST else (Mail(MailKind.HOST_CANCELLED, Role.HOST, occasion(over)),)
        return [SendMail(over.id, mail) for mail in (*attendees, *host)]
    unasked = by is not Party.INVITEE and over.cause is not Cause.UNDELIVERABLE
    return [_mail(over, MailKind.CANCELLED, Role.INVITEE)] if before.asked and unasked else []


def _to_attendees(booking: Booking, kind: MailKind) -> tuple[Mail, ...]:
    when = occasion(booking)
    return (
        Mail(kind, Role.INVITEE, when),
        *(Mail(kind, Role.GUEST, when, guest) for guest in booking.guests),
    )


def _mail(booking: Booking, kind: MailKind, to: Role) -> SendMail:
    return SendMail(booking.id, Mail(kind, to, occasion(booking)))


def occasion(booking: Booking) -> str:
    """What tells this mail from an earlier one of its kind: SEQUENCE, generation of the links, resends."""
    return f"s{booking.sequence}g{booking.generation}r{booking.resends}"


def _from(booking: Booking) -> tuple[tuple[str, str], ...]:
    return (("from", booking.time.start.isoformat()), ("from_end", booking.time.end.isoformat()))
