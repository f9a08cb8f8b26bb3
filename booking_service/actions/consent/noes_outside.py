"""What people said no to, and what staff ended, in a file outside the database: a backup that is put back does not know of it, and is told.

A line for each, as JSON: the id of the entry and of its contact, and what it says. Nobody is named but who of the staff decided; where the mailbox wants no
mail at all, that is kept as blocks are, by a keyed hash. Written by whoever seals the entries, so that every machine that runs a
worker has such a file.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from sqlmodel import Session

from ...config.settings import Settings
from ...domain.consent import Act, Entry, How, staff_id
from ...domain.consent_moves import Change, OptedOut, Stopped, Withdrawn
from ...domain.errors import UnknownPurpose
from ...domain.purposes import EVERY
from ...lines_on_disk import append_lines
from ...runtime import Runtime
from ...storage import access, contacts, ledger, questions
from ...storage.contacts import Contact
from ...storage.ledger_tree import Unsealed
from ..access import limits
from . import append
from .contacts import locked

FILE_NAME = "noes.jsonl"
_NOES = frozenset({Act.WITHDRAWN, Act.DECLINED, Act.STOPPED})

log = structlog.get_logger()


class NoesRefused(Exception):
    """The file can't be read whole, so that somebody who said no might be written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideNo:
    """`staff`: by whose decision, "" where it is the contact's own no. `mailbox`: how blocks know the mailbox that wants no mail
    at all, "" where it is not so."""

    entry: UUID
    contact: UUID
    purpose: str
    act: Act
    how: How
    staff: str = ""
    mailbox: str = ""

    @property
    def change(self) -> Change:
        if self.staff:
            return OptedOut(staff=self.staff, how=self.how)
        return Stopped(self.how) if self.act is Act.STOPPED else Withdrawn(self.how)


def file(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


def write_down(rt: Runtime, session: Session, sealed: Sequence[Unsealed], *, now: datetime) -> None:
    """Of entries that are being sealed, the noes. A disk that takes nothing keeps no entry from its place."""
    ids = [each.entry_id for each in sealed if each.act in _NOES]
    said = (
        [each for each in ledger.of_ids(session, ids).values() if each.by_contact or staff_id(each.by)] if ids else []
    )
    known = contacts.of_ids(session, {each.contact_id for each in said})
    noes = [_of(rt, session, each, known[each.contact_id]) for each in said]
    try:
        append_lines(file(rt.settings), [_line(each, at=now) for each in noes])
    except OSError as error:
        log.error("noes_not_written", file=str(file(rt.settings)), noes=len(noes), error=str(error))


def read(files: Iterable[Path]) -> list[OutsideNo]:
    """Raises NoesRefused, OSError."""
    return [each for one in files for each in _read(one)]


def say_again(rt: Runtime, session: Session, noes: Iterable[OutsideNo], *, now: datetime) -> int:
    """Those that came after the backup. Returns how many ended something."""
    return sum(_said_again(rt, session, each, now=now) for each in noes if ledger.find(session, each.entry) is None)


def _said_again(rt: Runtime, session: Session, no: OutsideNo, *, now: datetime) -> bool:
    if no.mailbox:
        access.block(session, no.mailbox, now=now)
    contact = contacts.get(session, no.contact)
    if contact is None or contact.erased_at is not None:
        return False
    try:
        done = append.change_in(session, locked(rt, session, contact.id), no.purpose, no.change, now=now)
    except UnknownPurpose:  # it is younger than the backup
        return False
    questions.closed_of(session, contact.id, None if no.purpose == EVERY else no.purpose)
    return done.entry is not None


def _of(rt: Runtime, session: Session, entry: Entry, contact: Contact) -> OutsideNo:
    marks = limits.mailbox_marks(rt, contact.address) if contact.address and entry.purpose == EVERY else ()
    return OutsideNo(
        entry=entry.id,
        contact=entry.contact_id,
        purpose=entry.purpose,
        act=entry.act,
        how=entry.how,
        staff=staff_id(entry.by) or "",
        mailbox=marks[0] if marks and access.is_blocked(session, marks) else "",
    )


def _line(no: OutsideNo, *, at: datetime) -> str:
    return json.dumps({**asdict(no), "at": at.isoformat()}, default=str)


def _read(one: Path) -> Iterable[OutsideNo]:
    for number, line in enumerate(one.read_text("utf-8").splitlines(), 1):
        try:
            said = json.loads(line)
            yield OutsideNo(
                entry=UUID(said["entry"]),
                contact=UUID(said["contact"]),
                purpose=str(said["purpose"]),
                act=Act(said["act"]),
                how=How(said["how"]),
                staff=str(said["staff"]),
                mailbox=str(said["mailbox"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise NoesRefused(f"{one}, line {number}: this is no no") from error
