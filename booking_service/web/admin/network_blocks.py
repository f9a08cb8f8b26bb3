"""Blocked networks on the page of limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from ...domain.network_blocks import MOST, REASON_LENGTH, NetworkBlock, NotBlocked
from ...domain.text import one_line
from ...language import Language
from ..http.forms import Problem
from ..http.signed_in_pages import SignedInRequest

BLOCK, LET_IN = "/admin/limits/block", "/admin/limits/let-in"
_DAYS = (1, 7, 30, 365)
_USUAL = "7"
_UNTIL_LET_IN = "0"


@dataclass(frozen=True, slots=True)
class BlockLine:
    network: str
    about: str
    until: str


@dataclass(frozen=True, slots=True)
class DaysChoice:
    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksView:
    """`network`, `reason`: as typed in a refused form. `wrong`: by field name.

    `asks_own`: a block of one's own network must be confirmed.
    """

    lines: tuple[BlockLine, ...]
    days: tuple[DaysChoice, ...]
    block: str
    let_in: str
    network: str
    reason: str
    problems: tuple[Problem, ...]
    wrong: dict[str, str]
    asks_own: bool


def view(request: SignedInRequest, blocks: Sequence[NetworkBlock], why: NotBlocked | None) -> BlocksView:
    """`why`: why the form was refused."""
    form, language = request.form if why else {}, request.language
    problems = (_problem(why, language),) if why else ()
    chosen = form.get("days", _USUAL)
    return BlocksView(
        lines=tuple(_line(request, each) for each in blocks),
        days=(
            *(
                DaysChoice(str(days), language.plural("{count} day", "{count} days", days), str(days) == chosen)
                for days in _DAYS
            ),
            DaysChoice(_UNTIL_LET_IN, language.text("Until it is unblocked"), chosen == _UNTIL_LET_IN),
        ),
        block=request.plain(BLOCK),
        let_in=request.plain(LET_IN),
        network=one_line(form.get("network", "")),
        reason=one_line(form.get("reason", "")),
        problems=problems,
        wrong={each.field: each.text for each in problems},
        asks_own=why is NotBlocked.OWN,
    )


def lasts(days: str) -> timedelta | None:
    """The length chosen in the form; None: until unblocked. Anything else is zero, which is refused."""
    if days == _UNTIL_LET_IN:
        return None
    return timedelta(days=next((each for each in _DAYS if str(each) == days), 0))


def _line(request: SignedInRequest, block: NetworkBlock) -> BlockLine:
    language = request.language
    about = language.text(
        "By {who}, {date}: “{reason}”", who=block.by, date=_instant(request, block.since), reason=block.reason
    )
    until = language.text("Until it is unblocked")
    if block.until is not None:
        until = language.text("Until {time}", time=_instant(request, block.until))
    return BlockLine(str(block.network), about, until)


def _instant(request: SignedInRequest, at: datetime) -> str:
    zone = request.person.zone
    return request.language.instant(at, zone, today=request.now.astimezone(zone).date())


def _problem(why: NotBlocked, language: Language) -> Problem:
    match why:
        case NotBlocked.UNREADABLE:
            text = language.text("Enter an address or a network, such as 203.0.113.0/24 or 2001:db8:7::/48")
            return Problem("network", text)
        case NotBlocked.TOO_WIDE:
            text = language.text("This is too wide: a /16 of IPv4 or a /32 of IPv6 at most")
            return Problem("network", text)
        case NotBlocked.PROXY:
            text = language.text(
                "This is the machine of the service: everybody whose proxy is not in trusted_proxies seems "
                "to come from there"
            )
            return Problem("network", text)
        case NotBlocked.OWN:
            text = language.text(
                "You are in this network yourself. Tick that you mean it, or name another one. If the proxy "
                "in front is not in trusted_proxies, everybody seems to come from there"
            )
            return Problem("own", text)
        case NotBlocked.REASON:
            text = language.text("Say why, in {count} characters at most", count=REASON_LENGTH)
            return Problem("reason", text)
        case NotBlocked.LENGTH:
            return Problem("days", language.text("Choose how long"))
        case NotBlocked.TOO_MANY:
            text = language.text(
                "{count} networks are blocked, which is the limit: unblock one first, or name a wider one", count=MOST
            )
            return Problem("network", text)
        case _:
            assert_never(why)
