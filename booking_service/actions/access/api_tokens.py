"""API tokens: made and revoked by administrators and hosts, shown once, stored as hashes."""

import secrets
from collections.abc import Collection, Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session

from ...crypto.tokens import hash_of
from ...domain.api_tokens import NAME_LENGTH, ApiToken, Scope
from ...domain.audit import Actor, AuditAct, named
from ...domain.errors import BookingError, NotFound
from ...domain.people import Person
from ...domain.roles import Rights, SecondFactor
from ...domain.text import one_line
from ...runtime import Runtime
from ...storage import api_tokens, credentials, hosts, people
from ...storage.engine import snapshot, transaction
from . import audit

PREFIX = "bks_"  # by which a leaked token is recognised
_NOTED_AGAIN = timedelta(hours=1)


class TokenNotMade(BookingError):
    """The token can't be made. `why`: "name" (empty or too long), "taken", "scopes" (none), "person" or
    "second-factor".

    "person": nobody, or without the rights; "second-factor": with the rights only once they have the required factor.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"the token can't be made: {why}")
        self.why = why


class TokenUnknown(BookingError):
    """No valid token."""


class TokenTooNarrow(BookingError):
    """Neither the token's scopes nor the person's rights allow this. `scope`: the one needed."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"it needs {scope}, and a person who may do that")
        self.scope = scope


class SecondFactorMissing(BookingError):
    """The person needs a second factor, which the organisation requires for this."""

    def __init__(self, person: Person) -> None:
        super().__init__(
            f"it acts as {person.name}, of whom the organisation wants a second factor for this: once they have set one up on "
            "their profile, the token may do it again"
        )


@dataclass(frozen=True, slots=True)
class MadeToken:
    """`secret`: shown now and never again."""

    token: ApiToken
    secret: str


@dataclass(frozen=True, slots=True)
class ListedToken:
    """`person`: whom it acts as. `waits`: some of it does not work before they have a second factor."""

    token: ApiToken
    person: Person
    waits: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with a valid token. `rights`: the person's present ones, reduced while a required second factor is
    missing."""

    token: ApiToken
    person: Person
    rights: Rights


def make(rt: Runtime, name: str, *, email: str, scopes: Collection[Scope], by: Actor, now: datetime) -> MadeToken:
    """Make a token that acts as the person of this address. Raises TokenNotMade.

    The names of one person's valid tokens are unique: a form that is sent twice makes one.
    """
    clean, secret = one_line(name), PREFIX + secrets.token_urlsafe(32)
    if not clean or len(clean) > NAME_LENGTH:
        raise TokenNotMade("name")
    if not scopes:
        raise TokenNotMade("scopes")
    with transaction(rt.engine) as session:
        person = people.locked_by_email(session, email)
        if person is None or not all(person.may(each.need) for each in scopes):
            raise TokenNotMade("person")
        if not all(_rights(session, person).meet(each.need) for each in scopes):
            raise TokenNotMade("second-factor")
        if api_tokens.working(session, person.id, clean) is not None:
            raise TokenNotMade("taken")
        token = ApiToken(
            id=uuid4(),
            hash=hash_of(secret),
            name=clean,
            person_id=person.id,
            scopes=frozenset(scopes),
            by=by.name,
            created_at=now,
        )
        api_tokens.add(session, token)
        audit.record(session, AuditAct.TOKEN_MADE, by=by, about=clean, after=_said(token, person), now=now)
    return MadeToken(token, secret)


def listed(rt: Runtime) -> list[ListedToken]:
    """All tokens: valid ones first, then revoked ones; newest first."""
    with snapshot(rt.engine) as session:
        known = {each.id: each for each in people.every(session)}
        wanted, secured = hosts.organisation(session).second_factor, credentials.with_second_factor(session)
        return [_listed(each, known[each.person_id], wanted, secured) for each in api_tokens.every(session)]


def may_act(rt: Runtime) -> list[Person]:
    """The people whom a token for consents can act as: those who may at least read them."""
    with snapshot(rt.engine) as session:
        return [each for each in people.every(session) if each.may(Scope.READ.need)]


def revoke(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> bool:
    """Revoke a token. False: it was not valid. Raises NotFound."""
    with transaction(rt.engine) as session:
        known = {each.id: each for each in api_tokens.every(session)}
        if id not in known:
            raise NotFound("there is no such token")
        if api_tokens.revoke(session, id, now=now) is None:
            return False
        audit.record(session, AuditAct.TOKEN_REVOKED, by=by, about=known[id].name, now=now)
    return True


def revoke_made(rt: Runtime, person: Person, *, since: datetime, by: Actor, now: datetime) -> None:
    """Revoke the tokens of this person that were made since then."""
    with transaction(rt.engine) as session:
        for each in api_tokens.every(session):
            if (
                each.person_id == person.id
                and each.created_at >= since
                and api_tokens.revoke(session, each.id, now=now)
            ):
                audit.record(session, AuditAct.TOKEN_REVOKED, by=by, about=each.name, now=now)


def entered(rt: Runtime, secret: str, *, now: datetime) -> Caller:
    """The program with this token. Raises TokenUnknown."""
    with snapshot(rt.engine) as session:
        token = api_tokens.by_hash(session, hash_of(secret)) if secret.startswith(PREFIX) else None
        person = people.find(session, token.person_id) if token and token.revoked_at is None else None
        rights = _rights(session, person) if person else None
    if token is None or person is None or rights is None:
        raise TokenUnknown("no token that works")
    if token.used_at is None or token.used_at + _NOTED_AGAIN <= now:
        with transaction(rt.engine) as session:
            api_tokens.used(session, token.id, now=now)
    return Caller(token, person, rights)


def expect(caller: Caller, scope: Scope) -> None:
    """Check a right at its use, as rights can change. Raises TokenTooNarrow, SecondFactorMissing."""
    if scope not in caller.token.scopes or not caller.person.may(scope.need):
        raise TokenTooNarrow(scope)
    if not caller.rights.meet(scope.need):
        raise SecondFactorMissing(caller.person)


def _rights(session: Session, person: Person) -> Rights:
    """The person's rights: a program gets no further than the person by signing in."""
    if credentials.get(session, person.id).totp is not None:
        return person.rights
    return person.rights.but_for(hosts.organisation(session).second_factor)


def _listed(token: ApiToken, person: Person, wanted: Collection[SecondFactor], secured: Container[UUID]) -> ListedToken:
    left = person.rights if person.id in secured else person.rights.but_for(wanted)
    waits = any(person.may(each.need) and not left.meet(each.need) for each in token.scopes)
    return ListedToken(token, person, waits=waits)


def _said(token: ApiToken, person: Person) -> str:
    return f"{', '.join(sorted(token.scopes))}: {named(person)}"
