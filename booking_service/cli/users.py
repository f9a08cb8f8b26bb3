"""user: hosts, their names and their public addresses."""

from typing import Annotated

import typer

from ..actions.setup import hosts
from ..actions.setup.hosts import HostSummary
from .context import opened
from .options import Json
from .output import say, say_json
from .terminal import say_table

user = typer.Typer(no_args_is_help=True, help="Hosts: the people whose time is booked.")


@user.command()
def add(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="The name in addresses, like ada.")],
    name: Annotated[str, typer.Option(help="As invitees read it.")],
    email: Annotated[str, typer.Option(help="Where the host is told of bookings.")],
    zone: Annotated[str, typer.Option(help="The time zone of the host's hours, like Europe/Berlin.")],
    language: Annotated[str, typer.Option(help="en, de or nl.")] = "en",
) -> None:
    """Add a host, with hours from Monday to Friday, 9 to 17. `apply` sets everything else."""
    with opened(context) as rt:
        hosts.add(rt, slug, name=name, email=email, zone=zone, language=language)
    say(f"{slug} is added. Next: `booking-service calendar add {slug} ADDRESS`, and meeting types with `apply`.")


@user.command("list")
def list_users(context: typer.Context, as_json: Json = False) -> None:
    """Every host, with meeting types, calendars, and whether anything is on offer."""
    with opened(context) as rt:
        found = hosts.summaries(rt, now=rt.clock.now())
    if as_json:
        return say_json(
            [
                {
                    "slug": each.host.slug,
                    "name": each.host.name,
                    "email": each.host.email,
                    "zone": each.host.zone.key,
                    "language": each.host.language,
                    "active": each.host.active,
                    "listed": each.host.listed,
                    "meetings": [meeting.slug for meeting in each.meetings],
                    "calendars": [calendar.name for calendar in each.calendars],
                    "closed": each.closed,
                }
                for each in found
            ]
        )
    rows = [
        (
            each.host.slug,
            each.host.name,
            each.host.email,
            each.host.zone.key,
            ", ".join(meeting.slug for meeting in each.meetings),
            ", ".join(c.name for c in each.calendars),
            _page(each),
        )
        for each in found
    ]
    columns = ("Host", "Name", "Mail", "Zone", "Meeting types", "Calendars", "Page")
    return say_table(columns, rows, empty="There is no host yet: `booking-service user add`, or `apply` a file.")


def _page(found: HostSummary) -> str:
    if found.closed:
        return f"closed: {found.closed}"
    return "open" if any(meeting.active for meeting in found.meetings) else "empty: no meeting type"


@user.command()
def link(context: typer.Context, slug: Annotated[str, typer.Argument(help="The host.")], as_json: Json = False) -> None:
    """The public addresses of a host."""
    with opened(context) as rt:
        addresses = hosts.addresses(rt, hosts.summary(rt, slug, now=rt.clock.now()))
    if as_json:
        return say_json(addresses)
    return say("\n".join(addresses))
