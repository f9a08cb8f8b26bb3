"""The fields of profiles, and how each may be changed: one rule for the setup file and the page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from ...domain.errors import BookingError, UnknownPurpose
from ...domain.meeting import MeetingType
from ...domain.messages import Message
from ...domain.people import Host
from ...domain.purposes import Condition, PurposeKind
from ...domain.questions import Question
from ...storage import booking_fields, fields, hosts, meetings, messages, pending_changes, purposes
from ...storage.fields import ProfileField
from . import profile


class StaysSensitive(BookingError):
    """Its values are sealed for good and are never made readable again."""


class AskedByConditions(BookingError):
    """Conditions on its values exist, which no contact would meet once these are sealed. `asking`: which."""

    def __init__(self, message: str, *, asking: "Asking") -> None:
        super().__init__(message)
        self.asking = asking


class FieldStillNeeded(BookingError):
    """Something refers to the field. `needs`: what."""

    def __init__(self, message: str, *, needs: "FieldUses") -> None:
        super().__init__(message)
        self.needs = needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """A question whose answers are kept in a field."""

    host: Host
    meeting: MeetingType
    question: Question

    @property
    def key(self) -> str:
        """Its key in the setup file."""
        return f"hosts.{self.host.slug}.meetings.{self.meeting.slug}.questions[{self.question.key}].field"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldUses:
    """What refers to a field: purposes that allow to keep it, conditions, unfinished messages with such a condition,
    questions."""

    allowing: tuple[str, ...]
    asking: "Asking"
    messages: tuple[Message, ...]
    questions: tuple[Naming, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.allowing or self.asking or self.messages or self.questions)

    def keys(self) -> tuple[str, ...]:
        """Their keys in the setup file, and the messages."""
        allowed = (f"purposes.{each}.field" for each in self.allowing)
        return (
            *allowed,
            *self.asking.keys(),
            *(f"a message about {each.purpose} that is on its way" for each in self.messages),
            *(each.key for each in self.questions),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What has a condition on a field: purposes by slug, the preferences page, news."""

    purposes: tuple[str, ...]
    page: bool
    news: bool

    def __bool__(self) -> bool:
        return bool(self.purposes) or self.page or self.news

    def keys(self) -> tuple[str, ...]:
        """Their keys in the setup file."""
        rules = [key for key, holds in (("page_conditions", self.page), ("news_conditions", self.news)) if holds]
        return (*(f"purposes.{each}.conditions" for each in self.purposes), *(f"consents.{each}" for each in rules))


def store(session: Session, wanted: ProfileField, *, now: datetime) -> None:
    """Create or change a field.

    The worker seals its values once it is sensitive. Fewer readable characters apply at once, more only to values
    filled in later. Raises StaysSensitive, AskedByConditions, UnknownPurpose.
    """
    standing = fields.lock(session, wanted.slug)
    if standing is not None and standing.sensitive and not wanted.sensitive:
        raise StaysSensitive(f"the values of {wanted.slug} are sealed for good")
    if wanted.purpose and purposes.find(session, wanted.purpose) is None:
        raise UnknownPurpose(f"there is no purpose {wanted.purpose!r}")
    seals = wanted.sensitive and (standing is None or not standing.sensitive)
    if seals and (asking := asked_by(session, wanted.slug)):
        raise AskedByConditions(f"conditions ask for {wanted.slug}: {', '.join(asking.keys())}", asking=asking)
    if wanted != standing:
        fields.save(session, wanted)
    less = standing is not None and wanted.shown < standing.shown
    if less:
        fields.expose_less(session, wanted.id, most=wanted.shown)
    if (seals and standing is not None) or (less and wanted.sensitive):
        profile.owe_sealing(session, wanted, now=now)


def remove(session: Session, field: ProfileField, *, now: datetime) -> None:
    """Delete a field with all values, also in imports; the worker purges the files.

    Earlier answers are not kept in a later field of the same name. Raises FieldStillNeeded.
    """
    if needs := needs_of(session, field.slug):
        raise FieldStillNeeded(f"{field.slug} is named by {', '.join(needs.keys())}", needs=needs)
    fields.remove(session, field.id)
    booking_fields.forget_field(session, field.slug)
    pending_changes.forget_values(session, field.id)
    profile.owe_sealing(session, field, now=now)


def empty(session: Session, field: ProfileField, *, now: datetime) -> None:
    """Delete all values of a field, also in imports; the field and its locks stay.

    Earlier answers and pending requests don't fill it any more. Raises FieldStillNeeded: conditions refer to it.
    """
    needs = replace(needs_of(session, field.slug), allowing=(), questions=())
    if needs:
        raise FieldStillNeeded(f"{field.slug} is asked for by {', '.join(needs.keys())}", needs=needs)
    fields.empty_everywhere(session, field.id, at=now)
    booking_fields.forget_field(session, field.slug)
    pending_changes.forget_values(session, field.id)
    profile.owe_sealing(session, field, now=now)


def needs_of(session: Session, slug: str) -> FieldUses:
    allowing = (each for each in purposes.every(session) if each.kind is PurposeKind.FIELD)
    return FieldUses(
        allowing=tuple(each.slug for each in allowing if each.allows_field == slug),
        asking=asked_by(session, slug),
        messages=tuple(each for each in messages.under_way(session) if _names(each.among, slug)),
        questions=tuple(_naming(session, slug)),
    )


def _naming(session: Session, slug: str) -> Iterator[Naming]:
    for meeting in meetings.every(session):
        for each in meeting.questions:
            if each.field == slug:
                yield Naming(host=hosts.get(session, meeting.host_id), meeting=meeting, question=each)


def asked_by(session: Session, slug: str) -> Asking:
    """What has a condition on this field."""
    rules = purposes.rules(session)
    return Asking(
        purposes=tuple(each.slug for each in purposes.every(session) if _names(each.conditions, slug)),
        page=_names(rules.page.conditions, slug),
        news=_names(rules.news.conditions, slug),
    )


def _names(conditions: tuple[Condition, ...], slug: str) -> bool:
    return any(each.field == slug for each in conditions)
