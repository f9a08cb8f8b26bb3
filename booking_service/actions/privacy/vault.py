"""The proof of what people agreed to who were erased, or of whom nothing stands any more: kept sealed for as long as it may
have to be shown, under mailbox or number."""

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
from ...storage import contacts, ledger, reveals, vault
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.ledger import ChainLink
from ...storage.reveals import Reveal
from ...storage.vault import Kept
from ..consent import deletion
from ..consent.contacts import mark, marks
from ..consent.find import names_of
from ..consent.staff import UnknownContact, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecord:
    """What was sealed at one time of one contact. `by`: what took it off, ERASED or FORGOTTEN; `lines`: each entry, None where it is
    not in this ledger, with what stood beside it."""

    address: str
    phone: str
    name: str
    by: Act
    at: datetime
    kept_until: datetime
    lines: tuple[tuple[Entry | None, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """`names`: of purposes, as the reader calls them."""

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
    """Seal the details of a contact's entries, beside what is kept of the same mailbox already, and under the numbers that they were
    about as well, which staff may have changed since: each for as long as it has to be kept itself. Returns until when the last of them are; None where there are none.
    `act`: what takes them off."""
    parts = deletion.proofs(session, links, now=now)
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
    """What is kept of a mailbox or number that somebody names; put on record. Raises ReasonMissing, UnknownContact."""
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
        reveals.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what="vault", why=why))
    return found


def opened(rt: Runtime, who: str, *, by: str, why: str, language: str, now: datetime) -> Opened:
    """The same for a page, with what its entries say. Raises ReasonMissing, UnknownContact, BookingError."""
    found = open_(rt, who, by=by, why=why, now=now)
    with snapshot(rt.engine) as session:
        entries = ledger.of_ids(session, [UUID(line["entry"]) for each in found for line in each["details"]])
        return Opened(tuple(_record(each, entries) for each in found), names_of(session, language))


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
    vault.add(session, new_id(now), Kept(mark(rt.ring, named), until, key_id, sealed))


def _read(rt: Runtime, session: Session, named: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kept in vault.find(session, marks(rt.ring, named)):
        found += json.loads(unseal_under(rt.ring, kept.key_id, named, kept.sealed))
    return found
