"""Lists of contacts that leave: who passes the gate now, or everybody with what stands, in the columns that an import takes.

Each decision is written down before its line leaves. Who takes the list is put on record before the first one does, so that whoever
breaks off is, too; once it is through, with how many it named.
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
from ...domain.spreadsheet import csv_line, defused
from ...runtime import Runtime
from ...storage import contacts, ledger, purposes, reveals
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.reveals import Reveal
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
    """The list of a purpose, some hundred contacts in memory at a time. `everybody`: also those of whom nothing may leave for the
    purpose, to look at. Raises UnknownPurpose, at once.

    They are decided anew in the transaction that puts it on record: who says no while the list is written is in none
    of its lines from then on, however slowly it is read.
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
            written = list(_exported(session, purpose, leaving, shown))
        count += len(written)
        yield from written
    with transaction(rt.engine) as session:
        reveals.give_reason(session, taken, why=f"{count}")


def _known(rt: Runtime, purpose: Purpose) -> Iterator[dict[UUID, Stand]]:
    """Everybody of whom something is known for it, some at a time, by their ids."""
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
    """The list as a file that spreadsheets open without running anything in it (RFC 4180), piece by piece."""
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
    """The box that an entry's wording showed; each wording is read once."""
    if entry.wording is None:
        return ""
    if entry.wording not in shown:
        shown[entry.wording] = columns.box_of(purposes.wording(session, entry.wording))
    return shown[entry.wording]


def _decided(
    rt: Runtime, session: Session, purpose: Purpose, stands: dict[UUID, Stand], *, used: bool, now: datetime
) -> list[Decision]:
    """What the gate says of each at this instant, put on record; and of a list to call, that each of its numbers was used.

    `stands` were read before, so that others may write meanwhile; where somebody did, they are read again.
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
    """Returns the id of the line."""
    taken = Reveal(id=new_id(now), at=now, by=by, what=what)
    with transaction(rt.engine) as session:
        reveals.add(session, taken)
    return taken.id
