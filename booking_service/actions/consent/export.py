"""Exporting lists of contacts: those who pass the gate now, or all with their standing, in the columns of an import.

Each decision of the gate is recorded before its line is returned, and who takes the list before the first line, so that
an aborted export is on record too; the number of lines follows at the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import SYSTEM, Act, Entry, How, Standing
from ...domain.consent_file import OPTIN
from ...domain.consent_moves import Draft
from ...domain.gate import Pass, Refusal
from ...domain.purposes import Purpose, PurposeKind
from ...domain.text import csv_line, defused
from ...runtime import Runtime
from ...storage import access_log, contacts, ledger, purposes
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from . import append, columns, gate
from .append import known_purpose
from .contacts import Stand, locked, stands_of
from .zones import usual_zone

HEADINGS = ("email", "phone", "name", "purpose", "standing", "may_be_used", *(each.value for each in OPTIN))
_BATCH = 200
_EMPTY = ("",) * len(OPTIN)

Decision = tuple[Contact, Standing, Pass | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A line of a list."""

    contact: Contact
    purpose: str
    standing: Standing
    decided: Pass | Refusal
    columns: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        may = "no" if isinstance(self.decided, Refusal) else "yes"
        contact = self.contact
        identity = contact.address, contact.phone, contact.name
        return (*identity, self.purpose, self.standing.basis.value, may, *self.columns)


def lines(rt: Runtime, purpose: str, *, everybody: bool, by: str, now: datetime) -> Iterator[Exported]:
    """The list of a purpose, some hundred contacts in memory at a time. Raises UnknownPurpose, before the first line.

    `everybody`: with those who don't pass the gate, for viewing. Each batch is decided anew in the transaction that
    records it, so a no said during the export keeps the contact out of all later lines.
    """
    with snapshot(rt.engine) as session:
        wanted = known_purpose(session, purpose)
    return _lines(rt, wanted, everybody=everybody, by=by, now=now)


def _lines(rt: Runtime, purpose: Purpose, *, everybody: bool, by: str, now: datetime) -> Iterator[Exported]:
    shown: dict[bytes, str] = {}
    count, taken = 0, _note_taken(rt, f"list:{purpose.slug}", by=by, now=now)
    for stands in _known(rt, purpose):
        with transaction(rt.engine) as session:
            some = _decided(rt, session, purpose, stands, used=not everybody, now=now)
        leaving = [each for each in some if everybody or isinstance(each[2], Pass)]
        with snapshot(rt.engine) as session:
            written = list(_exported(session, purpose, leaving, shown))
        count += len(written)
        yield from written
    with transaction(rt.engine) as session:
        access_log.give_reason(session, taken, why=f"{count}")


def _known(rt: Runtime, purpose: Purpose) -> Iterator[dict[UUID, Stand]]:
    """All contacts with an entry for the purpose, some at a time, by id."""
    after: UUID | None = None
    while True:
        with snapshot(rt.engine) as session:
            some = contacts.living(session, after=after, limit=_BATCH)
            stands = stands_of(rt, session, some, purpose)
        if not some:
            return
        after = some[-1].id
        if known := {each.id: stands[each.id] for each in some if stands[each.id].is_known}:
            yield known


def as_csv(found: Iterator[Exported]) -> Iterator[str]:
    """The list as CSV (RFC 4180), piece by piece, with cells that no spreadsheet executes."""
    yield csv_line(HEADINGS)
    for each in found:
        yield csv_line([defused(cell) for cell in each.cells])


def _exported(
    session: Session, purpose: Purpose, decisions: Sequence[Decision], shown: dict[bytes, str]
) -> Iterator[Exported]:
    details = ledger.details(session, [standing.rests_on.id for _, standing, _ in decisions if standing.rests_on])
    zone = ZoneInfo(usual_zone(session))
    for contact, standing, decided in decisions:
        entry = standing.rests_on
        kept = details.get(entry.id) if entry is not None else None
        yield Exported(
            contact=contact,
            purpose=purpose.slug,
            standing=standing,
            decided=decided,
            columns=_EMPTY
            if entry is None
            else columns.of(contact, entry, kept, _shown(session, entry, shown), zone=zone),
        )


def _shown(session: Session, entry: Entry, shown: dict[bytes, str]) -> str:
    """The box text of an entry's wording; each wording is read once."""
    if entry.wording is None:
        return ""
    if entry.wording not in shown:
        shown[entry.wording] = columns.box_of(purposes.wording(session, entry.wording))
    return shown[entry.wording]


def _decided(
    rt: Runtime, session: Session, purpose: Purpose, stands: dict[UUID, Stand], *, used: bool, now: datetime
) -> list[Decision]:
    """The gate's decisions now, recorded; for lists to call also the use of each number.

    `stands` were read before, without blocking writers; those that have changed since are read again.
    """
    contacts.lock(session, stands)
    lengths = {id: length for each in stands.values() for id, length in each.lengths.items()}
    if ledger.last_numbers(session, {*stands, *lengths}) != lengths:
        again = sorted(contacts.of_ids(session, stands).values(), key=attrgetter("id"))
        still = [each for each in again if each.merged_into is None and each.erased_at is None]
        stands = stands_of(rt, session, still, purpose)
    asked = gate.ask_stands(rt, session, stands, gate.way_out(purpose), purpose.slug, now=now)
    if used and purpose.kind is PurposeKind.PHONE:
        draft = Draft(purpose=purpose.slug, act=Act.USED, by=SYSTEM, how=How.TIMER)
        for id, decided in asked.items():
            if isinstance(decided, Pass):
                append.append(session, locked(rt, session, id), draft, now=now)
    return [(stands[id].contact, stands[id].standing, decided) for id, decided in asked.items()]


def _note_taken(rt: Runtime, what: str, *, by: str, now: datetime) -> UUID:
    """Record that the list was taken. Returns the line's id."""
    taken = Reveal(id=new_id(now), at=now, by=by, what=what)
    with transaction(rt.engine) as session:
        access_log.add(session, taken)
    return taken.id
