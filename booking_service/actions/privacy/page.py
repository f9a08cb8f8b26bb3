"""What the page about one's own data shows. Looking changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking
from ...domain.consent import Standing
from ...domain.meeting import MeetingType
from ...domain.people import Host, Organisation
from ...domain.privacy import Foreseen, PendingChange, Wish
from ...domain.purposes import ConsentRules, Part, Purpose, PurposeKind, parts_of
from ...runtime import Runtime
from ...storage import bookings, fields, hosts, meetings, pending, privacy_requests, purposes
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.fields import FieldValue
from ...storage.privacy_requests import PrivacyRequest
from ..access import links as booking_links
from ..consent import deletion, own_fields, profile
from ..consent.contacts import Circle, circle_of
from ..consent.links import OpenedLink
from ..consent.offers import wording_for
from ..consent.own_fields import OwnField
from ..consent.withdrawals import ended_by
from ..consent.zones import zone_of
from . import links


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChoice:
    """A purpose with what stands. `language`: of its texts, and `wording` their hash; `waits`: a yes was asked for, or a question is open; `ending`: a no to it that
    waits for its mail, or waited in vain; `value`: of the field that it lets us keep, as far as it may be seen."""

    purpose: Purpose
    texts: Mapping[Part, str]
    language: str
    wording: bytes
    standing: Standing
    on: bool
    waits: bool
    ending: PendingChange | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """`token`: of the link that changes it."""

    booking: Booking
    host: Host
    meeting: MeetingType
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPreferences:
    """All that one of the two doors shows. `full`: by a fresh link; else the mail options and nothing more, and
    `choices` holds no others. `changeable`: the fields that they may change now; `labels`: what fields are called in the reader's language, by their ids; `stopped_at`: since when all use is stopped, by them or by who is the same person; `erasing`: the wish to be erased that waits in the queue; `foreseen`: what one would come to; `address` is masked by who shows
    the reduced page."""

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
    foreseen: Foreseen | None = None
    zone: str = "UTC"

    def choice(self, slug: str) -> OwnChoice | None:
        return next((each for each in self.choices if each.purpose.slug == slug), None)


def show(rt: Runtime, token: str, *, language: str, now: datetime) -> SeenPreferences:
    """By either door. `language`: of the reader, "" for the contact's own. Raises UnknownLink, LinkOver, ContactErased."""
    with snapshot(rt.engine) as session:
        return _seen(rt, session, links.opened(session, token, now=now), language=language, now=now)


def _seen(rt: Runtime, session: Session, link: OpenedLink, *, language: str, now: datetime) -> SeenPreferences:
    contact, full = link.contact, links.shows_all(session, link)
    circle = circle_of(rt, session, contact)
    stopped = profile.stopped_by(circle)
    waiting = tuple(_waiting(rt, session, contact, now=now))
    choices = _choices(rt, session, contact, waiting, language=language or contact.language, now=now)
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
        foreseen=deletion.foreseen(session, contact, cancels=False, now=now),
    )


def _waiting(rt: Runtime, session: Session, contact: Contact, *, now: datetime) -> list[PendingChange]:
    """What its mailbox may still confirm: of one no the latest mail, and none to what ended meanwhile."""
    circle, found = circle_of(rt, session, contact), dict[tuple[Wish, str], PendingChange]()
    ends = (Wish.NO, Wish.NO_MAILS)
    for each in pending.open_of(session, contact.id, now=now):
        if each.wish not in ends or ended_by(session, circle, each):
            found[each.wish, each.purpose if each.wish in ends else each.id.hex] = each
    return sorted(found.values(), key=lambda each: each.made_at)


def _choices(
    rt: Runtime, session: Session, contact: Contact, waiting: tuple[PendingChange, ...], *, language: str, now: datetime
) -> list[OwnChoice]:
    circle, profile = circle_of(rt, session, contact), fields.visible(session, contact.id)
    asked = {each.purpose for each in waiting if each.wish is Wish.YES}
    lapsed, found = pending.lapsed_of(session, contact.id, now=now), []
    for purpose in purposes.every(session):
        wording = wording_for(session, purpose.slug, language)
        if wording is not None and _concerns(purpose, circle, profile):
            standing = circle.standing(purpose)
            found.append(
                OwnChoice(
                    purpose=purpose,
                    texts=parts_of(wording),
                    language=wording.language,
                    wording=wording.hash,
                    standing=standing,
                    on=standing.granted and not standing.expired(lasts=purpose.lasts, now=now),
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
    """What was said since it stands: a yes after it answers it."""
    return [each for each in lapsed if standing.since is None or each.made_at >= standing.since]


def _concerns(purpose: Purpose, circle: Circle, profile: Mapping[str, str]) -> bool:
    """What stands is always shown, so that it can be ended; else what is in use and about people like this one."""
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
