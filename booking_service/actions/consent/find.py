"""Contacts and their standings, for people to see.

Lists are read from the cache; whether a contact may be used now is asked of the gate for each row shown.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.consent import Asked, Basis, Standing
from ...domain.consent_file import OPTIN, Column
from ...domain.contact_filter import EXPIRED, ContactCursor, Filter
from ...domain.errors import UnknownPurpose
from ...domain.gate import Pass, Policy, Refusal, Refused
from ...domain.purposes import Part, Purpose, Wording, parts_of
from ...runtime import Runtime
from ...storage import contact_lists, contacts, fields, hosts, ledger, purposes
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.ledger import ChainLink, KeptDetail
from . import columns, gate, reminders, staff_entries
from .append import known_purpose
from .contacts import circles_of
from .reminders import Reminded
from .zones import usual_zone

PAGE = 25
COUNTED_TO = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The standing for a purpose at an instant. `refusal`: the gate's reason against its use; "" where it may be
    used."""

    purpose: str
    basis: Basis
    since: datetime | None
    asked: Asked | None
    until: datetime | None
    expired: bool
    refusal: str

    @property
    def word(self) -> str:
        """As commands print it: basis, expiry, and the state of a question."""
        parts = (self.basis.value, EXPIRED if self.expired else "", self.asked.value if self.asked else "")
        return ", ".join(filter(None, parts))

    @property
    def told(self) -> dict[str, object]:
        """As JSON for commands and the API."""
        return {
            "standing": self.basis.value,
            "question": self.asked.value if self.asked else None,
            "since": self.since,
            "until": self.until,
            "expired": self.expired,
            "may_be_used": not self.refusal,
            "why_not": self.refusal,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A row of a list. `decided`: the gate's decision now. `brought`: the detail of the entry it rests on."""

    contact: Contact
    held: Held
    standing: Standing
    decided: Pass | Refusal
    brought: KeptDetail | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundById:
    """An entry with the id that was asked for. `row`: its contact's present standing. `columns`: as in exports."""

    link: ChainLink
    row: Listed
    columns: Mapping[Column, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A contact with all standings and entries, oldest first. `into`: the contact it is merged into, which lists
    show."""

    contact: Contact
    held: tuple[Held, ...]
    links: tuple[ChainLink, ...]
    into: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPage:
    """One page of a list for `purpose`. `count`: of the whole list, no further than COUNTED_TO + 1; `accepted`: how many of it have a
    consent that the policy accepts, by the cache and no further than that; `further`: behind which place the next page begins. `reminded`: by the entries that ask. `names`: of all purposes, as their reader calls them. `zone`: the organisation's."""

    purpose: Purpose | None
    zone: ZoneInfo
    names: Mapping[str, str]
    rows: tuple[Listed, ...] = ()
    count: int = 0
    accepted: int = 0
    further: ContactCursor | None = None
    reminded: Mapping[UUID, Reminded] = field(default_factory=dict)


def page_of(
    rt: Runtime, wanted: Filter, *, language: str, after: ContactCursor | None = None, now: datetime
) -> ContactPage:
    """The page behind `after`; of the first purpose where none is named. As many statements for a full page as for one row.

    Raises UnknownPurpose.
    """
    with snapshot(rt.engine) as session:
        known, names = purposes.every(session), names_of(session, language)
        zone = ZoneInfo(usual_zone(session))
        purpose = next((each for each in known if wanted.purpose in ("", each.slug)), None)
        if wanted.purpose and purpose is None:
            raise UnknownPurpose(f"there is no purpose {wanted.purpose!r}")
        if purpose is None:
            return ContactPage(purpose=None, zone=zone, names=names)
        count = contact_lists.count(session, wanted, purpose, now=now, most=COUNTED_TO + 1)
        long = count > COUNTED_TO
        found = contact_lists.page_of(session, wanted, purpose, now=now, after=after, limit=PAGE, long=long)
        rows = rows_of(rt, session, [(each, purpose) for each in found.contacts], now=now)
        bases = Policy.of(purpose, purposes.rules(session)).bases
        return ContactPage(
            purpose=purpose,
            zone=zone,
            names=names,
            rows=tuple(rows),
            count=count,
            accepted=contact_lists.count(session, wanted, purpose, on=bases, now=now, most=COUNTED_TO + 1),
            further=found.further,
            reminded=reminded_of(session, [(each, purpose) for each in rows]),
        )


def listed(rt: Runtime, wanted: Filter, *, now: datetime, limit: int = 200) -> list[Listed]:
    """Contacts of one purpose or all, by standing, source, date or id of a consent, as in `page_of`.

    Raises UnknownPurpose.
    """
    with snapshot(rt.engine) as session:
        if wanted.purpose:
            known_purpose(session, wanted.purpose)
        known = {each.slug: each for each in purposes.every(session) if wanted.purpose in ("", each.slug)}
        found = contact_lists.across(session, wanted, known.values(), now=now, limit=limit)
        named = contacts.of_ids(session, [id for id, _ in found])
        return rows_of(rt, session, [(named[id], known[slug]) for id, slug in found], now=now)


def shown(rt: Runtime, who: str, *, now: datetime) -> Shown:
    """The contact of an address or number. Raises UnknownContact."""
    with snapshot(rt.engine) as session:
        contact = staff_entries.find(session, who)
        rows = rows_of(rt, session, [(contact, each) for each in purposes.every(session)], now=now)
        into = contacts.get(session, contact.merged_into) if contact.merged_into else None
        return Shown(contact, tuple(each.held for each in rows), tuple(ledger.links(session, contact.id)), into)


def by_optin_id(rt: Runtime, optin_id: str, *, now: datetime) -> list[FoundById]:
    """Every consent with this id, oldest first, with the present standing for its purpose."""
    with snapshot(rt.engine) as session:
        links = ledger.by_optin_id(session, optin_id)
        known = {each.slug: each for each in purposes.every(session)}
        named = contacts.of_ids(session, [each.entry.contact_id for each in links])
        wanted = {
            (each.entry.contact_id, each.entry.purpose): (named[each.entry.contact_id], known[each.entry.purpose])
            for each in links
            if each.entry.purpose in known
        }
        rows = {(each.contact.id, each.held.purpose): each for each in rows_of(rt, session, wanted.values(), now=now)}
        texts = purposes.wordings(session, {each.entry.wording for each in links if each.entry.wording})
        zone = ZoneInfo(usual_zone(session))
        return [
            _found(each, row, _shown(each, texts), zone=zone)
            for each in links
            if (row := rows.get((each.entry.contact_id, each.entry.purpose)))
        ]


def _found(link: ChainLink, row: Listed, box: str, *, zone: ZoneInfo) -> FoundById:
    written = columns.of(row.contact, link.entry, link.detail, box, zone=zone)
    return FoundById(link=link, row=row, columns=dict(zip(OPTIN, written, strict=True)))


def _shown(link: ChainLink, texts: Mapping[bytes, Wording]) -> str:
    return columns.box_of(texts.get(link.entry.wording) if link.entry.wording else None)


def rows_of(
    rt: Runtime, session: Session, wanted: Collection[tuple[Contact, Purpose]], *, now: datetime
) -> list[Listed]:
    """The rows of a list in order; as many statements for many as for one."""
    circles = circles_of(rt, session, _each_once(contact for contact, _ in wanted))
    asked = {purpose.slug: purpose for _, purpose in wanted}
    looks = gate.look(rt, session, circles.values(), asked.values(), now=now)
    stands = [(contact, purpose, circles[contact.id].standing(purpose)) for contact, purpose in wanted]
    details = ledger.details(session, [each.rests_on.id for _, _, each in stands if each.rests_on])
    return [
        Listed(
            contact=contact,
            held=held_of(standing, purpose, looks[contact.id, purpose.slug], now=now),
            standing=standing,
            decided=looks[contact.id, purpose.slug],
            brought=details.get(standing.rests_on.id) if standing.rests_on else None,
        )
        for contact, purpose, standing in stands
    ]


def reminded_of(session: Session, rows: Iterable[tuple[Listed, Purpose]]) -> dict[UUID, Reminded]:
    """Past and coming reminders of the open questions, by the entry that asks."""
    reached = {
        row.standing.question.id: purpose.active
        and not (isinstance(row.decided, Refusal) and row.decided.why is Refused.BLOCKED)
        for row, purpose in rows
        if row.standing.question is not None
    }
    return reminders.of_questions(session, reached) if reached else {}


def held_of(standing: Standing, purpose: Purpose, decided: Pass | Refusal, *, now: datetime) -> Held:
    return Held(
        purpose=purpose.slug,
        basis=standing.basis,
        since=standing.since,
        asked=standing.asked(now=now),
        until=standing.question.until if standing.question else None,
        expired=standing.expired(lasts=purpose.lasts, now=now),
        refusal=decided.word if isinstance(decided, Refusal) else "",
    )


def purposes_for(rt: Runtime, language: str) -> tuple[tuple[str, str], ...]:
    """Every purpose with its name in a language, in the order that people gave them."""
    with snapshot(rt.engine) as session:
        return tuple(names_of(session, language).items())


def fields_for(rt: Runtime, language: str) -> dict[str, str]:
    """The fields that conditions can refer to: slug and label."""
    with snapshot(rt.engine) as session:
        return {each.slug: each.label(language) for each in fields.every(session) if not each.sensitive}


def names_of(session: Session, language: str) -> dict[str, str]:
    """Each purpose's name: in this language, else the organisation's, else any, else its slug."""
    default = hosts.organisation(session).default_language
    written = purposes.newest_wordings(session)
    known = [each.slug for each in purposes.every(session)]
    return {slug: name_among(written.get(slug, {}), slug, language, default) for slug in known}


def name_among(texts: Mapping[str, Wording], slug: str, language: str, default: str) -> str:
    wished = (language, default, *sorted(texts))
    return next((parts_of(texts[code])[Part.NAME] for code in wished if code in texts), slug) or slug


def _each_once(found: Iterable[Contact]) -> list[Contact]:
    return list({each.id: each for each in found}.values())
