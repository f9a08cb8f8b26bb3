"""Who plays: invitees, who ask for what pages let them ask, and the host, in a client of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking_service.actions.booking import address, change, find
from booking_service.actions.booking import confirm as confirm_actions
from booking_service.actions.booking import hold as hold_actions
from booking_service.crypto.tokens import LinkPurpose, code_for, token_for
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.errors import BookingError, HoldExpired, UnknownBooking
from booking_service.domain.interval import Interval
from booking_service.domain.people import Invitee
from booking_service.domain.slots import NotOffered
from calendars.model import EventStatus, Period
from tests.flows.game.table import HALF, HOME, PRIVATE, Table
from tests.world import World

REFUSED = (BookingError, NotOffered)


@dataclass
class Invitees:
    """Each act is about one booking (`n`); what else it takes, it finds in `start` and `flag`."""

    table: Table
    host: "HostsClient"

    def hold(self, w: World, start: datetime, *, kind: str, guest: bool = False) -> Booking:
        number = len(self.table.known)
        invitee = Invitee(name=f"Invitee {number}", email=f"i{number}@example.org", language="en", zone="Europe/Berlin")
        guests = (f"g{number}@example.org",) if guest else ()
        return w.hold(
            start=start, meeting=kind, invitee=invitee, guests=guests, form_key=f"{number}-{w.now.timestamp()}"
        )

    def ask_for(self, start: datetime, *, kind: str, guest: bool, calm: bool) -> None:
        """Hold a time. Where nothing makes the answer uncertain, it is known beforehand."""
        w = self.table.w
        time = Interval(start, start + (HALF if kind == "intro" else HALF / 2))
        taken, read = self.table.taken(time, foreign=self.host.own), self.table.all_read()
        late = start - w.now < timedelta(hours=2)
        held, refusal = _outcome(lambda: self.hold(w, start, kind=kind, guest=guest))
        if calm and held is not None:
            assert not (taken and held.live), "I1: a time that is taken was given away"
        if calm and read and held is None:
            assert taken or late, f"a free time was refused: {refusal!r}"
        self._note("hold", refusal)

    def confirm(self, booking: Booking, start: datetime, flag: bool) -> None:
        """`flag`: by the link that was mailed before the address was corrected."""
        w, generation = self.table.w, max(0, booking.generation - flag)
        token = token_for(w.rt.ring, purpose=LinkPurpose.CONFIRM, subject=booking.id, generation=generation)
        answer = _outcome(lambda: confirm_actions.confirm(w.rt, token, network="n", now=w.now))
        self._judge(booking, answer, dead=generation != booking.generation)

    def type_code(self, booking: Booking, start: datetime, flag: bool) -> None:
        w = self.table.w
        code = code_for(w.rt.ring, booking.id, booking.generation)
        answer = _outcome(lambda: confirm_actions.confirm_by_code(w.rt, booking.public_id, code, now=w.now))
        self._judge(booking, answer, dead=False)

    def _judge(self, booking: Booking, answer: tuple[Booking | None, Exception | None], *, dead: bool) -> None:
        after, refusal = answer
        if dead:
            assert isinstance(refusal, UnknownBooking), "a dead link opened something"
        elif refusal is not None:
            assert not booking.blocks(self.table.w.now), f"{refusal!r} for {booking}"
            assert isinstance(refusal, HoldExpired) == (booking.state is not BookingState.CANCELLED)
        else:
            assert booking.blocks(self.table.w.now), "I3: confirmed after its deadline"
            assert after is not None
            assert after.state is BookingState.CONFIRMED or after.cancelled_by is Party.HOST
        self._note("confirm", refusal)

    def resend(self, booking: Booking, start: datetime, flag: bool) -> None:
        w = self.table.w
        self._try("resend", lambda: address.resend(w.rt, booking.public_id, now=w.now))

    def correct_address(self, booking: Booking, start: datetime, flag: bool) -> None:
        w, email = self.table.w, f"corrected{flag:d}@example.org"
        self._try("correct the address", lambda: address.correct_address(w.rt, booking.public_id, email, now=w.now))

    def release(self, booking: Booking, start: datetime, flag: bool) -> None:
        w = self.table.w
        self._try("release", lambda: change.release(w.rt, booking.public_id, now=w.now))

    def disown(self, booking: Booking, start: datetime, flag: bool) -> None:
        w, token = self.table.w, self.table.token(booking, LinkPurpose.NOT_ME)
        self._try("not me", lambda: change.not_me(w.rt, token, block=False, now=w.now))

    def cancel(self, booking: Booking, start: datetime, flag: bool) -> None:
        self._try("cancel", lambda: self.cancelled(self.table.w, booking))

    def cancelled(self, w: World, booking: Booking) -> Booking:
        return change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="ill", now=w.now)

    def move(self, booking: Booking, start: datetime, flag: bool) -> None:
        self._try("move", lambda: self.moved(self.table.w, booking, start))

    def moved(self, w: World, booking: Booking, start: datetime) -> Booking:
        if booking.state is BookingState.HELD:
            return change.move_hold(w.rt, booking.public_id, start, now=w.now)
        return change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), start, now=w.now)

    def take_again(self, booking: Booking, start: datetime, flag: bool) -> None:
        w, token = self.table.w, self.table.token(booking, LinkPurpose.CONFIRM)
        self._try("take again", lambda: hold_actions.take_again(w.rt, token, network="n", now=w.now))

    def _try(self, name: str, act: Callable[[], Booking]) -> None:
        self._note(name, _outcome(act)[1])

    def _note(self, name: str, refusal: Exception | None) -> None:
        self.table.note(name if refusal is None else f"{name} refused: {type(refusal).__name__}")


@dataclass(frozen=True, slots=True)
class Meant:
    """The time that the host gave an event, and how long its booking's timeline was then."""

    time: Period
    entries: int


@dataclass
class HostsClient:
    """What it did is remembered, as far as it tells what we may do: `own` (UID → where) are events of the host's own,
    `deleted` those of bookings and where they stood, `ended` the UIDs the host ever deleted or cancelled, `meant` the
    time that the host gave an event, `titles` what they called it."""

    table: Table
    own: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    meant: dict[str, "Meant"] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    added: int = 0

    def moves(self, booking: Booking, start: datetime, flag: bool) -> None:
        if found := self.table.standing(booking):
            where, uid = found
            time = Period(start, start + (3 if flag else 1) * HALF)
            if time not in {event.time for event in self.table.at[where].events() if event.uid == uid}:
                self.table.at[where].host_moves(uid, time)
                self.meant[uid] = Meant(time, len(find.timeline_of(self.table.w.rt, booking.id)))
                self.table.note("host moves")

    def deletes(self, booking: Booking, start: datetime, flag: bool) -> None:
        if found := self.table.standing(booking):
            where, uid = found
            self.deleted[uid] = (where, self.table.body(where, uid))
            self.table.at[where].host_deletes(uid)
            self.ended.add(uid)
            self.meant.pop(uid, None)
            self.titles.pop(uid, None)  # what we write again, if asked to, is ours: titles are never kept
            self.table.note("host deletes")

    def restores(self, booking: Booking, start: datetime, flag: bool) -> None:
        for uid, (where, body) in list(self.deleted.items())[:1]:
            del self.deleted[uid]
            if not any(self.table.holds(place, uid) for place in self.table.at):
                self.table.at[where].host_puts(f"{uid}.ics", body)
                self.table.note("host restores")

    def sets_status(self, booking: Booking, start: datetime, flag: bool) -> None:
        """What a client resets when it writes; it confirms nothing."""
        self._sets(booking, EventStatus.CONFIRMED if flag else EventStatus.TENTATIVE)

    def cancels(self, booking: Booking, start: datetime, flag: bool) -> None:
        if uid := self._sets(booking, EventStatus.CANCELLED):
            self.ended.add(uid)

    def names(self, booking: Booking, start: datetime, flag: bool) -> None:
        if found := self.table.standing(booking):
            where, uid = found
            self.titles[uid] = "Grace!" if flag else "mine"
            self.table.at[where].host_edits(uid, summary=self.titles[uid])
            self.table.note("host edits title")

    def drags(self, booking: Booking, start: datetime, flag: bool) -> None:
        """To the other calendar: a client deletes it here and puts it there."""
        if (found := self.table.standing(booking)) and self.table.guarded and self.table.fair:
            where, uid = found
            body = self.table.body(where, uid)
            self.table.at[where].host_deletes(uid)
            self.table.at[PRIVATE if where == HOME else HOME].host_puts(f"{uid}.ics", body)
            self.table.note("host drags")

    def adds(self, booking: Booking | None, start: datetime, flag: bool) -> None:
        """An event of their own, which blocks. `flag`: in the other calendar."""
        if len(self.own) < 3:
            where = PRIVATE if flag else HOME
            uid = self.table.at[where].host_adds("Own", Period(start, start + HALF), uid=f"own-{self.added}")
            self.added += 1
            self.own[uid] = where
            self.table.note("host adds")

    def removes(self, booking: Booking, start: datetime, flag: bool) -> None:
        if self.own:
            uid, where = self.own.popitem()
            self.table.at[where].host_deletes(uid)
            self.table.note("host removes")

    def _sets(self, booking: Booking, status: EventStatus) -> str | None:
        if (found := self.table.standing(booking)) is None:
            return None
        where, uid = found
        self.table.at[where].host_edits(uid, status=status)
        self.table.note(f"host sets {status.value}")
        return uid


def _outcome(act: Callable[[], Booking]) -> tuple[Booking | None, Exception | None]:
    try:
        return act(), None
    except REFUSED as error:
        return None, error
