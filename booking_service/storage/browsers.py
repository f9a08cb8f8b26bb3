"""Browsers in which people signed in before. The values stored there are kept as hashes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Database
from sqlmodel import col, delete, func, select, update

from ..domain.sessions import KnownBrowser
from .tables.people import KnownBrowserRow


def put(database: Database, browser: KnownBrowser, *, hash: str) -> None:
    database.add(
        KnownBrowserRow(
            id=browser.id,
            hash=hash,
            person_id=browser.person_id,
            agent=browser.agent,
            network=browser.network,
            created_at=browser.created_at,
            seen_at=browser.created_at,
        )
    )
    database.flush()


def get(database: Database, browser_id: UUID) -> KnownBrowser | None:
    row = database.get(KnownBrowserRow, browser_id)
    return _to_browser(row) if row else None


def of_person(database: Database, person_id: UUID, hashes: Sequence[str]) -> KnownBrowser | None:
    """The person's browser that has one of these hashes."""
    found = select(KnownBrowserRow).where(KnownBrowserRow.person_id == person_id, col(KnownBrowserRow.hash).in_(hashes))
    row = database.exec(found).first()
    return _to_browser(row) if row else None


def any_of(database: Database, person_id: UUID) -> bool:
    """Whether the person ever signed in, as far back as browsers are kept."""
    return database.exec(select(KnownBrowserRow.id).where(KnownBrowserRow.person_id == person_id)).first() is not None


def last_seen(database: Database, person_id: UUID | None = None) -> dict[UUID, datetime]:
    """When each (or this) person last signed in, as far back as browsers are kept."""
    rows = select(KnownBrowserRow.person_id, func.max(KnownBrowserRow.seen_at)).group_by(col(KnownBrowserRow.person_id))
    return dict(database.exec(rows if person_id is None else rows.where(KnownBrowserRow.person_id == person_id)).all())


def seen(database: Database, browser_id: UUID, *, now: datetime) -> None:
    database.exec(update(KnownBrowserRow).where(col(KnownBrowserRow.id) == browser_id).values(seen_at=now))


def forget_all(database: Database, person_id: UUID) -> None:
    """Forget a person's browsers: each counts as new at the next sign-in."""
    database.exec(update(KnownBrowserRow).where(col(KnownBrowserRow.person_id) == person_id).values(hash=None))


def forget_since(database: Database, person_id: UUID, at: datetime, *, but: UUID) -> None:
    """Forget browsers first used from `at` on, and with them the links mailed about them."""
    theirs, later = col(KnownBrowserRow.person_id) == person_id, col(KnownBrowserRow.created_at) >= at
    database.exec(delete(KnownBrowserRow).where(theirs, later, col(KnownBrowserRow.id) != but))


def forget(database: Database, *, before: datetime) -> None:
    """Delete browsers not used since."""
    database.exec(delete(KnownBrowserRow).where(col(KnownBrowserRow.seen_at) < before))


def _to_browser(row: KnownBrowserRow) -> KnownBrowser:
    return KnownBrowser(
        id=row.id, person_id=row.person_id, agent=row.agent, network=row.network, created_at=row.created_at
    )
