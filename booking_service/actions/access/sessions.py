"""Sessions: looked up for each signed-in page, and ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session as Database

from ...crypto.tokens import hash_of, well_formed
from ...domain.audit import Actor, AuditAct, named
from ...domain.browsers import browser_and_system
from ...domain.errors import NotFound
from ...domain.people import Organisation, Person
from ...domain.roles import Rights
from ...domain.sessions import KNOWN_FOR, SEEN_EVERY, TAKEN_BACK_FOR, Session, longest
from ...runtime import Runtime
from ...storage import address_changes, browsers, hosts, second_steps, sessions
from ...storage.engine import snapshot, transaction
from . import audit

_KEPT_AFTERWARDS = timedelta(days=1)  # sign-in requests, so that their pages can say that they are over


@dataclass(frozen=True, slots=True)
class Entered:
    """A person's session, with the organisation. `has_second_factor`: their own, set up here.

    `second_at_provider`: in this session the identity provider's counts instead.
    """

    person: Person
    session: Session
    organisation: Organisation
    has_second_factor: bool
    second_at_provider: bool

    @property
    def rights(self) -> Rights:
        """Their rights here, reduced while a required second factor is missing."""
        secured = self.has_second_factor or self.second_at_provider
        return self.person.rights if secured else self.person.rights.but_for(self.organisation.second_factor)


def current(rt: Runtime, token: str, *, real_now: datetime) -> Entered | None:
    """The session of this token; None where there is none, or no longer.

    Its use is noted every few minutes: the only thing that viewing a signed-in page writes.
    """
    if not well_formed(token):
        return None
    with snapshot(rt.engine) as database:
        found = sessions.find(database, hash_of(token))
        if found is None or not found[0].is_open(real_now):
            return None
        organisation = hosts.organisation(database)
    session, person, has_second_factor = found
    if real_now - session.seen_at >= SEEN_EVERY:
        with transaction(rt.engine) as database:
            sessions.seen(database, session.id, now=real_now)
    trusted = session.second_at_provider and rt.settings.oidc.trusts_second_factor
    return Entered(person, session, organisation, has_second_factor, trusted)


def leave(rt: Runtime, token: str) -> None:
    """Sign out in this browser. Does nothing where nobody is signed in."""
    if not well_formed(token):
        return
    with transaction(rt.engine) as database:
        if found := sessions.find(database, hash_of(token)):
            sessions.end(database, found[0].id)


def listed(rt: Runtime, person_id: UUID, *, real_now: datetime) -> list[Session]:
    """A person's sessions, last used first."""
    with snapshot(rt.engine) as database:
        return [each for each in sessions.of_person(database, person_id) if each.is_open(real_now)]


def end_one(rt: Runtime, person: Person, session_id: UUID, *, by: Actor, now: datetime) -> None:
    """End one session of this person. Raises NotFound: it is over, or somebody else's."""
    with transaction(rt.engine) as database:
        found = next((each for each in sessions.of_person(database, person.id) if each.id == session_id), None)
        if found is None:
            raise NotFound("this person has no session of this id")
        sessions.end(database, session_id)
        browser = " ".join(filter(None, (*browser_and_system(found.agent), found.network)))
        audit.record(database, AuditAct.SESSION_ENDED, by=by, about=named(person), before=browser, now=now)


def end_everywhere(rt: Runtime, person: Person, *, by: Actor, now: datetime) -> None:
    """End all sessions of a person and forget their browsers."""
    with transaction(rt.engine) as database:
        end_all(database, person, by=by, now=now)


def end_all(database: Database, person: Person, *, by: Actor, now: datetime) -> None:
    """As `end_everywhere`, within a transaction."""
    sessions.end_all(database, person.id)
    second_steps.end_all(database, person.id)
    browsers.forget_all(database, person.id)
    audit.record(database, AuditAct.SIGNED_OUT_EVERYWHERE, by=by, about=named(person), now=now)


def forget_old(rt: Runtime, *, real_now: datetime) -> None:
    """Delete expired sessions, requests and browsers."""
    with transaction(rt.engine) as database:
        sessions.forget(database, before=real_now - longest(kept=True))
        second_steps.forget(database, before=real_now)
        browsers.forget(database, before=real_now - KNOWN_FOR)
        address_changes.forget(database, before=real_now - TAKEN_BACK_FOR)
        sessions.forget_sign_ins(database, before=real_now - _KEPT_AFTERWARDS)
