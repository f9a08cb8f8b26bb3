"""Changing a person's rights. The page of somebody who is no host any more takes no bookings."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.audit import Actor, AuditAct, named
from ...domain.effects import MailKind
from ...domain.people import Person
from ...domain.roles import Rights, Role
from ...runtime import Runtime
from ...storage import bookings, hosts, people
from ...storage.engine import lock_host, transaction
from ..access import account_mails, audit
from ..access.people import NoRole, PersonRefused, found, refuse_losing_admin
from .record import record_host


class StillBooked(PersonRefused):
    """A host with `coming` or `held` bookings can't stop being one."""

    def __init__(self, person: Person, *, coming: int, held: int) -> None:
        super().__init__(
            f"{person.name} has {coming} bookings to come and {held} holds: cancel them first, or wait until they are over"
        )
        self.coming, self.held = coming, held


class RightsChanged(PersonRefused):
    """Somebody else changed the person's rights since they were looked at, to `standing`."""

    def __init__(self, standing: Person) -> None:
        super().__init__(f"what {standing.email} may do was changed meanwhile, to: {standing.rights}")
        self.standing = standing


def change(
    rt: Runtime, person_id: UUID, rights: Rights, *, seen: str | None = None, by: Actor, now: datetime
) -> Person:
    """Change roles and permissions; the person is mailed. `seen`: the rights that were looked at.

    Raises NotFound; PersonRefused: RightsChanged, NoRole, LastAdmin, StillBooked.
    """
    with transaction(rt.engine) as session:
        refuse_losing_admin(session, person := found(session, person_id), stays=Role.ADMIN in rights.roles)
        if seen is not None and seen != str(person.rights):
            raise RightsChanged(person)
        if not rights.roles:
            raise NoRole
        if rights == person.rights:
            return person
        after = replace(person, roles=rights.roles, permissions=rights.permissions)
        _open_or_close(session, person, after, by=by, now=now)
        people.save(session, after, now=now)
        told = {"before": str(person.rights), "after": str(rights)}
        audit.record(session, AuditAct.ROLES_CHANGED, by=by, about=named(after), **told, now=now)
        account_mails.owe(session, MailKind.ACCOUNT_CHANGED, after.id, what=AuditAct.ROLES_CHANGED, now=now)
    return after


def _open_or_close(session: Session, before: Person, after: Person, *, by: Actor, now: datetime) -> None:
    """Open or close the host's page with the role. Raises StillBooked."""
    opens = Role.HOST in after.roles
    if before.host_id is None or opens == (Role.HOST in before.roles):
        return
    lock_host(session, before.host_id)
    held, coming = bookings.still_to_come(session, before.host_id, now=now)
    if not opens and (held or coming):
        raise StillBooked(before, coming=len(coming), held=len(held))
    session.expire_all()
    host = hosts.get(session, before.host_id)
    hosts.save(session, replace(host, active=opens))
    record_host(session, host, replace(host, active=opens), by=by.name, now=now)
