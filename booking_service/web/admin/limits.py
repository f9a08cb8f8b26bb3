"""Limits, attack mode, and blocked networks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from ...actions.access import attack
from ...actions.access import network_blocks as acts
from ...actions.operations import limits_overview
from ...actions.operations.limits_overview import LimitShown
from ...domain.attack import USUAL, Attack
from ...domain.booking import BookingState
from ...domain.network_blocks import BlockRefused, NotBlocked, read_network
from ...language import Language
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from . import network_blocks
from .network_blocks import BlocksView

LIMITS = "/admin/limits"
_LENGTHS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 168))


@dataclass(frozen=True, slots=True)
class Length:
    value: int
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class LimitLine:
    key: str
    words: str
    value: str
    usual: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsView:
    """`state`: since when, until when and by whom attack mode is on, or how it ended; "" for never.

    `floods`: reasons to switch it on. `figures`: numbers with labels. `blocked`: about blocked mailboxes; "" for none.
    """

    on: bool
    state: str
    floods: tuple[str, ...]
    lengths: tuple[Length, ...]
    action: str
    did: str
    figures: tuple[tuple[int, str], ...]
    limits: tuple[LimitLine, ...]
    blocked: str
    blocks: BlocksView


def show(request: SignedInRequest) -> Response:
    """GET /admin/limits"""
    return _page(request)


def block(request: SignedInRequest) -> Response:
    """POST /admin/limits/block: `network`, `reason`, `days` (0: until unblocked); `own`: it may be the
    administrator's."""
    form = request.form
    try:
        acts.block(
            request.rt,
            form.get("network", ""),
            reason=form.get("reason", ""),
            lasts=network_blocks.lasts(form.get("days", "")),
            by=request.actor,
            own="own" in form,
            now=request.now,
        )
    except BlockRefused as error:
        return _page(request, why=error.why, status=422)
    return see_other(request.href(LIMITS, did="blocked"))


def let_in(request: SignedInRequest) -> Response:
    """POST /admin/limits/let-in: `network`. Does nothing where it is not blocked."""
    try:
        network = read_network(request.form.get("network", ""))
    except BlockRefused:
        return see_other(request.href(LIMITS))
    acts.let_in(request.rt, network, by=request.actor, now=request.now)
    return see_other(request.href(LIMITS, did="let-in"))


def _page(request: SignedInRequest, *, why: NotBlocked | None = None, status: int = 200) -> Response:
    found, language = limits_overview.show(request.rt, now=request.now), request.language
    is_on = found.attack is not None and found.attack.on(request.now)
    view = LimitsView(
        on=is_on,
        state=_state(request, found.attack) if found.attack else "",
        floods=tuple(map(language.sentence, found.floods)),
        lengths=tuple(Length(_hours(each), _length(each, language), each == USUAL) for each in _LENGTHS),
        action=request.plain(LIMITS),
        did=_told(request.query.get("did", ""), language, is_on=is_on),
        figures=(
            (found.bookings.open_holds, language.text("times held right now")),
            (found.bookings.decided[BookingState.CONFIRMED], language.text("booked in the last 24 hours")),
            (found.bookings.decided[BookingState.EXPIRED], language.text("not confirmed in the last 24 hours")),
        ),
        limits=tuple(_line(each, language) for each in found.limits),
        blocked=language.plural(
            "{count} mailbox said “never write to me again”",
            "{count} mailboxes said “never write to me again”",
            found.blocked,
        )
        if found.blocked
        else "",
        blocks=network_blocks.view(request, found.blocks, why),
    )
    return page(request, "admin/limits.html", view, desk_frame(request), status=status)


def _line(limit: LimitShown, language: Language) -> LimitLine:
    return LimitLine(limit.key, language.sentence(limit.words), limit.value, limit.usual)


def switch(request: SignedInRequest) -> Response:
    """POST /admin/limits: attack mode on for some hours, or off. Anything else does nothing."""
    if request.form.get("switch") == "off":
        attack.end(request.rt, by=request.actor, now=request.now)
        return see_other(request.href(LIMITS, did="off"))
    lasts = next((each for each in _LENGTHS if str(_hours(each)) == request.form.get("hours", "")), None)
    if request.form.get("switch") != "on" or lasts is None:
        return see_other(request.href(LIMITS))
    attack.begin(request.rt, lasts=lasts, by=request.actor, now=request.now)
    return see_other(request.href(LIMITS, did="on"))


def _state(request: SignedInRequest, found: Attack) -> str:
    language = request.language
    since, until = _instant(request, found.since), _instant(request, found.until)
    if found.on(request.now):
        return language.text("On since {since}, until {until}. Set by {who}.", since=since, until=until, who=found.by)
    return language.text("Last on from {since} to {until}.", since=since, until=until)


def _instant(request: SignedInRequest, at: datetime) -> str:
    zone = request.person.zone
    return request.language.instant(at, zone, today=request.now.astimezone(zone).date())


def _hours(length: timedelta) -> int:
    return length // timedelta(hours=1)


def _length(length: timedelta, language: Language) -> str:
    if length > USUAL:
        return language.plural("{count} day", "{count} days", length // USUAL)
    return language.plural("{count} hour", "{count} hours", _hours(length))


def _told(did: str, language: Language, *, is_on: bool) -> str:
    match did:
        case "on" if is_on:
            return language.text("It is on.")
        case "off" if not is_on:
            return language.text("It is off.")
        case "blocked":
            return language.text("Saved. No time can be held from there; mailed links still work.")
        case "let-in":
            return language.text("Times can be held from there again.")
        case _:
            return ""
