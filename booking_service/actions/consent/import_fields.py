"""What an import's columns fill in profile fields: decided line by line, written together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent_file import Meaning, Plan
from ...domain.purposes import Purpose, PurposeKind
from ...runtime import Runtime
from ...storage import fields, imports
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.fields import KeptValue, ProfileField
from ...storage.imports import Import, ImportLine
from . import import_cells, profile
from .contacts import Circle


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field that a column may fill."""

    slug: str
    label: str
    sensitive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What a line does to its contact's fields.

    `stays`: a field with a value in the line stays unchanged, as it is locked or all use is stopped.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    stays: bool = False


NOTHING = Filling()


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The fields that columns fill, by slug, with their values by contact and field.

    `ended`: the purpose's field, where these lines themselves end the permission to keep it.
    """

    fields: Mapping[str, ProfileField]
    ended: str = ""
    stands: dict[tuple[object, UUID], str] = field(default_factory=dict)
    locked: set[tuple[object, UUID]] = field(default_factory=set)

    def read(self, session: Session, contacts: Collection[UUID]) -> None:
        """Read the values of these contacts' fields, without overwriting values from earlier lines."""
        new = {each for each in contacts if not any((each, kept.id) in self.stands for kept in self.fields.values())}
        if not self.fields or not new:
            return
        for key, standing in fields.standing_in(session, new, [each.id for each in self.fields.values()]).items():
            self.stands[key] = standing.value
            if standing.locked:
                self.locked.add(key)

    def fill(self, whose: object, circle: Circle, wanted: Mapping[str, str]) -> Filling:
        """What a line fills, which counts for later lines of the contact.

        A sensitive value always counts as new: saying whether it is the same would let somebody guess it.
        """
        asked = {slug: value for slug, value in wanted.items() if slug in self.fields}
        if not asked:
            return NOTHING
        if profile.stopped_by(circle) is not None:
            return Filling(stays=True)
        open = {slug: value for slug, value in asked.items() if not self._is_locked(whose, self.fields[slug])}
        values = {slug: value for slug, value in open.items() if self._differs(whose, self.fields[slug], value)}
        for slug, value in values.items():
            kept = self.fields[slug]
            self.stands[whose, kept.id] = "" if kept.sensitive else value
        return Filling(values=values, stays=len(open) < len(asked))

    def _is_locked(self, whose: object, kept: ProfileField) -> bool:
        return kept.slug == self.ended or (whose, kept.id) in self.locked

    def _differs(self, whose: object, kept: ProfileField, value: str) -> bool:
        return kept.sensitive or self.stands.get((whose, kept.id)) != value


def columns_of(session: Session, plan: Plan, purpose: Purpose) -> Columns:
    """The existing fields; where no column fills one, nothing is read."""
    if not plan.fields:
        return Columns(fields={})
    known = {each.slug: each for each in fields.every(session)}
    ends = purpose.kind is PurposeKind.FIELD and plan.meaning is Meaning.OUT_THEIRS
    return Columns(
        fields={slug: known[slug] for slug in plan.fields.values() if slug in known},
        ended=purpose.allows_field if ends else "",
    )


def kept(
    rt: Runtime, columns: Columns, contact: Contact, values: Mapping[str, str], *, now: datetime
) -> list[KeptValue]:
    return [profile.as_kept(rt, contact.id, columns.fields[slug], value, at=now) for slug, value in values.items()]


def choices(rt: Runtime, language: str) -> tuple[FieldChoice, ...]:
    with snapshot(rt.engine) as session:
        return tuple(FieldChoice(each.slug, each.label(language), each.sensitive) for each in fields.every(session))


def refuse_unknown(session: Session, plan: Plan) -> None:
    """Raises UnknownField."""
    for slug in plan.fields.values():
        profile.known_field(session, slug)


def sensitive_places(session: Session, plan: Plan) -> dict[int, int]:
    """The columns that fill a sensitive field, with the number of readable characters."""
    return import_cells.places_of(session, plan.fields)


def forget_cells(session: Session, id: UUID, plan: Plan, lines: Sequence[ImportLine]) -> None:
    """Delete the cells for sensitive fields from these lines."""
    places = sensitive_places(session, plan)
    if places:
        imports.rewrite(session, id, [imports.without_cells(each, places) for each in lines if each.cells])


def owe_rewriting(session: Session, made: Import, plan: Plan, *, now: datetime) -> None:
    """Have the database purge these cells from its files."""
    places = sensitive_places(session, plan)
    for each in fields.every(session) if places else ():
        if each.slug in {plan.fields[at] for at in places}:
            profile.owe_sealing(session, each, now=now)
