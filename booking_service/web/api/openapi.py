"""The description of the API (OpenAPI 3.1), by hand: it is small, and a promise."""

from typing import Any

from starlette.responses import JSONResponse, Response

from ..http.request import PageRequest
from . import openapi_bookings, openapi_consents, openapi_own

_INSTANT = {"type": "string", "format": "date-time", "examples": ["2026-11-24T09:00:00+01:00"]}
_PROBLEM = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def description(request: PageRequest) -> Response:
    """GET /api/openapi.json"""
    return JSONResponse(document(request.rt.settings.base_url or ""), headers={"Access-Control-Allow-Origin": "*"})


def document(base_url: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Booking Service",
            "version": "1",
            "description": "Hosts, their meeting types and free times, and holding one, open to everybody; a booking by its own "
            "link; a host's own bookings, setup and webhooks, and consents, by a token. There is no way to confirm a booking or a consent here: that stays with whoever holds the mailbox.",
        },
        "servers": [{"url": base_url}] if base_url else [],
        "paths": {
            "/api/v1/slots": {"get": _slots()},
            **openapi_bookings.paths(_PROBLEM),
            **openapi_own.paths(_PROBLEM),
            **openapi_consents.paths(_PROBLEM),
        },
        "components": {
            "schemas": _schemas() | openapi_bookings.SCHEMAS | openapi_own.SCHEMAS | openapi_consents.SCHEMAS,
            "securitySchemes": {"token": openapi_consents.TOKEN},
        },
    }


def _slots() -> dict[str, Any]:
    return {
        "operationId": "listSlots",
        "summary": "Times on offer, 62 days at most",
        "parameters": [
            _parameter("host", "The host's name in addresses", required=True),
            _parameter("meeting", "The meeting type's name in addresses", required=True),
            _parameter("from", "A date or an instant (RFC 3339); now unless given"),
            _parameter("to", "A date, included, or an instant, excluded; 31 days after `from` unless given"),
            _parameter("zone", "An IANA time zone for dates and offsets; the host's unless given"),
        ],
        "responses": {
            "200": {
                "description": "The times, in order. With an ETag: ask again with If-None-Match.",
                "headers": {
                    "ETag": {"schema": {"type": "string"}},
                    "RateLimit": {
                        "description": "How often one may still ask (r), and in how many seconds that becomes more (t)",
                        "schema": {"type": "string"},
                    },
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Slots"}}},
            },
            "304": {"description": "Nothing has changed"},
            "400": _PROBLEM,
            "404": _PROBLEM,
            "422": _PROBLEM,
            "429": _PROBLEM,
            "503": _PROBLEM,
        },
    }


def _parameter(name: str, text: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": text, "schema": {"type": "string"}}


def _schemas() -> dict[str, Any]:
    slot = {"type": "object", "required": ["start", "end"], "properties": {"start": _INSTANT, "end": _INSTANT}}
    texts = {name: {"type": "string"} for name in ("host", "meeting", "time_zone")}
    return {
        "Slots": {
            "type": "object",
            "required": ["host", "meeting", "time_zone", "from", "to", "slots"],
            "properties": {**texts, "from": _INSTANT, "to": _INSTANT, "slots": {"type": "array", "items": slot}},
        },
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "request_id": {"type": "string"},
            },
        },
    }
