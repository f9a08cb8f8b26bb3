"""Asking a list of contacts by email: chosen by filter, file or import, previewed, then worked through slowly.

The list is fixed when it is made. Each contact is judged again at their turn, so a no given meanwhile counts. Few are
asked at a time, so that mails of bookings get through between them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar, assert_never
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.ask_list import AskVerdict, RunState, judged
from ...domain.audit import Actor, AuditAct
from ...domain.consent_choices import asks_by_mail
from ...domain.consent_file import Column, ConsentFile, guess
from ...domain.consent_moves import ConsentRefused
from ...domain.contact_filter import Filter
from ...domain.errors import BookingError, NotFound
from ...domain.gate import Refusal
from ...domain.purposes import Purpose
from ...runtime import Runtime
from ...storage import ask_runs, contact_lists, contacts, imports, outbox, purposes
from ...storage.ask_runs import Answers, AskRun
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.imports import APPLIED
from ...storage.outbox import Claimed
from ..access import audit
from . import ask_by_hand
from .append import known_purpose
from .ask_by_hand import CannotBeAsked
from .find import Listed, names_of, rows_of
from .imports import RECORDED
from .offers import wording_for
from .staff_entries import identifier

KIND = "ask-list"
MOST = 10_000  # contacts in one list
AT_ONCE = 10  # questions in a row, then a pause
PAUSE = timedelta(minutes=3)
DRAFTS_KEPT = timedelta(days=1)
KEPT = timedelta(days=365)
_BATCH = 500
_RECORDED = [f"{APPLIED}{each.value}" for each in RECORDED]

T = TypeVar("T")


class ListRefused(BookingError):
    """The list is empty or too long, or the file has no addresses."""


class ListTooLong(ListRefused):
    """More contacts than MOST are on the list."""


@dataclass(frozen=True, slots=True)
class BroughtBy:
    """The contacts whose consents an import recorded."""

    import_id: UUID


Selection = Filter | ConsentFile | BroughtBy


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAskList:
    """A list in its present state. `counts`: contacts by verdict (of a draft: if it began now). `left`: those still to
    come.

    `language`: of the wording that most are asked with. `last_at`: when the last contact is asked.
    """

    run: AskRun
    name: str
    counts: Mapping[AskVerdict, int]
    left: int
    answers: Answers
    language: str
    last_at: datetime

    @property
    def asked(self) -> int:
        return self.counts.get(AskVerdict.ASKED, 0)

    @property
    def all(self) -> int:
        return sum(self.counts.values()) + (self.left if self.run.state != RunState.DRAFT else 0)


def draft(
    rt: Runtime, purpose: str, wanted: Selection, *, file_name: str = "", by: str, called: str, now: datetime
) -> UUID:
    """Store a list as a draft. Raises UnknownPurpose, CannotBeAsked, ListRefused."""
    with transaction(rt.engine) as session:
        return _drafted(session, purpose, wanted, file_name=file_name, by=by, called=called, now=now)


def would(rt: Runtime, purpose: str, wanted: Selection, *, language: str, now: datetime) -> ShownAskList:
    """What would come of a list; stores nothing. Raises UnknownPurpose, CannotBeAsked, ListRefused."""
    with snapshot(rt.engine) as session:
        id = _drafted(session, purpose, wanted, file_name="", by="", called="", now=now)
        return _look(rt, session, id, language=language, now=now)


def look(rt: Runtime, id: UUID, *, language: str, now: datetime) -> ShownAskList:
    """Raises NotFound."""
    with snapshot(rt.engine) as session:
        return _look(rt, session, id, language=language, now=now)


def latest(rt: Runtime, *, language: str, now: datetime, limit: int = 10) -> list[ShownAskList]:
    """The latest lists that were begun, newest first."""
    with snapshot(rt.engine) as session:
        found = ask_runs.latest(session, limit=limit)
        return [_look(rt, session, each.id, language=language, now=now) for each in found]


def start(rt: Runtime, id: UUID, *, reason: str = "", by: Actor, now: datetime) -> AskRun:
    """Begin a draft; a worker does the rest. A second press does no harm. Raises NotFound."""
    with transaction(rt.engine) as session:
        run = _found(session, id, lock=True)
        if run.state != RunState.DRAFT:
            return run
        run = replace(run, state=RunState.RUNNING, reason=reason, started_at=now)
        ask_runs.save(session, run)
        key, payload = f"{KIND}:{id}", {"run_id": str(id)}
        outbox.add_once(session, key, kind=KIND, lane=key, payload=payload, due_at=now, now=now)
        count = len(ask_runs.contacts(session, id))
        audit.record(session, AuditAct.LIST_ASKED, by=by, about=run.purpose, after=str(count), reason=reason, now=now)
        return run


def stop(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> AskRun:
    """Ask nobody else in the list. Those who were asked can still answer. Raises NotFound."""
    with transaction(rt.engine) as session:
        run = _found(session, id, lock=True)
        if run.state != RunState.RUNNING:
            return run
        run = replace(run, state=RunState.STOPPED, ended_at=now)
        ask_runs.save(session, run)
        left = ask_runs.counts(session, id).get("", 0)
        audit.record(session, AuditAct.LIST_STOPPED, by=by, about=run.purpose, after=str(left), now=now)
        return run


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Ask the next contacts in a list, then pause; those who may not be asked don't count."""
    id, asked, more = UUID(claimed.payload["run_id"]), 0, True
    while more and asked < AT_ONCE:
        verdict = carry_on(rt, id, now=rt.clock.now())
        more, asked = verdict is not None, asked + (verdict is AskVerdict.ASKED)
    now = rt.clock.now()
    with transaction(rt.engine) as session:
        if more:
            outbox.defer(session, claimed, until=now + PAUSE, error="")
        else:
            outbox.finish(session, claimed, now=now)


def carry_on(rt: Runtime, id: UUID, *, now: datetime) -> AskVerdict | None:
    """Ask the next contact, if allowed now, in a transaction of its own. None: nobody is left, or it was stopped."""
    with transaction(rt.engine) as session:
        run = ask_runs.get(session, id, lock=True)
        if run is None or run.state != RunState.RUNNING:
            return None
        contact_id, purpose = ask_runs.next_open(session, id), purposes.find(session, run.purpose)
        if contact_id is None or purpose is None or not purpose.active:
            ask_runs.save(session, replace(run, state=RunState.DONE, ended_at=now))
            return None
        verdict, entry_id = _judge(rt, session, purpose, [contact_id], now=now)[contact_id], None
        if verdict is AskVerdict.ASKED:
            verdict, entry_id = _ask(rt, session, run, contact_id, now=now)
        ask_runs.settle(session, id, contact_id, verdict, entry_id=entry_id)
        return verdict


def forget(session: Session, *, now: datetime) -> None:
    """Delete drafts from yesterday, and the contacts of lists that ended a year ago."""
    ask_runs.forget(session, drafts_before=now - DRAFTS_KEPT, before=now - KEPT)


def _ask(
    rt: Runtime, session: Session, run: AskRun, contact_id: UUID, *, now: datetime
) -> tuple[AskVerdict, UUID | None]:
    by, called, reason = run.made_by, run.called, run.reason
    try:
        entry = ask_by_hand.ask(rt, session, contact_id, run.purpose, staff=by, called=called, reason=reason, now=now)
    except (CannotBeAsked, ConsentRefused):
        return AskVerdict.NO_ADDRESS, None
    return (AskVerdict.ASKED, entry.id) if entry is not None else (AskVerdict.WAITING, None)


def _drafted(
    session: Session,
    slug: str,
    wanted: Selection,
    *,
    file_name: str,
    by: str,
    called: str,
    now: datetime,
) -> UUID:
    purpose = known_purpose(session, slug)
    if not asks_by_mail(purpose):
        raise CannotBeAsked("A mailed link proves nothing for calls.")
    if not purpose.active or wording_for(session, slug, "") is None:
        raise CannotBeAsked("The purpose is not in use, or has no text yet.")
    among: dict[str, object]
    match wanted:
        case Filter():
            found = contact_lists.ids(session, wanted, purpose, now=now, limit=MOST + 1)
            among = {"standing": wanted.standing, "source": wanted.source}
        case BroughtBy(import_id):
            found = imports.contacts_of(session, import_id, _RECORDED, limit=MOST + 1)
            among = {"import": str(import_id)}
        case ConsentFile():
            found, unknown = _named_in(session, wanted)
            among = {"file": file_name, "lines": len(wanted.lines), "unknown": unknown}
        case _:
            assert_never(wanted)
    if not found:
        raise ListRefused("Nobody is on this list.")
    if len(found) > MOST:
        raise ListTooLong(f"More than {MOST} contacts are on this list. Ask them in parts.")
    run = AskRun(id=new_id(now), purpose=slug, made_at=now, made_by=by, called=called, among=among)
    ask_runs.save(session, run)
    ask_runs.add_lines(session, run.id, found)
    return run.id


def _named_in(session: Session, file: ConsentFile) -> tuple[list[UUID], int]:
    """The contacts whose address the file contains, and the number of lines without a known one."""
    columns = guess(file.headings)
    if Column.EMAIL not in columns:
        raise ListRefused("No column of the file is called email.")
    at = columns.index(Column.EMAIL)
    typed = [line.cells[at] if at < len(line.cells) else "" for line in file.lines]
    keys = [address.lower() for each in typed if (address := _address(each))]
    found: dict[str, Contact] = {}
    for some in _in_parts(keys):
        found |= contacts.by_addresses(session, some)
    ids = dict.fromkeys(found[key].merged_into or found[key].id for key in keys if key in found)
    return list(ids), len(typed) - sum(key in found for key in keys)


def _address(typed: str) -> str:
    try:
        return identifier(typed)[0]
    except BookingError:
        return ""


def _look(rt: Runtime, session: Session, id: UUID, *, language: str, now: datetime) -> ShownAskList:
    run = _found(session, id)
    purpose = purposes.find(session, run.purpose)
    if purpose is None:
        raise NotFound("there is no such purpose any more")
    if run.state == RunState.DRAFT:
        verdicts = _judge(rt, session, purpose, ask_runs.contacts(session, id), now=now)
        counts, left = Counter(verdicts.values()), 0
        turns = counts[AskVerdict.ASKED]
    else:
        kept = ask_runs.counts(session, id)
        counts, left = Counter({AskVerdict(word): count for word, count in kept.items() if word}), kept.get("", 0)
        turns = left
    wording = wording_for(session, run.purpose, language)
    return ShownAskList(
        run=run,
        name=names_of(session, language).get(run.purpose, run.purpose),
        counts=dict(counts),
        left=left,
        answers=ask_runs.answers(session, run, now=now) if run.state != RunState.DRAFT else Answers(),
        language=wording.language if wording else language,
        last_at=now + PAUSE * max(-(-turns // AT_ONCE) - 1, 0),
    )


def _judge(
    rt: Runtime, session: Session, purpose: Purpose, ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, AskVerdict]:
    """The verdicts, by a few statements for every 500 contacts."""
    found: dict[UUID, AskVerdict] = {}
    for some in _in_parts(ids):
        known = contacts.of_ids(session, some)
        rows = rows_of(rt, session, [(known[id], purpose) for id in some if id in known], now=now)
        found |= {each.contact.id: _verdict(each, purpose, now=now) for each in rows}
    return found


def _verdict(row: Listed, purpose: Purpose, *, now: datetime) -> AskVerdict:
    contact = row.contact
    return judged(
        row.standing,
        row.decided.why if isinstance(row.decided, Refusal) else None,
        has_address=bool(contact.address),
        gone=contact.erased_at is not None or contact.merged_into is not None,
        lasts=purpose.lasts,
        now=now,
    )


def _in_parts(found: Sequence[T]) -> Iterator[Sequence[T]]:
    return (found[at : at + _BATCH] for at in range(0, len(found), _BATCH))


def _found(session: Session, id: UUID, *, lock: bool = False) -> AskRun:
    run = ask_runs.get(session, id, lock=lock)
    if run is None:
        raise NotFound("there is no such list")
    return run
