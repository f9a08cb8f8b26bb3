"""The facts for mails to contacts, gathered when they are sent."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, hash_of
from ...domain.consent import Basis, Entry, Standing
from ...domain.effects import MailKind
from ...domain.gate import Policy
from ...domain.localized_text import worded
from ...domain.mail_texts import ORGANISATION, ChosenText
from ...domain.privacy import Wish
from ...domain.purposes import EVERY, Part, Purpose, Wording, parts_of
from ...language import language_of
from ...mail.facts import AboutConsent, ContactFacts, OwnText
from ...runtime import Runtime
from ...storage import (
    contact_links,
    contacts,
    hosts,
    ledger,
    mail_texts,
    messages,
    pending_changes,
    privacy_requests,
    purposes,
    questions,
)
from ...storage.contacts import Contact
from ..consent import erasure_scope, links, own_fields
from ..consent.contacts import Circle, circle_of
from ..consent.mails import OwedMail
from ..consent.offers import wording_for
from ..consent.reminders import at_most
from ..consent.withdrawals import ended_by, name_of
from ..consent.zones import zone_of
from .facts import base_url, own_text, sender

Facts = ContactFacts | str

_PLAIN = (MailKind.CONFIRM_CONSENT, MailKind.DATA_ERASED)  # without a link to mail options


def gather(rt: Runtime, session: Session, owed: OwedMail, *, now: datetime) -> Facts:
    """The facts of the mail; or, in a word, why it is not sent. Stores the link in its footer."""
    contact = contacts.get(session, owed.contact_id)
    if contact is None or not contact.address or contact.erased_at is not None:
        return "erased"
    common = _common(rt, session, contact, owed, now=now)
    match owed.kind:
        case MailKind.PREFERENCES_LINK:
            return _with_link(rt, session, contact, common, LinkPurpose.EVERYTHING, owed)
        case MailKind.DATA_READY:
            return _with_link(rt, session, contact, common, LinkPurpose.DATA, owed)
        case MailKind.MESSAGE:
            return _of_message(rt, session, contact, common, owed)
        case MailKind.PURPOSE_NEWS:
            return _of_news(rt, session, contact, common, owed)
        case MailKind.PAGE_NEWS:
            return common
        case MailKind.CONFIRM_CHANGE:
            return _of_change(rt, session, contact, common, owed)
        case MailKind.DELETION_DELAYED | MailKind.DELETION_REFUSED | MailKind.DELETION_TAKEN_BACK:
            return _of_decision(session, common, owed)
        case MailKind.DATA_ERASED:
            return _of_erasing(session, contact, common, owed)
        case _:
            return _of_consents(rt, session, contact, common, owed)


def chosen_text(session: Session, asked: list[str], *, reminds: bool, language: str) -> OwnText | None:
    """The organisation's text for the first purpose that has one; None where it is missing, or not in this language."""
    found = (purposes.find(session, slug) for slug in asked)
    names = (each.reminder_template if reminds else each.template for each in found if each)
    chosen = ChosenText(ORGANISATION, next(filter(None, names), ""))
    text = mail_texts.latest(session, chosen, MailKind.CONFIRM_CONSENT, language=language_of(language).code)
    return OwnText(text.subject, text.text) if text else None


def _common(rt: Runtime, session: Session, contact: Contact, owed: OwedMail, *, now: datetime) -> ContactFacts:
    organisation, base = hosts.organisation(session), base_url(rt)
    language, footer = contact.language or organisation.default_language, purposes.rules(session).page.footer
    page = f"{base}/preferences"
    options = page if owed.kind in _PLAIN else f"{page}/{links.preferences(rt, session, contact)}"
    return ContactFacts(
        contact_id=contact.id,
        address=contact.address,
        language=language,
        zone=owed.zone or zone_of(session, contact),
        organisation=organisation,
        links={"privacy": f"{base}/privacy", "preferences": options, "start": page},
        occasion=owed.occasion,
        sender=sender(rt),
        reply_to=rt.settings.smtp.reply_to,
        footer=worded(footer, language, writer=organisation.default_language),
        own=own_text(session, ORGANISATION, owed.kind, language=language),
        now=now,
    )


def _with_link(
    rt: Runtime, session: Session, contact: Contact, common: ContactFacts, purpose: LinkPurpose, owed: OwedMail
) -> Facts:
    """The facts of a mail with a link that expires."""
    token = links.token(rt, session, contact, purpose, subject=UUID(owed.occasion))
    kept = contact_links.find(session, hash_of(token))
    if kept is None or (kept.until is not None and kept.until <= common.now):
        return "over"
    below = "data/" if purpose is LinkPurpose.DATA else ""
    act = f"{common.links['start']}/{below}{token}"
    return replace(common, links={**common.links, "act": act}, until=kept.until)


def _of_change(rt: Runtime, session: Session, contact: Contact, common: ContactFacts, owed: OwedMail) -> Facts:
    change = pending_changes.get(session, UUID(owed.occasion))
    if change is not None and (late := change.mailed_late(now=common.now)) is not None:
        pending_changes.save(session, change := late)
    if change is None or not change.is_open(now=common.now):
        return "over"
    token = links.token(rt, session, contact, LinkPurpose.CHANGE, subject=change.id)
    facts = replace(
        common,
        links={**common.links, "act": f"{common.links['start']}/change/{token}"},
        wish=change.wish,
        passed_on=bool(change.staff),
        asked_at=change.made_at,
        until=change.until,
    )
    if change.wish is Wish.DELETE:
        ahead = erasure_scope.foreseen(session, contact, cancels=change.cancels, now=common.now)
        return replace(facts, foreseen=ahead)
    circle = circle_of(rt, session, contact)
    if change.wish is Wish.CHANGE:
        seen = own_fields.seen(rt, session, circle, change, now=common.now)
        if seen.field is None or seen.refused is not None:
            return "answered"
        return replace(facts, changes=seen.field.label(common.language), empties=change.empties)
    if change.wish in (Wish.NO, Wish.NO_MAILS):
        ends = name_of(session, change.purpose, common.language) if change.wish is Wish.NO else ""
        return replace(facts, ends=ends) if ended_by(session, circle, change) else "answered"
    if change.wish is not Wish.YES:
        return facts
    asked = next((each for each in circle.own if each.id == change.question), None)
    about = _about(session, replace(owed, kind=MailKind.CONFIRM_CONSENT), circle, asked, common) if asked else None
    return replace(facts, consents=(about,)) if about else "answered"


def _of_decision(session: Session, common: ContactFacts, owed: OwedMail) -> Facts:
    """The facts of a decision, by staff or the person, about a wish to be erased; only while it stands."""
    id, _, due = owed.occasion.partition("@")
    request = privacy_requests.get(session, UUID(id))
    if request is None or (due and (request.done_at is not None or request.due_at.isoformat() != due)):
        return "over"
    reason = request.delay if due else request.refusal
    return replace(common, asked_at=request.made_at, until=request.due_at, reason=reason)


def _of_erasing(session: Session, contact: Contact, common: ContactFacts, owed: OwedMail) -> Facts:
    request = privacy_requests.get(session, UUID(owed.occasion))
    until = erasure_scope.proof_until(session, ledger.links(session, contact.id), now=common.now)
    coming = bool(erasure_scope.coming(session, contact, now=common.now))
    merged = erasure_scope.merged_masked(session, contact, since=request.made_at if request else common.now)
    return replace(common, kept_until=until, coming=coming, merged=merged)


def _of_message(rt: Runtime, session: Session, contact: Contact, common: ContactFacts, owed: OwedMail) -> Facts:
    """The facts of a message by staff, with the link that ends its purpose at once."""
    message = messages.get(session, UUID(owed.occasion))
    purpose = purposes.find(session, message.purpose) if message else None
    wording = wording_for(session, purpose.slug, common.language) if purpose else None
    if message is None or purpose is None or wording is None:
        return "erased"
    standing = circle_of(rt, session, contact).standing(purpose)
    about = AboutConsent(
        name=parts_of(wording)[Part.NAME],
        box=parts_of(wording)[Part.BOX],
        stands_since=standing.since,
        stands_on=standing.since_on,
        implied=standing.basis is Basis.IMPLIED,
    )
    ends = f"{common.links['start']}/out/{links.out(rt, session, contact, purpose.slug)}"
    return replace(
        common,
        consents=(about,),
        links={**common.links, "out": ends},
        written=OwnText(message.subject, message.text),
    )


def _of_news(rt: Runtime, session: Session, contact: Contact, common: ContactFacts, owed: OwedMail) -> Facts:
    """The facts of news: the purpose's name and texts, and the link that says no at once."""
    message = messages.get(session, UUID(owed.occasion))
    wording = wording_for(session, message.purpose, common.language) if message else None
    if message is None or wording is None:
        return "erased"
    no = f"{common.links['start']}/out/{links.out(rt, session, contact, message.purpose)}"
    texts = parts_of(wording)
    return replace(
        common,
        consents=(AboutConsent(name=texts[Part.NAME], box=texts[Part.BOX]),),
        links={**common.links, "out": no},
    )


def _of_consents(rt: Runtime, session: Session, contact: Contact, common: ContactFacts, owed: OwedMail) -> Facts:
    circle = circle_of(rt, session, contact)
    told = [each for each in circle.own if each.id in owed.entries]
    consents = {each.id: about for each in told if (about := _about(session, owed, circle, each, common))}
    if not consents:
        return "answered"
    facts = replace(
        common,
        consents=tuple(consents.values()),
        links={**common.links, **_links(rt, session, contact, owed, told)},
    )
    if owed.kind is not MailKind.CONFIRM_CONSENT:
        return facts
    asked = questions.find(session, owed.entries[0])
    reminders = asked.mails if asked is not None else 0
    slugs = [each.purpose for each in told if each.id in consents]
    own = chosen_text(session, slugs, reminds=reminders > 0, language=common.language)
    ahead = at_most(session, contact, asked, now=common.now) if asked is not None else 0
    return replace(facts, reminders=reminders, reminders_ahead=ahead, own=own or common.own)


def _about(session: Session, owed: OwedMail, circle: Circle, entry: Entry, common: ContactFacts) -> AboutConsent | None:
    """The purpose in a mail; None where it is no longer as the mail would say."""
    if entry.purpose == EVERY:
        stopped = circle.standing_for_every().stopped is not None
        return (
            AboutConsent(name="", box="", answered_at=entry.at, record=entry.id.hex, everything=True)
            if stopped
            else None
        )
    purpose = purposes.find(session, entry.purpose)
    if purpose is None or (owed.kind is MailKind.CONFIRM_CONSENT and not purpose.active):
        return None
    standing = circle.standing(purpose)
    asked = entry if owed.kind is MailKind.CONFIRM_CONSENT else _question_of(circle, entry)
    if not _still_so(owed.kind, entry, standing, now=common.now):
        return None
    hash = asked.wording if asked is not None else entry.wording
    wording = purposes.wording(session, hash) if hash else wording_for(session, purpose.slug, common.language)
    if wording is None:
        return None
    return replace(
        as_worded(wording),
        asked_at=asked.at if asked is not None else None,
        until=asked.until if asked is not None else None,
        stands_since=standing.since if standing.granted else None,
        stands_on=standing.since_on if standing.granted else None,
        counts=_counts(session, purpose, standing, now=common.now),
        answered_at=entry.at,
        record=entry.id.hex,
        ticked=asked is None or asked.by_contact,
    )


def as_worded(wording: Wording) -> AboutConsent:
    """A purpose with the texts that a mail shows, and no standing."""
    texts = parts_of(wording)
    return AboutConsent(
        name=texts[Part.NAME],
        box=texts[Part.BOX],
        benefit=texts[Part.BENEFIT],
        more=texts[Part.MAIL],
        policy=texts[Part.POLICY],
    )


def _counts(session: Session, purpose: Purpose, standing: Standing, *, now: datetime) -> bool:
    accepted = standing.basis in Policy.of(purpose, purposes.rules(session)).bases
    return accepted and not standing.expired(lasts=purpose.lasts, now=now)


def _still_so(kind: MailKind, entry: Entry, standing: Standing, *, now: datetime) -> bool:
    match kind:
        case MailKind.CONFIRM_CONSENT:
            waits = standing.open_question(now=now)
            return waits is not None and waits.id == entry.id
        case MailKind.CONSENT_CONFIRMED:
            return standing.granted
        case _:
            return not standing.granted


def _question_of(circle: Circle, answer: Entry) -> Entry | None:
    return next((each for each in circle.own if each.id == answer.refers), None)


def _links(rt: Runtime, session: Session, contact: Contact, owed: OwedMail, told: list[Entry]) -> dict[str, str]:
    base = base_url(rt)
    if owed.kind is MailKind.CONFIRM_CONSENT:
        token = links.token(rt, session, contact, LinkPurpose.ANSWER, subject=owed.entries[0])
        return {"answer": f"{base}/preferences/yes/{token}"}
    subject = links.subject_of_out(contact, told[0].purpose)
    token = links.token(rt, session, contact, LinkPurpose.OUT, subject=subject)
    return {"out": f"{base}/preferences/out/{token}"}
