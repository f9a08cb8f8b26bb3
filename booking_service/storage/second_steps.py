"""Browsers in which a second factor is asked for, and recovery codes. Both are stored as hashes."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult
from sqlmodel import Session as Database
from sqlmodel import col, delete, func, select

from ..domain.audit import SignInMethod
from ..domain.sessions import SecondStep
from .tables.people import RecoveryCodeRow, SecondStepRow


def put(database: Database, step: SecondStep, *, hash: str) -> None:
    database.add(
        SecondStepRow(
            id=step.id, hash=hash, person_id=step.person_id, way=step.way, kept=step.kept, ends_at=step.ends_at
        )
    )
    database.flush()


def find(database: Database, hash: str) -> SecondStep | None:
    row = database.exec(select(SecondStepRow).where(SecondStepRow.hash == hash)).first()
    if row is None:
        return None
    return SecondStep(id=row.id, person_id=row.person_id, way=SignInMethod(row.way), kept=row.kept, ends_at=row.ends_at)


def take(database: Database, step_id: UUID) -> bool:
    """Use up a step. False: somebody else just did."""
    done = database.exec(delete(SecondStepRow).where(col(SecondStepRow.id) == step_id))
    return cast("CursorResult[object]", done).rowcount == 1


def end_all(database: Database, person_id: UUID) -> None:
    database.exec(delete(SecondStepRow).where(col(SecondStepRow.person_id) == person_id))


def forget(database: Database, *, before: datetime) -> None:
    """Delete steps that expired before then."""
    database.exec(delete(SecondStepRow).where(col(SecondStepRow.ends_at) < before))


def put_recovery_codes(database: Database, person_id: UUID, hashes: Iterable[str]) -> None:
    """Replace a person's recovery codes."""
    database.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.person_id) == person_id))
    database.add_all(RecoveryCodeRow(hash=each, person_id=person_id) for each in hashes)
    database.flush()


def use_recovery_code(database: Database, person_id: UUID, hash: str) -> bool:
    """Use up a recovery code. False: the person has no such code, or no longer."""
    theirs = delete(RecoveryCodeRow).where(
        col(RecoveryCodeRow.person_id) == person_id, col(RecoveryCodeRow.hash) == hash
    )
    return cast("CursorResult[object]", database.exec(theirs)).rowcount == 1


def recovery_codes_left(database: Database, person_id: UUID) -> int:
    rows = select(func.count()).select_from(RecoveryCodeRow).where(col(RecoveryCodeRow.person_id) == person_id)
    return database.exec(rows).one()
