"""What of a backup must not come back to life: who was signed in, links that decide something, mails that were sent."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult
from sqlmodel import Session, col, delete, select, update

from .tables.booking import BookingRow, ReservationRow
from .tables.calendar import CalendarRow
from .tables.consent import ContactLinkRow
from .tables.outbox import OutboxRow
from .tables.people import SecondStepRow, SessionRow, SignInRow

MAY_HAVE_LEFT = "Held back after a restore, as it may have been sent before. `outbox retry` sends it."


def end_sessions(session: Session) -> int:
    """Nobody is signed in any more, and no mailed sign-in works. Returns in how many browsers somebody was."""
    session.exec(delete(SignInRow))
    session.exec(delete(SecondStepRow))
    return _count(session.exec(delete(SessionRow)))


def end_contact_links(session: Session, *, but: Collection[str], now: datetime) -> int:
    """Links to contacts end, those of the purposes `but` excepted. Returns how many."""
    live = col(ContactLinkRow.until).is_(None) | (col(ContactLinkRow.until) > now)
    ended = update(ContactLinkRow).where(col(ContactLinkRow.purpose).not_in(but), live)
    return _count(session.exec(ended.values(until=now)))


def hold_back(session: Session, *, but: Collection[str], now: datetime) -> int:
    """Give up on every effect that is due, kinds `but` excepted; a person may retry it. Returns how many."""
    due = update(OutboxRow).where(
        col(OutboxRow.done_at).is_(None),
        col(OutboxRow.dead_at).is_(None),
        col(OutboxRow.due_at) <= now,
        col(OutboxRow.kind).not_in(but),
    )
    return _count(session.exec(due.values(dead_at=now, leased_until=None, error=MAY_HAVE_LEFT)))


def drop_sign_in_mails(session: Session, *, kind: str, now: datetime) -> None:
    """Mails whose link was just ended."""
    waiting = update(OutboxRow).where(col(OutboxRow.kind) == kind, col(OutboxRow.done_at).is_(None))
    session.exec(waiting.values(done_at=now, leased_until=None, error="dropped by a restore"))


def free_lanes(session: Session) -> None:
    """Whoever held a lease is not there any more."""
    session.exec(update(ReservationRow).values(lane_until=None))
    session.exec(update(OutboxRow).values(leased_until=None))
    session.exec(update(CalendarRow).values(pull_lease_until=None))


def read_all_calendars(session: Session, *, now: datetime) -> int:
    """What pulls found is not known any more: each calendar is read from the start before anything of its host is free."""
    anew = update(CalendarRow).values(
        token=None, token_version=col(CalendarRow.token_version) + 1, window_start=None, pulled_at=None, pull_at=now
    )
    return _count(session.exec(anew))


def unerased_bookings(session: Session, ids: Iterable[UUID]) -> list[UUID]:
    """Of these, the ones that are there with the name of a person."""
    return list(session.exec(select(BookingRow.id).where(col(BookingRow.id).in_(list(ids)), BookingRow.name != "")))


def _count(done: object) -> int:
    return cast("CursorResult[object]", done).rowcount
