"""Hosts and what can be booked with them, for programs: what their own pages show to everybody."""

from typing import Any

from starlette.responses import JSONResponse, Response

from ...actions.times import public
from ...actions.times.offers import find_public
from ...domain.localized_text import HostText, worded
from ...domain.meeting import Approval, MeetingType
from ...domain.people import Host
from ...domain.questions import Question
from ...language import Language
from ..http.request import PageRequest
from ..public.details_form import field_names
from .formats import address, limit_headers

_FRESH = {"Cache-Control": "no-cache"}


def show_host(request: PageRequest) -> Response:
    """GET /api/v1/hosts/{host}"""
    request.look("slots_per_network")
    seen = public.host_page(request.rt, request.params["host"])
    host, language = seen.host, request.choose_language(seen.organisation, host=seen.host.language)
    paused = host.paused(request.now)
    body = {
        "host": host.slug,
        "name": host.name,
        "time_zone": host.zone.key,
        "page": address(request, f"/{host.slug}"),
        "closed_until": paused.isoformat() if paused else None,
        "meetings": [_brief(request, host, each, language) for each in seen.meetings],
    }
    return JSONResponse(body, headers=_headers(request, language))


def show_meeting(request: PageRequest) -> Response:
    """GET /api/v1/meeting-types/{host}/{meeting}, listed or not: whoever asks knows its name."""
    request.look("slots_per_network")
    offering = find_public(request.rt, request.params["host"], request.params["meeting"], now=request.now)
    host, meeting = offering.host, offering.meeting
    language = request.choose_language(offering.organisation, host=host.language)
    body = {
        **_brief(request, host, meeting, language),
        "host": host.slug,
        "time_zone": host.zone.key,
        "place": meeting.place.value,
        "confirmed_by_mail": meeting.wants_doi(forced=offering.organisation.doi_forced),
        "approved_by_host": meeting.approval is not Approval.NONE,
        "hold_minutes": _minutes(meeting.hold_lifetime.total_seconds()),
        "notice_minutes": _minutes(meeting.rules.notice.total_seconds()),
        "guests_at_most": meeting.guests_at_most,
        "questions": [_question(each, language, writer=host.language) for each in meeting.questions],
    }
    return JSONResponse(body, headers=_headers(request, language))


def _headers(request: PageRequest, language: Language) -> dict[str, str]:
    return {**_FRESH, "Content-Language": language.tag, **limit_headers(request, "slots_per_network")}


def _brief(request: PageRequest, host: Host, meeting: MeetingType, language: Language) -> dict[str, Any]:
    return {
        "meeting": meeting.slug,
        "title": _read(meeting.title, language, writer=host.language),
        "description": _read(meeting.description, language, writer=host.language),
        "duration_minutes": _minutes(meeting.rules.duration.total_seconds()),
        "page": address(request, f"/{host.slug}/{meeting.slug}"),
    }


def _question(question: Question, language: Language, *, writer: str) -> dict[str, Any]:
    """`fields`: in which of the hold's it is answered; one for each option where several may be chosen."""
    after = question.only_after
    return {
        "fields": list(field_names(question)),
        "label": _read(question.label, language, writer=writer),
        "kind": question.kind.value,
        "required": question.required,
        "options": [_read(each, language, writer=writer) for each in question.options],
        "only_after": {"question": after.question, "answer": after.answer} if after else None,
    }


def _read(text: HostText, language: Language, *, writer: str) -> str:
    return worded(text, language.code, writer=writer).text


def _minutes(seconds: float) -> int:
    return int(seconds) // 60
