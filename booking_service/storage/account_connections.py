"""The progress of hosts who are connecting a calendar account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from .tables.calendar import ConnectingRow


class Stage(StrEnum):
    """State of a connection. Stored, so the spellings never change."""

    LOOKING = "looking"  # discovering the calendars at the address
    FOUND = "found"  # the host chooses among the calendars
    TRYING = "trying"  # trying the calendar that is to take bookings
    TRIED = "tried"
    FAILED = "failed"  # discovery found no calendar
    UNUSABLE = "unusable"  # the chosen calendar can't take bookings


@dataclass(frozen=True, slots=True)
class FoundThere:
    """A calendar found in the account."""

    url: str
    name: str
    writable: bool


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of discovery: its name, its success, and a sentence to be translated, with its values."""

    name: str
    ok: bool
    text: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """A host's connection of an account.

    `password`: sealed with the context `connecting_context`; empty once the account is stored. `busy`: addresses of the
    calendars chosen to count. `target`: address of the one for bookings; NEW for one to be made, KEEP for the present
    one elsewhere.
    """

    id: UUID
    host_id: UUID
    provider: str
    address: str
    username: str
    password: str
    stage: Stage
    started_at: datetime
    steps: tuple[StepTaken, ...] = ()
    failure: str = ""
    failure_text: str = ""
    account_url: str = ""
    found: tuple[FoundThere, ...] = ()
    busy: tuple[str, ...] = ()
    target: str = ""
    new_name: str = ""
    target_id: UUID | None = None

    @property
    def password_refused(self) -> bool:
        return self.failure == "Refused"


NEW = "new"
KEEP = "keep"  # bookings stay in the calendar that takes them already


def connecting_context(id: UUID) -> str:
    return f"connecting:{id}:password"


def of_host(session: Session, host_id: UUID) -> Connecting | None:
    row = session.exec(select(ConnectingRow).where(ConnectingRow.host_id == host_id)).first()
    return None if row is None else _to_connecting(row)


def get(session: Session, id: UUID) -> Connecting | None:
    row = session.get(ConnectingRow, id)
    return None if row is None else _to_connecting(row)


def begin(session: Session, connecting: Connecting) -> None:
    """Start, replacing an earlier connection of this host."""
    forget(session, connecting.host_id)
    session.add(
        ConnectingRow(
            id=connecting.id,
            host_id=connecting.host_id,
            provider=connecting.provider,
            address=connecting.address,
            username=connecting.username,
            password=connecting.password,
            state=connecting.stage,
            started_at=connecting.started_at,
            steps=[],
            found=[],
            choice={},
        )
    )
    session.flush()


def note_steps(session: Session, id: UUID, steps: list[StepTaken]) -> None:
    _set(
        session,
        id,
        steps=[{"name": each.name, "ok": each.ok, "detail": each.text, "values": dict(each.values)} for each in steps],
    )


def note_found(session: Session, id: UUID, *, account_url: str, username: str, found: list[FoundThere]) -> None:
    kept = [{"url": each.url, "name": each.name, "writable": each.writable} for each in found]
    _set(session, id, state=Stage.FOUND, account_url=account_url, username=username, found=kept)


def note_failure(session: Session, id: UUID, stage: Stage, *, word: str, text: str) -> None:
    _set(session, id, state=stage, failure=word, failure_text=text)


def choose(session: Session, id: UUID, *, busy: list[str], target: str, new_name: str) -> None:
    chosen = {"busy": busy, "target": target, "new_name": new_name}
    _set(session, id, state=Stage.TRYING, choice=chosen, failure="", failure_text="")


def note_kept(session: Session, id: UUID, target_id: UUID | None) -> None:
    """The account is stored, and has the password from now on."""
    _set(session, id, password="", target_id=target_id)


def note_tried(session: Session, id: UUID) -> None:
    _set(session, id, state=Stage.TRIED, failure="", failure_text="")


def forget(session: Session, host_id: UUID) -> None:
    session.exec(delete(ConnectingRow).where(col(ConnectingRow.host_id) == host_id))
    session.expire_all()


def _set(session: Session, id: UUID, **values: Any) -> None:
    """Update the connection; does nothing where the host has started another since."""
    session.exec(update(ConnectingRow).where(col(ConnectingRow.id) == id).values(**values))


def _to_connecting(row: ConnectingRow) -> Connecting:
    choice: Mapping[str, Any] = row.choice
    return Connecting(
        id=row.id,
        host_id=row.host_id,
        provider=row.provider,
        address=row.address,
        username=row.username,
        password=row.password,
        stage=Stage(row.state),
        started_at=row.started_at,
        steps=tuple(StepTaken(each["name"], each["ok"], each["detail"], each.get("values", {})) for each in row.steps),
        failure=row.failure,
        failure_text=row.failure_text,
        account_url=row.account_url,
        found=tuple(FoundThere(each["url"], each["name"], each["writable"]) for each in row.found),
        busy=tuple(choice.get("busy", ())),
        target=choice.get("target", ""),
        new_name=choice.get("new_name", ""),
        target_id=row.target_id,
    )
