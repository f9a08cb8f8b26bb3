"""A host's own bookings, setup and webhooks, for programs of theirs that come with a token. Nothing here confirms a booking."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from ...actions.access.api_tokens import Caller
from ...actions.booking import find, lists
from ...actions.consent import follow_ups
from ...actions.consent.follow_ups import OfChanges, ToldAlready, TooManyWebhooks, WebhookRefused
from ...actions.setup import calendars, meeting_types
from ...domain.api_tokens import Scope
from ...domain.audit import Actor, named
from ...domain.availability import Span
from ...domain.booking import Booking, BookingState
from ...domain.booking_filter import BookingFilter, ListCursor, Which
from ...domain.errors import NotFound
from ...domain.ids import read_id
from ...domain.localized_text import worded
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ..http.parsing import read_cursor, written_cursor
from ..http.request import PageRequest
from ..http.responses import problem
from ..http.security import PRIVATE
from .formats import shown, unreadable
from .token_callers import by_token

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class QueryWrong(Exception):
    """A part of the address can't be read; the message begins with its name."""


def bookings(request: PageRequest) -> Response:
    """GET /api/v1/host/bookings?state=&meeting=&after="""
    return by_token(request, Scope.BOOKINGS, _bookings)


def booking(request: PageRequest) -> Response:
    """GET /api/v1/host/bookings/{id}"""
    return by_token(request, Scope.BOOKINGS, _booking)


def meetings(request: PageRequest) -> Response:
    """GET /api/v1/host/meeting-types"""
    return by_token(request, Scope.SETUP, _meetings)


def week(request: PageRequest) -> Response:
    """GET /api/v1/host/hours"""
    return by_token(request, Scope.SETUP, _hours)


def connected(request: PageRequest) -> Response:
    """GET /api/v1/host/calendars"""
    return by_token(request, Scope.SETUP, _calendars)


def webhooks(request: PageRequest) -> Response:
    """GET /api/v1/host/webhooks"""
    return by_token(request, Scope.WEBHOOKS, _webhooks)


def add_webhook(request: PageRequest) -> Response:
    """POST /api/v1/host/webhooks: `url`. The answer alone has the secret."""
    return by_token(request, Scope.WEBHOOKS, _add_webhook)


def remove_webhook(request: PageRequest) -> Response:
    """Have a webhook told nothing more: DELETE /api/v1/host/webhooks/{id}."""
    return by_token(request, Scope.WEBHOOKS, _remove_webhook)


def _bookings(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    kinds = lists.meetings_of(request.rt, host.id)
    try:
        wanted, after = _wanted(request.query, kinds), _after(request.query.get("after", ""))
    except QueryWrong as error:
        return unreadable(request, str(error))
    found = lists.listed(request.rt, host.id, wanted, kinds=kinds, after=after, now=request.now)
    further = written_cursor(found.further) if found.further else None
    told = [_told(each.booking, each.meeting, host) for each in found.lines]
    return JSONResponse({"bookings": told, "next": further}, headers=PRIVATE)


def _booking(request: PageRequest, caller: Caller) -> Response:
    found = find.own(request.rt, caller.person.host_id, request.params["id"])
    kinds = {each.id: each for each in lists.meetings_of(request.rt, found.host_id)}
    host = meeting_types.host_of(request.rt, found.host_id)
    return JSONResponse(_told(found, kinds[found.meeting_type_id], host), headers=PRIVATE)


def _told(found: Booking, meeting: MeetingType, host: Host) -> dict[str, Any]:
    """No answers: those to sensitive questions are shown to people only, one at a time."""
    invitee = {"name": found.invitee.name, "email": found.invitee.email, "language": found.invitee.language}
    return {
        "booking_id": str(found.id),
        "revision": found.revision,
        "meeting_type": meeting.slug,
        "state": found.state.value,
        "start": shown(found.time.start, host.zone),
        "end": shown(found.time.end, host.zone),
        "time_zone": host.zone.key,
        "hold_until": shown(found.hold_until, host.zone) if found.state is BookingState.HELD else None,
        "created_at": shown(found.created_at, host.zone),
        "test": found.test,
        "invitee": None if found.erased else invitee,
        "guests": list(found.guests),
    }


def _meetings(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    told = [
        {
            "meeting_type": each.slug,
            "title": worded(each.title, host.language, writer=host.language).text,
            "duration_minutes": int(each.rules.duration.total_seconds()) // 60,
            "listed": each.listed,
            "active": each.active,
        }
        for each in meeting_types.every(request.rt, host.id)
    ]
    return JSONResponse({"meeting_types": told}, headers=PRIVATE)


def _hours(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    paused = host.paused(request.now)
    body = {
        "time_zone": host.zone.key,
        "weekly": {day: _spans(spans) for day, spans in zip(_DAYS, host.hours.weekly, strict=True)},
        "exceptions": [
            {"first_on": each.first_on.isoformat(), "last_on": each.last_on.isoformat(), "hours": _spans(each.spans)}
            for each in host.overrides
        ],
        "closed_until": paused.isoformat() if paused else None,
    }
    return JSONResponse(body, headers=PRIVATE)


def _spans(spans: tuple[Span, ...]) -> list[str]:
    return [str(each) for each in spans]


def _calendars(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    seen = calendars.show(request.rt, host.id, now=request.now)
    told = [
        {
            "calendar_id": str(each.calendar.id),
            "name": each.calendar.name,
            "takes_bookings": each.calendar.target,
            "blocks_time": each.calendar.conflicts,
            "read_at": shown(each.calendar.pulled_at, host.zone) if each.calendar.pulled_at else None,
            "unreachable_since": shown(each.calendar.failing_since, host.zone) if each.calendar.failing_since else None,
        }
        for account in seen.accounts
        for each in account.calendars
    ]
    return JSONResponse({"calendars": told}, headers=PRIVATE)


def _webhooks(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    found = follow_ups.of_changes(request.rt, host.id)
    return JSONResponse({"webhooks": [_webhook(each, host) for each in found]}, headers=PRIVATE)


def _webhook(each: OfChanges, host: Host) -> dict[str, Any]:
    since = each.rule.failing_since
    return {
        "webhook_id": str(each.rule.id),
        "url": each.rule.url,
        "failing_since": shown(since, host.zone) if since else None,
        "error": each.rule.error or None,
    }


def _add_webhook(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    try:
        made, secret = follow_ups.add_of_changes(
            request.rt, request.form.get("url", ""), host_id=host.id, by=_actor(request, caller), now=request.now
        )
    except WebhookRefused as error:
        return problem(request, 422, kind="webhook", title="It can't be told", detail=str(error))
    except (ToldAlready, TooManyWebhooks) as error:
        return problem(request, 409, kind="webhook", title="Nothing was added", detail=str(error))
    body = {**_webhook(OfChanges(made, host), host), "secret": secret}
    return JSONResponse(body, status_code=201, headers=PRIVATE)


def _remove_webhook(request: PageRequest, caller: Caller) -> Response:
    host = meeting_types.host_of(request.rt, caller.person.host_id)
    id = read_id(request.params["id"])
    if id not in {each.rule.id for each in follow_ups.of_changes(request.rt, host.id)}:
        raise NotFound("there is no such webhook")
    follow_ups.remove(request.rt, id, by=_actor(request, caller), now=request.now)
    return Response(status_code=204, headers=PRIVATE)


def _actor(request: PageRequest, caller: Caller) -> Actor:
    """The host, by which program of theirs."""
    return Actor(name=f"{named(caller.person)} ({caller.token.name})", network=request.network)


def _wanted(query: Mapping[str, str], kinds: list[MeetingType]) -> BookingFilter:
    """Raises QueryWrong."""
    state, slug = query.get("state", Which.UPCOMING.value), query.get("meeting", "")
    if state not in set(Which):
        raise QueryWrong(f"state: one of {', '.join(Which)}")
    chosen = next((each.id for each in kinds if each.slug == slug), None)
    if slug and chosen is None:
        raise QueryWrong("meeting: there is no such meeting type of yours")
    return BookingFilter(which=Which(state), meeting_id=chosen)


def _after(written: str) -> ListCursor | None:
    """Raises QueryWrong."""
    place = read_cursor(written)
    if written and place is None:
        raise QueryWrong("after: the `next` of an answer before")
    return place
