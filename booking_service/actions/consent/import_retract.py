"""Taking an import back, some lines in each transaction.

Each consent that it recorded is retracted by an entry of its own; each opt-out by staff is reverted, where the rules
allow it and a consent stood before. What people or staff said since stays, and contacts stay. Lines are marked in the
transaction that retracts them, so that it continues after a crash and no line is taken back twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...clock import monotonic
from ...domain.audit import Actor, AuditAct
from ...domain.consent import Act, Detail, Entry, Standing, staff
from ...domain.consent_file import Meaning
from ...domain.consent_moves import ConsentRefused, Draft, Retracted, Reverted, decide, revert_imported
from ...domain.errors import BookingError, ReasonMissing
from ...domain.purposes import Purpose
from ...runtime import Runtime
from ...storage import follow_ups, ledger, outbox, standings
from ...storage import imports as rows
from ...storage.engine import transaction
from ...storage.imports import APPLIED, Import, ImportLine
from ...storage.ledger import ChainLink
from ...storage.outbox import Claimed
from ..access import audit
from . import imports, owed_follow_ups
from .append import drafted, instant, known_purpose
from .contacts import Circle, locked_all
from .import_check import CONSENTS
from .import_lines import stand_after
from .imports import (
    APPLIED_STATES,
    DONE,
    OVER,
    RECORDED,
    TAKEN_BACK,
    TAKES_BACK,
    TAKING_BACK,
    UnknownImport,
    plan_of,
)
from .pace import MOST, Pace, rest

KIND = "consent-import-back"


class CannotBeTakenBack(BookingError):
    """It is not finished, or made nothing that staff can take back: not people's own noes, nor new contacts."""


def start(rt: Runtime, id: UUID, *, reason: str, by: str, called: str, actor: Actor, now: datetime) -> None:
    """Decide to take an import back; a worker does it. Repeating that does nothing.

    `by`: permanent name in the evidence. `called`: name that can be erased. Raises UnknownImport, ReasonMissing,
    CannotBeTakenBack.
    """
    with transaction(rt.engine) as session:
        made = rows.get(session, id, lock=True)
        if made is None or made.state not in APPLIED_STATES:
            raise UnknownImport("there is no such import, or it is not applied")
        if made.state in (TAKING_BACK, TAKEN_BACK):
            return
        if not reason.strip():
            raise ReasonMissing("Say why: it goes on record with each entry.")
        count = sum(rows.counts(session, id).get(f"{APPLIED}{each}", 0) for each in RECORDED)
        meaning = plan_of(made).meaning
        if meaning is Meaning.OUT_THEIRS:
            raise CannotBeTakenBack(
                "These are the people's own noes, passed on: only they lift them, by a form of yours or on their preferences page."
            )
        if made.state not in (DONE, OVER) or meaning not in TAKES_BACK or not count:
            raise CannotBeTakenBack("Only what was recorded can be taken back, once the import is through.")
        back = {"by": by, "called": called, "reason": reason}
        mapping = {**made.mapping, "back": back, "forgotten": made.state == OVER}
        rows.save(session, replace(made, mapping=mapping, state=TAKING_BACK))
        about = {"about": made.name, "after": str(count), "reason": reason}
        act = AuditAct.IMPORT_TAKEN_BACK if meaning in CONSENTS else AuditAct.IMPORT_REVERTED
        audit.record(session, act, by=actor, now=now, **about)
        key, payload = f"{KIND}:{id}", {"import_id": str(id)}
        outbox.add_once(session, key, kind=KIND, lane=f"{imports.KIND}:{id}", payload=payload, due_at=now, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Continue taking back for a while."""
    imports.work_off(rt, claimed, carry_on)


def carry_on(rt: Runtime, id: UUID, *, behind: int = 0, pace: Pace | None = None, now: datetime) -> int:
    """Take back the next lines in one transaction, then rest. Returns the last line's number; 0: nothing is left."""
    limit = pace.size if pace is not None else MOST
    with transaction(rt.engine) as session:
        made = rows.get(session, id, lock=True)
        began = monotonic()
        if made is None or made.state != TAKING_BACK:
            return 0
        lines = rows.lines(session, id, verdicts=[f"{APPLIED}{each}" for each in RECORDED], behind=behind, limit=limit)
        taken = _retract(rt, session, made, lines, now=now)
        rows.settle(
            session, id, [(each.number, f"{rows.TAKEN_BACK}{rows.verdict_of(each)}", each.entry_id) for each in taken]
        )
        if len(lines) < limit:
            rows.save(session, replace(made, state=TAKEN_BACK))
    if len(lines) < limit:
        return 0
    rest(rt, pace, limit, held=monotonic() - began)
    return lines[-1].number


@dataclass(slots=True, kw_only=True)
class _Batch:
    """`chains`: shared with the circles, so that an entry counts in all of them."""

    circles: dict[UUID, Circle]
    chains: dict[UUID, tuple[Entry, ...]]
    links: list[ChainLink] = field(default_factory=list)
    grown: list[tuple[Circle, Entry, Standing]] = field(default_factory=list)


def _retract(
    rt: Runtime, session: Session, made: Import, lines: Sequence[ImportLine], *, now: datetime
) -> list[ImportLine]:
    """Take back these lines. Returns those done; lines of contacts erased since are left as they are."""
    purpose = known_purpose(session, plan_of(made).purpose)
    entries = ledger.of_ids(session, [each.entry_id for each in lines if each.entry_id])
    circles = locked_all(rt, session, {each.contact_id for each in entries.values()})
    chains = {id: chain for circle in circles.values() for id, chain in circle.entries.items()}
    shared = {id: replace(circle, entries=chains) for id, circle in circles.items()}
    batch, taken = _Batch(circles=shared, chains=chains), []
    standings.let_in(session, purpose.slug)
    for line in lines:
        entry = entries.get(line.entry_id) if line.entry_id else None
        circle = shared.get(entry.contact_id) if entry else None
        if entry is None or circle is None or circle.contact.erased_at is not None:
            continue
        if _take_out(batch, circle, entry, purpose, made, line, now=now):
            taken.append(line)
    _write(session, batch, purpose, now=now)
    return taken


def _take_out(
    batch: _Batch, circle: Circle, entry: Entry, purpose: Purpose, made: Import, line: ImportLine, *, now: datetime
) -> bool:
    """Whether the entry is out, be it that it was before."""
    back, contact, at = made.mapping["back"], circle.contact, instant(circle, now)
    if entry.act is Act.RECORDED:
        draft = decide(circle.standing(purpose), Retracted(staff(back["by"]), entry), purpose=purpose.slug, now=at)
    else:
        try:
            draft = reverted(circle, entry, purpose, by=back["by"], now=at)
        except ConsentRefused:
            return False
    if draft is None:
        return True
    detail = Detail(
        who=contact.name,
        address=contact.address,
        phone=contact.phone,
        reason=f"import {made.name}, line {line.number}, taken back: {back['reason']}",
        staff=back["called"],
    )
    link = drafted(circle, draft, detail=detail, now=at)
    batch.chains[contact.id] = (*circle.own, link.entry)
    batch.links.append(link)
    batch.grown.append((circle, link.entry, circle.standing(purpose)))
    return True


def reverted(circle: Circle, no: Entry, purpose: Purpose, *, by: str, now: datetime) -> Draft | None:
    """The entry that reverts an imported opt-out. Raises ConsentRefused."""
    alone = replace(circle, by_mailbox=(circle.contact,), by_phone=(circle.contact,))
    before = alone.standing_before(purpose, no)
    return revert_imported(circle.standing(purpose), no, Reverted(by), before=before, purpose=purpose.slug, now=now)


def _write(session: Session, batch: _Batch, purpose: Purpose, *, now: datetime) -> None:
    """Write the entries, the cached standings, and what follows from both: ends, and consents that stand again."""
    ledger.add(session, batch.links)
    concerned = stand_after(batch.grown, purpose)
    standings.write(session, purpose.slug, list(concerned.items()))
    opened = any(entry.act is Act.REOPENED for _, entry, _ in batch.grown)
    if not follow_ups.told_of(session, concerned, purpose.slug) and not opened:
        return
    for circle, entry, after in batch.grown:
        owed_follow_ups.owe(session, circle, entry, after, now=now)
