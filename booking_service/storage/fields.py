"""Fields of contacts' profiles and their values. Sealed values can't be read here, except for their ends."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, case, col, delete, func, or_, select, update

from ..domain.errors import BookingError, NotFound
from ..domain.text import EXPOSED_AT_MOST, exposed
from .contacts import locks, note_change
from .statements import write
from .tables.consent import ContactRow, ContactValueRow, PendingChangeRow, ProfileFieldRow


class SlugTaken(BookingError):
    """Another transaction has made a field of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """A field of profiles.

    `labels`: by language. `personal`: emptied when personal details are erased. `sensitive`: values are sealed, for
    good. `shown`: how many characters of a value's end may be readable. `purpose`: whose consent allows to keep it; ""
    for none. `editable`: people may change it on their own page.
    """

    id: UUID
    slug: str
    labels: dict[str, str] = field(default_factory=dict)
    personal: bool = True
    sensitive: bool = False
    shown: int = EXPOSED_AT_MOST
    purpose: str = ""
    editable: bool = False

    def label(self, language: str) -> str:
        return self.labels.get(language) or next(iter(self.labels.values()), self.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """The value of a field.

    `text`: the value; of a sensitive one its readable end. `locked`: only the person can have it filled again.
    `set_at`: when it was given; None where unknown. `answered`: given on a booking form. `own`: set on the person's own
    page. `unsealed`: sensitive, but not yet sealed by the worker.
    """

    field: ProfileField
    text: str
    sealed: str = ""
    locked: bool = False
    set_at: datetime | None = None
    answered: bool = False
    own: bool = False
    unsealed: bool = False

    @property
    def masked(self) -> str:
        """The value as everybody may see it: a sensitive one as dots, with its readable end; "" for none."""
        return f"••••{self.text}" if self.sealed or self.unsealed else self.text


@dataclass(frozen=True, slots=True)
class FieldState:
    """`value`: in clear, "" for a sensitive field. `locked`: only the person can have it filled again."""

    value: str
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptValue:
    """A value to be written: in clear, or sealed with its readable end.

    `set_at`: when it was given. `answered`: on a booking form. `own_at`: the same instant, where it was set on the
    person's own page.
    """

    contact_id: UUID
    field_id: UUID
    value: str = ""
    sealed: str = ""
    exposed: str = ""
    set_at: datetime
    answered: bool = False
    own_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValues:
    """How many contacts have a value in a field. `clear`: how many of these values are readable in the database."""

    values: int = 0
    clear: int = 0


def every(session: Session) -> list[ProfileField]:
    return [_field(row) for row in session.exec(select(ProfileFieldRow).order_by(col(ProfileFieldRow.slug)))]


def find(session: Session, slug: str) -> ProfileField | None:
    row = session.exec(select(ProfileFieldRow).where(ProfileFieldRow.slug == slug)).first()
    return _field(row) if row else None


def lock(session: Session, slug: str) -> ProfileField | None:
    """The field, locked until the transaction ends."""
    query = select(ProfileFieldRow).where(ProfileFieldRow.slug == slug).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    return _field(row) if row else None


def lock_contacts(session: Session, fields: Collection[UUID]) -> None:
    """Lock whoever has a value in one of these fields, or asked for a new one, in the order of their ids.

    For whoever changes many values: before the fields themselves, as by each contact.
    """
    if not locks(session):
        return
    has = select(ContactValueRow.contact_id).where(col(ContactValueRow.field_id).in_(fields))
    asks = select(PendingChangeRow.contact_id).where(col(PendingChangeRow.field_id).in_(fields))
    theirs = select(ContactRow.id).where(or_(col(ContactRow.id).in_(has), col(ContactRow.id).in_(asks)))
    session.exec(theirs.order_by(col(ContactRow.id)).with_for_update(key_share=True)).all()


def save(session: Session, wanted: ProfileField) -> None:
    """Insert or update. Raises SlugTaken: another transaction made a field of that name."""
    session.merge(ProfileFieldRow(**{name: getattr(wanted, name) for name in _COLUMNS}))
    try:
        session.flush()
    except IntegrityError as error:
        raise SlugTaken(f"another field {wanted.slug} was made at the same time") from error


def values(session: Session, contact: UUID) -> list[FieldValue]:
    """A contact's values by field name, including locked empty ones."""
    rows = session.exec(
        select(ProfileFieldRow, ContactValueRow)
        .join(ContactValueRow, col(ContactValueRow.field_id) == col(ProfileFieldRow.id))
        .where(ContactValueRow.contact_id == contact)
        .order_by(col(ProfileFieldRow.slug))
    )
    return [
        FieldValue(
            field=_field(kept),
            text=_readable(kept, value),
            sealed=value.sealed,
            unsealed=kept.sensitive and bool(value.value),
            locked=value.locked,
            set_at=value.set_at,
            answered=value.answered,
            own=value.own_at is not None and value.own_at == value.set_at,
        )
        for kept, value in rows
    ]


def _readable(kept: ProfileFieldRow, value: ContactValueRow) -> str:
    if not kept.sensitive:
        return value.value
    return value.exposed or exposed(value.value, most=kept.shown)


def visible(session: Session, contact: UUID) -> dict[str, str]:
    """By slug, what everybody who may see the contact sees: of sealed values their readable ends."""
    return visible_of(session, [contact]).get(contact, {})


def visible_of(session: Session, contacts: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """As `visible` for many contacts, by id."""
    rows = session.exec(
        select(ContactValueRow, ProfileFieldRow)
        .join(ProfileFieldRow, col(ContactValueRow.field_id) == col(ProfileFieldRow.id))
        .where(col(ContactValueRow.contact_id).in_(contacts))
    )
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for value, kept in rows:
        found[value.contact_id][kept.slug] = value.exposed if kept.sensitive else value.value
    return found


def labels(session: Session) -> dict[str, dict[str, str]]:
    """The labels of all fields, by slug and language."""
    return {row.slug: dict(row.labels) for row in session.exec(select(ProfileFieldRow))}


def standing_in(
    session: Session, contacts: Collection[UUID], fields: Collection[UUID]
) -> dict[tuple[UUID, UUID], FieldState]:
    """The values of some fields of many contacts, by contact and field."""
    columns = ContactValueRow.contact_id, ContactValueRow.field_id, ContactValueRow.value, ContactValueRow.locked
    query = select(*columns).where(
        col(ContactValueRow.contact_id).in_(contacts), col(ContactValueRow.field_id).in_(fields)
    )
    return {(contact, field): FieldState(value, locked) for contact, field, value, locked in session.exec(query)}


def put_all(session: Session, rows: Sequence[KeptValue]) -> None:
    """Write these values, in as few statements for many as for one. The caller has locked the contacts.

    Raises NotFound: a field was deleted meanwhile.
    """
    ids = {each.contact_id for each in rows}
    there = set(standing_in(session, ids, {each.field_id for each in rows})) if rows else set()
    new = [asdict(each) for each in rows if (each.contact_id, each.field_id) not in there]
    if new:
        try:
            write(session, insert(ContactValueRow), *({**each, "locked": False} for each in new))
        except IntegrityError as error:
            raise NotFound("the field was deleted meanwhile") from error
    changed = [
        {f"new_{name}": value for name, value in asdict(each).items()}
        for each in rows
        if (each.contact_id, each.field_id) in there
    ]
    if changed:
        write(session, _CHANGE, *changed)
    note_change(session, {each.contact_id: each.set_at for each in rows})


def put(
    session: Session,
    contact: UUID,
    field: UUID,
    *,
    value: str = "",
    sealed: str = "",
    exposed: str = "",
    locked: bool,
    set_at: datetime | None = None,
) -> None:
    """Write one value."""
    row = ContactValueRow(contact_id=contact, field_id=field, value=value, sealed=sealed, exposed=exposed)
    row.locked, row.set_at = locked, set_at
    session.merge(row)
    session.flush()


def seal(session: Session, contact: UUID, field: UUID, clear: str, *, sealed: str, exposed: str) -> None:
    """Seal a readable value, with unchanged `set_at`; a value written meanwhile stays."""
    those = update(ContactValueRow).where(*_of_one(contact, field), col(ContactValueRow.value) == clear)
    session.exec(those.values(value="", sealed=sealed, exposed=exposed))


def unlock(session: Session, contact: UUID, field: UUID) -> None:
    """Allow a field to be filled again."""
    row = session.get(ContactValueRow, (contact, field))
    if row is not None:
        row.locked = False
        session.add(row)


def sealed(session: Session) -> list[tuple[UUID, UUID, str]]:
    """All sealed values, with contact and field."""
    columns = select(ContactValueRow.contact_id, ContactValueRow.field_id, ContactValueRow.sealed)
    return list(session.exec(columns.where(ContactValueRow.sealed != "")))


def reseal(session: Session, contact: UUID, field: UUID, before: str, *, sealed: str) -> None:
    """Seal the same value with another key; a value written meanwhile stays."""
    those = update(ContactValueRow).where(*_of_one(contact, field), col(ContactValueRow.sealed) == before)
    session.exec(those.values(sealed=sealed))


def with_values(session: Session, field: UUID) -> list[tuple[UUID, str]]:
    """Contacts with a readable value in this field, and the value, for sealing it."""
    rows = session.exec(
        select(ContactValueRow.contact_id, ContactValueRow.value).where(
            ContactValueRow.field_id == field, ContactValueRow.value != ""
        )
    )
    return list(rows)


def kept(session: Session) -> dict[UUID, StoredValues]:
    """The number of values in each field, by id; fields without values are left out."""
    clear = func.sum(case((ContactValueRow.value != "", 1), else_=0))
    query = select(ContactValueRow.field_id, func.count(), clear)
    filled = or_(ContactValueRow.value != "", ContactValueRow.sealed != "")
    rows = session.exec(query.where(filled).group_by(col(ContactValueRow.field_id)))
    return {field: StoredValues(values=values, clear=int(readable)) for field, values, readable in rows}


def expose_less(session: Session, field: UUID, *, most: int) -> None:
    """Shorten the readable ends of a field's values to this many characters."""
    longer = col(ContactValueRow.field_id) == field, func.length(ContactValueRow.exposed) > most
    kept = func.substr(ContactValueRow.exposed, func.length(ContactValueRow.exposed) - most + 1)
    session.exec(update(ContactValueRow).where(*longer).values(exposed=kept))


def empty_everywhere(session: Session, field: UUID, *, at: datetime) -> None:
    """Delete a field's values of all contacts; locked ones stay locked."""
    those = update(ContactValueRow).where(col(ContactValueRow.field_id) == field)
    session.exec(those.values(value="", sealed="", exposed="", set_at=at, answered=False, own_at=None))


def remove(session: Session, field: UUID) -> None:
    """Delete a field with all its values."""
    session.exec(delete(ContactValueRow).where(col(ContactValueRow.field_id) == field))
    session.exec(delete(ProfileFieldRow).where(col(ProfileFieldRow.id) == field))


def empty(session: Session, contact: UUID, *, personal_only: bool) -> None:
    """Delete a contact's values."""
    those = delete(ContactValueRow).where(col(ContactValueRow.contact_id) == contact)
    if personal_only:
        personal = select(ProfileFieldRow.id).where(ProfileFieldRow.personal)
        those = those.where(col(ContactValueRow.field_id).in_(personal))
    session.exec(those)


def _of_one(contact: UUID, field: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(ContactValueRow.contact_id) == contact, col(ContactValueRow.field_id) == field


_CHANGE = (
    update(ContactValueRow)
    .where(
        col(ContactValueRow.contact_id) == bindparam("new_contact_id"),
        col(ContactValueRow.field_id) == bindparam("new_field_id"),
    )
    .values({name: bindparam(f"new_{name}") for name in ("value", "sealed", "exposed", "set_at", "answered", "own_at")})
)
_COLUMNS = tuple(ProfileField.__dataclass_fields__)


def _field(row: ProfileFieldRow) -> ProfileField:
    return ProfileField(**{name: getattr(row, name) for name in _COLUMNS})
