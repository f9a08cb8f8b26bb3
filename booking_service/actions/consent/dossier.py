"""One contact as staff see it: standings with their evidence, stored data, and history."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.booking import Booking
from ...domain.consent import Act, Entry, Standing, staff_id
from ...domain.consent_choices import Option, options
from ...domain.errors import NotFound
from ...domain.meeting import MeetingType
from ...domain.privacy import PendingChange, Wish
from ...domain.purposes import ConsentRules, Purpose, Wording
from ...runtime import Runtime
from ...storage import (
    booking_lists,
    contacts,
    fields,
    hosts,
    ledger,
    meetings,
    pending_changes,
    privacy_requests,
    purposes,
)
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.ledger import ChainLink
from ...storage.privacy_requests import PrivacyRequest
from . import left_out_answers, other_phone_numbers, staff_names
from .contacts import Circle, circle_of
from .find import Listed, name_among, reminded_of, rows_of
from .left_out_answers import AnswerLeftOut
from .profile import stopped_by
from .reminders import Reminded
from .zones import usual_zone

BOOKINGS = 20  # of a contact, the latest


class UnknownContactId(NotFound):
    """There is no contact with this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A yes: its entry, the question it answers, the standing it led to, and the wording shown."""

    answer: ChainLink
    question: ChainLink | None
    standing: Standing
    shown: Wording | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The standing for one purpose and its entries. `answer`: the one it rests on.

    `question`: the one that it answers, else the open one. `shown`: the wording the person was asked with. `agreed`:
    the yes that holds, or held until it was ended.
    """

    purpose: Purpose
    name: str
    row: Listed
    answer: ChainLink | None
    question: ChainLink | None
    waits: ChainLink | None
    shown: Wording | None
    agreed: Agreement | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredField:
    """`text`: the readable part. `sealed`: there is more. `locked`: they ended the consent that allows to keep it.

    `answered_at`: given on a booking form then; None: not. `own_at`: set on their own page then.
    """

    slug: str
    label: str
    text: str
    sealed: bool
    locked: bool
    answered_at: datetime | None
    own_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything about a contact. `zone`: the organisation's. `names`: of purposes; `staff`: of people in entries.

    `links`: all entries, newest first, including those of merged contacts; `wordings`: by the hash in entries. `into`:
    the contact that it is merged into. `stopped`: the stop of all use, by it or a merged contact. `left_out`: answers
    of booking forms that were to be kept in a field and are not. `has_fields`: there are fields to fill; `labels`: of
    fields, by id. `bookings`: the latest; `all_bookings`: there are no earlier ones. `reminded`: by the entry that asks.
    `deletion`: the open wish to be erased. `unconfirmed`: requests from their page that are not confirmed yet.
    """

    contact: Contact
    zone: ZoneInfo
    merged: tuple[Contact, ...]
    into: Contact | None
    stopped: Entry | None
    purposes: tuple[Evidence, ...]
    names: Mapping[str, str]
    links: tuple[ChainLink, ...]
    wordings: Mapping[bytes, Wording]
    staff: Mapping[str, str]
    fields: tuple[StoredField, ...]
    left_out: tuple[AnswerLeftOut, ...]
    has_fields: bool
    labels: Mapping[UUID, str]
    bookings: tuple[tuple[Booking, MeetingType], ...]
    all_bookings: bool
    rules: ConsentRules
    reminded: Mapping[UUID, Reminded]
    deletion: PrivacyRequest | None
    unconfirmed: tuple[PendingChange, ...]


def show(rt: Runtime, contact_id: UUID, *, language: str, now: datetime) -> Dossier:
    """Everything about one contact; as many statements for many entries as for one. Raises UnknownContactId."""
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None:
            raise UnknownContactId("there is no such contact")
        circle = circle_of(rt, session, contact)
        merged = tuple(each for each in circle.by_mailbox if each.merged_into == contact.id)
        links = _links(session, [contact, *merged])
        known, written = purposes.every(session), purposes.newest_wordings(session)
        known_fields = fields.every(session)
        default = hosts.organisation(session).default_language
        names = {each.slug: name_among(written.get(each.slug, {}), each.slug, language, default) for each in known}
        texts = purposes.wordings(session, {each.entry.wording for each in links if each.entry.wording})
        rows = rows_of(rt, session, [(contact, each) for each in known], now=now)
        by_id = {each.entry.id: each for each in links}
        others = other_phone_numbers.among(
            session, [(contact, each, row.standing) for each, row in zip(known, rows, strict=True)]
        )
        latest = booking_lists.of_mailbox(session, contact.mailbox, limit=BOOKINGS + 1)
        kinds = meetings.of_ids(session, {each.meeting_type_id for each in latest})
        return Dossier(
            contact=contact,
            zone=ZoneInfo(usual_zone(session)),
            merged=merged,
            into=contacts.get(session, contact.merged_into) if contact.merged_into else None,
            stopped=stopped_by(circle),
            purposes=tuple(
                _evidence(
                    purpose,
                    names[purpose.slug],
                    row,
                    circle,
                    by_id,
                    texts,
                    asked_with=purpose.slug in written,
                    others=others,
                    now=now,
                )
                for purpose, row in zip(known, rows, strict=True)
            ),
            names=names,
            links=links,
            wordings=texts,
            staff=staff_names.names(session, {each.entry.by for each in links if staff_id(each.entry.by)}),
            fields=_fields(session, contact, language),
            left_out=left_out_answers.of_contact(session, contact, language=language),
            has_fields=bool(known_fields),
            labels={each.id: each.label(language) for each in known_fields},
            bookings=tuple((each, kinds[each.meeting_type_id]) for each in latest[:BOOKINGS]),
            all_bookings=len(latest) <= BOOKINGS,
            rules=purposes.rules(session),
            reminded=reminded_of(session, zip(rows, known, strict=True)),
            deletion=privacy_requests.open_of(session, contact.id),
            unconfirmed=tuple(
                each for each in pending_changes.open_of(session, contact.id, now=now) if each.wish is not Wish.YES
            ),
        )


def _links(session: Session, whose: Iterable[Contact]) -> tuple[ChainLink, ...]:
    found = ledger.links_of(session, [each.id for each in whose])
    return tuple(sorted(found, key=lambda each: (each.entry.at, each.entry.number), reverse=True))


def _evidence(
    purpose: Purpose,
    name: str,
    row: Listed,
    circle: Circle,
    by_id: Mapping[UUID, ChainLink],
    texts: Mapping[bytes, Wording],
    *,
    asked_with: bool,
    others: Collection[UUID],
    now: datetime,
) -> Evidence:
    answer = by_id.get(row.standing.rests_on.id) if row.standing.rests_on else None
    waits = by_id.get(row.standing.question.id) if row.standing.question else None
    question = (_answered(answer, by_id) if answer else None) or waits
    by_mail = asked_with and bool(row.contact.address)
    return Evidence(
        purpose=purpose,
        name=name,
        row=row,
        answer=answer,
        question=question,
        waits=waits,
        shown=_shown(texts, question, answer),
        agreed=_agreed(purpose, row.standing, circle, by_id, texts),
        options=options(
            row.standing,
            purpose,
            now=now,
            by_mail=by_mail,
            replaces=bool(row.contact.phone) and answer is not None and answer.entry.id in others,
        ),
    )


def _agreed(
    purpose: Purpose,
    standing: Standing,
    circle: Circle,
    by_id: Mapping[UUID, ChainLink],
    texts: Mapping[bytes, Wording],
) -> Agreement | None:
    """The last yes: before what ended it, and before an opt-out by staff that was taken back."""
    while standing.rests_on is not None and (not standing.granted or standing.rests_on.act is Act.REOPENED):
        standing = circle.standing_before(purpose, standing.rests_on)
    answer = by_id.get(standing.rests_on.id) if standing.rests_on else None
    if answer is None:
        return None
    question = _answered(answer, by_id)
    return Agreement(answer=answer, question=question, standing=standing, shown=_shown(texts, question, answer))


def _answered(answer: ChainLink, by_id: Mapping[UUID, ChainLink]) -> ChainLink | None:
    """The question that this entry answers; of several ticks the last one of the person who answered."""
    first = answer.entry.refers
    if first is None:
        return None
    ticks = [
        each for each in by_id.values() if each.entry.act is Act.ASKED and first in (each.entry.id, each.entry.refers)
    ]
    theirs = [each for each in ticks if each.body.get("who") == answer.body.get("who")]
    return max(theirs, key=lambda each: each.entry.number, default=by_id.get(first))


def _shown(texts: Mapping[bytes, Wording], *links: ChainLink | None) -> Wording | None:
    hash = next((each.entry.wording for each in links if each and each.entry.wording), None)
    return texts.get(hash) if hash else None


def _fields(session: Session, contact: Contact, language: str) -> tuple[StoredField, ...]:
    return tuple(
        StoredField(
            slug=each.field.slug,
            label=each.field.label(language),
            text=each.masked,
            sealed=bool(each.sealed),
            locked=each.locked,
            answered_at=each.set_at if each.answered else None,
            own_at=each.set_at if each.own else None,
        )
        for each in fields.values(session, contact.id)
        if each.text or each.sealed or each.locked or each.own
    )
