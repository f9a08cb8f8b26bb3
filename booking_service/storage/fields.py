"""The fields of contacts' profiles, and what stands in them. Of sealed values only what is exposed can be read here."""

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
from .statements import write
from .tables.consent import ContactValueRow, ProfileFieldRow


class SlugTaken(BookingError):
    """There is a field of that name, which another transaction made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """`labels`: by language. `personal`: emptied with what identifies a person; `sensitive`: its values are sealed, for
    good; `shown`: how many characters at their end may be seen at most; `purpose`: what allows us to keep it, "" for none;
    `editable`: people may change it on their own page."""

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
    """What stands in a field. `text`: the value, of a sensitive one the exposed part; `locked`: nobody but the person can
    have it filled again. `set_at`: since when it counts, None where nobody wrote it down; `answered`: that they gave it on a
    booking form; `own`: that they set it on their own page; `unsealed`: it is sensitive, and the worker has it still to seal."""

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
        """As everybody may see it: a sensitive value as dots, also where no character of it may be seen; "" where nothing stands."""
        return f"••••{self.text}" if self.sealed or self.unsealed else self.text


@dataclass(frozen=True, slots=True)
class FieldState:
    """What stands in clear, "" in a sensitive field; and whether nobody but the person can have it filled again."""

    value: str
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptValue:
    """A value as it is written: in clear, or sealed with what of it may be seen. `set_at`: since when it counts; `answered`: that
    they gave it on a booking form; `own_at`: the same instant, where they set it on their own page."""

    contact_id: UUID
    field_id: UUID
    value: str = ""
    sealed: str = ""
    exposed: str = ""
    set_at: datetime
    answered: bool = False
    own_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Of how many contacts something stands in a field. `clear`: of how many of them it is readable in the database."""

    values: int = 0
    clear: int = 0


def every(session: Session) -> list[ProfileField]:
    return [_field(row) for row in session.exec(select(ProfileFieldRow).order_by(col(ProfileFieldRow.slug)))]


def find(session: Session, slug: str) -> ProfileField | None:
    row = session.exec(select(ProfileFieldRow).where(ProfileFieldRow.slug == slug)).first()
    return _field(row) if row else None


def lock(session: Session, slug: str) -> ProfileField | None:
    """The field as it stands, which nobody else changes until this transaction ends."""
    query = select(ProfileFieldRow).where(ProfileFieldRow.slug == slug).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    return _field(row) if row else None


def save(session: Session, wanted: ProfileField) -> None:
    """Insert or update. Raises SlugTaken: another transaction made one of that name."""
    session.merge(ProfileFieldRow(**{name: getattr(wanted, name) for name in _COLUMNS}))
    try:
        session.flush()
    except IntegrityError as error:
        raise SlugTaken(f"another field {wanted.slug} was made at the same time") from error


def values(session: Session, contact: UUID) -> list[FieldValue]:
    """All that stands in a contact's fields, by their names; locked empty ones too."""
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
    """What everybody who may see the contact sees of it, by the fields' slugs: of sealed values the exposed part only."""
    return visible_of(session, [contact]).get(contact, {})


def visible_of(session: Session, contacts: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """The same of many contacts, by their ids."""
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
    """What each field is called, by its slug and the language."""
    return {row.slug: dict(row.labels) for row in session.exec(select(ProfileFieldRow))}


def standing_in(
    session: Session, contacts: Collection[UUID], fields: Collection[UUID]
) -> dict[tuple[UUID, UUID], FieldState]:
    """What stands in some fields of many contacts, by contact and field."""
    columns = ContactValueRow.contact_id, ContactValueRow.field_id, ContactValueRow.value, ContactValueRow.locked
    query = select(*columns).where(
        col(ContactValueRow.contact_id).in_(contacts), col(ContactValueRow.field_id).in_(fields)
    )
    return {(contact, field): FieldState(value, locked) for contact, field, value, locked in session.exec(query)}


def put_all(session: Session, rows: Sequence[KeptValue]) -> None:
    """Have these stand in fields from now on, in as many statements for many as for one. The caller has locked the contacts.

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
    """Have this stand in a field from now on."""
    row = ContactValueRow(contact_id=contact, field_id=field, value=value, sealed=sealed, exposed=exposed)
    row.locked, row.set_at = locked, set_at
    session.merge(row)
    session.flush()


def seal(session: Session, contact: UUID, field: UUID, clear: str, *, sealed: str, exposed: str) -> None:
    """What stands there in clear stands there sealed, since when it did; what somebody wrote meanwhile stays."""
    those = update(ContactValueRow).where(*_of_one(contact, field), col(ContactValueRow.value) == clear)
    session.exec(those.values(value="", sealed=sealed, exposed=exposed))


def unlock(session: Session, contact: UUID, field: UUID) -> None:
    """Let it be filled again."""
    row = session.get(ContactValueRow, (contact, field))
    if row is not None:
        row.locked = False
        session.add(row)


def sealed(session: Session) -> list[tuple[UUID, UUID, str]]:
    """Every sealed value: whose, in which field."""
    columns = select(ContactValueRow.contact_id, ContactValueRow.field_id, ContactValueRow.sealed)
    return list(session.exec(columns.where(ContactValueRow.sealed != "")))


def reseal(session: Session, contact: UUID, field: UUID, before: str, *, sealed: str) -> None:
    """The same value sealed with another key; what somebody wrote meanwhile stays."""
    those = update(ContactValueRow).where(*_of_one(contact, field), col(ContactValueRow.sealed) == before)
    session.exec(those.values(sealed=sealed))


def with_values(session: Session, field: UUID) -> list[tuple[UUID, str]]:
    """Whose field is filled in clear, and with what: to seal it."""
    rows = session.exec(
        select(ContactValueRow.contact_id, ContactValueRow.value).where(
            ContactValueRow.field_id == field, ContactValueRow.value != ""
        )
    )
    return list(rows)


def kept(session: Session) -> dict[UUID, Kept]:
    """How much stands in each field, by its id; a field in which nothing stands is left out."""
    clear = func.sum(case((ContactValueRow.value != "", 1), else_=0))
    query = select(ContactValueRow.field_id, func.count(), clear)
    filled = or_(ContactValueRow.value != "", ContactValueRow.sealed != "")
    rows = session.exec(query.where(filled).group_by(col(ContactValueRow.field_id)))
    return {field: Kept(values=values, clear=int(readable)) for field, values, readable in rows}


def expose_less(session: Session, field: UUID, *, most: int) -> None:
    """Have no more characters than that readable of any value of a field."""
    longer = col(ContactValueRow.field_id) == field, func.length(ContactValueRow.exposed) > most
    kept = func.substr(ContactValueRow.exposed, func.length(ContactValueRow.exposed) - most + 1)
    session.exec(update(ContactValueRow).where(*longer).values(exposed=kept))


def empty_everywhere(session: Session, field: UUID, *, at: datetime) -> None:
    """Forget what stands in a field, of everybody. Where it is locked it stays so."""
    those = update(ContactValueRow).where(col(ContactValueRow.field_id) == field)
    session.exec(those.values(value="", sealed="", exposed="", set_at=at, answered=False, own_at=None))


def remove(session: Session, field: UUID) -> None:
    """The whole field, with all that stands in it."""
    session.exec(delete(ContactValueRow).where(col(ContactValueRow.field_id) == field))
    session.exec(delete(ProfileFieldRow).where(col(ProfileFieldRow.id) == field))


def empty(session: Session, contact: UUID, *, personal_only: bool) -> None:
    """Forget what stands in a contact's fields."""
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
