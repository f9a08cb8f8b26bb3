"""What of a restored backup must not come back to life: sessions, links that decide something, mails already sent."""

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
    """End all sessions and mailed sign-ins. Returns the number of sessions."""
    session.exec(delete(SignInRow))
    session.exec(delete(SecondStepRow))
    return _count(session.exec(delete(SessionRow)))


def end_contact_links(session: Session, *, but: Collection[str], now: datetime) -> int:
    """End the links of contacts, except of the purposes `but`. Returns how many."""
    live = col(ContactLinkRow.until).is_(None) | (col(ContactLinkRow.until) > now)
    ended = update(ContactLinkRow).where(col(ContactLinkRow.purpose).not_in(but), live)
    return _count(session.exec(ended.values(until=now)))


def hold_back(session: Session, *, but: Collection[str], now: datetime) -> int:
    """Give up all due effects, except of the kinds `but`; a person can retry them. Returns how many."""
    due = update(OutboxRow).where(
        col(OutboxRow.done_at).is_(None),
        col(OutboxRow.dead_at).is_(None),
        col(OutboxRow.due_at) <= now,
        col(OutboxRow.kind).not_in(but),
    )
    return _count(session.exec(due.values(dead_at=now, leased_until=None, error=MAY_HAVE_LEFT)))


def drop_sign_in_mails(session: Session, *, kind: str, now: datetime) -> None:
    """Drop the mails whose link was just ended."""
    waiting = update(OutboxRow).where(col(OutboxRow.kind) == kind, col(OutboxRow.done_at).is_(None))
    session.exec(waiting.values(done_at=now, leased_until=None, error="dropped by a restore"))


def free_lanes(session: Session) -> None:
    """Clear all leases, as their holders are gone."""
    session.exec(update(ReservationRow).values(lane_until=None))
    session.exec(update(OutboxRow).values(leased_until=None))
    session.exec(update(CalendarRow).values(pull_lease_until=None))


def read_all_calendars(session: Session, *, now: datetime) -> int:
    """Read each calendar from the start before any time of its host is free: what pulls found is unknown now."""
    anew = update(CalendarRow).values(
        token=None, token_version=col(CalendarRow.token_version) + 1, window_start=None, pulled_at=None, pull_at=now
    )
    return _count(session.exec(anew))


def unerased_bookings(session: Session, ids: Iterable[UUID]) -> list[UUID]:
    """Those of these ids whose booking is here and still has the name of a person. The bookings with a name are all read, as there
    may be more ids than one statement takes parameters."""
    wanted = frozenset(ids)
    return [id for id in session.exec(select(BookingRow.id).where(BookingRow.name != "")) if id in wanted]


def _count(done: object) -> int:
    return cast("CursorResult[object]", done).rowcount
