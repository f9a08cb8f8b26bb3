"""The outbox as people see it: listed, retried, dropped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...domain.errors import NotFound
from ...runtime import Runtime
from ...storage import changes, mail_log, outbox
from ...storage.changes import SetupChange
from ...storage.engine import snapshot, transaction
from ...storage.tables.outbox import OutboxRow


class NotInOutbox(NotFound):
    """None of these `numbers` is waiting or given up; nothing was changed."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(f"nothing is open under {', '.join(map(str, numbers))}")
        self.numbers = tuple(numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEffect:
    """A waiting or given-up effect. `what`: the kind of mail, else its own kind. `error`: why the last try failed.

    `to`: the recipient's role for a mail about a booking; else "".
    """

    number: int
    kind: str
    what: str
    to: str
    booking: str | None
    dead: bool
    since: datetime
    due_at: datetime
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """The first given-up effects by number, the first waiting ones by due time, and the number of each."""

    dead: tuple[OpenEffect, ...]
    all_dead: int
    waiting: tuple[OpenEffect, ...]
    all_waiting: int


def list_all(rt: Runtime) -> list[OpenEffect]:
    """All waiting and given-up effects, oldest first."""
    with snapshot(rt.engine) as session:
        return [_effect(row) for row in outbox.open_rows(session)]


def show(rt: Runtime, *, at_most: int, now: datetime) -> Outbox:
    """At most this many of each."""
    with snapshot(rt.engine) as session:
        found = outbox.backlog(session, late_before=now)
        dead = outbox.dead_rows(session, limit=at_most) if found.dead else []
        waiting = outbox.waiting_rows(session, limit=at_most)
    return Outbox(tuple(map(_effect, dead)), found.dead, tuple(map(_effect, waiting)), found.waiting)


def count_dead(rt: Runtime) -> int:
    """The number of given-up effects that nobody has looked after."""
    with snapshot(rt.engine) as session:
        return outbox.count_dead(session)


def find(rt: Runtime, number: int) -> OpenEffect:
    """Raises NotInOutbox."""
    with snapshot(rt.engine) as session:
        row = outbox.open_row(session, number)
        if row is None:
            raise NotInOutbox([number])
        return _effect(row)


def retry(rt: Runtime, numbers: Iterable[int], *, dead: bool = False, now: datetime) -> int:
    """Make these effects due at once; with `dead`, all given-up ones. Returns how many. Raises NotInOutbox."""
    with transaction(rt.engine) as session:
        meant = _meant(session, numbers, dead=dead)
        for each in meant:
            outbox.retry(session, each.number, now=now)
    return len(meant)


def drop(rt: Runtime, numbers: Iterable[int], *, dead: bool = False, by: str, reason: str = "", now: datetime) -> int:
    """Drop these effects, on record; with `dead`, all given-up ones. Returns how many. Raises NotInOutbox."""
    with transaction(rt.engine) as session:
        meant = _meant(session, numbers, dead=dead)
        for each in meant:
            outbox.drop(session, each.number, now=now)
            mail_log.drop_effect(session, each.number, since=each.since)
            after = f"dropped: {reason}" if reason else "dropped"
            changes.add(session, SetupChange(now, by, f"outbox.{each.number}", _told(each), after))
    return len(meant)


def _meant(session: Session, numbers: Iterable[int], *, dead: bool) -> list[OpenEffect]:
    wanted = list(dict.fromkeys(numbers))
    found = {number: outbox.open_row(session, number) for number in wanted}
    missing = [number for number, row in found.items() if row is None]
    if missing:
        raise NotInOutbox(missing)
    given_up = outbox.dead_rows(session) if dead else []
    every = {row.id: row for row in (*found.values(), *given_up) if row is not None}
    return [_effect(row) for row in every.values()]


def _told(effect: OpenEffect) -> str:
    """The effect in a few words that name no person."""
    to = f" to the {effect.to}" if effect.to else ""
    booking = f", booking {effect.booking}" if effect.booking else ""
    name = effect.kind if effect.kind == effect.what else f"{effect.kind} {effect.what}"
    return f"{name}{to}{booking}"


def _effect(row: OutboxRow) -> OpenEffect:
    return OpenEffect(
        number=row.id or 0,
        kind=row.kind,
        what=row.payload.get("kind", row.kind),
        to=row.payload.get("to", ""),
        booking=row.payload.get("booking_id"),
        dead=row.dead_at is not None,
        since=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        error=row.error,
    )
