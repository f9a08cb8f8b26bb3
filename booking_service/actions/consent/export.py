"""Exporting lists of contacts: those who pass the gate now, or all with their standing, in the columns of an import.

Each decision of the gate is recorded before its line is returned, and who takes the list before the first line, so that
an aborted export is on record too; the number of lines follows at the end.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.consent import SYSTEM, Act, Entry, How, Standing
from ...domain.consent_file import OPTIN
from ...domain.consent_moves import Draft
from ...domain.gate import Pass, Refusal
from ...domain.purposes import Purpose, PurposeKind
from ...domain.text import csv_line, csv_lines, defused
from ...processes import Turn, copies
from ...runtime import Runtime
from ...storage import access_log, contacts, ledger, purposes
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.ledger_tree import count_entries
from . import append, columns, gate
from .append import known_purpose
from .contacts import Stand, locked, locked_all, stand_in, stands_of, still_stand
from .zones import usual_zone

HEADINGS = ("email", "phone", "name", "purpose", "standing", "may_be_used", *(each.value for each in OPTIN))
_BATCH = 200
LONG = 5000  # contacts from which several processes take less time than they need to begin
_ALONE = nullcontext()
_EMPTY = ("",) * len(OPTIN)

_Part = tuple[UUID | None, UUID | None]  # the contacts behind one, up to another
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


class ListFormat(NamedTuple):
    """How a list is written: what becomes of some lines, and what stands before, between and behind such pieces.

    `nothing`: behind the head of a list without lines.
    """

    written: Callable[[Sequence[Exported]], str]
    head: str
    joint: str
    tail: str
    nothing: str


def _as_csv(some: Sequence[Exported]) -> str:
    return csv_lines([defused(cell) for cell in each.cells] for each in some)


def _as_json(some: Sequence[Exported]) -> str:
    rows = (dict(zip(HEADINGS, each.cells, strict=True)) for each in some)
    written = (json.dumps(row, indent=2, ensure_ascii=False).replace("\n", "\n  ") for row in rows)
    return ",".join(f"\n  {each}" for each in written)


CSV = ListFormat(
    _as_csv, head=csv_line(HEADINGS), joint="", tail="", nothing=""
)  # RFC 4180, with no cell that a sheet executes
JSON = ListFormat(_as_json, head="[", joint=",", tail="\n]\n", nothing="]\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """What is taken. `everybody`: with those who don't pass. `shown`: the box texts of wordings that were read."""

    purpose: Purpose
    everybody: bool
    now: datetime
    shown: dict[bytes, str] = field(default_factory=dict)

    @property
    def records(self) -> bool:
        """Whether the use of each number goes on record."""
        return not self.everybody and self.purpose.kind is PurposeKind.PHONE


def lines(rt: Runtime, purpose: str, *, everybody: bool, by: str, now: datetime) -> Iterator[Exported]:
    """The list of a purpose, some hundred contacts in memory at a time. Raises UnknownPurpose, before the first line.

    `everybody`: with those who don't pass the gate, for viewing. Each batch is decided anew in the transaction that
    records it, so a no said during the export keeps the contact out of all later lines.
    """
    with snapshot(rt.engine) as session:
        taken = _List(purpose=known_purpose(session, purpose), everybody=everybody, now=now)
    return _lines(rt, taken, by=by)


@contextmanager
def written(
    rt: Runtime, purpose: str, form: ListFormat, *, everybody: bool, by: str, now: datetime
) -> Iterator[Iterator[str]]:
    """As `lines`, in text, piece by piece. A long list is read by several processes, for a command: they end with it.

    They decide some pieces ahead of what is returned, which is why a list to call is read by one.

    Raises UnknownPurpose; iterating: CopyEnded.
    """
    with snapshot(rt.engine) as session:
        taken = _List(purpose=known_purpose(session, purpose), everybody=everybody, now=now)
        ends = contacts.nth_living(session, _BATCH)

    def piece(turn: Turn, part: _Part) -> tuple[str, int]:
        some = [each for batch in _batches(rt, taken, *part, turn=turn) for each in batch]
        return form.written(some), len(some)

    is_long = len(ends) * _BATCH >= LONG and not taken.records  # a use that is on record before its line must leave
    with copies(piece, let_go=rt.engine.dispose) if is_long else nullcontext() as at_once:
        if at_once is not None:
            found = at_once([*zip([None, *ends], [*ends, None], strict=True)])
        else:
            found = ((form.written(some), len(some)) for some in _batches(rt, taken))
        yield _pieces(rt, taken, found, form, by=by)


def _pieces(rt: Runtime, taken: _List, found: Iterator[tuple[str, int]], form: ListFormat, *, by: str) -> Iterator[str]:
    count, noted = 0, _note_taken(rt, taken, by=by)
    yield form.head
    for text, length in found:
        if length:
            yield f"{form.joint if count else ''}{text}"
        count += length
    _note_count(rt, noted, count)
    yield form.tail if count else form.nothing


def _lines(rt: Runtime, taken: _List, *, by: str) -> Iterator[Exported]:
    count, noted = 0, _note_taken(rt, taken, by=by)
    for some in _batches(rt, taken):
        count += len(some)
        yield from some
    _note_count(rt, noted, count)


def _batches(
    rt: Runtime, taken: _List, after: UUID | None = None, upto: UUID | None = None, *, turn: Turn = _ALONE
) -> Iterator[list[Exported]]:
    """The lines of the contacts after `after`, up to `upto`. `turn`: to decide, where other processes do too."""
    for known in _known(rt, taken.purpose, after, upto):
        with turn, transaction(rt.engine) as session:
            some = _decided(rt, session, taken, known)
        leaving = [each for each in some if taken.everybody or isinstance(each[2], Pass)]
        with snapshot(rt.engine) as session:
            lines = list(_exported(session, taken.purpose, leaving, taken.shown))
        yield lines


class _Known(NamedTuple):
    """Standings that were read without blocking writers. `entries`: how many the ledger had then."""

    stands: dict[UUID, Stand]
    entries: int


def _known(rt: Runtime, purpose: Purpose, after: UUID | None, upto: UUID | None) -> Iterator[_Known]:
    """All of these contacts with an entry for the purpose, some at a time, by id."""
    while True:
        with snapshot(rt.engine) as session:
            some, entries = contacts.living(session, after=after, upto=upto, limit=_BATCH), count_entries(session)
            stands = stands_of(rt, session, some, purpose)
        if known := {each.id: stands[each.id] for each in some if stands[each.id].is_known}:
            yield _Known(known, entries)
        if len(some) < _BATCH or some[-1].id == upto:
            return
        after = some[-1].id


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


def _decided(rt: Runtime, session: Session, taken: _List, known: _Known) -> list[Decision]:
    """The gate's decisions now, recorded; for lists to call also the use of each number.

    Those that have changed since they were read are read again.
    """
    purpose, now, stands = taken.purpose, taken.now, known.stands
    if taken.records:  # with their circles, as an entry counts in all of one
        circles = locked_all(rt, session, stands)
        stands = {id: stand_in(each, purpose) for id, each in circles.items() if _is_listed(each.contact)}
    else:
        contacts.lock(session, stands)
        if count_entries(session) != known.entries and not still_stand(rt, session, stands):
            again = sorted(contacts.of_ids(session, stands).values(), key=attrgetter("id"))
            stands = stands_of(rt, session, [each for each in again if _is_listed(each)], purpose)
    asked = gate.ask_stands(rt, session, stands, gate.way_out(purpose), purpose.slug, now=now)
    if taken.records:
        draft = Draft(purpose=purpose.slug, act=Act.USED, by=SYSTEM, how=How.TIMER)
        for id, decided in asked.items():
            if isinstance(decided, Pass):
                append.append(session, locked(rt, session, id), draft, now=now)
    return [(stands[id].contact, stands[id].standing, decided) for id, decided in asked.items()]


def _is_listed(contact: Contact) -> bool:
    return contact.merged_into is None and contact.erased_at is None


def _note_taken(rt: Runtime, taken: _List, *, by: str) -> UUID:
    """Record that the list was taken. Returns the line's id."""
    noted = Reveal(id=new_id(taken.now), at=taken.now, by=by, what=f"list:{taken.purpose.slug}")
    with transaction(rt.engine) as session:
        access_log.add(session, noted)
    return noted.id


def _note_count(rt: Runtime, noted: UUID, count: int) -> None:
    """Record that all of it was taken."""
    with transaction(rt.engine) as session:
        access_log.give_reason(session, noted, why=f"{count}")
