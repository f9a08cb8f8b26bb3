"""Fields that people change themselves: which ones, and writing a confirmed change."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...crypto.keys import KeyTrouble
from ...domain.gate import Pass
from ...domain.own_fields import FieldOfPerson, Unchangeable, press_refusal
from ...domain.privacy import PendingChange
from ...domain.text import exposed
from ...runtime import Runtime
from ...storage import fields
from ...storage.fields import FieldValue, ProfileField
from . import gate, pending_value, profile
from .contacts import Circle


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field that its person may change, and its value; None where it never had one."""

    field: ProfileField
    stands: FieldValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFieldChange:
    """A change behind its mailed link. `field`: None once deleted. `value`: the new one, of a sensitive field its end.

    `refused`: why pressing changes nothing. `newer`: another value was set after pressing.
    """

    field: ProfileField | None
    value: str
    refused: Unchangeable | None
    newer: bool


def may_be_kept(rt: Runtime, session: Session, circle: Circle, field: ProfileField, *, now: datetime) -> bool:
    """Whether a purpose that allows to keep the field stands, or none is needed."""
    allowing = profile.allowing(session, field)
    looks = gate.look(rt, session, [circle], allowing, now=now) if allowing else {}
    return not allowing or any(isinstance(each, Pass) for each in looks.values())


def changeable(rt: Runtime, session: Session, circle: Circle, *, now: datetime) -> list[OwnField]:
    """The fields that the contact may change now, by slug."""
    known = [each for each in fields.every(session) if each.editable]
    found = ((each, profile.stands_in(session, circle.contact.id, each)) for each in known)
    return [
        OwnField(field, stands)
        for field, stands in found
        if _of_person(rt, session, circle, field, stands, now=now).refusal() is None
    ]


def refusal(
    rt: Runtime, session: Session, circle: Circle, field: ProfileField, *, now: datetime
) -> Unchangeable | None:
    """Why the contact can't change it now; None where it can."""
    stands = profile.stands_in(session, circle.contact.id, field)
    return _of_person(rt, session, circle, field, stands, now=now).refusal()


def seen(rt: Runtime, session: Session, circle: Circle, change: PendingChange, *, now: datetime) -> SeenFieldChange:
    field = field_of(session, change)
    stands = profile.stands_in(session, circle.contact.id, field) if field else None
    refused, value = _press(rt, session, circle, change, field, stands, now=now)
    if field is not None and field.sensitive and value:
        value = f"••••{exposed(value, most=field.shown)}"
    done, set_at = change.done_at, stands.set_at if stands else None
    newer = done is not None and set_at is not None and set_at > done
    return SeenFieldChange(field=field, value=value, refused=refused, newer=newer)


def write(rt: Runtime, session: Session, circle: Circle, change: PendingChange, *, now: datetime) -> bool:
    """Write a confirmed change. False: it is no longer possible, and nothing changed. The contact is locked."""
    found = field_of(session, change)
    field = fields.lock(session, found.slug) if found else None
    if field is None or field.id != change.field:
        return False
    stands = profile.stands_in(session, circle.contact.id, field)
    refused, value = _press(rt, session, circle, change, field, stands, now=now)
    if refused is not None:
        return False
    fields.put_all(session, [profile.as_kept(rt, circle.contact.id, field, value, at=now, own=True)])
    return True


def field_of(session: Session, change: PendingChange) -> ProfileField | None:
    """The field of the change; None once deleted."""
    return next((each for each in fields.every(session) if each.id == change.field), None)


def _press(
    rt: Runtime,
    session: Session,
    circle: Circle,
    change: PendingChange,
    field: ProfileField | None,
    stands: FieldValue | None,
    *,
    now: datetime,
) -> tuple[Unchangeable | None, str]:
    """Why pressing would change nothing (None: it would), and the new value in clear."""
    refused = press_refusal(change, _of_person(rt, session, circle, field, stands, now=now) if field else None)
    if refused is not None:
        return refused, ""
    try:
        return None, pending_value.opened(rt, change)
    except KeyTrouble:
        return Unchangeable.UNREADABLE, ""


def _of_person(
    rt: Runtime, session: Session, circle: Circle, field: ProfileField, stands: FieldValue | None, *, now: datetime
) -> FieldOfPerson:
    return FieldOfPerson(
        editable=field.editable,
        stopped=profile.stopped_by(circle) is not None,
        locked=stands is not None and stands.locked,
        allowed=may_be_kept(rt, session, circle, field, now=now),
        set_at=stands.set_at if stands else None,
    )
