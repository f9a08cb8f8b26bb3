"""Mails owed to contacts. Their content is read from the ledger when they are sent (actions/mail/to_contacts.py)."""

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
BULK = "message-mail"  # mails to many at once, which must not delay what somebody waits for


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedMail:
    """A mail to a contact. `entries`: the ones it is about. `occasion`: tells mails of one kind apart.

    `zone`: for times; "" for the contact's zone when it is sent.
    """

    kind: MailKind
    contact_id: UUID
    occasion: str
    entries: tuple[UUID, ...] = ()
    zone: str = ""


def owe(session: Session, contact: Contact, owed: OwedMail, *, now: datetime) -> bool:
    """Owe a mail once ever. False: it was owed before.

    Mails to one mailbox are sent one after the other, questions in a queue of their own: they may have to wait for the
    mailbox's limit, and must not delay what its owner asked for.
    """
    every, questions = lanes(contact)
    lane = questions if owed.kind is MailKind.CONFIRM_CONSENT else every
    return outbox.add_once(session, key(owed), kind=KIND, lane=lane, payload=_payload(owed), due_at=now, now=now)


def owe_again(session: Session, contact: Contact, owed: OwedMail, *, now: datetime) -> None:
    """Owe a mail as one of many; again if it was withdrawn before it was sent."""
    outbox.wake(session, key(owed), kind=BULK, lane=lanes(contact)[0], payload=_payload(owed), due_at=now, now=now)


def key(owed: OwedMail) -> str:
    return f"{KIND}:{owed.kind}:{owed.contact_id}:{owed.occasion}"


def lanes(contact: Contact) -> tuple[str, str]:
    """The lanes of mails to one mailbox: all but questions, and questions."""
    return f"{KIND}:{contact.mailbox_mark}", f"{KIND}:{contact.mailbox_mark}:{MailKind.CONFIRM_CONSENT}"


def read(claimed: Claimed) -> OwedMail:
    payload = claimed.payload
    return OwedMail(
        kind=MailKind(payload["kind"]),
        contact_id=UUID(payload["contact_id"]),
        occasion=payload["occasion"],
        entries=_ids(payload["entries"].split(",")),
        zone=payload["zone"],
    )


def _payload(owed: OwedMail) -> dict[str, str]:
    return {
        "kind": owed.kind.value,
        "contact_id": str(owed.contact_id),
        "occasion": owed.occasion,
        "entries": ",".join(str(each) for each in owed.entries),
        "zone": owed.zone,
    }


def _ids(written: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in written if each)
