"""A host's list of bookings as a file, with the answers that are not sensitive."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.booking import lists
from ...actions.booking.inbox import InboxLine
from ...domain.localized_text import worded
from ...domain.meeting import MeetingType
from ...domain.questions import Question
from ..http.security import PRIVATE
from ..http.signed_in_pages import SignedInRequest
from ..parts.csv_file import csv_file
from .booking_filter import host_id_of, wanted_in
from .booking_words import badge, title


def export(request: SignedInRequest) -> Response:
    """POST /host/bookings/export?q=&state=&type=: all matches up to EXPORTED_AT_MOST; on record."""
    kinds = lists.meetings_of(request.rt, host_id_of(request))
    lines = lists.export(
        request.rt,
        host_id_of(request),
        wanted_in(request, kinds),
        kinds=kinds,
        by=request.actor,
        now=request.now,
    )
    asked = _asked(kinds)
    head = (*_head(request), *(_label(request, each) for each in asked))
    keys = [question.key for question in asked]
    rows = (_row(request, each, keys) for each in lines)
    return csv_file(f"bookings-{request.now:%Y-%m-%d}.csv", head, rows, dict(PRIVATE))


def _asked(kinds: Sequence[MeetingType]) -> list[Question]:
    """The questions whose answers are exported, each key once, without any that is sensitive somewhere."""
    sensitive = {each.key for kind in kinds for each in kind.questions if each.sensitive}
    plain = {each.key: each for kind in kinds for each in kind.questions if each.key not in sensitive}
    return list(plain.values())


def _label(request: SignedInRequest, question: Question) -> str:
    return worded(question.label, request.language.code, writer=request.language.code).text


def _head(request: SignedInRequest) -> tuple[str, ...]:
    language = request.language
    return (
        language.text("Reference"),
        language.text("State"),
        language.text("From"),
        language.text("Until"),
        language.text("Meeting type"),
        language.text("Name"),
        language.text("Email"),
        language.text("Guests"),
        language.text("Asked for"),
    )


def _row(request: SignedInRequest, line: InboxLine, keys: Sequence[str]) -> list[str]:
    booking, zone, language = line.booking, request.person.zone, request.language
    answers = {key: text for key, text in booking.answers if key in line.meeting.plain_keys}
    return [
        str(booking.id),
        badge(booking, line.meeting, language, zone=zone, now=request.now).text,
        _local(booking.time.start, zone),
        _local(booking.time.end, zone),
        title(line.meeting, language).text,
        booking.invitee.name,
        booking.invitee.email,
        " ".join(booking.guests),
        _local(booking.created_at, zone),
        *(answers.get(key, "") for key in keys),
    ]


def _local(instant: datetime, zone: ZoneInfo) -> str:
    """2026-11-24 09:00+01:00, in the host's zone."""
    return instant.astimezone(zone).isoformat(sep=" ", timespec="minutes")
