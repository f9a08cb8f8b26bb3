"""link: one-time links, each for one booking."""

from datetime import timedelta
from typing import Annotated

import typer

from ..actions.access import one_time_links
from ..actions.access.one_time_links import LASTS, ListedLink
from ..actions.setup import hosts, meeting_types
from ..domain.errors import NotFound
from ..domain.people import Host
from ..runtime import Runtime
from .context import opened
from .options import Json
from .output import say, say_json, tell
from .refusals import CommandRefused
from .terminal import say_table

link = typer.Typer(no_args_is_help=True, help="One-time links: each for one booking, until a day.")
HostName = Annotated[str, typer.Argument(help="The host's name in addresses.")]


@link.command()
def make(
    context: typer.Context,
    host: HostName,
    meeting: Annotated[str, typer.Argument(help="The meeting type's name in addresses, listed or hidden.")],
    note: Annotated[str, typer.Option(help="Whom it is for, as a reminder; no invitee reads it.")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it can be used.")] = LASTS.days,
    as_json: Json = False,
) -> None:
    """Make a link with which one booking can be made."""
    with opened(context) as rt:
        own = _own(rt, host, meeting)
        made = one_time_links.make(rt, own.meeting, note=note, lasts=timedelta(days=days), now=rt.clock.now())
        address = f"{rt.settings.base_url or ''}{made.path}"
    if as_json:
        return say_json({"id": made.link.id, "address": address, "until": made.link.until})
    return say(address)


@link.command("list")
def list_links(context: typer.Context, host: HostName, as_json: Json = False) -> None:
    """Every one-time link of a host, with what became of it; the newest first."""
    with opened(context) as rt:
        found = one_time_links.listed(rt, _host(rt, host).id, now=rt.clock.now())
        base = rt.settings.base_url or ""
    if as_json:
        return say_json([_told(each, base) for each in found])
    rows = [(str(each.link.id)[:8], each.meeting.slug, each.link.note, each.state, each.link.until) for each in found]
    return say_table(("id", "meeting type", "for", "state", "until"), rows, empty="There are no one-time links yet.")


@link.command()
def revoke(
    context: typer.Context,
    host: HostName,
    id: Annotated[str, typer.Argument(help="The link's id, or the first characters of it, as `link list` shows it.")],
    as_json: Json = False,
) -> None:
    """Take a link back: it no longer works. A booking already made with it stays."""
    with opened(context) as rt:
        owner = _host(rt, host)
        known = [str(each.link.id) for each in one_time_links.listed(rt, owner.id, now=rt.clock.now())]
        meant = [each for each in known if each.startswith(id.lower())]
        if len(meant) != 1:
            raise CommandRefused(f"{host} has {'no' if not meant else 'more than one'} link {id!r}")
        one_time_links.revoke(rt, owner.id, meant[0], now=rt.clock.now())
    return tell("It no longer works.", as_json=as_json, id=meant[0])


def _host(rt: Runtime, slug: str) -> Host:
    found = [each.host for each in hosts.summaries(rt, now=rt.clock.now()) if each.host.slug == slug]
    if not found:
        raise CommandRefused(f"there is no host {slug!r}; `booking-service user list` shows them")
    return found[0]


def _own(rt: Runtime, host: str, meeting: str) -> meeting_types.OwnMeeting:
    try:
        return meeting_types.own(rt, _host(rt, host).id, meeting)
    except NotFound as error:
        raise CommandRefused(f"{host} has no meeting type {meeting!r}") from error


def _told(each: ListedLink, base: str) -> dict[str, object]:
    link = each.link
    return {
        "id": link.id,
        "address": f"{base}{each.path}",
        "meeting": each.meeting.slug,
        "note": link.note,
        "state": str(each.state),
        "until": link.until,
        "booking": link.booking_id,
    }
