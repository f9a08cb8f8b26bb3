"""All data about a person, as they get it: their own rows only, and of sealed values the readable part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.tokens import LinkPurpose
from ...domain.consent import CONTACT
from ...domain.errors import NotFound
from ...domain.follow_ups import FollowUp
from ...domain.localized_text import worded
from ...domain.people import Organisation
from ...domain.purposes import Part, parts_of
from ...domain.questions import answered
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import (
    access_log,
    bookings,
    contacts,
    disclosures,
    fields,
    follow_ups,
    hosts,
    ledger,
    mail_log,
    meetings,
    messages,
    news,
    purposes,
    timeline,
)
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.disclosures import Disclosure
from ...storage.engine import snapshot, transaction
from ...storage.ledger import ChainLink, read_body
from ..access import limits
from ..consent import links as contact_links
from ..consent.contacts import circle_of
from ..consent.zones import zone_of
from . import data_subjects
from .requests import DATA_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenData:
    """The person whose data a link gives. `labels`: of fields, in the reader's language."""

    contact: Contact
    organisation: Organisation
    zone: str
    bookings: int
    consents: int
    labels: Mapping[str, str]


def show(rt: Runtime, token: str, *, language: str, now: datetime) -> SeenData:
    """What a link would give. `language`: the reader's, "" for the contact's. Raises UnknownLink, LinkOver,
    ContactErased."""
    with snapshot(rt.engine) as session:
        contact = contact_links.opened(session, token, {LinkPurpose.DATA}, now=now).contact
        return _seen(session, contact, language=language)


def seen_by_staff(rt: Runtime, contact_id: UUID) -> SeenData:
    """What staff would get of a contact. Raises NotFound: no such contact, or no longer."""
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFound("there is no such contact")
        return _seen(session, contact, language="")


def _seen(session: Session, contact: Contact, *, language: str) -> SeenData:
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    return SeenData(
        contact=contact,
        organisation=hosts.organisation(session),
        zone=zone_of(session, contact),
        bookings=len(theirs),
        consents=len(ledger.links(session, contact.id)),
        labels={each.slug: each.label(language or contact.language) for each in fields.every(session)},
    )


def given(rt: Runtime, token: str, *, language: str, network: str, now: datetime) -> Mapping[str, Any]:
    """The data behind a link, recorded as handed out. Raises UnknownLink, LinkOver, ContactErased."""
    with transaction(rt.engine) as session:
        limits.use(rt, session, "confirm_per_network", network, now=now)
        contact = contact_links.opened(session, token, {LinkPurpose.DATA}, now=now).contact
        return _handed_out(rt, session, contact, language=language, by=CONTACT, now=now)


def given_to_staff(rt: Runtime, who: str, *, by: str, language: str, now: datetime) -> Mapping[str, Any]:
    """The data of an address or number for staff to hand over, recorded. Raises UnknownContact."""
    with transaction(rt.engine) as session:
        return _handed_out(
            rt, session, data_subjects.find(rt, session, who, now=now), language=language, by=by, now=now
        )


def _handed_out(
    rt: Runtime, session: Session, contact: Contact, *, language: str, by: str, now: datetime
) -> Mapping[str, Any]:
    access_log.add(session, Reveal(id=new_id(now), at=now, contact_id=contact.id, by=by, what=DATA_GIVEN))
    language, rules = language or contact.language, follow_ups.every(session)
    return {
        "as_of": now.isoformat(),
        "held_by": hosts.organisation(session).name,
        "person": _person(session, contact, language),
        "bookings": _bookings(session, contact, language, rules),
        "consents": _consents(rt, session, contact, language, now=now),
        "entries": [_entry(session, each) for each in ledger.links(session, contact.id)],
        "mails": [
            {"at": each.at.isoformat(), "kind": each.kind, "address": each.address, "outcome": each.outcome.value}
            for each in mail_log.of_contact(session, contact.id, address=contact.address)
        ],
        "messages": [
            {
                "at": message.made_at.isoformat(),
                "purpose": message.purpose,
                "subject": message.subject,
                "text": message.text,
                "outcome": line.outcome.value or "waiting",
                "ended_at": line.ended_at.isoformat() if line.ended_at else None,
            }
            for message, line in messages.of_contact(session, contact.id)
        ],
        "told_of": [{"at": at.isoformat(), "purpose": purpose} for purpose, at in news.of_contact(session, contact.id)],
        "passed_on": [
            {**_passed_on(each), "purpose": each.purpose} for each in disclosures.of_contact(session, contact.id, rules)
        ],
        "looked_at": [
            {"at": each.at.isoformat(), "by": "you" if each.by == CONTACT else "staff", "what": each.what}
            for each in access_log.of_contact(session, contact.id)
        ],
    }


def _person(session: Session, contact: Contact, language: str) -> Mapping[str, Any]:
    return {
        "name": contact.name,
        "address": contact.address,
        "phone": contact.phone,
        "language": contact.language,
        "known_since": contact.made_at.isoformat(),
        "use_stopped_at": contact.stopped_at.isoformat() if contact.stopped_at else None,
        "fields": {each.field.label(language): each.masked for each in fields.values(session, contact.id)},
    }


def _passed_on(told: Disclosure) -> Mapping[str, Any]:
    return {"at": told.at.isoformat(), "to": told.receiver, "arrived": told.arrived}


def _bookings(session: Session, contact: Contact, language: str, rules: Sequence[FollowUp]) -> list[Mapping[str, Any]]:
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    found: list[Mapping[str, Any]] = []
    for each in theirs:
        host, meeting = hosts.get(session, each.host_id), meetings.of_booking(session, each)
        given = answered(meeting.questions, each.answers, each.sealed)
        found.append(
            {
                "what": worded(meeting.title, language, writer=host.language).text,
                "with": host.name,
                "starts_at": each.time.start.isoformat(),
                "ends_at": each.time.end.isoformat(),
                "state": each.state.value,
                "asked_for_at": each.created_at.isoformat(),
                "name": each.invitee.name,
                "address": each.invitee.email,
                "zone": each.invitee.zone,
                "guests": list(each.guests),
                "answers": {
                    worded(answer.question.label, language, writer=host.language).text
                    if answer.question
                    else answer.key: answer.masked if answer.text is None else answer.text
                    for answer in given
                },
                "mails": [
                    {
                        "at": entry.at.isoformat(),
                        "kind": entry.detail.get("kind", ""),
                        "to": entry.detail.get("to", ""),
                    }
                    for entry in timeline.of_booking(session, each.id)
                    if entry.what == Happened.MAILED
                ],
                "passed_on": [_passed_on(told) for told in disclosures.of_booking(session, each, rules)],
            }
        )
    return found


def _consents(
    rt: Runtime, session: Session, contact: Contact, language: str, *, now: datetime
) -> list[Mapping[str, Any]]:
    circle = circle_of(rt, session, contact)
    found: list[Mapping[str, Any]] = []
    for purpose in purposes.every(session):
        standing, wordings = circle.standing(purpose), purposes.current_wordings(session, purpose.slug)
        wording = wordings.get(language) or next(iter(wordings.values()), None)
        asked = standing.asked(now=now)
        found.append(
            {
                "purpose": purpose.slug,
                "name": parts_of(wording)[Part.NAME] if wording else purpose.slug,
                "standing": standing.basis.value,
                "since": standing.since.isoformat() if standing.since else None,
                "expired": standing.expired(lasts=purpose.lasts, now=now),
                "question": asked.value if asked else None,
            }
        )
    return found


def _entry(session: Session, link: ChainLink) -> Mapping[str, Any]:
    entry, wording = link.entry, purposes.wording(session, link.entry.wording) if link.entry.wording else None
    return {
        "id": entry.id.hex,
        "at": entry.at.isoformat(),
        "purpose": entry.purpose,
        "act": entry.act.value,
        "by": "you" if entry.by_contact else "staff" if entry.by.startswith("staff:") else "the service",
        "how": entry.how.value,
        "shown": {part.value: text for part, text in parts_of(wording).items() if text} if wording else None,
        "detail": read_body(link.detail.body) if link.detail is not None else None,
    }
