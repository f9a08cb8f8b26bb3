"""People who may sign in: adding, inviting and listing them, and the person of each host."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from ...config.notation import read_mail_address
from ...domain.audit import Actor, AuditAct, named
from ...domain.availability import zone_of
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.identities import Identity
from ...domain.people import Host, Person
from ...domain.roles import Rights, Role
from ...domain.sessions import INVITATION_FOR
from ...domain.text import NAME_LENGTH, one_line
from ...language import TAGS
from ...runtime import Runtime
from ...storage import access, browsers, calendars, credentials, hosts, identities, people, sessions
from ...storage.engine import snapshot, transaction
from . import account_mails, audit, limits, sign_in


class PersonRefused(Exception):
    """Not possible with this person. The message says what to do instead."""


class AlreadyHere(PersonRefused):
    """Somebody has this address already."""

    def __init__(self, person: Person) -> None:
        super().__init__(f"{person.email} signs in here already; `booking-service user role` changes what they may do")
        self.person = person


class LastAdmin(PersonRefused):
    """The person is the only administrator."""

    def __init__(self, person: Person) -> None:
        super().__init__(f"{person.email} is the only administrator: make somebody else one first")
        self.person = person


class NoRole(PersonRefused):
    """A person needs at least one role."""

    def __init__(self) -> None:
        super().__init__("give at least one role: host, staff or admin; `booking-service user remove` takes people out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in the list. `host`: the host they are. `failing`: a calendar of theirs can't be read.

    `seen_at`: when they were last here; None: never. `accounts`: linked accounts of an identity provider.
    """

    person: Person
    host: Host | None
    failing: bool
    has_second_factor: bool
    seen_at: datetime | None
    accounts: tuple[Identity, ...]


def add(
    rt: Runtime,
    email: str,
    *,
    role: Role,
    name: str = "",
    zone: str = "UTC",
    language: str | None = None,
    by: Actor,
    now: datetime,
) -> Person:
    """Let somebody sign in who is no host; an existing person gets the role as well. Raises PersonRefused."""
    with transaction(rt.engine) as session:
        made = _read(session, email, rights=Rights(roles=frozenset({role})), name=name, zone=zone, language=language)
        hold_addresses(session)
        standing = people.by_email(session, made.email)
        if standing is not None:
            return _with_role(session, standing, role, by=by, now=now)
        _save_new(session, made, by=by, now=now)
    return made


def invite(
    rt: Runtime,
    email: str,
    *,
    rights: Rights,
    name: str = "",
    zone: str = "UTC",
    language: str | None = None,
    by: Actor,
    now: datetime,
) -> Person:
    """Let somebody sign in, and mail them a link that works for a week. Raises PersonRefused."""
    with transaction(rt.engine) as session:
        made = _read(session, email, rights=rights, name=name, zone=zone, language=language)
        hold_addresses(session)
        if standing := people.by_email(session, made.email):
            raise AlreadyHere(standing)
        if not rights.roles:
            raise NoRole
        _save_new(session, made, by=by, now=now)
        _owe_invitation(rt, session, made, now=now)
    return made


def invite_again(rt: Runtime, person_id: UUID, *, by: Actor, now: datetime) -> Person:
    """Mail a new invitation to somebody who has not signed in yet. Raises NotFound, TooManyRequests."""
    with transaction(rt.engine) as session:
        person = found(session, person_id)
        if browsers.last_seen(session, person.id):
            raise NotFound("this person has signed in already")
        limits.use(rt, session, "sign_in_per_address", f"invite {person.id}", now=now)
        _owe_invitation(rt, session, person, now=now)
        audit.record(session, AuditAct.INVITED_AGAIN, by=by, about=named(person), now=now)
    return person


def everybody(rt: Runtime) -> list[Person]:
    with snapshot(rt.engine) as session:
        return people.every(session)


def members(rt: Runtime) -> list[Member]:
    """Everybody, by address, in seven statements."""
    with snapshot(rt.engine) as session:
        everyone, hosted = people.every(session), {each.id: each for each in hosts.every(session)}
        failing = {each.host_id for each in calendars.looked_at(calendars.every(session)) if each.failing_since}
        secured = credentials.with_second_factor(session)
        linked = identities.every(session)
        entered, seen = browsers.last_seen(session), sessions.last_seen(session)
    return [
        Member(
            person=each,
            host=hosted.get(each.host_id) if each.host_id else None,
            failing=each.host_id in failing,
            has_second_factor=each.id in secured,
            seen_at=max(filter(None, (entered.get(each.id), seen.get(each.id))), default=None),
            accounts=tuple(linked.get(each.id, ())),
        )
        for each in everyone
    ]


def member(rt: Runtime, person_id: UUID) -> Member:
    """Raises NotFound."""
    chosen = next((each for each in members(rt) if each.person.id == person_id), None)
    if chosen is None:
        raise NotFound("nobody of this id signs in here")
    return chosen


def by_address(rt: Runtime, email: str) -> Person:
    """Raises PersonRefused: nobody signs in with this address."""
    with snapshot(rt.engine) as session:
        person = people.by_email(session, email)
    if person is None:
        raise PersonRefused(f"nobody signs in as {email}; `booking-service user list --people` shows everybody")
    return person


def found(session: Session, person_id: UUID) -> Person:
    """Raises NotFound."""
    person = people.find(session, person_id)
    if person is None:
        raise NotFound("nobody of this id signs in here")
    return person


def hold_addresses(session: Session) -> None:
    """Lock the addresses of people until the transaction ends."""
    access.one_at_a_time(session, "people", "addresses")


def let_in(session: Session, email: str, *, rights: Rights, name: str, by: Actor, now: datetime) -> Person:
    """Create a person who has proven a way to sign in. Addresses must be locked. Raises PersonRefused."""
    made = _read(session, email, rights=rights, name=name, zone="UTC", language=None)
    _save_new(session, made, by=by, now=now)
    return made


def refuse_losing_admin(session: Session, person: Person, *, stays: bool) -> None:
    """Raises LastAdmin: nobody else would be administrator. Concurrent changes of administrators wait."""
    access.one_at_a_time(session, "people", "administrators")
    if stays or Role.ADMIN not in person.roles:
        return
    if not any(Role.ADMIN in each.roles and each.id != person.id for each in people.every(session)):
        raise LastAdmin(person)


def let_host_sign_in(session: Session, host: Host, *, now: datetime) -> Person | None:
    """Create the person of a new host. None: the host has one, or somebody else has their address."""
    hold_addresses(session)
    return people.of_new_host(session, host, id=uuid4(), now=now)


def _read(session: Session, email: str, *, rights: Rights, name: str, zone: str, language: str | None) -> Person:
    try:
        address, shown, zone_info = read_mail_address(email), one_line(name)[:NAME_LENGTH], zone_of(zone)
    except ValueError as error:
        raise PersonRefused(str(error)) from error
    spoken = language or hosts.organisation(session).default_language
    if spoken not in TAGS:
        raise PersonRefused(f"{spoken!r} is not a language of this service: choose {', '.join(TAGS)}")
    return Person(
        id=uuid4(),
        email=address,
        name=shown or address.partition("@")[0],
        language=spoken,
        zone=zone_info,
        roles=rights.roles,
        permissions=rights.permissions,
    )


def _save_new(session: Session, person: Person, *, by: Actor, now: datetime) -> None:
    people.save(session, person, now=now)
    audit.record(session, AuditAct.PERSON_ADDED, by=by, about=named(person), after=str(person.rights), now=now)


def _owe_invitation(rt: Runtime, session: Session, person: Person, *, now: datetime) -> None:
    real_now = rt.clock.real_now()
    made = sign_in.make(rt, session, person.email, person, onwards="", agent="", now=real_now, lasts=INVITATION_FOR)
    account_mails.owe(session, MailKind.INVITED, person.id, sign_in_id=made.id, now=now)


def _with_role(session: Session, standing: Person, role: Role, *, by: Actor, now: datetime) -> Person:
    if role in standing.roles:
        raise PersonRefused(f"{standing.email} is {role} already; `booking-service user link --sign-in` lets them in")
    more = replace(standing, roles=standing.roles | {role})
    people.save(session, more, now=now)
    before, after = str(standing.rights), str(more.rights)
    audit.record(session, AuditAct.ROLES_CHANGED, by=by, about=named(more), before=before, after=after, now=now)
    return more
