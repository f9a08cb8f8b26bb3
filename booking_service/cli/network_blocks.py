"""blocks: networks that are shut out by hand, and let in again."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, assert_never

import typer

from ..actions.access import network_blocks
from ..domain.audit import Actor
from ..domain.network_blocks import MOST, REASON_LENGTH, BlockRefused, NetworkBlock, NotBlocked, read_network
from .context import opened, who_sits_here
from .options import Json
from .output import say, say_json
from .refusals import WRONG_USE, CommandRefused
from .terminal import say_table

blocks = typer.Typer(no_args_is_help=True, help="Blocked networks, from which no time can be held.")
_Network = Annotated[
    str, typer.Argument(metavar="NETWORK", help="An address, or a network like 203.0.113.0/24 or 2001:db8:7::/48.")
]


@blocks.command("list")
def show_list(context: typer.Context, as_json: Json = False) -> None:
    """Each blocked network, until when, by whom and why; the newest first."""
    with opened(context) as rt:
        found = network_blocks.listed(rt, now=rt.clock.now())
    if as_json:
        return say_json([_shown(each) for each in found])
    rows = [(str(each.network), each.until or "until let in", each.since, each.by, each.reason) for each in found]
    return say_table(("Network", "Until", "Since", "By", "Why"), rows, empty="Everybody may hold a time.")


@blocks.command()
def add(
    context: typer.Context,
    network: _Network,
    reason: Annotated[str, typer.Option(help="Why. Administrators read it, and the audit log keeps it.")],
    days: Annotated[int, typer.Option("--days", help="For how long, 1 to 365.")] = 7,
    until_let_in: Annotated[bool, typer.Option("--until-let-in", help="Until somebody unblocks it.")] = False,
    as_json: Json = False,
) -> None:
    """Block a network: no time can be held from it. Mailed links still work from there."""
    with opened(context) as rt:
        try:
            lasts = None if until_let_in else timedelta(days=days)
            by, now = Actor(name=who_sits_here()), rt.clock.now()
            made = network_blocks.block(rt, network, reason=reason, lasts=lasts, by=by, now=now)
        except OverflowError as error:
            raise CommandRefused(_why(NotBlocked.LENGTH), code=WRONG_USE) from error
        except BlockRefused as error:
            raise CommandRefused(_why(error.why), code=WRONG_USE) from error
    if as_json:
        return say_json(_shown(made))
    until = f"until {made.until:%Y-%m-%d %H:%M} UTC" if made.until else "until it is unblocked"
    return say(f"No time can be held from {made.network} {until}.")


@blocks.command("let-in")
def let_in(context: typer.Context, network: _Network, as_json: Json = False) -> None:
    """Unblock a network: times can be held from it again."""
    with opened(context) as rt:
        try:
            read = read_network(network)
        except BlockRefused as error:
            raise CommandRefused(_why(error.why), code=WRONG_USE) from error
        done = network_blocks.let_in(rt, read, by=Actor(name=who_sits_here()), now=rt.clock.now())
    if as_json:
        return say_json({"network": str(read), "let_in": done})
    if not done:
        return say(f"{read} is not blocked; nothing was changed.")
    return say(f"{read} is no longer blocked.")


def _shown(block: NetworkBlock) -> dict[str, Any]:
    return {**asdict(block), "network": str(block.network)}


def _why(why: NotBlocked) -> str:
    match why:
        case NotBlocked.UNREADABLE:
            return "Give an address, or a network like 203.0.113.0/24 or 2001:db8:7::/48."
        case NotBlocked.TOO_WIDE:
            return "That is too wide: a /16 of IPv4 or a /32 of IPv6 at most."
        case NotBlocked.PROXY | NotBlocked.OWN:
            return "That is this machine, from which everybody comes whose proxy is not in trusted_proxies."
        case NotBlocked.REASON:
            return f"--reason is 1 to {REASON_LENGTH} characters"
        case NotBlocked.LENGTH:
            return "--days is 1 to 365"
        case NotBlocked.TOO_MANY:
            return f"{MOST} networks are shut out, which is the most: let one in first, or name a wider one."
        case _:
            assert_never(why)
