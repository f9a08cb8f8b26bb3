"""The vault: sealed proof of consents of erased contacts, or of those whose details were deleted.

Kept as long as it may have to be shown, and found by mailbox or number only.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.vault import seal_under, unseal_under
from ...domain.consent import Act, Entry
from ...domain.errors import ReasonMissing
from ...domain.people import canonical_mailbox
from ...runtime import Runtime
from ...storage import access_log, contacts, ledger, vault
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.ledger import ChainLink
from ...storage.vault import VaultEntry
from ..consent import erasure_scope
from ..consent.contacts import mark, marks
from ..consent.find import names_of
from ..consent.staff_entries import UnknownContact, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """What was sealed of one contact at one time. `by`: the act that removed it, ERASED or FORGOTTEN.

    `lines`: each entry (None if not in this ledger) with its details.
    """

    address: str
    phone: str
    name: str
    by: Act
    at: datetime
    kept_until: datetime
    lines: tuple[tuple[Entry | None, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class VaultContent:
    """`names`: of purposes, in the reader's language."""

    records: tuple[SealedRecord, ...]
    names: Mapping[str, str]


def keep(
    rt: Runtime,
    session: Session,
    contact: Contact,
    links: Sequence[ChainLink],
    *,
    act: Act = Act.ERASED,
    now: datetime,
) -> datetime | None:
    """Seal the details of these entries, under the contact's mailbox and the numbers they are about.

    Staff may have changed the number since. Each is kept as long as it has to be itself. Returns until when the last
    one is kept; None where there are none. `act`: what removes them.
    """
    parts = erasure_scope.proofs(session, links, now=now)
    who = {"address": contact.address, "phone": contact.phone, "name": contact.name}
    for until, those in parts.items():
        kept = [
            {"entry": each.entry.id.hex, "salt": each.detail.salt.hex(), "body": each.detail.body}
            for each in those
            if each.detail is not None
        ]
        record: dict[str, Any] = {"contact": contact.id.hex, f"{act.value}_at": now.isoformat(), **who, "details": kept}
        for named in sorted({contact.mailbox, contact.phone, *ledger.numbers(those)} - {""}):
            _add(rt, session, named, {**record, "kept_until": until.isoformat()}, until=until, now=now)
    return max(parts, default=None)


def open_(rt: Runtime, who: str, *, by: str, why: str, now: datetime) -> list[dict[str, Any]]:
    """The proof about a mailbox or number, recorded. Raises ReasonMissing, UnknownContact."""
    if not why.strip():
        raise ReasonMissing("Say why: it goes on record.")
    address, phone = identifier(who)
    named = canonical_mailbox(address) if address else phone
    with transaction(rt.engine) as session:
        found = _read(rt, session, named)
        if not found:
            raise UnknownContact(f"Nothing is kept of {who}.")
        erased = contacts.marks_of_erased(session)
        whose = next((erased[each] for each in marks(rt.ring, named) if each in erased), None)
        contact_id = whose or UUID(found[-1]["contact"])
        access_log.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what="vault", why=why))
    return found


def opened(rt: Runtime, who: str, *, by: str, why: str, language: str, now: datetime) -> VaultContent:
    """As `open_`, for a page, with the entries. Raises ReasonMissing, UnknownContact, BookingError."""
    found = open_(rt, who, by=by, why=why, now=now)
    with snapshot(rt.engine) as session:
        entries = ledger.of_ids(session, [UUID(line["entry"]) for each in found for line in each["details"]])
        return VaultContent(tuple(_record(each, entries) for each in found), names_of(session, language))


def _record(kept: Mapping[str, Any], entries: Mapping[UUID, Entry]) -> SealedRecord:
    by = next(each for each in (Act.ERASED, Act.FORGOTTEN) if f"{each.value}_at" in kept)
    return SealedRecord(
        **{name: kept[name] for name in ("address", "phone", "name")},
        by=by,
        at=datetime.fromisoformat(kept[f"{by.value}_at"]),
        kept_until=datetime.fromisoformat(kept["kept_until"]),
        lines=tuple((entries.get(UUID(each["entry"])), ledger.read_body(each["body"])) for each in kept["details"]),
    )


def _add(rt: Runtime, session: Session, named: str, record: dict[str, Any], *, until: datetime, now: datetime) -> None:
    key_id, sealed = seal_under(rt.ring, named, json.dumps([record]).encode())
    vault.add(session, new_id(now), VaultEntry(mark(rt.ring, named), until, key_id, sealed))


def _read(rt: Runtime, session: Session, named: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kept in vault.find(session, marks(rt.ring, named)):
        found += json.loads(unseal_under(rt.ring, kept.key_id, named, kept.sealed))
    return found
