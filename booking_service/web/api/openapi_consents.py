"""What the description of the API says of consents."""

from typing import Any

from ...domain.consent_columns import LENGTHS

_TEXT, _FLAG = {"type": "string"}, {"type": "boolean"}
_FILLED = {**_TEXT, "minLength": 1}
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Shown once. Of administrators: consents:read, consents:write. Of hosts, each for themselves: bookings:read, "
    "setup:read, webhooks:write.",
}
_STOOD = {**_TEXT, "description": "Only for a token that may read"}
_COLUMNS: dict[str, Any] = {name: {**_TEXT, "maxLength": length} for name, length in LENGTHS.items()}
_SAID = {
    "who": {**_FILLED, "description": "A mail address, or a phone number like +49 30 1234567"},
    "purpose": {**_FILLED, "description": "By its name in the setup"},
    "reason": {**_TEXT, "maxLength": 500, "description": "Goes on record; the token's name where left out"},
}
SCHEMAS: dict[str, Any] = {
    "Consents": {
        "type": "object",
        "required": ["consents"],
        "properties": {"consents": {"type": "array", "items": {"$ref": "#/components/schemas/Consent"}}},
    },
    "Consent": {
        "type": "object",
        "properties": {
            **_COLUMNS,
            **{name: _TEXT for name in ("purpose", "entry_id", "act", "at", "standing", "why_not")},
            "contact": {"type": "object", "properties": {name: _TEXT for name in ("address", "phone", "name")}},
            "question": {"type": ["string", "null"]},
            "since": {"type": ["string", "null"]},
            "until": {"type": ["string", "null"]},
            "expired": _FLAG,
            "may_be_used": _FLAG,
        },
    },
    "NewConsent": {
        "type": "object",
        "required": ["who", "purpose"],
        "additionalProperties": False,
        "properties": {**_SAID, **_COLUMNS, "implied": _FLAG},
    },
    "OptOut": {
        "type": "object",
        "required": ["who", "purpose", "theirs"],
        "additionalProperties": False,
        "properties": {
            **_SAID,
            "theirs": {**_FLAG, "description": "They asked for it, and only they lift it; or it is your decision"},
        },
    },
    "Changed": {
        "type": "object",
        "required": ["changed", "entry_id"],
        "properties": {
            "changed": {**_FLAG, "description": "false: it stood so already"},
            "entry_id": {"type": ["string", "null"]},
            "before": _STOOD,
            "after": _STOOD,
        },
    },
}


def paths(problem: dict[str, Any]) -> dict[str, Any]:
    return {
        "/api/v1/consents": {
            "get": {
                "operationId": "findConsents",
                "summary": "Consents that carry an id, with what stands now",
                "security": [{"token": ["consents:read"]}],
                "parameters": [{"name": "optin_id", "in": "query", "required": True, "schema": _FILLED}],
                "responses": {
                    "200": _answer("Consents", "Oldest first; empty where none carries it"),
                    **_refusals(problem),
                },
            },
            "post": _change(
                "recordConsent", "Record a consent that was given elsewhere: never double opt-in", "NewConsent", problem
            ),
        },
        "/api/v1/consents/opt-out": {
            "post": _change("optOut", "End a purpose, or * for all of them, at once", "OptOut", problem)
        },
    }


def _change(id: str, summary: str, body: str, problem: dict[str, Any]) -> dict[str, Any]:
    schema = {"schema": {"$ref": f"#/components/schemas/{body}"}}
    return {
        "operationId": id,
        "summary": summary,
        "security": [{"token": ["consents:write"]}],
        "requestBody": {
            "required": True,
            "content": {"application/json": schema, "application/x-www-form-urlencoded": schema},
        },
        "responses": {
            "200": _answer("Changed", "The same request twice is one change"),
            "409": {**problem, "description": "The rules refuse it: nothing was changed"},
            **{status: problem for status in ("408", "413", "415")},
            **_refusals(problem),
        },
    }


def _answer(schema: str, text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


def _refusals(problem: dict[str, Any]) -> dict[str, Any]:
    return {status: problem for status in ("400", "401", "403", "422", "429", "503")}
