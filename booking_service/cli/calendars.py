"""calendar and doctor: finding calendars, connecting them, trying them, pulling them."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from calendars.dav.account import FoundCalendar
from calendars.dav.discovery import Discovered, Steps
from calendars.dav.invite_probe import TITLE
from calendars.dav.probe import FAR_AWAY
from calendars.errors import CalendarError, explain

from ..actions.calendar import accounts, move_event
from ..actions.calendar.accounts import Belonging, ChosenCalendar
from ..actions.calendar.pull import pull as pull_one
from ..actions.setup.hosts import summary
from ..runtime import Runtime
from .context import opened
from .doctor import say_tried, try_out
from .options import Json
from .output import complain, say, say_json, tell
from .refusals import PROBLEMS, WRONG_USE, CommandRefused
from .terminal import progress, say_table

calendar = typer.Typer(no_args_is_help=True, help="The calendars that make hosts busy and take their bookings.")

Address = Annotated[str, typer.Argument(help="A mail address, a domain, or any address of the server.")]
User = Annotated[str, typer.Option(help="The user name there; the mail address by default.")]
PasswordFile = Annotated[Path | None, typer.Option(help="A file with the password.")]
PasswordEnv = Annotated[str | None, typer.Option(help="An environment variable with the password.")]
Which = Annotated[str | None, typer.Argument(help="HOST/CALENDAR, a name, an id or an address; all by default.")]

Invite = Annotated[str | None, typer.Option(help="A mailbox you can look into: does the server invite it by itself?")]


@calendar.command()
def discover(
    context: typer.Context,
    address: Address,
    user: User = "",
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    as_json: Json = False,
) -> None:
    """Look for the calendars behind an address, step by step. Nothing is saved."""
    password = _password(password_file, password_env)
    with opened(context) as rt:
        found = _followed(accounts.discovering(rt, address, user=user, password=password), quiet=as_json)
    if as_json:
        return say_json({"url": found.account.url, "user": found.account.user, "calendars": found.calendars})
    rows = [(each.name, each.url, each.writable) for each in found.calendars]
    return say_table(("Calendar", "Address", "May be written"), rows, empty="None.")


@calendar.command()
def add(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="Whose calendars they are.")],
    address: Address,
    user: User = "",
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
    account: Annotated[str, typer.Option(help="What the account is called here.")] = "main",
    conflicts: Annotated[
        list[str] | None, typer.Option(help="Calendars that make the host busy; all by default.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="The calendar that takes the bookings.")] = None,
    as_json: Json = False,
) -> None:
    """Connect a host's calendars: find them, keep them, try out the one that takes bookings."""
    password = _password(password_file, password_env)
    with opened(context) as rt:
        found = _followed(accounts.discovering(rt, address, user=user, password=password), quiet=as_json)
        chosen = _chosen(found.calendars, conflicts=conflicts, target=target)
        connected = accounts.connect(rt, host, key=account, discovered=found, chosen=chosen, now=rt.clock.now())
        names = [each.name for each in connected]
        if target is None:
            hint = "Nothing is written yet: --target NAME says which calendar takes the bookings."
            return tell(f"Connected: {', '.join(names)}.\n{hint}", as_json=as_json, connected=names)
        if not as_json:
            say(f"Connected: {', '.join(names)}.")
        return _examined(rt, accounts.named(rt, f"{host}/{target}"), as_json=as_json)


@calendar.command("list")
def list_calendars(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="One host only.")] = None,
    as_json: Json = False,
) -> None:
    """Every connected calendar, what it is for, and how it is."""
    with opened(context) as rt:
        now, within = rt.clock.now(), rt.settings.calendar.freshness_max
        found = [
            (each, _health(each, fresh=each.calendar.fresh(now=now, within=within)))
            for each in accounts.every(rt, slug=host)
        ]
    if as_json:
        return say_json([_as_json(each, health) for each, health in found])
    rows = [
        (each.name, each.calendar.conflicts, each.calendar.target, health, each.calendar.pulled_at, each.calendar.url)
        for each, health in found
    ]
    columns = ("Calendar", "Makes busy", "Takes bookings", "Health", "Last read", "Address")
    return say_table(columns, rows, empty="No calendar is connected: `booking-service calendar add HOST ADDRESS`.")


def doctor(context: typer.Context, which: Which = None, invite: Invite = None, as_json: Json = False) -> None:
    """Try out what calendar servers really do, with one far-off event that is removed again, and keep the findings."""
    with opened(context) as rt:
        meant = _meant(rt, which)
        if invite is not None:
            return _invited(rt, meant, invite)
        return _examined(rt, meant, as_json=as_json)


calendar.command("test")(doctor)


@calendar.command()
def pull(context: typer.Context, which: Which = None, as_json: Json = False) -> None:
    """Read calendars now: busy time, and what hosts did to their events. A worker then follows."""
    with opened(context) as rt:
        meant = _meant(rt, which)
        told: list[dict[str, object]] = []
        with progress("Reading calendars", total=len(meant)) as step:
            for each in meant:
                told.append({"calendar": each.name, **_pulled(rt, each)})
                step()
    if as_json:
        say_json(told)
    else:
        say_table(
            ("Calendar", "Changed", "Gone", "Read whole", "Trouble"),
            [tuple(each.values()) for each in told],
            empty="None.",
        )
    raise typer.Exit(PROBLEMS if any(each["trouble"] for each in told) else 0)


@calendar.command()
def move(
    context: typer.Context,
    host: Annotated[str, typer.Argument(help="Whose events.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many there are.")] = False,
    as_json: Json = False,
) -> None:
    """Move the events of upcoming bookings into the calendars that new ones go into. A worker does it."""
    with opened(context) as rt:
        now = rt.clock.now()
        whose = summary(rt, host, now=now).host
        found = move_event.elsewhere(rt, whose.id, now=now)
        if found.count and not dry_run:
            move_event.begin(rt, whose.id, now=now)
        progress = move_event.progress(rt, whose.id)
    if as_json:
        return say_json({"elsewhere": dict(found.to), "waiting": progress.waiting, "given_up": progress.given_up})
    if not found.count:
        return say("Every event is where it belongs.")
    places = ", ".join(f"{count} to “{name}”" for name, count in sorted(found.to.items()))
    return say(f"To be moved: {places}." if dry_run else f"Being moved: {places}. `calendar move` says what is left.")


def _pulled(rt: Runtime, belonging: Belonging) -> dict[str, object]:
    try:
        done = pull_one(rt, belonging.calendar.id)
    except CalendarError as error:
        explained = explain(error)
        return {"changed": None, "gone": None, "whole": None, "trouble": f"{explained.sentence} {explained.remedy}"}
    return {"changed": done.changed, "gone": done.gone, "whole": done.whole, "trouble": ""}


def _examined(rt: Runtime, meant: list[Belonging], *, as_json: bool) -> None:
    tried = try_out(rt, meant)
    if as_json:
        say_json(tried)
    else:
        say_tried(tried)
    raise typer.Exit(PROBLEMS if any(each.trouble for each in tried) else 0)


def _invited(rt: Runtime, meant: list[Belonging], address: str) -> None:
    """Ask at the terminal whether the server mailed that mailbox by itself."""
    if len(meant) != 1:
        raise CommandRefused(f"--invite tries one calendar, and {len(meant)} are meant: name one.", code=WRONG_USE)
    (belonging,) = meant
    with accounts.inviting(rt, belonging, address, now=rt.clock.now()):
        say(f"{belonging.name} now has an event in {FAR_AWAY:%B %Y} that names {address}, and tells the server that")
        say(f"inviting is not its business. Look into that mailbox for a few minutes: does a mail “{TITLE}” come?")
        invites = typer.confirm("Did a mail come")
    accounts.keep_inviting(rt, belonging, invites=invites)
    say(
        "This server invites by itself whatever an event says. Our events name nobody, so nobody is written to twice."
        if invites
        else "This server leaves inviting to us if an event says so."
    )


def _followed(steps: Steps, *, quiet: bool) -> Discovered:
    """Print the steps as they succeed; returns what was found."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: Discovered = end.value
            return found
        if not quiet:
            say(f"{'✓' if step.ok else '✗'} {step.detail}")


def _chosen(found: Iterable[FoundCalendar], *, conflicts: list[str] | None, target: str | None) -> list[ChosenCalendar]:
    there = list(found)
    for name in [*(conflicts or ()), *([target] if target else ())]:
        if sum(each.name == name for each in there) != 1:
            names = ", ".join(each.name for each in there)
            raise CommandRefused(f"{name!r} is not the name of one calendar; there are: {names}", code=WRONG_USE)
    busy = {each.name for each in there} if conflicts is None else set(conflicts)
    return [
        ChosenCalendar(each, conflicts=each.name in busy, target=each.name == target)
        for each in there
        if each.name in busy or each.name == target
    ]


def _password(file: Path | None, variable: str | None) -> str:
    """The password from a file, the environment, or typed; never from arguments, which others on the machine can
    read."""
    if file is not None:
        return file.read_text("utf-8").rstrip("\r\n")
    if variable is not None:
        if variable not in os.environ:
            raise CommandRefused(f"The environment variable {variable} is not set.", code=WRONG_USE)
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise CommandRefused("Say where the password is: --password-file or --password-env.", code=WRONG_USE)
    return str(typer.prompt("Password", hide_input=True))


def _meant(rt: Runtime, which: str | None) -> list[Belonging]:
    meant = accounts.every(rt) if which is None else accounts.named(rt, which)
    if not meant:
        complain("No calendar is connected: `booking-service calendar add HOST ADDRESS`.")
    return meant


def _health(belonging: Belonging, *, fresh: bool) -> str:
    if belonging.calendar.failing_since is not None:
        return f"failing: {belonging.calendar.failure}"
    return "fresh" if fresh else "stale"


def _as_json(belonging: Belonging, health: str) -> dict[str, object]:
    kept = belonging.calendar
    return {
        "id": kept.id,
        "host": belonging.host.slug,
        "account": belonging.account.key,
        "name": kept.name,
        "url": kept.url,
        "conflicts": kept.conflicts,
        "target": kept.target,
        "health": health,
        "pulled_at": kept.pulled_at,
        "failing_since": kept.failing_since,
        "failure": kept.failure,
        "capabilities": kept.capabilities,
    }
