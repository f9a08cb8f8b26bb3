"""Passwords: signing in with one, setting and removing it.

Neither words nor time reveal whether an address has an account or a password. Tries are limited by address, apart from
browsers in which the owner signed in before, so a stranger can lock nobody out; mailed links work anyway.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...crypto.passwords import hash_of_password, is_outdated, password_matches
from ...domain.audit import Actor, AuditAct, SignInMethod, named
from ...domain.effects import MailKind
from ...domain.errors import WrongPassword
from ...domain.passwords import MOST_OCTETS, PasswordFault, fault_of
from ...domain.people import Person, sign_in_key
from ...runtime import Runtime
from ...storage import credentials, hosts, people, second_steps, sessions
from ...storage.credentials import Credential
from ...storage.engine import snapshot, transaction
from . import account_mails, audit, limits
from .session_start import Entering, Halfway, StartedSession, begin, known_browser

_NOBODY = UUID(int=0)


class PasswordRefused(Exception):
    """The password is not allowed, for the reason given."""

    def __init__(self, fault: PasswordFault) -> None:
        super().__init__(fault)
        self.fault = fault


def of_person(rt: Runtime, person_id: UUID) -> Credential:
    with snapshot(rt.engine) as database:
        return credentials.get(database, person_id)


def enter(rt: Runtime, email: str, password: str, entering: Entering) -> StartedSession | Halfway:
    """Sign in with a password. Raises WrongPassword, TooManyRequests."""
    with transaction(rt.engine) as database:  # counted even if it is wrong
        limits.use(rt, database, "passwords_per_network", entering.visitor.network, now=entering.now)
        person = people.by_email(database, email)
        known = known_browser(database, person, entering) if person else None
        rule = "passwords_per_known_browser" if known else "passwords_per_address"
        limits.use(rt, database, rule, known.id if known else sign_in_key(email), now=entering.now)
        kept = credentials.get(database, person.id if person else _NOBODY).password
    right = _is_right(kept, password)  # outside the transaction, as it is slow on purpose
    if person is None or kept is None or not right:
        raise WrongPassword("nobody signs in with this address and this password")
    renewed = hash_of_password(password) if is_outdated(kept) else kept
    with transaction(rt.engine) as database:
        credential = credentials.held(database, person.id)
        if credential.password != kept:
            raise WrongPassword("the password was changed meanwhile")
        credentials.save(database, replace(credential, password=renewed))
        return begin(database, people.get(database, person.id), entering, way=SignInMethod.PASSWORD)


def prove(rt: Runtime, person_id: UUID, session_id: UUID, typed: str, *, now: datetime, real_now: datetime) -> None:
    """Count a session as proved by its person's password. Raises WrongPassword, TooManyRequests."""
    with transaction(rt.engine) as database:
        limits.use(rt, database, "passwords_per_known_browser", session_id, now=now)
        kept = credentials.get(database, person_id).password
    if not _is_right(kept, typed):
        raise WrongPassword("the password is another one")
    with transaction(rt.engine) as database:
        sessions.proved(database, session_id, now=real_now)


def set_password(rt: Runtime, person: Person, typed: str, *, here: UUID, by: Actor, now: datetime) -> None:
    """Set or change the password. Ends all sessions but `here` and mails the owner. Raises PasswordRefused."""
    with snapshot(rt.engine) as database:
        organisation = hosts.organisation(database)
    fault = fault_of(typed, known=(person.email, person.name, organisation.name))
    if fault is not None:
        raise PasswordRefused(fault)
    made = hash_of_password(typed)
    with transaction(rt.engine) as database:
        credential = credentials.held(database, person.id)
        credentials.save(database, replace(credential, password=made, password_set_at=now))
        sessions.end_others(database, person.id, but=here)
        second_steps.end_all(database, person.id)
        account_mails.owe(database, MailKind.ACCOUNT_CHANGED, person.id, what=AuditAct.PASSWORD_SET, now=now)
        audit.record(database, AuditAct.PASSWORD_SET, by=by, about=named(person), now=now)


def remove_password(rt: Runtime, person: Person, *, by: Actor, now: datetime) -> None:
    """Remove the password, so that the person signs in by mail. Does nothing where there is none."""
    with transaction(rt.engine) as database:
        credential = credentials.held(database, person.id)
        if credential.password is None:
            return
        credentials.save(database, replace(credential, password=None, password_set_at=None))
        account_mails.owe(database, MailKind.ACCOUNT_CHANGED, person.id, what=AuditAct.PASSWORD_REMOVED, now=now)
        audit.record(database, AuditAct.PASSWORD_REMOVED, by=by, about=named(person), now=now)


def _is_right(kept: str | None, typed: str) -> bool:
    return len(typed.encode(errors="surrogatepass")) <= MOST_OCTETS and password_matches(kept, typed)
