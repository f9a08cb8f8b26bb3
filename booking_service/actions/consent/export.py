"""Lists of contacts that leave: who passes the gate now, or everybody with what stands, in the columns that an import takes.

Each decision is written down before its line leaves. Who takes the list is put on record before the first one does, so that whoever
breaks off is, too; once it is through, with how many it named.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import islice
from operator import attrgetter
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import SYSTEM, Act, How, Standing
from ...domain.consent_file import OPTIN
from ...domain.consent_moves import Draft
from ...domain.gate import Pass, Refusal
from ...domain.purposes import EVERY, Purpose, PurposeKind, Wording
from ...domain.spreadsheet import defused
from ...runtime import Runtime
from ...storage import contacts, ledger, purposes, reveals
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.reveals import Reveal
from . import append, columns, gate
from .append import known_purpose
from .contacts import Circle, circles_of, locked
from .everybody import in_company

HEADINGS = ("email", "phone", "name", "purpose", "standing", "may_be_used", *(each.value for each in OPTIN))
_BATCH = 100

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
    """The list of a purpose, a hundred contacts in memory at a time. `everybody`: also those of whom nothing may leave for the
    purpose, to look at. Raises UnknownPurpose, at once.

    Each hundred is decided anew in the transaction that puts it on record: who says no while the list is written is in none
    of its lines from then on, however slowly it is read.
    """
    with snapshot(rt.engine) as session:
        wanted = known_purpose(session, purpose)
    return _lines(rt, wanted, everybody=everybody, by=by, now=now)


def _lines(rt: Runtime, purpose: Purpose, *, everybody: bool, by: str, now: datetime) -> Iterator[Exported]:
    texts: dict[bytes, Wording | None] = {}
    count, taken = 0, _note_taken(rt, f"list:{purpose.slug}", by=by, now=now)
    for ids in _concerned(rt, purpose):
        with snapshot(rt.engine) as session:
            read = _circles(rt, session, ids)
        with transaction(rt.engine) as session:
            some = _decided(rt, session, purpose, ids, read, used=not everybody, now=now)
            leaving = [each for each in some if everybody or isinstance(each[2], Pass)]
            written = list(_exported(session, purpose, leaving, texts))
        count += len(written)
        yield from written
    with transaction(rt.engine) as session:
        reveals.give_reason(session, taken, why=f"{count}")


def _concerned(rt: Runtime, purpose: Purpose) -> Iterator[Sequence[UUID]]:
    """Everybody who may have said something about it, some at a time: by their ids who stands alone, then who is in company, as
    what they said may stand in another's chain."""
    said = {purpose.slug, EVERY}
    with snapshot(rt.engine) as session:
        together = in_company(rt, session)
        ids = ledger.contacts_of(session, said, behind=None, limit=_BATCH)
    while ids:
        yield [each for each in ids if each not in together]
        with snapshot(rt.engine) as session:
            ids = ledger.contacts_of(session, said, behind=ids[-1], limit=_BATCH)
    rest = iter(sorted(together))
    while some := list(islice(rest, _BATCH)):
        yield some


def as_csv(found: Iterator[Exported]) -> Iterator[str]:
    """The list as a file that spreadsheets open without running anything in it (RFC 4180), piece by piece."""
    yield _row(HEADINGS)
    for each in found:
        yield _row([defused(cell) for cell in each.cells])


def _exported(
    session: Session, purpose: Purpose, decisions: Sequence[Decision], texts: dict[bytes, Wording | None]
) -> Iterator[Exported]:
    rests = [standing.rests_on.id for _, standing, _ in decisions if standing.rests_on]
    details = ledger.details(session, rests)
    for contact, standing, decided in decisions:
        entry = standing.rests_on
        if entry is not None and entry.wording is not None and entry.wording not in texts:
            texts[entry.wording] = purposes.wording(session, entry.wording)
        wording = texts.get(entry.wording) if entry is not None and entry.wording else None
        kept = details.get(entry.id) if entry is not None else None
        written = columns.of(contact, entry, kept, wording) if entry is not None else {}
        yield Exported(
            contact=contact,
            purpose=purpose.slug,
            standing=standing,
            decided=decided,
            columns=tuple(written.get(each, "") for each in OPTIN),
        )


def _circles(rt: Runtime, session: Session, ids: Sequence[UUID]) -> dict[UUID, Circle]:
    found = sorted(contacts.of_ids(session, ids).values(), key=attrgetter("id"))
    return circles_of(rt, session, [each for each in found if each.merged_into is None])


def _decided(
    rt: Runtime,
    session: Session,
    purpose: Purpose,
    ids: Sequence[UUID],
    circles: dict[UUID, Circle],
    *,
    used: bool,
    now: datetime,
) -> list[Decision]:
    """What the gate says of each at this instant, put on record; and of a list to call, that each of its numbers was used.

    `circles` were read before, so that others may write meanwhile; where somebody did, they are read again.
    """
    contacts.lock(session, ids)
    seen = {id: chain[-1].number for circle in circles.values() for id, chain in circle.entries.items()}
    if ledger.last_numbers(session, {*ids, *seen}) != seen:
        circles = _circles(rt, session, ids)
    asked = gate.ask_circles(rt, session, circles, gate.way_out(purpose), purpose.slug, now=now)
    if used and purpose.kind is PurposeKind.PHONE:
        draft = Draft(purpose=purpose.slug, act=Act.USED, by=SYSTEM, how=How.TIMER)
        for id, (_, said) in asked.items():
            if isinstance(said, Pass):
                append.append(session, locked(rt, session, id), draft, now=now)
    return [(circles[id].contact, *said) for id, said in asked.items()]


def _note_taken(rt: Runtime, what: str, *, by: str, now: datetime) -> UUID:
    """Returns the id of the line."""
    taken = Reveal(id=new_id(now), at=now, by=by, what=what)
    with transaction(rt.engine) as session:
        reveals.add(session, taken)
    return taken.id


def _row(cells: Sequence[str]) -> str:
    written = StringIO(newline="")
    csv.writer(written).writerow(cells)
    return written.getvalue()
