"""Signing in with an account of the identity provider, and linking accounts with people.

An account is recognised by the provider's permanent id. Only an account that is not linked yet is matched by its
address, once, and only if the provider vouches for that. Afterwards no other account of the provider gets in as that
person, whatever its address.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session as Database

from ...domain.audit import Actor, AuditAct, SecondFactorMethod, SignInMethod, named
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.identities import Identity, ProviderFault, ProviderRefused, Vouched
from ...domain.people import Person, is_mail_address, sign_in_key
from ...domain.roles import Rights, Role
from ...runtime import Runtime
from ...storage import access, identities, people, sessions
from ...storage.engine import snapshot, transaction
from . import account_mails, audit
from .people import hold_addresses, let_in
from .session_start import Entering, Halfway, StartedSession, begin
from .sessions import Entered


def enter(rt: Runtime, vouched: Vouched, entering: Entering) -> StartedSession | Halfway:
    """Sign in the person for whom the provider vouches, with the proof dated at their sign-in there. Raises
    ProviderRefused."""
    with transaction(rt.engine) as database:
        _one_at_a_time(database)
        person = identities.owner(database, vouched.issuer, vouched.subject)
        if person is None:
            person = _found_by_address(rt, database, vouched, entering)
        entering = replace(entering, proved_at=vouched.signed_in_at)
        second = SecondFactorMethod.PROVIDER if _second_factor_counts(rt, vouched) else None
        return begin(database, person, entering, way=SignInMethod.PROVIDER, second=second)


def prove(rt: Runtime, entered: Entered, vouched: Vouched, *, real_now: datetime) -> None:
    """Count a session as proved by its person's account. A required second factor is needed too. Raises
    ProviderRefused."""
    with transaction(rt.engine) as database:
        owner = identities.owner(database, vouched.issuer, vouched.subject)
        if owner is None or owner.id != entered.person.id:
            raise ProviderRefused(ProviderFault.OTHER, "the account is none of this person's")
        needs_second = entered.has_second_factor or entered.second_at_provider
        if needs_second and not _second_factor_counts(rt, vouched):
            raise ProviderRefused(ProviderFault.ONE_FACTOR, "the provider asked for no second factor that counts here")
        sessions.proved(database, entered.session.id, now=real_now)


def link(rt: Runtime, person: Person, vouched: Vouched, *, by: Actor, now: datetime) -> None:
    """Link the account with the person, replacing an earlier one of the provider. Raises ProviderRefused."""
    with transaction(rt.engine) as database:
        _one_at_a_time(database)
        owner = identities.owner(database, vouched.issuer, vouched.subject)
        if owner is not None and owner.id != person.id:
            raise ProviderRefused(ProviderFault.TAKEN, "the account is linked with another person")
        if owner is None:
            before = identities.of_issuer(database, person.id, vouched.issuer)
            if before is not None:
                identities.remove(database, before.id)
            _link(database, person, vouched, by=by, now=now)


def unlink(rt: Runtime, person: Person, identity_id: UUID, *, by: Actor, now: datetime) -> None:
    """Unlink an account. Raises NotFound: the person has none of this id."""
    with transaction(rt.engine) as database:
        _one_at_a_time(database)
        found = next((each for each in identities.of_person(database, person.id) if each.id == identity_id), None)
        if found is None:
            raise NotFound("this person has no account of this id linked")
        identities.remove(database, found.id)
        _told(database, person, AuditAct.IDENTITY_UNLINKED, found.email, by=by, now=now)


def linked(rt: Runtime, person_id: UUID) -> list[Identity]:
    """The accounts linked with this person, at all providers."""
    with snapshot(rt.engine) as database:
        return identities.of_person(database, person_id)


def _found_by_address(rt: Runtime, database: Database, vouched: Vouched, entering: Entering) -> Person:
    """The person with the account's address, which is linked with them from now on."""
    if not vouched.verified or not is_mail_address(vouched.email):
        raise ProviderRefused(ProviderFault.UNVERIFIED, "the provider does not vouch for the address")
    domains = rt.settings.oidc.allowed_domains
    if domains and sign_in_key(vouched.email).rpartition("@")[2] not in domains:
        raise ProviderRefused(ProviderFault.NOBODY, "the address is of another domain than those allowed")
    hold_addresses(database)
    person = people.by_email(database, vouched.email)
    if person is not None and identities.of_issuer(database, person.id, vouched.issuer) is not None:
        raise ProviderRefused(ProviderFault.NOBODY, "the person of this address has another account linked")
    visitor = entering.visitor
    if person is None:
        person = _made(rt, database, vouched, entering)
    by = Actor.of(person, agent=visitor.agent, network=visitor.network)
    _link(database, person, vouched, by=by, now=entering.now)
    return person


def _made(rt: Runtime, database: Database, vouched: Vouched, entering: Entering) -> Person:
    chosen = rt.settings.oidc.auto_create
    if chosen == "off":
        raise ProviderRefused(ProviderFault.NOBODY, "nobody signs in here with this address")
    rights = Rights(roles=frozenset({Role(chosen)}))
    by = Actor(name=rt.settings.oidc.label, agent=entering.visitor.agent, network=entering.visitor.network)
    return let_in(database, vouched.email, rights=rights, name=vouched.name, by=by, now=entering.now)


def _link(database: Database, person: Person, vouched: Vouched, *, by: Actor, now: datetime) -> None:
    made = Identity(
        id=uuid4(),
        person_id=person.id,
        issuer=vouched.issuer,
        subject=vouched.subject,
        email=vouched.email if is_mail_address(vouched.email) else "",
        linked_at=now,
    )
    identities.put(database, made)
    _told(database, person, AuditAct.IDENTITY_LINKED, made.email, by=by, now=now)


def _told(database: Database, person: Person, act: AuditAct, account: str, *, by: Actor, now: datetime) -> None:
    """Record the act in the audit log, and mail it to the person."""
    account_mails.owe(database, MailKind.ACCOUNT_CHANGED, person.id, what=act, now=now)
    audit.record(database, act, by=by, about=named(person), after=account, now=now)


def _second_factor_counts(rt: Runtime, vouched: Vouched) -> bool:
    return rt.settings.oidc.trusts_second_factor and vouched.second_factor


def _one_at_a_time(database: Database) -> None:
    """Lock, as two first sign-ins would each find that the other does not exist."""
    access.one_at_a_time(database, "people", "identities")
