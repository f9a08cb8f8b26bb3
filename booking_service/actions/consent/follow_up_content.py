"""What others are told about an answer, by webhook or mail, through the gate at the moment it leaves.

Whoever was told of a yes is told of its end too, with only the ids that they have: an end discloses nothing more.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.chain import instant_text
from ...domain.effects import MailKind
from ...domain.follow_ups import FollowUp, FollowUpEvent, covered
from ...domain.gate import Refusal, WayOut
from ...domain.purposes import PurposeKind
from ...runtime import Runtime
from ...storage import contacts, disclosures, follow_ups, ledger, purposes
from ...storage.outbox import Claimed
from . import gate, other_phone_numbers
from .contacts import circle_of


def content(
    rt: Runtime, session: Session, follow_up: FollowUp, claimed: Claimed, what: MailKind | WayOut, *, now: datetime
) -> dict[str, object] | str:
    """The content for this way of telling; or the reason, in a word, why nothing is told."""
    payload, contact = claimed.payload, contacts.get(session, UUID(claimed.payload["contact"]))
    purpose, link = purposes.find(session, follow_up.purpose), ledger.find(session, UUID(payload["entry"]))
    if contact is None or purpose is None or link is None:
        return "gone"
    data: dict[str, object] = {"purpose": purpose.slug, "contact_id": str(contact.id), "entry_id": str(link.entry.id)}
    if payload["event"] == FollowUpEvent.GRANTED:
        decided = gate.ask(rt, session, contact.id, what, purpose.slug, now=now)
        if isinstance(decided, Refusal):
            return decided.word
        follow_ups.note_told(session, follow_up.id, contact.id, now=now)  # even a failed request may arrive
        disclosures.note(session, claimed, now=now)
        shown = covered(purpose.kind, address=contact.address, phone=contact.phone, name=contact.name)
        data |= {**shown, "standing": circle_of(rt, session, contact).standing(purpose).basis.value}
        if link.detail is not None:
            data["optin_id"] = link.detail.optin_id
    elif not follow_ups.was_told(session, follow_up.id, contact.id):
        return "never told"
    else:
        standing = circle_of(rt, session, contact).standing(purpose)
        calls = purpose.kind is PurposeKind.PHONE
        of_another = calls and (not contact.phone or other_phone_numbers.is_one(session, contact, purpose, standing))
        if standing.granted and standing.stopped is None and not of_another:
            return "not ended"
    at = datetime.fromisoformat(payload["at"]) if "at" in payload else link.entry.at
    return {"type": payload["event"], "timestamp": instant_text(at), "data": data}
