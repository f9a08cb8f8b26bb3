"""All commands, and the module that each is imported from when it is needed.

Most commands need the whole service; `--help` and `version` need nothing of it. The summaries for the list of commands
are written here, as reading docstrings would import all modules.
"""

import gc
import sys
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from .output import say


class CommandEntry(NamedTuple):
    """A command: its module in this package, its name there, and the first paragraph of its docstring.

    `starting`: printed by long commands before their module, and with it the whole service, is imported; not with
    --json.
    """

    module: str
    attribute: str
    summary: str
    starting: str = ""


TABLE = {
    "demo": CommandEntry(
        "run",
        "demo",
        "Try everything on this machine: pages, a calendar server and a mailbox of its own.",
        starting="Starting the demo …",
    ),
    "test": CommandEntry(
        "test", "run_tests", "Run the tests. Takes -m EXPRESSION, --all-servers and whatever pytest takes."
    ),
    "serve": CommandEntry(
        "run",
        "serve",
        "Answer requests, and do what bookings still need. Brings the database up to date first.",
        starting="Starting …",
    ),
    "worker": CommandEntry(
        "worker", "worker", "Do what bookings still need: mails, calendar writes, pulls. Any number of them may run."
    ),
    "migrate": CommandEntry("schema", "migrate", "Bring the database up to date."),
    "setup": CommandEntry("setup", "setup_file", "The setup file: what can be booked, with whom, and when."),
    "apply": CommandEntry(
        "setup",
        "apply",
        "Set up hosts, calendars, meeting types and hours as FILE says, and try out calendars that will take bookings.",
    ),
    "export-setup": CommandEntry(
        "setup",
        "export_setup",
        "Write what is set up in the form that `apply` reads. Passwords are left out; references take their place.",
    ),
    "changes": CommandEntry("setup", "changes", "What was changed in the setup, when, and by whom; the newest first."),
    "policies": CommandEntry(
        "policies",
        "policies",
        "What the organisation decided for every host, with who decided it, when and why. `apply` and the page change it.",
    ),
    "doctor": CommandEntry(
        "calendars",
        "doctor",
        "Try out what calendar servers really do, with one far-off event that is removed again, and keep the findings.",
    ),
    "why": CommandEntry(
        "bookings",
        "why",
        "Why a time is on offer, or is not: every rule, booking and busy period for or against it. Exit 1 if it is not.",
    ),
    "check": CommandEntry(
        "checks",
        "check",
        "Check everything that the service needs, and say what to do about it. Exit 1 if anything does not work.",
        starting="Checking …",
    ),
    "audit": CommandEntry(
        "checks", "audit", "Compare database, mails and calendars, read-only. Exit 1 if they contradict one another."
    ),
    "openapi": CommandEntry("about", "openapi", "The description of the API (OpenAPI 3.1), as JSON."),
    "version": CommandEntry("version", "version", "The version of the service, and the Python it runs on."),
    "user": CommandEntry("users", "user", "Hosts, whose time is booked, and everybody who signs in."),
    "calendar": CommandEntry("calendars", "calendar", "The calendars that make hosts busy and take their bookings."),
    "booking": CommandEntry("booking_acts", "booking", "Bookings and everything that happened to them."),
    "consents": CommandEntry("consents", "consents", "Consents: what people said, and the evidence of it."),
    "privacy": CommandEntry("privacy", "privacy", "What is kept about one person: handed out, erased, kept as proof."),
    "link": CommandEntry("one_time_links", "link", "One-time links: each for one booking, until a day."),
    "token": CommandEntry(
        "tokens", "token", "Tokens with which programs find and record consents, or read what a host may see."
    ),
    "webhooks": CommandEntry(
        "booking_webhooks", "webhooks", "Programs that are told of bookings and calendars as they change."
    ),
    "outbox": CommandEntry(
        "outbox", "outbox", "What bookings still owe: mails, calendar writes. Given up: dead letters."
    ),
    "mail": CommandEntry("mail", "mail", "Mails that were sent, or were to be. Never their text."),
    "attack": CommandEntry(
        "attack", "attack", "The switch “Under attack”, for times when somebody floods the service with requests."
    ),
    "blocks": CommandEntry("network_blocks", "blocks", "Blocked networks, from which no time can be held."),
    "backup": CommandEntry("backup", "backup", "Copies of everything, and restoring one."),
    "keys": CommandEntry("keys", "keys", "The service's secret keys."),
    "config": CommandEntry("about", "config", "The settings of the process."),
}
_RAW = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


class Commands(TyperGroup):
    """The commands of TABLE, each imported when it is resolved; their list is made of summaries."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(TABLE)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        entry = TABLE.get(cmd_name)
        return TyperCommand(cmd_name, help=entry.summary) if entry is not None else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        if name in TABLE and TABLE[name].starting and not {"--help", "--json"} & set(rest):
            say(TABLE[name].starting, flush=True)
        return name, load(name) if name is not None else None, rest


def load(name: str) -> Any:
    """The command with its options. Raises KeyError: not in TABLE."""
    entry = TABLE[name]
    if entry.starting:
        _import_structlog_without_rich()
    made: Any = getattr(import_module(f".{entry.module}", __package__), entry.attribute)
    if not gc.isenabled():  # disabled since __main__; imported objects stay exempt from garbage collection
        gc.freeze()
        gc.enable()
    if isinstance(made, typer.Typer):
        group = get_group(made)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, context_settings=_RAW if name == "test" else None)(made)
    return get_command(alone)


def _import_structlog_without_rich() -> None:
    """Have structlog not import rich, which would take half its time.

    It imports rich wherever that is installed, for tracebacks that we log plainly.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment] # such a name can't be imported (importlib)
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]
