"""The values of profile fields. Sensitive ones are sealed before they are written.

Their last characters are shown, searched and exported; the whole value is revealed only with the permission, once per
press, on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...crypto import keys
from ...crypto.ids import new_id
from ...crypto.keys import KeyTrouble
from ...domain.consent import Act, Entry
from ...domain.consent_moves import ConsentRefused, Why
from ...domain.errors import BookingError, NotFound, ShownBefore
from ...domain.purposes import EVERY, Purpose, PurposeKind
from ...domain.text import exposed, one_line
from ...runtime import Runtime
from ...storage import access_log, contacts, fields, outbox, pending_changes, purposes
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import rewrite, snapshot, transaction
from ...storage.fields import FieldValue, KeptValue, ProfileField
from ...storage.outbox import Claimed
from . import import_cells, pending_value
from .contacts import Circle, circle_of, locked

KIND = "seal-fields"
LONGEST = 500  # of a value, in characters
_NOES = frozenset({Act.WITHDRAWN, Act.DECLINED})
_YESES = frozenset({Act.CONFIRMED, Act.GIVEN})


class UnknownField(BookingError):
    """No field has this name, or it has no value."""


class FieldLocked(BookingError):
    """The person ended the consent that allows to keep it, so only they can have it filled again."""


class ValueTooLong(BookingError):
    """A value is longer than a field allows. `count`: its number of characters."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"A field holds {LONGEST} characters, and this has {count}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field as staff fill it in. `text`: the value, of a sensitive one its readable end. `kept`: there is one."""

    slug: str
    label: str
    text: str
    sensitive: bool
    kept: bool
    locked: bool
    shows: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """All fields of a contact. `stopped`: the stop of all use, during which none can be changed."""

    contact: Contact
    fields: tuple[FormField, ...]
    stopped: Entry | None


@dataclass(frozen=True, slots=True)
class Revealed:
    """`id`: of the line in the access log."""

    id: UUID
    text: str


def stands_in(session: Session, contact_id: UUID, field: ProfileField) -> FieldValue | None:
    """The value of a contact's field; a locked empty one too."""
    return next((each for each in fields.values(session, contact_id) if each.field.id == field.id), None)


def stopped_by(circle: Circle) -> Entry | None:
    """The stop of all use, by them or a merged contact, during which nobody changes their fields."""
    return circle.standing_for_every().stopped


def fill(rt: Runtime, session: Session, circle: Circle, slug: str, value: str, *, now: datetime) -> None:
    """Set a contact's field; "" empties it.

    Raises UnknownField, ValueTooLong, FieldLocked, ConsentRefused: all use is stopped.
    """
    field, contact = known_field(session, slug), circle.contact
    if (stopped := stopped_by(circle)) is not None:
        raise ConsentRefused(Why.STOPPED, at=stopped.at)
    if (standing := stands_in(session, contact.id, field)) is not None and standing.locked:
        raise FieldLocked(f"The field {slug} is locked: they ended what allowed to keep it.")
    fields.put_all(session, [as_kept(rt, contact.id, field, value_of(value), at=now)])


def value_of(text: str) -> str:
    """The value on one line. Raises ValueTooLong."""
    value = one_line(text)
    if len(value) > LONGEST:
        raise ValueTooLong(len(value))
    return value


def as_kept(
    rt: Runtime,
    contact_id: UUID,
    field: ProfileField,
    value: str,
    *,
    at: datetime,
    answered: bool = False,
    own: bool = False,
) -> KeptValue:
    """A value as it is stored: sealed for a sensitive field. `at`: when it was given.

    `answered`: on a booking form. `own`: on the person's own page.
    """
    kept = KeptValue(contact_id=contact_id, field_id=field.id, set_at=at, answered=answered, own_at=at if own else None)
    if not field.sensitive or not value:
        return replace(kept, value=value)
    sealed = keys.seal(rt.ring, value.encode(), context=_context(contact_id, field.id))
    return replace(kept, sealed=sealed, exposed=exposed(value, most=field.shown))


def filled_in(rt: Runtime, contact_id: UUID, *, language: str) -> FilledIn:
    """Raises NotFound: no such contact, or no longer."""
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFound("there is no such contact")
        stands = {each.field.id: each for each in fields.values(session, contact_id)}
        every = (_on_form(each, stands.get(each.id), language) for each in fields.every(session))
        stopped = stopped_by(circle_of(rt, session, contact))
        return FilledIn(contact=contact, fields=tuple(every), stopped=stopped)


def fill_several(rt: Runtime, contact_id: UUID, values: Mapping[str, str], *, now: datetime) -> None:
    """Set several fields by slug, all or none; "" empties one.

    Raises NotFound, UnknownField, ValueTooLong, FieldLocked, ConsentRefused: all use is stopped.
    """
    with transaction(rt.engine) as session:
        if contacts.get(session, contact_id) is None:
            raise NotFound("there is no such contact")
        circle = locked(rt, session, contact_id)
        if circle.contact.erased_at is not None:
            raise NotFound("there is nobody any more")
        for slug, value in values.items():
            fill(rt, session, circle, slug, value, now=now)


def _on_form(field: ProfileField, stands: FieldValue | None, language: str) -> FormField:
    return FormField(
        slug=field.slug,
        label=field.label(language),
        text=stands.text if stands else "",
        sensitive=field.sensitive,
        kept=stands is not None and bool(stands.masked),
        locked=stands is not None and stands.locked,
        shows=field.shown > 0,
    )


def reveal(
    rt: Runtime, contact_id: UUID, slug: str, *, by: str, why: str = "", press: str = "", now: datetime
) -> Revealed:
    """Reveal a sensitive value, on record; a reason can be given now or later. The caller has checked the permission.

    One `press` of a button reveals it once. Raises UnknownField, KeyTrouble, ShownBefore.
    """
    with transaction(rt.engine) as session:
        if press:
            _refuse_second(rt, session, contact_id, press)
        found = next((each for each in fields.values(session, contact_id) if each.field.slug == slug), None)
        if found is None or not found.sealed:
            raise UnknownField(f"Nothing is sealed in the field {slug} of this contact.")
        text = _unsealed(rt, contact_id, found)
        seen = Reveal(
            id=new_id(now),
            at=now,
            contact_id=contact_id,
            by=by,
            what=f"{access_log.FIELD}:{slug}",
            why=why,
            press=press,
        )
        access_log.add(session, seen)
    return Revealed(seen.id, text)


def _refuse_second(rt: Runtime, session: Session, contact_id: UUID, press: str) -> None:
    """Raises ShownBefore: this press was used. Concurrent ones wait for each other."""
    if contacts.get(session, contact_id) is None:
        return
    locked(rt, session, contact_id)
    before = access_log.of_press(session, contact_id, press)
    if before is not None:
        raise ShownBefore("This press showed it before.", at=before.at)


def follow(session: Session, contact: Contact, entry: Entry) -> None:
    """The consequences of an answer for fields that it allows to keep.

    A no empties and locks them at once; the person's later yes lets them be filled again.
    """
    if not entry.by_contact or entry.act not in _NOES | _YESES:
        return
    for purpose in _allowed_by(session, entry.purpose):
        field = fields.find(session, purpose.allows_field)
        if field is not None and entry.act in _NOES:
            fields.put(session, contact.id, field.id, locked=True, set_at=entry.at)
            pending_changes.forget_values(session, field.id, contact=contact.id)
        elif field is not None:
            fields.unlock(session, contact.id, field.id)


def owe_sealing(session: Session, field: ProfileField, *, now: datetime) -> None:
    """Have the values of a field that became sensitive sealed, and the files purged."""
    key, payload = f"{KIND}:{field.id}", {"slug": field.slug}
    due_at = now + timedelta(seconds=10)  # a form read before it became sensitive is written by then
    outbox.wake(session, key, kind=KIND, lane=key, payload=payload, due_at=due_at, now=now)


def seal_open(rt: Runtime, claimed: Claimed) -> None:
    """Seal the values that a field had before it became sensitive, in contacts and imports, then purge the files.

    Imports first, as applying locks them before contacts.
    """
    with transaction(rt.engine) as session:
        field = fields.find(session, claimed.payload["slug"])
        if field is not None and field.sensitive:
            _seal(rt, session, field)
    rewrite(rt.engine)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=rt.clock.now())


def _seal(rt: Runtime, session: Session, field: ProfileField) -> None:
    import_cells.seal_field(rt, session, field.slug)
    fields.lock_contacts(session, [field.id])
    for contact_id, value in fields.with_values(session, field.id):
        sealed = keys.seal(rt.ring, value.encode(), context=_context(contact_id, field.id))
        fields.seal(session, contact_id, field.id, value, sealed=sealed, exposed=exposed(value, most=field.shown))
    for change in pending_changes.of_field(session, field.id):
        pending_changes.seal(session, change, sealed=pending_value.closed(rt, change).sealed)
    fields.expose_less(session, field.id, most=field.shown)


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal every value with the newest key. Returns how many, and how many no key here can decrypt."""
    done = lost = 0
    with transaction(rt.engine) as session:
        fields.lock_contacts(session, [each.id for each in fields.every(session) if each.sensitive])
        for contact_id, field_id, sealed in fields.sealed(session):
            try:
                again = keys.reseal(rt.ring, sealed, context=_context(contact_id, field_id))
            except KeyTrouble:
                lost += 1
                continue
            done += again != sealed
            fields.reseal(session, contact_id, field_id, sealed, sealed=again)
        for change in pending_changes.sealed(session):
            try:
                anew = pending_value.resealed(rt, change)
            except KeyTrouble:
                lost += 1
                continue
            done += anew != change
            pending_changes.seal(session, change, sealed=anew.sealed)
    return done, lost


def allowing(session: Session, field: ProfileField) -> list[Purpose]:
    """The purposes that allow to keep it."""
    return [each for each in purposes.every(session) if allows(each, field)]


def allows(purpose: Purpose, field: ProfileField) -> bool:
    """Whether this purpose allows to keep it."""
    return purpose.slug == field.purpose or (purpose.kind is PurposeKind.FIELD and purpose.allows_field == field.slug)


def _allowed_by(session: Session, slug: str) -> list[Purpose]:
    return [each for each in purposes.every(session) if each.kind is PurposeKind.FIELD and slug in (each.slug, EVERY)]


def known_field(session: Session, slug: str) -> ProfileField:
    """Raises UnknownField."""
    found = fields.find(session, slug)
    if found is None:
        raise UnknownField(
            f"There is no field {slug!r}: make it at /admin/consents/fields, or write [fields.{slug}] into the setup file."
        )
    return found


def _unsealed(rt: Runtime, contact_id: UUID, value: FieldValue) -> str:
    return keys.unseal(rt.ring, value.sealed, context=_context(contact_id, value.field.id)).decode()


def _context(contact_id: UUID, field_id: UUID) -> str:
    return f"contact.value:{contact_id}:{field_id}"
