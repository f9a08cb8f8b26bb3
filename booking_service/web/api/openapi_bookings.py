"""What the description of the API says of hosts, meeting types and bookings."""

from typing import Any

_TEXT, _FLAG, _COUNT = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "minimum": 0}
_INSTANT = {"type": "string", "format": "date-time", "examples": ["2026-11-24T09:00:00+01:00"]}
_URL = {"type": "string", "format": "uri"}
_BRIEF = {**{name: _TEXT for name in ("meeting", "title", "description")}, "duration_minutes": _COUNT, "page": _URL}
_QUESTION = {
    "type": "object",
    "properties": {
        "fields": {"type": "array", "items": _TEXT, "description": "In which of the hold's fields it is answered"},
        "label": _TEXT,
        "kind": _TEXT,
        "required": _FLAG,
        "options": {"type": "array", "items": _TEXT},
        "only_after": {"type": ["object", "null"], "properties": {"question": _TEXT, "answer": _TEXT}},
    },
}
_TOKEN = {**_TEXT, "description": "What follows /m/ in the link that the invitee was mailed"}
SCHEMAS: dict[str, Any] = {
    "Host": {
        "type": "object",
        "required": ["host", "name", "time_zone", "page", "closed_until", "meetings"],
        "properties": {
            **{name: _TEXT for name in ("host", "name", "time_zone")},
            "page": _URL,
            "closed_until": {"type": ["string", "null"], "format": "date"},
            "meetings": {"type": "array", "items": {"type": "object", "properties": _BRIEF}},
        },
    },
    "MeetingType": {
        "type": "object",
        "properties": {
            **_BRIEF,
            **{name: _TEXT for name in ("host", "time_zone", "place")},
            **{name: _FLAG for name in ("confirmed_by_mail", "approved_by_host")},
            **{name: _COUNT for name in ("hold_minutes", "notice_minutes", "guests_at_most")},
            "questions": {"type": "array", "items": _QUESTION},
        },
    },
    "NewHold": {
        "type": "object",
        "required": ["host", "meeting", "start", "name", "email"],
        "properties": {
            **{name: _TEXT for name in ("host", "meeting", "name", "email")},
            "start": {**_INSTANT, "description": "One of the times on offer"},
            "zone": {**_TEXT, "description": "The invitee's time zone; the host's unless given"},
            "lang": {**_TEXT, "description": "The language of their emails: de, en or nl"},
            "guests": {**_TEXT, "description": "Addresses with commas between"},
        },
        "patternProperties": {"^answer-": _TEXT},
    },
    "Booking": {
        "type": "object",
        "required": [
            *(
                "id",
                "host",
                "meeting",
                "state",
                "start",
                "end",
                "time_zone",
                "held_until",
                "keeps_time",
                "awaits",
                "page",
            ),
        ],
        "properties": {
            **{name: _TEXT for name in ("id", "host", "meeting", "time_zone")},
            "state": {"enum": ["held", "confirmed", "expired", "cancelled"]},
            "start": _INSTANT,
            "end": _INSTANT,
            "held_until": {"type": ["string", "null"], "format": "date-time"},
            "keeps_time": {**_FLAG, "description": "false: nobody keeps the time, and the first to confirm gets it"},
            "awaits": {"type": "array", "items": {"enum": ["invitee", "host"]}},
            "page": _URL,
        },
    },
    "Reschedule": {
        "type": "object",
        "required": ["token", "start"],
        "properties": {"token": _TOKEN, "start": _INSTANT},
    },
    "Cancel": {
        "type": "object",
        "required": ["token"],
        "properties": {"token": _TOKEN, "reason": {**_TEXT, "maxLength": 500}},
    },
}


def paths(problem: dict[str, Any]) -> dict[str, Any]:
    seen, kept = _answers(problem, 404, 429, 503), _answers(problem, 400, 403, 404, 409, 410, 413, 415, 422, 429, 503)
    id = _in_path("id", "The booking's id, which the answer to its hold has")
    hold = {
        "operationId": "hold",
        "summary": "Hold a time; its invitee is mailed the link that confirms it",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same again for the same invitee and time: the same hold, and one email",
                "schema": _TEXT,
            }
        ],
        "requestBody": _body("NewHold"),
        "responses": {
            "201": {
                **_content("Booking", "It is held, or booked where nobody has to confirm"),
                "headers": {"Location": {"schema": _TEXT}},
            },
            **kept,
        },
    }
    return {
        "/api/v1/hosts/{host}": {
            "get": {
                "operationId": "showHost",
                "summary": "A host, and what of theirs is listed",
                "parameters": [_in_path("host", "The host's name in addresses")],
                "responses": {"200": _content("Host", "The host"), **seen},
            }
        },
        "/api/v1/meeting-types/{host}/{meeting}": {
            "get": {
                "operationId": "showMeetingType",
                "summary": "What can be booked, and what its form asks",
                "parameters": [
                    _in_path("host", "The host's name in addresses"),
                    _in_path("meeting", "The meeting type's name in addresses"),
                ],
                "responses": {"200": _content("MeetingType", "The meeting type"), **seen},
            }
        },
        "/api/v1/holds": {"post": hold},
        "/api/v1/bookings/{id}": {
            "get": {
                "operationId": "showBooking",
                "summary": "How a booking stands",
                "parameters": [id],
                "responses": {"200": _content("Booking", "The booking"), **_answers(problem, 404, 410, 429, 503)},
            }
        },
        "/api/v1/bookings/{id}/reschedule": {
            "post": _changing("reschedule", "Take another time", "Reschedule", id, kept)
        },
        "/api/v1/bookings/{id}/cancel": {"post": _changing("cancel", "Release or cancel it", "Cancel", id, kept)},
    }


def _changing(name: str, summary: str, body: str, id: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [id],
        "requestBody": _body(body),
        "responses": {"200": _content("Booking", "The booking as it is now"), **kept},
    }


def _in_path(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": text, "schema": _TEXT}


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _content(schema: str, text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _answers(problem: dict[str, Any], *statuses: int) -> dict[str, Any]:
    return {str(status): problem for status in statuses}
