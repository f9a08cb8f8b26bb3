"""Previous sign-in addresses of people."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Database
from sqlmodel import col, delete, select

from ..domain.sessions import AddressChange
from .tables.people import AddressChangeRow


def put(database: Database, change: AddressChange) -> None:
    database.add(
        AddressChangeRow(id=change.id, person_id=change.person_id, before=change.before, changed_at=change.changed_at)
    )
    database.flush()


def get(database: Database, change_id: UUID) -> AddressChange | None:
    row = database.get(AddressChangeRow, change_id)
    return _to_change(row) if row else None


def since(database: Database, person_id: UUID, at: datetime) -> list[AddressChange]:
    """A person's changes from `at` on, oldest first."""
    found = select(AddressChangeRow).where(
        AddressChangeRow.person_id == person_id, col(AddressChangeRow.changed_at) >= at
    )
    return [_to_change(row) for row in database.exec(found.order_by(col(AddressChangeRow.changed_at)))]


def forget_after(database: Database, change: AddressChange) -> None:
    """Delete this person's later changes."""
    mine = delete(AddressChangeRow).where(col(AddressChangeRow.person_id) == change.person_id)
    database.exec(
        mine.where(col(AddressChangeRow.changed_at) >= change.changed_at, col(AddressChangeRow.id) != change.id)
    )


def forget(database: Database, *, before: datetime) -> None:
    database.exec(delete(AddressChangeRow).where(col(AddressChangeRow.changed_at) < before))


def _to_change(row: AddressChangeRow) -> AddressChange:
    return AddressChange(id=row.id, person_id=row.person_id, before=row.before, changed_at=row.changed_at)
