"""The life of a booking: what may happen to it, and what must follow.

               hold                    confirm (by each who is awaited)
    (nothing) ─────► HELD ──────────────────────────► CONFIRMED
                      │ └── cancel(by, reason) ──┐       │ cancel(by, reason)
         expire (now ≥ hold_until)               ▼       ▼
                      └────► EXPIRED         CANCELLED ◄─┘      move, follow: the state stays

Nothing here reads a clock, a database or a calendar. Every transition takes the instant it happens at and returns a
Decision, which the caller records in one transaction. A transition that finds its work done decides nothing.
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
    UNDELIVERABLE = "undeliverable"  # nothing can be mailed to the invitee's address


NOBODYS_FAULT = frozenset({Cause.TAKEN, Cause.CALENDAR})  # a request that ends so is to be made again


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One invitee's claim, all its life.

    `sequence` is the iCalendar SEQUENCE (RFC 5545 §3.8.7.4): it rises with every change that attendees must hear of.
    `revision` rises with every decision, heard of or not; whoever writes to the calendar writes on behalf of one.
    `generation` belongs to the mailed links: raising it kills those sent before. `asked`: the mail with the link was
    let go. `invited`: the addresses an invitation was let go to. `owed`: mails this state owes once it stands in the
    calendar. `conflicted`: the host's own edit put it over another booking or event. `reserves`: while it is live it
    keeps others out; a request that does not goes to whoever confirms first. `vouched`: the host confirmed it in place of
    its invitee, whose mailbox nobody has proven. `offered`: another time that the host offers; nothing of it is kept.
    `sealed`: the answers to sensitive questions. `test`: the host tries their own page with it, so no figure counts it.
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
        """Whether what its invitee entered is gone; when and how it went is kept."""
        return not self.invitee.name

    @property
    def proven(self) -> bool:
        """Whether its invitee answered the mail with the link; before that, mail about it may go to a stranger."""
        return self.asked and Party.INVITEE not in self.awaits and not self.vouched

    @property
    def mailbox_answered(self) -> bool:
        """Whether its invitee answered the mail with the link, if only to take the time again once the hold had ended."""
        return self.proven or (self.asked and self.successor_id is not None)

    @property
    def unproven(self) -> bool:
        """Whether the mail with the link was sent, and neither its invitee answered it nor the host vouched for them."""
        return self.asked and Party.INVITEE in self.awaits

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
    test: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    sealed: tuple[SealedAnswer, ...] = ()


def advanced(booking: Booking, *, now: datetime, **changes: object) -> Booking:
    """The next revision, decided at `now`, with `changes` by the names of fields (any other name is refused)."""
    return replace(booking, revision=booking.revision + 1, decided_at=now, **changes)  # type: ignore[arg-type]
