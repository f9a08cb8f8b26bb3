"""The form for a calendar account, at first and after a failure. A password is never shown again."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.setup.welcome import progress
from ..http.responses import language_name, page
from ..http.session import PROFILE
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .welcome_providers import (
    PROVIDERS,
    CalendarProvider,
    address_hint,
    beside_name,
    password_hint,
    passwords_page,
    user_hint,
)
from .welcome_steps import CALENDAR


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    beside: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of discovery: name and outcome in words, and a sentence."""

    text: str
    outcome: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Why no calendar was found, and what to do. `server_words`: the server's own.

    `report`: everything as text to pass on, without the password.
    """

    title: str
    remedy: str
    server_words: str
    steps: tuple[StepLine, ...]
    report: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFormView:
    tiles: tuple[Tile, ...]
    provider: str
    address: str
    user: str
    address_hint: str
    user_hint: str
    password_hint: str
    passwords: str
    passwords_name: str
    wrong: Mapping[str, str]
    is_wrong: bool
    failed: Failed | None
    zone: str
    spoken: str
    profile: str
    language: str
    action: str
    later: str


def calendar_form(
    request: SignedInRequest,
    *,
    provider: str = "",
    address: str | None = None,
    user: str = "",
    wrong: Mapping[str, str] | None = None,
    failed: Failed | None = None,
    status: int = 200,
) -> Response:
    """`address`: as typed; None for the one that the tile fills in."""
    chosen = PROVIDERS.get(provider, PROVIDERS["nextcloud"])
    language, host = request.language, progress(request.rt, request.host_id).host
    shown = chosen.address if address is None else address
    view = CalendarFormView(
        tiles=tuple(_tile(request, each, chosen) for each in PROVIDERS.values()),
        provider=chosen.key,
        address=shown,
        user=user,
        address_hint=address_hint(chosen, language),
        user_hint=user_hint(chosen, language),
        password_hint=password_hint(chosen, language),
        passwords=passwords_page(chosen, shown),
        passwords_name=chosen.name,
        wrong={name: (wrong or {}).get(name, "") for name in ("address", "user", "password")},
        is_wrong=bool(wrong),
        failed=failed,
        zone=host.zone.key,
        spoken=language_name(request.person.language),
        profile=request.href(PROFILE),
        language=language.code,
        action=request.href(CALENDAR),
        later=request.href("/host"),
    )
    return page(request, "host/welcome_calendar.html", view, desk_frame(request), status=status)


def _tile(request: SignedInRequest, provider: CalendarProvider, chosen: CalendarProvider) -> Tile:
    href = request.href(CALENDAR, provider=provider.key)
    return Tile(provider.name, beside_name(provider, request.language), href, provider is chosen)
