"""Mails that are owed to contacts. What they say is read from the ledger when they are sent (actions/mail/to_contacts.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.effects import MailKind
from ...storage import outbox
from ...storage.contacts import Contact
from ...storage.outbox import Claimed

KIND = "contact-mail"
BULK = "message-mail"  # what goes to many at once: what somebody waits for is not kept behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A mail to a contact. `entries`: the entries it is about; `occasion` tells two mails of one kind apart; `zone`: on the
    clock of which its times are read, "" for the contact's when it is sent."""

    kind: MailKind
    contact_id: UUID
    occasion: str
    entries: tuple[UUID, ...] = ()
    zone: str = ""


def owe(session: Session, contact: Contact, owed: Owed, *, now: datetime) -> bool:
    """Have it sent, once for all time. Mails to one mailbox go one after the other, and questions among themselves: these may
    have to wait for the mailbox's share, and what its holder asked for is not kept behind them. False: it was owed before."""
    every, questions = lanes(contact)
    lane = questions if owed.kind is MailKind.CONFIRM_CONSENT else every
    return outbox.add_once(session, key(owed), kind=KIND, lane=lane, payload=_payload(owed), due_at=now, now=now)


def owe_again(session: Session, contact: Contact, owed: Owed, *, now: datetime) -> None:
    """Have it sent, as one of many; anew where it was taken back before it was sent."""
    outbox.wake(session, key(owed), kind=BULK, lane=lanes(contact)[0], payload=_payload(owed), due_at=now, now=now)


def key(owed: Owed) -> str:
    return f"{KIND}:{owed.kind}:{owed.contact_id}:{owed.occasion}"


def lanes(contact: Contact) -> tuple[str, str]:
    """In which mails to one mailbox wait for one another: all but questions, and these."""
    return f"{KIND}:{contact.mailbox_mark}", f"{KIND}:{contact.mailbox_mark}:{MailKind.CONFIRM_CONSENT}"


def read(claimed: Claimed) -> Owed:
    payload = claimed.payload
    return Owed(
        kind=MailKind(payload["kind"]),
        contact_id=UUID(payload["contact_id"]),
        occasion=payload["occasion"],
        entries=_ids(payload["entries"].split(",")),
        zone=payload["zone"],
    )


def _payload(owed: Owed) -> dict[str, str]:
    return {
        "kind": owed.kind.value,
        "contact_id": str(owed.contact_id),
        "occasion": owed.occasion,
        "entries": ",".join(str(each) for each in owed.entries),
        "zone": owed.zone,
    }


def _ids(written: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in written if each)
