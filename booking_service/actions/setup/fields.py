"""Profile fields set up on pages, recorded under the keys of the setup file, as `apply` does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.audit import Actor, AuditAct
from ...domain.errors import BookingError, NotFound
from ...domain.text import EXPOSED_AT_MOST
from ...runtime import Runtime
from ...storage import fields, hosts, purposes
from ...storage.engine import snapshot, transaction
from ...storage.fields import ProfileField, SlugTaken, StoredValues
from ..access import audit
from ..consent import import_cells, profile_fields
from ..consent.find import name_among
from ..consent.imports import APPLYING, CHECK
from ..consent.profile_fields import Asking, FieldUses
from .file.fields import field_tree
from .file.write import Tree
from .names import address_part, check_name, free_name
from .record import record


class FieldChanged(BookingError):
    """Somebody else changed it since it was shown."""


class SlugRefused(BookingError):
    """The slug is taken, or can't stand in addresses and files."""


class LabelTaken(BookingError):
    """Another field has this label in one language. `by`: its id."""

    def __init__(self, message: str, *, by: UUID, language: str) -> None:
        super().__init__(message)
        self.by = by
        self.language = language


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShown:
    """A field with what depends on it. `kept`: how many contacts have a value. `waiting`: unapplied imports with a
    column for it.

    `needs`: purposes that allow to keep it, conditions on it, and unfinished messages with such a condition; `names`:
    of these purposes.
    """

    field: ProfileField
    kept: StoredValues
    needs: FieldUses
    waiting: int
    names: Mapping[str, str]

    @property
    def allowing(self) -> tuple[str, ...]:
        return self.needs.allowing

    @property
    def asking(self) -> Asking:
        return self.needs.asking


def find_all(rt: Runtime, *, language: str) -> list[FieldShown]:
    """By slug."""
    with snapshot(rt.engine) as session:
        names, kept = _names(session, language), fields.kept(session)
        return [_shown(session, each, names, kept) for each in fields.every(session)]


def show(rt: Runtime, field_id: UUID, *, language: str) -> FieldShown:
    """Raises NotFound."""
    with snapshot(rt.engine) as session:
        found = next((each for each in fields.every(session) if each.id == field_id), None)
        if found is None:
            raise NotFound("there is no such field")
        return _shown(session, found, _names(session, language), fields.kept(session))


def create(
    rt: Runtime,
    slug: str,
    labels: Mapping[str, str],
    *,
    personal: bool,
    sensitive: bool,
    shown: int = EXPOSED_AT_MOST,
    editable: bool = False,
    by: str,
    now: datetime,
    dry_run: bool = False,
) -> ProfileField:
    """Create a field; without a `slug`, one is made from its first label. An identical one is not created twice.

    Raises SlugRefused, LabelTaken, AskedByConditions.
    """
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        every = fields.every(session)
        name = slug or _free(labels, [each.slug for each in every])
        wanted = ProfileField(
            id=new_id(now),
            slug=name,
            labels=dict(labels),
            personal=personal,
            sensitive=sensitive,
            shown=shown,
            editable=editable,
        )
        if (same := _same(every, wanted, slug)) is not None:
            return same
        _refuse_slug(every, name)
        _refuse_labels(every, wanted)
        try:
            profile_fields.store(session, wanted, now=now)
        except SlugTaken as error:
            raise SlugRefused(f"the name {name} was taken at the same time") from error
        record(session, {}, _tree(wanted), by=by, now=now)
        return wanted


def save(
    rt: Runtime, before: ProfileField, after: ProfileField, *, by: str, now: datetime, dry_run: bool = False
) -> None:
    """Change a field. `before`: as it was shown.

    Raises FieldChanged, LabelTaken, StaysSensitive, AskedByConditions.
    """
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        if after.shown < before.shown and not dry_run:
            fields.lock_contacts(session, [before.id])
        if fields.lock(session, before.slug) != before:
            raise FieldChanged(f"the field {before.slug} was changed meanwhile")
        _refuse_labels(fields.every(session), after)
        profile_fields.store(session, after, now=now)
        record(session, _tree(before), _tree(after), by=by, now=now)


def delete(
    rt: Runtime, before: ProfileField, *, values_only: bool = False, by: Actor, now: datetime, dry_run: bool = False
) -> int:
    """Delete a field with its values, or only these. `before`: as it was shown. Returns how many contacts had a value.

    Raises FieldChanged, FieldStillNeeded.
    """
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        if not dry_run:  # imports and contacts are locked before the field, as by who fills it
            (import_cells.empty_field if values_only else import_cells.drop_field)(session, before.slug)
            fields.lock_contacts(session, [before.id])
        if fields.lock(session, before.slug) != before:
            raise FieldChanged(f"the field {before.slug} was changed meanwhile")
        count = fields.kept(session).get(before.id, StoredValues()).values
        (profile_fields.empty if values_only else profile_fields.remove)(session, before, now=now)
        act = AuditAct.FIELD_EMPTIED if values_only else AuditAct.FIELD_DELETED
        audit.record(session, act, by=by, about=before.slug, after=str(count), now=now)
        if not values_only:
            record(session, _tree(before), {}, by=by.name, now=now)
        return count


def _free(labels: Mapping[str, str], taken: list[str]) -> str:
    language, label = next(iter(labels.items()))
    return free_name(address_part(label, language=language) or "field", taken, language=language)


def _same(every: list[ProfileField], wanted: ProfileField, slug: str) -> ProfileField | None:
    def all_but_name(field: ProfileField) -> tuple[Mapping[str, str], bool, bool, int, bool]:
        return field.labels, field.personal, field.sensitive, field.shown, field.editable

    alike = (each for each in every if all_but_name(each) == all_but_name(wanted))
    return next((each for each in alike if slug in ("", each.slug)), None)


def _refuse_slug(every: list[ProfileField], slug: str) -> None:
    try:
        check_name(slug)
    except ValueError as error:
        raise SlugRefused(str(error)) from error
    if any(each.slug == slug for each in every):
        raise SlugRefused(f"the name {slug} is taken")


def _refuse_labels(every: list[ProfileField], wanted: ProfileField) -> None:
    """Raises LabelTaken: lists name a field by its label alone."""
    for each in every:
        for language, label in wanted.labels.items():
            if each.slug != wanted.slug and each.labels.get(language, "").casefold() == label.casefold():
                raise LabelTaken(f"the field {each.slug} is called {label}", by=each.id, language=language)


def _tree(field: ProfileField) -> Tree:
    return {"fields": {field.slug: field_tree(field)}}


def _names(session: Session, language: str) -> dict[str, str]:
    """Each purpose's name, by slug."""
    written, default = purposes.newest_wordings(session), hosts.organisation(session).default_language
    known = (each.slug for each in purposes.every(session))
    return {each: name_among(written.get(each, {}), each, language, default) for each in known}


def _shown(
    session: Session, field: ProfileField, names: Mapping[str, str], kept: Mapping[UUID, StoredValues]
) -> FieldShown:
    return FieldShown(
        field=field,
        kept=kept.get(field.id, StoredValues()),
        needs=profile_fields.needs_of(session, field.slug),
        waiting=import_cells.waiting_for(session, field.slug, states=(CHECK, APPLYING)),
        names=names,
    )
