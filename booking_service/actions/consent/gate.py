"""Asking whether something may leave now. Each thing asks once when it is queued, and again right before it leaves.

What stands is folded from the entries each time, never read from the cache, and each decision is written down with the
entry it rests on.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain import gate
from ...domain.consent import Standing
from ...domain.effects import MailKind
from ...domain.gate import Pass, Policy, Refusal, Subject, Use, WayOut
from ...domain.mail_kinds import Gated
from ...domain.purposes import ConsentRules, Purpose
from ...runtime import Runtime
from ...storage import access, contacts, fields, gate_log, purposes
from ...storage.contacts import Contact
from ...storage.gate_log import Decided
from ..access import limits
from .append import UnknownPurpose
from .contacts import Circle, circle_of
from .everybody import standings

KEPT = timedelta(days=365)


def ask(
    rt: Runtime, session: Session, contact_id: UUID, what: MailKind | WayOut, purpose: str = "", *, now: datetime
) -> Pass | Refusal:
    """Whether this may leave for a contact at this instant. What is refused must not leave; the effect ends with its word.

    `purpose`: for which one, "" for the person's own affairs. The decision is written down in the caller's transaction.
    Raises UnknownPurpose, LookupError.
    """
    contact = contacts.get(session, contact_id)
    if contact is None:
        raise LookupError(f"there is no contact {contact_id}")
    use = _use(session, what, purpose)
    standing = circle_of(rt, session, contact).standing(use.purpose) if use.purpose else Standing()
    decided = _decide(use, _subject(rt, session, contact), standing, purposes.rules(session), now)
    note(session, [decided], now=now)
    return decided


def look(
    rt: Runtime, session: Session, circle: Circle, what: WayOut, purpose: Purpose, *, now: datetime
) -> Pass | Refusal:
    """What the gate would say, for people to see; nothing leaves by it, so nothing is written down."""
    subject = _subject(rt, session, circle.contact)
    return _decide(Use(what, purpose), subject, circle.standing(purpose), purposes.rules(session), now)


def everybody(rt: Runtime, session: Session, what: WayOut, purpose: str, *, now: datetime) -> Iterator[Pass | Refusal]:
    """The same for each contact that anything is known of for a purpose, in one pass over the entries.

    It only reads: whoever lets something leave writes the decisions down with `note`. Raises UnknownPurpose.
    """
    use, rules = _use(session, what, purpose), purposes.rules(session)
    for id, held in standings(rt, session, [use.purpose] if use.purpose else []):
        contact = contacts.get(session, id)
        if contact is not None and contact.merged_into is None:
            yield _decide(use, _subject(rt, session, contact), held[purpose], rules, now)


def note(session: Session, decided: Iterable[Pass | Refusal], *, now: datetime) -> None:
    """Write decisions down. Own affairs leave no line where they pass: nothing was weighed."""
    gate_log.add(
        session,
        (
            Decided(
                id=new_id(now),
                at=each.at,
                contact_id=each.contact_id,
                use=each.use.what.value,
                purpose=each.use.purpose.slug if each.use.purpose else "",
                passed=isinstance(each, Pass),
                why=each.word if isinstance(each, Refusal) else "",
                entry_id=each.entry_id,
            )
            for each in decided
            if each.contact_id is not None and (each.use.gated is not Gated.OWN_AFFAIR or isinstance(each, Refusal))
        ),
    )


def _use(session: Session, what: MailKind | WayOut, purpose: str) -> Use:
    found = purposes.find(session, purpose) if purpose else None
    if found is None and (purpose or isinstance(what, WayOut)):
        raise UnknownPurpose(f"there is no purpose {purpose!r}")
    return Use(what, found)


def _subject(rt: Runtime, session: Session, contact: Contact) -> Subject:
    address = contact.address
    return Subject(
        contact_id=contact.id,
        blocked=bool(address) and access.is_blocked(session, limits.mailbox_marks(rt, address)),
        erased=contact.erased_at is not None,
        profile=fields.visible(session, contact.id),
    )


def _decide(use: Use, subject: Subject, standing: Standing, rules: ConsentRules, now: datetime) -> Pass | Refusal:
    policy = Policy.of(use.purpose, rules) if use.purpose else Policy(bases=frozenset())
    return gate.decide(use, subject, standing, policy, now)
