"""What the page about one's own data shows. Looking changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking
from ...domain.consent import Standing
from ...domain.errors import NotFound
from ...domain.meeting import MeetingType
from ...domain.people import Host, Organisation
from ...domain.privacy import ErasurePreview, PendingChange, Wish
from ...domain.purposes import ConsentRules, Part, Purpose, PurposeKind, parts_of
from ...runtime import Runtime
from ...storage import (
    access_log,
    bookings,
    contacts,
    fields,
    hosts,
    meetings,
    pending_changes,
    privacy_requests,
    purposes,
)
from ...storage.access_log import OWN_PAGE, Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.fields import FieldValue
from ...storage.privacy_requests import PrivacyRequest
from ..access import links as booking_links
from ..consent import erasure_scope, other_phone_numbers, own_fields, profile
from ..consent.contacts import Circle, circle_of
from ..consent.offers import wording_for
from ..consent.own_fields import OwnField
from ..consent.withdrawals import ended_by
from ..consent.zones import zone_of
from . import links


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChoice:
    """A purpose with its standing. `wording`: the hash of its texts, in `language`. `waits`: a yes or question is open.

    `other_number`: the yes is for another phone number than the contact has now. `ending`: a no that waits for its
    mail, or waited in vain. `value`: the readable part of the field that it allows to keep.
    """

    purpose: Purpose
    texts: Mapping[Part, str]
    language: str
    wording: bytes
    standing: Standing
    on: bool
    waits: bool
    other_number: bool = False
    ending: PendingChange | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """`token`: of the booking's manage link."""

    booking: Booking
    host: Host
    meeting: MeetingType
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPreferences:
    """Everything that the page shows. `full`: by a fresh link; otherwise only the mail options, with these `choices`.

    `changeable`: the fields that they may change now. `labels`: of fields, by id. `stopped_at`: since when all use is
    stopped, by them or a merged contact. `erasing`: the open wish to be erased; `foreseen`: what one would do. The
    reduced page masks `address`.
    """

    contact: Contact
    organisation: Organisation
    rules: ConsentRules
    full: bool
    choices: tuple[OwnChoice, ...]
    stopped_at: datetime | None = None
    pending: tuple[PendingChange, ...] = ()
    bookings: tuple[OwnBooking, ...] = ()
    values: tuple[FieldValue, ...] = ()
    changeable: tuple[OwnField, ...] = ()
    labels: Mapping[UUID, str] = field(default_factory=dict)
    erasing: PrivacyRequest | None = None
    foreseen: ErasurePreview | None = None
    zone: str = "UTC"

    def choice(self, slug: str) -> OwnChoice | None:
        return next((each for each in self.choices if each.purpose.slug == slug), None)


def show(rt: Runtime, token: str, *, language: str, now: datetime) -> SeenPreferences:
    """By either link. `language`: the reader's, "" for the contact's. Raises UnknownLink, LinkOver, ContactErased."""
    with snapshot(rt.engine) as session:
        link = links.opened(session, token, now=now)
        full = links.shows_all(session, link)
        return _seen(rt, session, link.contact, full=full, language=language, now=now)


def seen_by_staff(rt: Runtime, contact_id: UUID, *, language: str, by: str, now: datetime) -> SeenPreferences:
    """The page as a fresh link shows it to the contact, put on record as seen by staff. No token leads anywhere.

    Raises NotFound: there is no such contact, or it was erased.
    """
    with transaction(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFound("there is no such contact")
        access_log.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what=OWN_PAGE))
        full = purposes.rules(session).page.shows_all(fields.visible(session, contact_id))
        seen = _seen(rt, session, contact, full=full, language=language, now=now)
        return replace(seen, bookings=tuple(replace(each, token="") for each in seen.bookings))


def _seen(
    rt: Runtime, session: Session, contact: Contact, *, full: bool, language: str, now: datetime
) -> SeenPreferences:
    circle = circle_of(rt, session, contact)
    stopped = profile.stopped_by(circle)
    waiting = tuple(_waiting(session, circle, now=now))
    choices = _choices(session, circle, waiting, language=language or contact.language, now=now)
    shown = SeenPreferences(
        contact=contact,
        organisation=hosts.organisation(session),
        rules=purposes.rules(session),
        full=full,
        choices=tuple(each for each in choices if full or each.purpose.kind is PurposeKind.EMAIL),
        stopped_at=stopped.at if stopped else None,
        zone=zone_of(session, contact),
    )
    if not full:
        return shown
    return replace(
        shown,
        pending=waiting,
        bookings=tuple(_bookings(rt, session, contact)),
        values=tuple(fields.values(session, contact.id)),
        changeable=tuple(own_fields.changeable(rt, session, circle, now=now)),
        labels={each.id: each.label(language or contact.language) for each in fields.every(session)},
        erasing=privacy_requests.open_of(session, contact.id),
        foreseen=erasure_scope.foreseen(session, contact, cancels=False, now=now),
    )


def _waiting(session: Session, circle: Circle, *, now: datetime) -> list[PendingChange]:
    """What the mailbox may still confirm: the latest mail of each no, and none about what ended meanwhile."""
    found, ends = dict[tuple[Wish, str], PendingChange](), (Wish.NO, Wish.NO_MAILS)
    for each in pending_changes.open_of(session, circle.contact.id, now=now):
        if each.wish not in ends or ended_by(session, circle, each):
            found[each.wish, each.purpose if each.wish in ends else each.id.hex] = each
    return sorted(found.values(), key=lambda each: each.made_at)


def _choices(
    session: Session, circle: Circle, waiting: tuple[PendingChange, ...], *, language: str, now: datetime
) -> list[OwnChoice]:
    contact, profile = circle.contact, fields.visible(session, circle.contact.id)
    asked = {each.purpose for each in waiting if each.wish is Wish.YES}
    lapsed, found = pending_changes.lapsed_of(session, contact.id, now=now), []
    for purpose in purposes.every(session):
        wording = wording_for(session, purpose.slug, language)
        if wording is not None and _concerns(purpose, circle, profile):
            standing = circle.standing(purpose)
            other_number = other_phone_numbers.is_one(session, contact, purpose, standing)
            current = not other_number and not standing.expired(lasts=purpose.lasts, now=now)
            found.append(
                OwnChoice(
                    purpose=purpose,
                    texts=parts_of(wording),
                    language=wording.language,
                    wording=wording.hash,
                    standing=standing,
                    on=standing.granted and current,
                    other_number=other_number,
                    waits=purpose.slug in asked or standing.open_question(now=now) is not None,
                    ending=_ending(purpose, standing, waiting) or _ending(purpose, standing, _since(lapsed, standing)),
                    value=profile.get(purpose.allows_field, "") if purpose.kind is PurposeKind.FIELD else "",
                )
            )
    return found


def _ending(purpose: Purpose, standing: Standing, asked: Iterable[PendingChange]) -> PendingChange | None:
    """The latest no to what stands."""
    mails = purpose.kind is PurposeKind.EMAIL
    theirs = [each for each in asked if each.ends(purpose.slug, mails=mails)]
    return theirs[-1] if theirs and standing.granted else None


def _since(lapsed: Iterable[PendingChange], standing: Standing) -> list[PendingChange]:
    """Requests made since the standing began; a later yes answers earlier ones."""
    return [each for each in lapsed if standing.since is None or each.made_at >= standing.since]


def _concerns(purpose: Purpose, circle: Circle, profile: Mapping[str, str]) -> bool:
    """Whether the purpose is shown: always if anything stands, so that it can be ended; else if in use and
    concerned."""
    return circle.standing(purpose).granted or (purpose.active and purpose.concerns(profile))


def _bookings(rt: Runtime, session: Session, contact: Contact) -> list[OwnBooking]:
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    return [
        OwnBooking(
            each,
            hosts.get(session, each.host_id),
            meetings.of_booking(session, each),
            booking_links.token(rt, each, LinkPurpose.MANAGE),
        )
        for each in theirs
    ]
