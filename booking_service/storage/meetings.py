"""Meeting types, and how their rules and choices are written down."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select, update

from ..domain.availability import WorkingHours, parse_spans
from ..domain.meeting import Approval, DoubleOptIn, HoldPolicy, MeetingType, Place, Question
from ..domain.slots import Horizon, SlotRules
from .tables import HostRow, MeetingTypeRow


def get(session: Session, meeting_type_id: UUID) -> MeetingType:
    return to_meeting(session.exec(select(MeetingTypeRow).where(MeetingTypeRow.id == meeting_type_id)).one())


def by_slug(session: Session, host_id: UUID, slug: str) -> MeetingType | None:
    row = session.exec(
        select(MeetingTypeRow).where(MeetingTypeRow.host_id == host_id, MeetingTypeRow.slug == slug)
    ).first()
    return to_meeting(row) if row else None


def of_host(session: Session, host_id: UUID) -> list[MeetingType]:
    rows = session.exec(
        select(MeetingTypeRow)
        .where(MeetingTypeRow.host_id == host_id)
        .order_by(col(MeetingTypeRow.position), col(MeetingTypeRow.slug))
    )
    return [to_meeting(row) for row in rows]


def save(session: Session, meeting: MeetingType, *, position: int = 0) -> None:
    """Insert or update; what is on offer counts as changed."""
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
            choices=_choices(meeting),
        )
    )


def to_meeting(row: MeetingTypeRow) -> MeetingType:
    choices = row.choices
    return MeetingType(
        id=row.id,
        host_id=row.host_id,
        slug=row.slug,
        title=row.title,
        active=row.active,
        listed=row.listed,
        rules=to_rules(row.rules),
        description=choices["description"],
        hours=WorkingHours(tuple(parse_spans(day) for day in choices["hours"])) if choices["hours"] else None,
        hold_lifetime=timedelta(seconds=choices["hold_lifetime"]),
        doi=DoubleOptIn(choices["doi"]),
        approval=Approval(choices["approval"]),
        approval_lifetime=timedelta(seconds=choices["approval_lifetime"]),
        hold_policy=HoldPolicy(choices["hold_policy"]),
        place=Place(choices["place"]),
        location=choices["location"],
        questions=tuple(Question(**question) for question in choices["questions"]),
        guests_at_most=choices["guests_at_most"],
        change_until=timedelta(seconds=choices["change_until"]),
        moves_at_most=choices["moves_at_most"],
        remind_before=tuple(timedelta(seconds=s) for s in choices["remind_before"]),
        alarm_before=_maybe_delta(choices["alarm_before"]),
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


def _choices(meeting: MeetingType) -> dict[str, Any]:
    return {
        "description": meeting.description,
        "hours": hours_text(meeting.hours) if meeting.hours else None,
        "hold_lifetime": _seconds(meeting.hold_lifetime),
        "doi": str(meeting.doi),
        "approval": str(meeting.approval),
        "approval_lifetime": _seconds(meeting.approval_lifetime),
        "hold_policy": str(meeting.hold_policy),
        "place": str(meeting.place),
        "location": meeting.location,
        "questions": [
            {"key": q.key, "label": q.label, "required": q.required, "long": q.long, "sensitive": q.sensitive}
            for q in meeting.questions
        ],
        "guests_at_most": meeting.guests_at_most,
        "change_until": _seconds(meeting.change_until),
        "moves_at_most": meeting.moves_at_most,
        "remind_before": [_seconds(delta) for delta in meeting.remind_before],
        "alarm_before": _seconds(meeting.alarm_before) if meeting.alarm_before is not None else None,
    }


def hours_text(hours: WorkingHours) -> list[str]:
    """One text per weekday, Monday first, as `parse_spans` reads it."""
    return [", ".join(str(span) for span in day) for day in hours.weekly]


def _seconds(delta: timedelta) -> int:
    return int(delta.total_seconds())


def _maybe_delta(seconds: int | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds is not None else None
