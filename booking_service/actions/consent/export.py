"""Lists of contacts that leave: who passes the gate now, or everybody with what stands, in the columns that an import takes.

Each decision is written down before its line leaves, and who took the list is put on record with how many it named.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import islice

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import SYSTEM, Act, How, Standing
from ...domain.consent_file import OPTIN
from ...domain.consent_moves import Draft
from ...domain.gate import Pass, Refusal
from ...domain.purposes import Purpose, PurposeKind, Wording
from ...domain.spreadsheet import defused
from ...runtime import Runtime
from ...storage import ledger, purposes, reveals
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.reveals import Reveal
from . import append, columns, gate
from .append import known_purpose
from .contacts import locked

HEADINGS = ("email", "phone", "name", "purpose", "standing", "may_be_used", *(each.value for each in OPTIN))
_BATCH = 500

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
    """The list of a purpose, a few hundred contacts in memory at a time. `everybody`: also those of whom nothing may leave for
    the purpose, to look at. Raises UnknownPurpose.
    """
    with snapshot(rt.engine) as session:
        wanted = known_purpose(session, purpose)
        texts: dict[bytes, Wording | None] = {}
        found = gate.everybody(rt, session, gate.way_out(wanted), purpose, now=now)
        count = 0
        while some := list(islice(found, _BATCH)):
            leaving = [each for each in some if everybody or isinstance(each[2], Pass)]
            _put_on_record(rt, wanted, some, used=not everybody, now=now)
            count += len(leaving)
            yield from _exported(session, wanted, leaving, texts)
    _note_taken(rt, f"list:{purpose}", by=by, why=f"{count}", now=now)


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


def _put_on_record(rt: Runtime, purpose: Purpose, decisions: Sequence[Decision], *, used: bool, now: datetime) -> None:
    """The decisions of the gate; and of a list to call, that each of its numbers was used."""
    with transaction(rt.engine) as session:
        gate.note(session, [decided for _, _, decided in decisions], now=now)
        if not used or purpose.kind is not PurposeKind.PHONE:
            return
        draft = Draft(purpose=purpose.slug, act=Act.USED, by=SYSTEM, how=How.TIMER)
        for contact, _, decided in decisions:
            if isinstance(decided, Pass):
                append.append(session, locked(rt, session, contact.id), draft, now=now)


def _note_taken(rt: Runtime, what: str, *, by: str, why: str, now: datetime) -> None:
    with transaction(rt.engine) as session:
        reveals.add(session, Reveal(id=new_id(now), at=now, by=by, what=what, why=why))


def _row(cells: Sequence[str]) -> str:
    written = StringIO(newline="")
    csv.writer(written).writerow(cells)
    return written.getvalue()
