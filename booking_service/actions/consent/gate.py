"""Asking the gate whether something may leave now: once when it is queued, and again just before it leaves.

Standings are folded from the entries each time, never read from the cache, and each decision is recorded with the entry
it rests on.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import ids_in_a_row
from ...domain import gate
from ...domain.consent import Standing
from ...domain.effects import MailKind
from ...domain.errors import UnknownPurpose
from ...domain.gate import GateSubject, Pass, Policy, Refusal, Use, WayOut
from ...domain.mail_kinds import Gated
from ...domain.purposes import Purpose, PurposeKind
from ...runtime import Runtime
from ...storage import access, contacts, fields, gate_log, purposes
from ...storage.contacts import Contact
from ...storage.gate_log import Decided
from ..access import limits
from . import other_phone_numbers
from .all_standings import standings
from .contacts import Circle, Stand, circles_of, stands_of

KEPT = timedelta(days=365)
_BATCH = 500

Looks = Mapping[tuple[UUID, str], Pass | Refusal]  # by contact and purpose


def ask(
    rt: Runtime, session: Session, contact_id: UUID, what: MailKind | WayOut, purpose: str = "", *, now: datetime
) -> Pass | Refusal:
    """Whether this may leave for a contact now. A refused effect must be dropped with the refusal's word.

    `purpose`: "" for the person's own affairs. The decision is recorded in the caller's transaction. Raises
    UnknownPurpose, LookupError.
    """
    contact = contacts.get(session, contact_id)
    if contact is None:
        raise LookupError(f"there is no contact {contact_id}")
    return ask_all(rt, session, [contact], what, purpose, now=now)[contact_id]


def ask_all(
    rt: Runtime,
    session: Session,
    wanted: Collection[Contact],
    what: MailKind | WayOut,
    purpose: str = "",
    *,
    now: datetime,
) -> dict[UUID, Pass | Refusal]:
    """As `ask` for many contacts, in as many statements as for one. Raises UnknownPurpose."""
    decided = _decided(rt, session, wanted, _use(session, what, purpose), now=now)
    note(session, decided.values(), now=now)
    return decided


def ask_stands(
    rt: Runtime, session: Session, stands: Mapping[UUID, Stand], what: WayOut, purpose: str, *, now: datetime
) -> dict[UUID, Pass | Refusal]:
    """As `ask` for contacts whose standing for the purpose was read already. Raises UnknownPurpose."""
    known = {id: (each.contact, each.standing) for id, each in stands.items()}
    decided = _weighed(rt, session, known, _use(session, what, purpose), now=now)
    note(session, decided.values(), now=now)
    return decided


def would(
    rt: Runtime, session: Session, contact: Contact, what: MailKind | WayOut, purpose: str, *, now: datetime
) -> Pass | Refusal:
    """What the gate would say about one contact, for people to see; not recorded. Raises UnknownPurpose."""
    return _decided(rt, session, [contact], _use(session, what, purpose), now=now)[contact.id]


def would_all(
    rt: Runtime,
    session: Session,
    circles: Mapping[UUID, Circle],
    what: MailKind | WayOut,
    purpose: str,
    *,
    now: datetime,
) -> dict[UUID, Pass | Refusal]:
    """As `would` for many contacts, in as many statements as for one. Raises UnknownPurpose."""
    use = _use(session, what, purpose)
    known = {
        id: (each.contact, each.standing(use.purpose) if use.purpose else Standing()) for id, each in circles.items()
    }
    return _weighed(rt, session, known, use, now=now)


def look(
    rt: Runtime, session: Session, circles: Collection[Circle], asked: Collection[Purpose], *, now: datetime
) -> Looks:
    """What the gate would say for each of these contacts and purposes, for people to see; not recorded.

    As many statements for many as for one.
    """
    subjects, rules = _subjects(rt, session, [each.contact for each in circles], asked), purposes.rules(session)
    uses = {each.slug: Use(way_out(each), each) for each in asked}
    policies = {slug: Policy.of_use(use, rules) for slug, use in uses.items()}
    stands = [(circle.contact, purpose, circle.standing(purpose)) for circle in circles for purpose in asked]
    others = other_phone_numbers.among(session, stands)
    return {
        (contact.id, slug): _decide(uses[slug], subjects[contact.id], standing, policies[slug], others, now)
        for contact, slug, standing in ((contact, purpose.slug, standing) for contact, purpose, standing in stands)
    }


def way_out(purpose: Purpose) -> WayOut:
    """The way out that a list of this purpose is: for mails or calls."""
    return WayOut.CALL_LIST if purpose.kind is PurposeKind.PHONE else WayOut.LIST


def everybody(
    rt: Runtime, session: Session, what: MailKind | WayOut, purpose: str, *, now: datetime
) -> Iterator[tuple[Contact, Standing, Pass | Refusal]]:
    """What the gate would say about each contact with an entry for a purpose, in one pass over the entries.

    It only reads: whoever lets something leave records the decisions with `note`. Raises UnknownPurpose.
    """
    use = _use(session, what, purpose)
    policy = Policy.of_use(use, purposes.rules(session))
    asked = [use.purpose] if use.purpose else []
    everyone = standings(rt, session, asked)
    while some := list(islice(everyone, _BATCH)):
        found = contacts.of_ids(session, [id for id, _ in some])
        shown = [(found[id], held[purpose]) for id, held in some if id in found and found[id].merged_into is None]
        subjects = _subjects(rt, session, [contact for contact, _ in shown], asked)
        others = other_phone_numbers.among(session, [(contact, use.purpose, standing) for contact, standing in shown])
        for contact, standing in shown:
            yield contact, standing, _decide(use, subjects[contact.id], standing, policy, others, now)


def note(session: Session, decided: Iterable[Pass | Refusal], *, now: datetime) -> None:
    """Record decisions. Own affairs that pass leave no record, as nothing was weighed."""
    gate_log.add(
        session,
        (
            Decided(
                id=id,
                at=each.at,
                contact_id=each.contact_id,
                use=each.use.what.value,
                purpose=each.use.purpose.slug if each.use.purpose else "",
                passed=isinstance(each, Pass),
                why=each.word if isinstance(each, Refusal) else "",
                entry_id=each.entry_id,
            )
            for id, each in zip(ids_in_a_row(now), decided, strict=False)
            if each.contact_id is not None and (each.use.gated is not Gated.OWN_AFFAIR or isinstance(each, Refusal))
        ),
    )


def _decided(
    rt: Runtime, session: Session, wanted: Collection[Contact], use: Use, *, now: datetime
) -> dict[UUID, Pass | Refusal]:
    if use.purpose is None and isinstance(use.what, WayOut):
        circles = circles_of(rt, session, wanted)
        known = {id: (each.contact, each.standing_for_every()) for id, each in circles.items()}
    elif use.purpose is None:
        known = {each.id: (each, Standing()) for each in wanted}
    else:
        stands = stands_of(rt, session, wanted, use.purpose)
        known = {id: (each.contact, each.standing) for id, each in stands.items()}
    return _weighed(rt, session, known, use, now=now)


def _weighed(
    rt: Runtime, session: Session, known: Mapping[UUID, tuple[Contact, Standing]], use: Use, *, now: datetime
) -> dict[UUID, Pass | Refusal]:
    asked = [use.purpose] if use.purpose is not None else []
    subjects = _subjects(rt, session, [contact for contact, _ in known.values()], asked)
    policy = Policy.of_use(use, purposes.rules(session))
    others = other_phone_numbers.among(
        session, [(contact, use.purpose, standing) for contact, standing in known.values()]
    )
    return {id: _decide(use, subjects[id], standing, policy, others, now) for id, (_, standing) in known.items()}


def _use(session: Session, what: MailKind | WayOut, purpose: str) -> Use:
    """Raises UnknownPurpose: no such purpose, or none named where a consent is needed."""
    if what is MailKind.PAGE_NEWS:
        return Use(what, purposes.rules(session).page.as_purpose())
    use = Use(what, purposes.find(session, purpose) if purpose else None)
    if use.purpose is None and (purpose or use.gated is Gated.BY_STANDING):
        raise UnknownPurpose(f"there is no purpose {purpose!r}")
    return use


def _subjects(
    rt: Runtime, session: Session, wanted: Collection[Contact], asked: Collection[Purpose]
) -> dict[UUID, GateSubject]:
    """The contacts for the gate. Profiles are read only where a purpose has conditions on them."""
    marked = limits.marks_of_mailboxes(rt)
    marks = {each.id: marked(each.address) for each in wanted if each.address}
    blocked = access.blocked_among(session, {mark for of_one in marks.values() for mark in of_one})
    conditioned = any(each.conditions for each in asked)
    profiles = fields.visible_of(session, [each.id for each in wanted]) if conditioned else {}
    return {
        each.id: GateSubject(
            contact_id=each.id,
            blocked=bool(blocked) and not blocked.isdisjoint(marks.get(each.id, ())),
            erased=each.erased_at is not None,
            address=bool(each.address),
            number=bool(each.phone),
            profile=profiles.get(each.id, {}),
        )
        for each in wanted
    }


def _decide(
    use: Use, subject: GateSubject, standing: Standing, policy: Policy, others: Collection[UUID], now: datetime
) -> Pass | Refusal:
    """`others`: see `other_phone_numbers.among`."""
    if others and standing.rests_on is not None and standing.rests_on.id in others:
        subject = replace(subject, other_number=True)
    return gate.decide(use, subject, standing, policy, now)
