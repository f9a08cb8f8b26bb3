"""A booking through all its life: its values, its states, and the Decision that each transition returns.

               hold                    confirm (by each who is awaited)
    (nothing) ─────► HELD ──────────────────────────► CONFIRMED
                      │ └── cancel(by, reason) ──┐       │ cancel(by, reason)
         expire (now ≥ hold_until)               ▼       ▼
                      └────► EXPIRED         CANCELLED ◄─┘      move, follow: the state stays

The transitions are in `transitions.py`. Each takes the instant at which it happens and returns a Decision, which the
caller records in one transaction. Repeating a transition decides nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .effects import Effect, Mail
from .interval import Interval
from .people import Invitee
from .questions import SealedAnswer
from .timeline import Happened


class BookingState(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Party(StrEnum):
    """Who acts on a booking. SYSTEM is this service; it always gives a Cause."""

    HOST = "host"
    INVITEE = "invitee"
    SYSTEM = "system"


class Cause(StrEnum):
    """Why a booking was cancelled, where nobody simply wished it."""

    TAKEN = "taken"  # the conflict check found another event at this time
    CALENDAR = "calendar"  # the calendar could not be written or read in time
    DELETED = "deleted"  # the host removed the event in their own client
    NOT_ME = "not-me"  # the owner of the mailbox did not ask for it
    UNDELIVERABLE = "undeliverable"  # nothing can be mailed to the invitee's address


NOBODYS_FAULT = frozenset({Cause.TAKEN, Cause.CALENDAR})  # whoever asked may simply ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One invitee's claim, through all its life.

    `sequence`: the iCalendar SEQUENCE (RFC 5545 §3.8.7.4); rises with each change that attendees must hear of.
    `revision`: rises with every decision; each write to the calendar is made for one revision. `generation`: of the
    mailed links; raising it invalidates those sent before. `asked`: the mail with the link was released for sending.
    `invited`: the addresses for which an invitation was released. `owed`: the mails that this state owes once its event
    stands in the calendar. `conflicted`: the host's own edit put it over another booking or event. `reserves`: it keeps
    others out while it is live; a request that does not is confirmed only if its time is still free. `vouched`: the
    host confirmed it in place of the invitee, whose mailbox is not proven. `offered`: another time offered by the host,
    which is not reserved; or the one it has, once that was taken. `sealed`: encrypted answers to sensitive questions. `test`: the host's own trial, left
    out of all statistics.
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
    sealed: tuple[SealedAnswer, ...] = ()
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
    vouched: bool = False
    test: bool = False
    offered: Interval | None = None

    @property
    def erased(self) -> bool:
        """Whether the invitee's details are erased; when and how the booking went is kept."""
        return not self.invitee.name

    @property
    def proven(self) -> bool:
        """Whether the invitee answered the mail with the link. Before that, the address may belong to a stranger."""
        return self.asked and Party.INVITEE not in self.awaits and not self.vouched

    @property
    def mailbox_answered(self) -> bool:
        """As `proven`, or they took the time again by that link after the hold had ended."""
        return self.proven or (self.asked and self.successor_id is not None)

    @property
    def unproven(self) -> bool:
        """Whether the mail with the link was sent, but neither did the invitee answer it nor the host vouch for them."""
        return self.asked and Party.INVITEE in self.awaits

    @property
    def live(self) -> bool:
        """Whether it is neither ended nor cancelled. A hold past its deadline may still be live: see `blocks`."""
        return self.state in (BookingState.HELD, BookingState.CONFIRMED)

    @property
    def on_offer(self) -> Interval | None:
        """The time that can be taken instead of the present one."""
        return self.offered if self.offered != self.time else None

    @property
    def withdrawn(self) -> bool:
        """Whether the service took it back before anybody was told of it: the calendar did not take it, or somebody else was
        first."""
        return self.state is BookingState.CANCELLED and self.cancelled_by is Party.SYSTEM

    def blocks(self, now: datetime) -> bool:
        """Whether it occupies its time at `now`: a hold does until its deadline, whether or not the worker has ended
        it."""
        return self.state is BookingState.CONFIRMED or (self.state is BookingState.HELD and now < self.hold_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A booking as it is to be recorded, and what must follow once that is committed.

    `before`: the state that the booking leaves; None where it keeps its state, or is new. `happened`: the word for the
    timeline; None where nothing happened. `look`: the new time needs a conflict check before anything is announced. `beside`: the
    old time, kept until the new one is known to stand in the calendar.
    """

    booking: Booking
    effects: tuple[Effect, ...] = ()
    before: BookingState | None = None
    happened: Happened | None = None
    by: Party = Party.SYSTEM
    look: bool = False
    beside: Interval | None = None
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody who wants to book sends: the parsed form."""

    id: UUID
    public_id: str
    time: Interval
    invitee: Invitee
    guests: tuple[str, ...] = ()
    test: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    sealed: tuple[SealedAnswer, ...] = ()


def advanced(booking: Booking, *, now: datetime, **changes: object) -> Booking:
    """The next revision, decided at `now`, with `changes` by field name. Raises TypeError: an unknown field."""
    return replace(booking, revision=booking.revision + 1, decided_at=now, **changes)  # type: ignore[arg-type]
