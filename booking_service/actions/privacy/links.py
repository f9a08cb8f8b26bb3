"""Links to the page about one's own data: requested by address, and opened.

Only the mailbox learns whether there is any data: every request gets the same answer.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.tokens import LinkPurpose
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.networks import around
from ...domain.people import canonical_mailbox
from ...domain.privacy import FRESH_FOR
from ...domain.purposes import PurposeKind
from ...runtime import Runtime
from ...storage import access, fields, purposes
from ...storage.contacts import Contact
from ...storage.engine import transaction
from ..access import limits, networks
from ..consent import links, mails
from ..consent.links import OpenedLink
from . import data_subjects

DOORS = frozenset({LinkPurpose.PREFERENCES, LinkPurpose.EVERYTHING})


def ask(rt: Runtime, email: str, *, language: str, network: str, now: datetime) -> None:
    """Mail the link to this address if there is any data. Raises TooManyRequests: the network asked too often.

    The mailbox's limit applies silently, by network first, so that one stranger can't use it up. The button behind a
    mailed link (`ask_again`) is counted apart.
    """
    with transaction(rt.engine) as session:
        networks.use(rt, session, "preferences_per_network", network, now=now)
        contact = data_subjects.by_address(rt, session, email, language=language, now=now)
        if contact is not None and _may_be_mailed(rt, session, canonical_mailbox(email), network, now=now):
            mail(rt, session, contact, now=now)


def _may_be_mailed(rt: Runtime, session: Session, mailbox: str, network: str, *, now: datetime) -> bool:
    """Count one link to a mailbox, requested by a network, with the /56 and /48 around it.

    Half of the limit is reserved for networks without earlier requests.
    """
    by_network, by_mailbox = "preferences_per_network_and_mailbox", "preferences_per_mailbox"
    limits.one_at_a_time(rt, session, by_mailbox, mailbox)
    asking = [limits.mark(rt, f"{each} {mailbox}") for each in around(network)]
    is_new = networks.is_new(session, asking[-1], rule=by_network, now=now)
    whole = limits.mark(rt, mailbox)
    uses = [(by_network, who, share) for who, share in zip(asking, networks.SHARES, strict=False)]
    uses.append((by_mailbox, whole, 2 if is_new else 1))
    if any(limits.refusal(rt, session, rule, who, share=share, now=now) for rule, who, share in uses):
        return False
    for rule, who, _ in uses:
        access.note_attempt(session, rule, who, now=now)
    return True


def ask_again(rt: Runtime, token: str, *, now: datetime) -> None:
    """Mail a fresh link, requested from a mailed link's page. Raises UnknownLink, TooManyRequests."""
    with transaction(rt.engine) as session:
        found = opened(session, token, now=now)
        limits.use(rt, session, "changes_per_link", door(found), now=now)
        mail(rt, session, found.contact, now=now)


def opened(session: Session, token: str, *, now: datetime) -> OpenedLink:
    """Open either kind of link. Raises UnknownLink, LinkOver, ContactErased."""
    return links.opened(session, token, DOORS, now=now)


def shows_all(session: Session, link: OpenedLink) -> bool:
    """Whether the whole page is shown: for a fresh link, and if the organisation shows it to this contact."""
    profile = fields.visible(session, link.contact.id)
    return link.purpose is LinkPurpose.EVERYTHING and purposes.rules(session).page.shows_all(profile)


def refuse_reduced(session: Session, link: OpenedLink, purpose: str = "") -> None:
    """Raises NotFound: the reduced page does not show this; it shows mails only."""
    if shows_all(session, link):
        return
    found = purposes.find(session, purpose) if purpose else None
    if found is None or found.kind is not PurposeKind.EMAIL:
        raise NotFound("this link opens the mail options only")


def door(link: OpenedLink) -> str:
    """Whose limit is used: a forwarded link can't use up what the owner may do by a fresh one."""
    return f"{link.contact.id} {link.purpose}"


def mail(rt: Runtime, session: Session, contact: Contact, *, now: datetime) -> None:
    """Owe the mail with a fresh link."""
    subject: UUID = new_id(now)
    links.remember(rt, session, contact, LinkPurpose.EVERYTHING, subject=subject, until=now + FRESH_FOR)
    owed = mails.OwedMail(kind=MailKind.PREFERENCES_LINK, contact_id=contact.id, occasion=subject.hex)
    mails.owe(session, contact, owed, now=now)
