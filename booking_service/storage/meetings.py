"""Meeting types, and the JSON of their rules and choices."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, select, update

from ..domain.availability import WorkingHours, parse_spans
from ..domain.booking import Booking
from ..domain.meeting import Approval, ConsentBlock, DoubleOptIn, HoldPolicy, MeetingType, Place
from ..domain.questions import OnlyAfter, Question, QuestionKind
from ..domain.slots import Horizon, SlotRules
from .statements import first_of, one_of, rows_of
from .tables.setup import HostRow, MeetingTypeRow
from .types import host_text_from_json, host_text_to_json

_MEETING = select(MeetingTypeRow).where(MeetingTypeRow.id == bindparam("of_id"))
_BY_SLUG = select(MeetingTypeRow).where(
    MeetingTypeRow.host_id == bindparam("host_id"), MeetingTypeRow.slug == bindparam("slug")
)
_ALL_OF_HOST = (
    select(MeetingTypeRow)
    .where(MeetingTypeRow.host_id == bindparam("host_id"))
    .order_by(col(MeetingTypeRow.position), col(MeetingTypeRow.slug))
)
_OF_HOST = _ALL_OF_HOST.where(~col(MeetingTypeRow.deleted))


def get(session: Session, meeting_type_id: UUID) -> MeetingType:
    return to_meeting(one_of(session, _MEETING, of_id=meeting_type_id))


def of_host(session: Session, host_id: UUID, *, deleted: bool = False) -> list[MeetingType]:
    """In their order. `deleted`: including deleted ones, of which there may be bookings."""
    return [to_meeting(row) for row in rows_of(session, _ALL_OF_HOST if deleted else _OF_HOST, host_id=host_id)]


def every(session: Session) -> list[MeetingType]:
    """Of all hosts, in each host's order, without deleted ones."""
    order = col(MeetingTypeRow.position), col(MeetingTypeRow.slug)
    rows = session.exec(select(MeetingTypeRow).where(~col(MeetingTypeRow.deleted)).order_by(*order))
    return [to_meeting(row) for row in rows]


def opt_ins(session: Session) -> list[DoubleOptIn]:
    """The double opt-in settings of all meeting types that can be booked."""
    rows = session.exec(select(MeetingTypeRow.choices).where(col(MeetingTypeRow.active), ~col(MeetingTypeRow.deleted)))
    return [DoubleOptIn(each["doi"]) for each in rows]


def of_booking(session: Session, booking: Booking) -> MeetingType:
    """The meeting type of a booking, with the booking's own room."""
    return get(session, booking.meeting_type_id).for_booking(booking.id)


def of_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, MeetingType]:
    rows = session.exec(select(MeetingTypeRow).where(col(MeetingTypeRow.id).in_(ids)))
    return {row.id: to_meeting(row) for row in rows}


def by_slug(session: Session, host_id: UUID, slug: str) -> MeetingType | None:
    row = first_of(session, _BY_SLUG, host_id=host_id, slug=slug)
    return to_meeting(row) if row and not row.deleted else None


def delete(session: Session, meeting: MeetingType) -> None:
    """Delete: nobody can book it and its slug is free again; existing bookings keep it."""
    gone = replace(meeting, active=False, listed=False, slug=f"{meeting.slug}~{meeting.id.hex}")
    save(session, gone)
    session.flush()
    session.get_one(MeetingTypeRow, meeting.id).deleted = True


def save(session: Session, meeting: MeetingType, *, position: int | None = None) -> None:
    """Insert or update, and raise the version of the host's offers. Without `position` it keeps its place; a new one is
    first."""
    if position is None:
        standing = session.get(MeetingTypeRow, meeting.id)
        position = standing.position if standing else 0
    session.exec(
        update(HostRow).where(col(HostRow.id) == meeting.host_id).values(offers_version=col(HostRow.offers_version) + 1)
    )
    session.merge(
        MeetingTypeRow(
            id=meeting.id,
            host_id=meeting.host_id,
            slug=meeting.slug,
            title=meeting.title,
            position=position,
            active=meeting.active,
            listed=meeting.listed,
            rules=_rules(meeting.rules),
            choices={name: choice.write(getattr(meeting, name)) for name, choice in _CHOICES.items()},
        )
    )


def to_meeting(row: MeetingTypeRow) -> MeetingType:
    """A choice that did not exist when the row was stored has its default."""
    kept = {name: choice.read(row.choices[name]) for name, choice in _CHOICES.items() if name in row.choices}
    return MeetingType(
        id=row.id,
        host_id=row.host_id,
        slug=row.slug,
        title=row.title,
        active=row.active,
        listed=row.listed,
        rules=to_rules(row.rules),
        **kept,
    )


def to_rules(kept: dict[str, Any]) -> SlotRules:
    last_on = kept["last_on"]
    return SlotRules(
        duration=timedelta(seconds=kept["duration"]),
        increment=timedelta(seconds=kept["increment"]),
        buffer_before=timedelta(seconds=kept["buffer_before"]),
        buffer_after=timedelta(seconds=kept["buffer_after"]),
        notice=timedelta(seconds=kept["notice"]),
        horizon=Horizon(days=kept["horizon_days"], last_on=date.fromisoformat(last_on) if last_on else None),
        per_day=kept["per_day"],
        per_week=kept["per_week"],
    )


def _rules(rules: SlotRules) -> dict[str, Any]:
    last_on = rules.horizon.last_on
    return {
        "duration": _seconds(rules.duration),
        "increment": _seconds(rules.increment),
        "buffer_before": _seconds(rules.buffer_before),
        "buffer_after": _seconds(rules.buffer_after),
        "notice": _seconds(rules.notice),
        "horizon_days": rules.horizon.days,
        "last_on": last_on.isoformat() if last_on else None,
        "per_day": rules.per_day,
        "per_week": rules.per_week,
    }


def hours_text(hours: WorkingHours) -> list[str]:
    """One text per weekday, Monday first, readable by `parse_spans`."""
    return [", ".join(str(span) for span in day) for day in hours.weekly]


def _seconds(delta: timedelta) -> int:
    return int(delta.total_seconds())


def _question(question: Question) -> dict[str, Any]:
    return {
        **asdict(question),
        "label": host_text_to_json(question.label),
        "options": [host_text_to_json(each) for each in question.options],
    }


def _to_question(kept: dict[str, Any]) -> Question:
    """Rows from before question kinds have `long` instead."""
    kind = kept.get("kind") or (QuestionKind.LONG if kept.get("long") else QuestionKind.TEXT)
    after = kept.get("only_after")
    return Question(
        key=kept["key"],
        label=host_text_from_json(kept["label"]),
        kind=QuestionKind(kind),
        required=kept["required"],
        sensitive=kept["sensitive"],
        options=tuple(host_text_from_json(each) for each in kept.get("options", ())),
        only_after=OnlyAfter(**after) if after else None,
        field=kept.get("field", ""),
    )


def _as_it_is(value: Any) -> Any:
    return value


def _delta(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class _Choice:
    """How a choice is written as JSON and read back."""

    write: Callable[[Any], Any] = _as_it_is
    read: Callable[[Any], Any] = _as_it_is


_PLAIN = _Choice()
_TIME = _Choice(_seconds, _delta)
_TEXT = _Choice(host_text_to_json, host_text_from_json)
_CHOICES = {
    "description": _TEXT,
    "hours": _Choice(
        lambda hours: hours_text(hours) if hours else None,
        lambda kept: WorkingHours(tuple(parse_spans(day) for day in kept)) if kept else None,
    ),
    "hold_lifetime": _TIME,
    "doi": _Choice(str, DoubleOptIn),
    "approval": _Choice(str, Approval),
    "approval_lifetime": _TIME,
    "hold_policy": _Choice(str, HoldPolicy),
    "tell_of_holds": _PLAIN,
    "calendar_wins": _PLAIN,
    "place": _Choice(str, Place),
    "location": _PLAIN,
    "calendar": _PLAIN,
    "questions": _Choice(
        lambda questions: [_question(each) for each in questions],
        lambda kept: tuple(_to_question(each) for each in kept),
    ),
    "purposes": _Choice(
        lambda blocks: [asdict(each) for each in blocks],
        lambda kept: tuple(ConsentBlock(**each) for each in kept),
    ),
    "guests_at_most": _PLAIN,
    "change_until": _TIME,
    "moves_at_most": _PLAIN,
    "remind_before": _Choice(
        lambda befores: [_seconds(each) for each in befores], lambda kept: tuple(_delta(each) for each in kept)
    ),
    "one_time_only": _PLAIN,
    "embed_from": _Choice(list, tuple),
    "alarm_before": _Choice(
        lambda before: None if before is None else _seconds(before), lambda kept: None if kept is None else _delta(kept)
    ),
}
