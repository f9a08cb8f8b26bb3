"""What the description of the API says of a host's own bookings, setup and webhooks."""

from typing import Any

from ...domain.booking_filter import Which

_TEXT, _FLAG, _COUNT = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "minimum": 0}
_INSTANT = {"type": "string", "format": "date-time", "examples": ["2026-11-24T09:00:00+01:00"]}
_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_ID = {"type": "string", "format": "uuid"}
_SPANS = {"type": "array", "items": {**_TEXT, "examples": ["09:00-12:30"]}}
_INVITEE = {"type": ["object", "null"], "properties": {name: _TEXT for name in ("name", "email", "language")}}
_WEBHOOK = {
    "webhook_id": _ID,
    "url": {"type": "string", "format": "uri"},
    "failing_since": _MAYBE_INSTANT,
    "error": {"type": ["string", "null"]},
}
SCHEMAS: dict[str, Any] = {
    "OwnBooking": {
        "type": "object",
        "properties": {
            "booking_id": {**_ID, "description": "As webhooks have it"},
            "revision": _COUNT,
            **{name: _TEXT for name in ("meeting_type", "time_zone")},
            "state": {"enum": ["held", "confirmed", "expired", "cancelled"]},
            **{name: _INSTANT for name in ("start", "end", "created_at")},
            "hold_until": _MAYBE_INSTANT,
            "test": _FLAG,
            "invitee": {**_INVITEE, "description": "null: erased"},
            "guests": {"type": "array", "items": _TEXT},
        },
    },
    "OwnBookings": {
        "type": "object",
        "required": ["bookings", "next"],
        "properties": {
            "bookings": {"type": "array", "items": {"$ref": "#/components/schemas/OwnBooking"}},
            "next": {"type": ["string", "null"], "description": "Ask again with it as `after`; null: that was all"},
        },
    },
    "OwnMeetingTypes": {
        "type": "object",
        "properties": {
            "meeting_types": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        **{name: _TEXT for name in ("meeting_type", "title")},
                        "duration_minutes": _COUNT,
                        **{name: _FLAG for name in ("listed", "active")},
                    },
                },
            }
        },
    },
    "OwnHours": {
        "type": "object",
        "properties": {
            "time_zone": _TEXT,
            "weekly": {"type": "object", "additionalProperties": _SPANS, "description": "By day, monday first"},
            "exceptions": {
                "type": "array",
                "items": {"type": "object", "properties": {"first_on": _TEXT, "last_on": _TEXT, "hours": _SPANS}},
            },
            "closed_until": {"type": ["string", "null"], "format": "date"},
        },
    },
    "OwnCalendars": {
        "type": "object",
        "properties": {
            "calendars": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "calendar_id": _ID,
                        "name": _TEXT,
                        "takes_bookings": _FLAG,
                        "blocks_time": _FLAG,
                        "read_at": _MAYBE_INSTANT,
                        "unreachable_since": _MAYBE_INSTANT,
                    },
                },
            }
        },
    },
    "Webhook": {"type": "object", "properties": _WEBHOOK},
    "Webhooks": {
        "type": "object",
        "properties": {"webhooks": {"type": "array", "items": {"$ref": "#/components/schemas/Webhook"}}},
    },
    "NewWebhook": {"type": "object", "required": ["url"], "properties": {"url": _WEBHOOK["url"]}},
    "AddedWebhook": {
        "type": "object",
        "properties": {**_WEBHOOK, "secret": {**_TEXT, "description": "Signs what it is sent; never shown again"}},
    },
}


def paths(problem: dict[str, Any]) -> dict[str, Any]:
    below = "/api/v1/host"
    return {
        f"{below}/bookings": {
            "get": {
                **_reading(
                    "listOwnBookings",
                    "List the host's bookings, a page at a time",
                    "OwnBookings",
                    "bookings:read",
                    problem,
                ),
                "parameters": [
                    _query("state", "Which ones; upcoming unless given", {"enum": [each.value for each in Which]}),
                    _query("meeting", "Only of this meeting type, by its name in addresses", _TEXT),
                    _query("after", "The `next` of the page before", _TEXT),
                ],
            }
        },
        f"{below}/bookings/{{id}}": {
            "get": {
                **_reading("showOwnBooking", "One of the host's bookings", "OwnBooking", "bookings:read", problem),
                "parameters": [_in_path()],
            }
        },
        f"{below}/meeting-types": {
            "get": _reading("listOwnMeetingTypes", "The host's meeting types", "OwnMeetingTypes", "setup:read", problem)
        },
        f"{below}/hours": {
            "get": _reading("showOwnHours", "The host's hours, with exceptions", "OwnHours", "setup:read", problem)
        },
        f"{below}/calendars": {
            "get": _reading(
                "listOwnCalendars",
                "The host's calendars, and whether they can be read",
                "OwnCalendars",
                "setup:read",
                problem,
            )
        },
        f"{below}/webhooks": {
            "get": _reading("listWebhooks", "List the host's webhooks", "Webhooks", "webhooks:write", problem),
            "post": {
                **_reading("addWebhook", "Add a webhook", "AddedWebhook", "webhooks:write", problem, status="201"),
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewWebhook"}}},
                },
            },
        },
        f"{below}/webhooks/{{id}}": {
            "delete": {
                "operationId": "removeWebhook",
                "summary": "Remove a webhook",
                "security": [{"token": ["webhooks:write"]}],
                "parameters": [_in_path()],
                "responses": {"204": {"description": "It is removed"}, **_refusals(problem)},
            }
        },
    }


def _reading(
    id: str, summary: str, schema: str, scope: str, problem: dict[str, Any], *, status: str = "200"
) -> dict[str, Any]:
    answer = {
        "description": summary,
        "headers": {"RateLimit": {"description": "How often one may still ask (r)", "schema": _TEXT}},
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    more = {"409": problem} if status == "201" else {}
    return {
        "operationId": id,
        "summary": summary,
        "security": [{"token": [scope]}],
        "responses": {status: answer, **more, **_refusals(problem)},
    }


def _query(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _in_path() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": _ID}


def _refusals(problem: dict[str, Any]) -> dict[str, Any]:
    return {status: problem for status in ("400", "401", "403", "404", "422", "429", "503")}
