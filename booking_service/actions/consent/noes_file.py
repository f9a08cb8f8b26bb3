"""Noes, and opt-outs by staff, in a file outside the database, to be told to a restored backup that does not know them.

One line of JSON each: ids of entry and contact, and what it says. It names nobody except the member of staff; a blocked
mailbox is a keyed hash. Written when entries are sealed, so that each machine with a worker has such a file.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from sqlmodel import Session

from ...config.settings import Settings
from ...domain.consent import Act, Entry, How, staff, staff_id
from ...domain.consent_moves import Change, OptedOut, Retracted, Stopped, Withdrawn
from ...domain.errors import UnknownPurpose
from ...domain.purposes import EVERY
from ...runtime import Runtime
from ...storage import access, contacts, ledger, ledger_tree, operations, purposes, questions
from ...storage.contacts import Contact
from ...storage.ledger_tree import Unsealed
from ...storage.lines_on_disk import append_lines
from ..access import limits
from . import append
from .contacts import Circle, locked

FILE_NAME = "noes.jsonl"
_NOES = frozenset({Act.WITHDRAWN, Act.DECLINED, Act.STOPPED, Act.RETRACTED})
_AT_ONCE = 5000  # entries read in one statement

log = structlog.get_logger()


class NoesRefused(Exception):
    """The file can't be read completely, so somebody who said no might be mailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideNo:
    """`at`: when it was said. `staff`: who decided; "" for the contact's own no.

    `mailbox`: the block's hash, where the mailbox wants no mail at all; else "". `refers`: the recorded consent that staff took
    back; None for a no.
    """

    entry: UUID
    contact: UUID
    purpose: str
    act: Act
    how: How
    at: datetime
    staff: str = ""
    mailbox: str = ""
    refers: UUID | None = None

    @property
    def change(self) -> Change:
        if self.staff:
            return OptedOut(staff=self.staff, how=self.how)
        return Stopped(self.how) if self.act is Act.STOPPED else Withdrawn(self.how)

    def lifted_by(self, entry: Entry) -> bool:
        """Whether this entry lifts the no: the contact's own opposite, or staff's of their own decision."""
        if self.act is Act.STOPPED:
            lifting = {Act.RESUMED}
        else:
            lifting = {Act.CONFIRMED, Act.REOPENED} if self.staff else {Act.CONFIRMED}
        return entry.at > self.at and entry.act in lifting


def file(settings: Settings) -> Path:
    return settings.data_dir / FILE_NAME


def write_down(rt: Runtime, session: Session, sealed: Sequence[Unsealed], *, now: datetime) -> None:
    """Write down the noes among entries that are being sealed. A full disk does not stop the sealing; what it did not take is
    written with the next entries."""
    unwritten = operations.noted(session, operations.NOES_UNWRITTEN)
    earlier = ledger_tree.from_place(session, unwritten.detail["place"], _NOES) if unwritten else []
    ids = [*earlier, *(each.entry_id for each in sealed if each.act in _NOES)]
    noes = [no for at in range(0, len(ids), _AT_ONCE) for no in _noes(rt, session, ids[at : at + _AT_ONCE])]
    try:
        append_lines(file(rt.settings), [_line(each) for each in noes])
    except OSError as error:
        log.error("noes_not_written", file=str(file(rt.settings)), noes=len(noes), error=str(error))
        if unwritten is None:
            last = ledger_tree.latest_head(session)
            detail = {"place": last.size if last else 0}
            operations.note(session, operations.NOES_UNWRITTEN, at=now, detail=detail)
        return
    if unwritten is not None:
        operations.forget(session, operations.NOES_UNWRITTEN)


def read(files: Iterable[Path]) -> list[OutsideNo]:
    """Raises NoesRefused, OSError."""
    return [each for one in files for each in _read(one)]


def say_again(rt: Runtime, session: Session, noes: Iterable[OutsideNo], *, now: datetime) -> int:
    """Say the noes again that came after the backup. Returns how many ended something.

    Except those lifted by a later yes in the backup: it is of a service that was itself restored before.
    """
    return sum(_said_again(rt, session, each, now=now) for each in noes if ledger.find(session, each.entry) is None)


def _said_again(rt: Runtime, session: Session, no: OutsideNo, *, now: datetime) -> bool:
    contact = contacts.get(session, no.contact)
    if contact is None or contact.erased_at is not None:
        _block_again(session, no, now=now)
        return False
    circle = locked(rt, session, contact.id)
    if no.act is Act.RETRACTED:
        return _taken_back_again(session, circle, no, now=now)
    lifted = {each.purpose for each in circle.own if no.lifted_by(each)}
    if not lifted:
        _block_again(session, no, now=now)
    return _ended(session, circle, no, _still_meant(session, no, lifted), now=now)


def _block_again(session: Session, no: OutsideNo, *, now: datetime) -> None:
    if no.mailbox:
        access.block(session, no.mailbox, now=now)


def _ended(session: Session, circle: Circle, no: OutsideNo, slugs: Iterable[str], *, now: datetime) -> bool:
    ended = False
    for slug in slugs:
        try:
            done = append.change_in(session, circle, slug, no.change, now=now)
        except UnknownPurpose:  # the purpose is newer than the backup
            continue
        questions.closed_of(session, no.contact, None if slug == EVERY else slug)
        ended, circle = ended or done.entry is not None, done.circle
    return ended


def _still_meant(session: Session, no: OutsideNo, lifted: Collection[str]) -> list[str]:
    """The purposes for which it is still the last word."""
    if no.purpose == EVERY and no.act is not Act.STOPPED and lifted:
        return [each.slug for each in purposes.every(session) if each.slug not in lifted]
    return [] if no.purpose in lifted else [no.purpose]


def _taken_back_again(session: Session, circle: Circle, no: OutsideNo, *, now: datetime) -> bool:
    """Take back what staff had recorded; what was said besides it still counts."""
    recorded = next((each for each in circle.own if each.id == no.refers and each.act is Act.RECORDED), None)
    if recorded is None or any(each.act is Act.RETRACTED and each.refers == recorded.id for each in circle.own):
        return False
    change = Retracted(staff(no.staff), recorded, no.how)
    return append.change_in(session, circle, recorded.purpose, change, now=now).entry is not None


def _noes(rt: Runtime, session: Session, ids: Sequence[UUID]) -> list[OutsideNo]:
    """Those of these entries that are a person's or a decision of staff."""
    entries = ledger.of_ids(session, ids) if ids else {}
    said = [each for id in ids if (each := entries[id]).by_contact or staff_id(each.by)]
    known = contacts.of_ids(session, {each.contact_id for each in said})
    return [_of(rt, session, each, known[each.contact_id]) for each in said]


def _of(rt: Runtime, session: Session, entry: Entry, contact: Contact) -> OutsideNo:
    marks = limits.mailbox_marks(rt, contact.address) if contact.address and entry.purpose == EVERY else ()
    return OutsideNo(
        entry=entry.id,
        contact=entry.contact_id,
        purpose=entry.purpose,
        act=entry.act,
        how=entry.how,
        at=entry.at,
        staff=staff_id(entry.by) or "",
        mailbox=marks[0] if marks and access.is_blocked(session, marks) else "",
        refers=entry.refers if entry.act is Act.RETRACTED else None,
    )


def _line(no: OutsideNo) -> str:
    return json.dumps({**asdict(no), "at": no.at.isoformat()}, default=str)


def _read(one: Path) -> Iterable[OutsideNo]:
    for number, line in enumerate(one.read_text("utf-8", errors="replace").splitlines(), 1):
        try:
            said = json.loads(line)
            yield OutsideNo(
                entry=UUID(str(said["entry"])),
                contact=UUID(str(said["contact"])),
                purpose=str(said["purpose"]),
                act=Act(said["act"]),
                how=How(said["how"]),
                at=datetime.fromisoformat(str(said["at"])),
                staff=str(said["staff"]),
                mailbox=str(said["mailbox"]),
                refers=UUID(str(refers)) if (refers := said.get("refers")) else None,
            )
        except (ValueError, TypeError, KeyError) as error:
            raise NoesRefused(f"{one}, line {number}: this is not a valid no") from error
