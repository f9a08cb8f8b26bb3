"""Consents on booking forms: purposes with their texts, and what people, mails and the ledger then say."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from booking_service.actions.consent.contacts import circle_of
from booking_service.domain.consent import Entry, Standing
from booking_service.domain.meeting import ConsentBlock
from booking_service.domain.people import Organisation
from booking_service.domain.purposes import Part, Purpose, PurposeKind, Wording, texts_of
from booking_service.mail.message import OutgoingMail
from booking_service.storage import contacts, ledger, meetings, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.site import Site

BOX = "Yes, send me the newsletter of Analytical Engines, about once a month."
GERMAN_BOX = "Ja, schicken Sie mir etwa monatlich den Newsletter von Analytical Engines."
NEWSLETTER = Purpose(id=UUID(int=201), slug="newsletter", kind=PurposeKind.EMAIL)
EVENTS = Purpose(id=UUID(int=202), slug="events", kind=PurposeKind.EMAIL)
TEXTS = {
    "newsletter": {
        "en": {
            Part.NAME: "Newsletter",
            Part.BOX: BOX,
            Part.BENEFIT: "What we learned, and dates of open evenings.",
            Part.PAGE: "About once a month.",
            Part.POLICY: "Your address is kept for this only.",
        },
        "de": {Part.NAME: "Newsletter", Part.BOX: GERMAN_BOX, Part.BENEFIT: "Was wir gelernt haben."},
    },
    "events": {"en": {Part.NAME: "Invitations", Part.BOX: "Invite me to events.", Part.BENEFIT: "Two a year."}},
    "calls": {"en": {Part.NAME: "Calls", Part.BOX: "Call me about offers.", Part.BENEFIT: "You hear of them first."}},
}


def offer(s: Site, *wanted: Purpose, positions: tuple[int | None, ...] = ()) -> None:
    """Have `intro` and `quick` offer these purposes; the newsletter alone where none is named."""
    s.save(Organisation(name="Analytical Engines", imprint="Analytical Engines GmbH\nAm Stadtgarten 14, Leipzig"))
    offered = wanted or (NEWSLETTER,)
    places = positions or (None,) * len(offered)
    with transaction(s.w.rt.engine) as session:
        for each in offered:
            purposes.save(session, each)
            for language, parts in TEXTS[each.slug].items():
                reword(session, each.slug, language, parts, now=s.w.now)
        for meeting in meetings.of_host(session, s.w.host.id):
            blocks = tuple(ConsentBlock(each.slug, at) for each, at in zip(offered, places, strict=True))
            meetings.save(session, replace(meeting, purposes=blocks))


def reword(session: Any, purpose: str, language: str, parts: dict[Part, str], *, now: datetime) -> None:
    standing = purposes.current_wordings(session, purpose).get(language)
    texts = texts_of(parts)
    if standing is None or standing.texts != texts:
        version = standing.version + 1 if standing else 1
        made = Wording(
            purpose=purpose, language=language, version=version, texts=texts, made_at=now, made_by="staff:test"
        )
        purposes.add_wording(session, made)


def ticked(s: Site, *slugs: str, language: str = "en") -> dict[str, str]:
    """The fields of these boxes, ticked beside the texts that are shown in a language."""
    fields = {}
    with snapshot(s.w.rt.engine) as session:
        for slug in slugs or ("newsletter",):
            shown = purposes.current_wordings(session, slug)[language]
            fields |= {f"consent-{slug}": "y", f"wording-{slug}": shown.hash.hex()}
    return fields


def contact_of(s: Site, address: str) -> UUID:
    """The id of the contact of an address."""
    with snapshot(s.w.rt.engine) as session:
        found = contacts.by_address(session, address)
    assert found is not None
    return found.id


def chain(s: Site, address: str = "grace@example.net") -> tuple[Entry, ...]:
    """All that was ever said by whoever has this address; nothing where nobody is known."""
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, address)
        return circle_of(s.w.rt, session, contact).own if contact else ()


def shown_with(s: Site, entry: Entry) -> str:
    """What is on record as having been shown with it."""
    with snapshot(s.w.rt.engine) as session:
        link = ledger.find(session, entry.id)
    return str(link.body.get("snapshot", "")) if link else ""


def standing(s: Site, purpose: Purpose = NEWSLETTER, address: str = "grace@example.net") -> Standing:
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, address)
        return circle_of(s.w.rt, session, contact).standing(purpose) if contact else Standing()


def mails(s: Site, kind: str, address: str = "grace@example.net") -> list[OutgoingMail]:
    """The mails to an address that lead to one of the pages below /preferences."""
    return [mail for mail in s.w.mails.to(address) if f"/preferences/{kind}/" in mail.text]


def link_in(mail: OutgoingMail, kind: str) -> str:
    """The path of its link of this kind."""
    found = next(word for word in mail.text.split() if f"/preferences/{kind}/" in word)
    return found[found.index("/preferences/") :]
