"""Ending one purpose by a mailed link or a mail program's button: always, at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.consent import How, Standing
from ...domain.consent_moves import Withdrawn
from ...domain.effects import MailKind
from ...domain.errors import UnknownLink
from ...domain.people import Invitee, Organisation
from ...domain.privacy import PendingChange, Wish
from ...domain.purposes import EVERY, Part, PurposeKind, parts_of
from ...language import language_of
from ...runtime import Runtime
from ...storage import access, hosts, purposes, questions
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ..access import limits
from . import append, links
from .answers import Press, detail_of, tell
from .append import Changed
from .contacts import Circle, circle_of, find_or_make, locked
from .offers import wording_for


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPurpose:
    """What a link ends. `ended`: the person's no stands already, and nobody it counts for has agreed since."""

    contact: Contact
    organisation: Organisation
    name: str
    ended: bool


def show(rt: Runtime, token: str, *, language: str, now: datetime) -> SeenPurpose:
    """What this link ends, named in this language, else in the contact's. Raises UnknownLink."""
    with snapshot(rt.engine) as session:
        opened = links.opened(session, token, {LinkPurpose.OUT}, now=now)
        slug = str(opened.about["purpose"])
        purpose = purposes.find(session, slug)
        circle = circle_of(rt, session, opened.contact)
        standing = circle.standing(purpose) if purpose else Standing()
        agrees = purpose is not None and circle.agrees(purpose)
        return SeenPurpose(
            contact=opened.contact,
            organisation=hosts.organisation(session),
            name=name_of(session, slug, language or opened.contact.language),
            ended=standing.own_no is not None and standing.question is None and not agrees,
        )


def end(rt: Runtime, token: str, *, how: How, press: Press, now: datetime) -> None:
    """The person's no to this link's purpose. Repeating changes nothing. Raises UnknownLink."""
    with transaction(rt.engine) as session:
        opened = links.opened(session, token, {LinkPurpose.OUT}, now=now)
        withdraw(rt, session, opened.contact, str(opened.about["purpose"]), how=how, press=press, now=now)


def withdraw(
    rt: Runtime, session: Session, contact: Contact, purpose: str, *, how: How, press: Press, now: datetime
) -> bool:
    """A no to a purpose, which closes its question; a mail tells of it. False: it stood already."""
    done = withdraw_quietly(rt, session, contact, purpose, how=how, press=press, now=now)
    if done.entry is None:
        return False
    tell(rt, session, done.circle.contact, MailKind.CONSENT_ENDED, done.entry.id, purpose, now=now)
    return True


def withdraw_quietly(
    rt: Runtime, session: Session, contact: Contact, purpose: str, *, how: How, press: Press, now: datetime
) -> Changed:
    """As `withdraw` without the mail, for whoever ends several things and tells of all together."""
    circle = locked(rt, session, contact.id)
    detail = detail_of(circle.contact, press, now=now)
    done = append.change_in(session, circle, purpose, Withdrawn(how), detail=detail, now=now)
    if done.entry is not None:
        questions.closed_of(session, contact.id, purpose)
    return done


def end_everything(rt: Runtime, session: Session, invitee: Invitee, *, press: Press, now: datetime) -> None:
    """A no to every purpose, also future ones, by a mailbox that is blocked; so no mail tells of it."""
    spoken = language_of(invitee.language).code
    contact = find_or_make(rt, session, address=invitee.email, name=invitee.name, language=spoken, now=now)
    _end_everything(rt, session, contact, press=press, now=now)


def refuse_mail(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """The reader of a question's mail wants no mail at all, which is also a no to every purpose.

    Repeating changes nothing. Raises UnknownLink.
    """
    with transaction(rt.engine) as session:
        contact = links.opened(session, token, {LinkPurpose.ANSWER}, now=now).contact
        _end_everything(rt, session, contact, press=press, now=now)
        access.block(session, limits.mailbox_marks(rt, contact.address)[0], now=now)


def accept_mail(rt: Runtime, token: str, *, now: datetime) -> None:
    """Unblock the mailbox by the same link. What ended stays ended. Raises UnknownLink."""
    with transaction(rt.engine) as session:
        contact = links.opened(session, token, {LinkPurpose.ANSWER}, now=now).contact
        access.unblock(session, limits.mailbox_marks(rt, contact.address))


def _end_everything(rt: Runtime, session: Session, contact: Contact, *, press: Press, now: datetime) -> None:
    circle = locked(rt, session, contact.id)
    detail = detail_of(circle.contact, press, now=now)
    append.change_in(session, circle, EVERY, Withdrawn(How.LINK), detail=detail, now=now)
    questions.closed_of(session, contact.id, None)


def ended_by(session: Session, circle: Circle, change: PendingChange) -> list[str]:
    """The purposes that a waiting no would end now; none for another request."""
    match change.wish:
        case Wish.NO:
            return standing(session, circle, [change.purpose])
        case Wish.NO_MAILS:
            return standing(session, circle, mail_purposes(session))
        case _:
            return []


def standing(session: Session, circle: Circle, slugs: Collection[str]) -> list[str]:
    """Those of these purposes that are agreed to now."""
    found = (purposes.find(session, slug) for slug in slugs)
    return [each.slug for each in found if each is not None and circle.standing(each).granted]


def mail_purposes(session: Session) -> list[str]:
    return [each.slug for each in purposes.every(session) if each.kind is PurposeKind.EMAIL]


def name_of(session: Session, purpose: str, language: str) -> str:
    """The purpose's name, in the reader's language if there is one."""
    wording = wording_for(session, purpose, language)
    if wording is None:
        raise UnknownLink(f"nobody wrote down what {purpose!r} is")
    texts = parts_of(wording)
    return texts[Part.NAME] or texts[Part.BOX]
