"""Which fields of contacts there are, and what each may become: one rule for the setup file and for the page."""

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
from ...storage import booking_fields, fields, hosts, meetings, messages, pending, purposes
from ...storage.fields import ProfileField
from . import profile


class StaysSensitive(BookingError):
    """Its values are sealed for good: nobody makes them readable again."""


class AskedByConditions(BookingError):
    """Conditions ask what stands in it, and would be met by nobody once it is sealed. `asking`: which."""

    def __init__(self, message: str, *, asking: "Asking") -> None:
        super().__init__(message)
        self.asking = asking


class StillNeeded(BookingError):
    """Something names it, and would ask for what is no more. `needs`: what."""

    def __init__(self, message: str, *, needs: "Needs") -> None:
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
        """Where the setup file has it."""
        return f"hosts.{self.host.slug}.meetings.{self.meeting.slug}.questions[{self.question.key}].field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What names a field: purposes that allow to keep it, by their slugs, conditions, messages under way with a condition on
    it, and questions whose answers are kept there."""

    allowing: tuple[str, ...]
    asking: "Asking"
    messages: tuple[Message, ...]
    questions: tuple[Naming, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.allowing or self.asking or self.messages or self.questions)

    def keys(self) -> tuple[str, ...]:
        """Where the setup file has them, and the messages."""
        allowed = (f"purposes.{each}.field" for each in self.allowing)
        return (
            *allowed,
            *self.asking.keys(),
            *(f"a message about {each.purpose} that is on its way" for each in self.messages),
            *(each.key for each in self.questions),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What has a condition on a field: purposes, by their slugs, who sees all of the preferences page, who is told news."""

    purposes: tuple[str, ...]
    page: bool
    news: bool

    def __bool__(self) -> bool:
        return bool(self.purposes) or self.page or self.news

    def keys(self) -> tuple[str, ...]:
        """Where the setup file has them."""
        rules = [key for key, holds in (("page_conditions", self.page), ("news_conditions", self.news)) if holds]
        return (*(f"purposes.{each}.conditions" for each in self.purposes), *(f"consents.{each}" for each in rules))


def store(session: Session, wanted: ProfileField, *, now: datetime) -> None:
    """Have a field be so, a new one or the one that is there. What stands in it is sealed by the worker once it is sensitive; of what is
    sealed fewer characters may be seen at once, and more only of what is filled in from then on.

    Raises StaysSensitive, AskedByConditions, UnknownPurpose.
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
    """Delete a field with all that stands in it, also in lines of imports; the worker rewrites the files after it. What was answered on
    forms before comes into no field that is called so later. Raises StillNeeded."""
    if needs := needs_of(session, field.slug):
        raise StillNeeded(f"{field.slug} is named by {', '.join(needs.keys())}", needs=needs)
    fields.remove(session, field.id)
    booking_fields.forget_field(session, field.slug)
    pending.forget_values(session, field.id)
    profile.owe_sealing(session, field, now=now)


def empty(session: Session, field: ProfileField, *, now: datetime) -> None:
    """Delete all that stands in a field, also in lines of imports, and keep it with its locks. Answers on forms that were sent before,
    and what people asked for on their pages, come to stand in it for nobody. Raises StillNeeded: conditions ask what stands there."""
    needs = replace(needs_of(session, field.slug), allowing=(), questions=())
    if needs:
        raise StillNeeded(f"{field.slug} is asked for by {', '.join(needs.keys())}", needs=needs)
    fields.empty_everywhere(session, field.id, at=now)
    booking_fields.forget_field(session, field.slug)
    pending.forget_values(session, field.id)
    profile.owe_sealing(session, field, now=now)


def needs_of(session: Session, slug: str) -> Needs:
    allowing = (each for each in purposes.every(session) if each.kind is PurposeKind.FIELD)
    return Needs(
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
