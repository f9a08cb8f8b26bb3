"""Who may sign in: adding them, seeing them all, and the person that each host is."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from ...config.notation import read_mail_address
from ...domain.audit import Act, Actor, named
from ...domain.availability import zone_of
from ...domain.people import Host, Person
from ...domain.roles import Role
from ...domain.text import NAME_LENGTH, one_line
from ...language import TAGS
from ...runtime import Runtime
from ...storage import hosts, people
from ...storage.engine import snapshot, transaction
from . import audit


class PersonRefused(Exception):
    """The person can't be added as asked. The message says what to do instead."""


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
    """Let somebody sign in who is no host. Somebody who signs in already gets the role as well. Raises PersonRefused."""
    try:
        address, shown, zone_info = read_mail_address(email), one_line(name)[:NAME_LENGTH], zone_of(zone)
    except ValueError as error:
        raise PersonRefused(str(error)) from error
    with transaction(rt.engine) as session:
        spoken = language or hosts.organisation(session).default_language
        if spoken not in TAGS:
            raise PersonRefused(f"{spoken!r} is not a language of this service: choose {', '.join(TAGS)}")
        standing = people.by_email(session, address)
        if standing is not None:
            return _with_role(session, standing, role, by=by, now=now)
        person = Person(
            id=uuid4(),
            email=address,
            name=shown or address.partition("@")[0],
            language=spoken,
            zone=zone_info,
            roles=frozenset({role}),
        )
        people.save(session, person, now=now)
        audit.record(session, Act.PERSON_ADDED, by=by, about=named(person), after=role, now=now)
    return person


def everybody(rt: Runtime) -> list[Person]:
    with snapshot(rt.engine) as session:
        return people.every(session)


def let_host_sign_in(session: Session, host: Host, *, now: datetime) -> Person | None:
    """Make the person that a new host signs in as. None: they have one, or somebody else has their address."""
    return people.of_new_host(session, host, id=uuid4(), now=now)


def _with_role(session: Session, standing: Person, role: Role, *, by: Actor, now: datetime) -> Person:
    if role in standing.roles:
        raise PersonRefused(f"{standing.email} is {role} already; `booking-service user link --sign-in` lets them in")
    more = replace(standing, roles=standing.roles | {role})
    people.save(session, more, now=now)
    before, after = (" ".join(sorted(each.roles)) for each in (standing, more))
    audit.record(session, Act.ROLES_CHANGED, by=by, about=named(more), before=before, after=after, now=now)
    return more
