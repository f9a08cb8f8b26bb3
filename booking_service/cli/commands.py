"""Every command, and the module that is imported once it is asked for.

Most commands need the whole service; `--help` and `version` need nothing of it, and answer at once. What the list of
commands says of each is written down here, since reading it from their docstrings would import them all.
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
    """A command: the module of this package and the name in it, and the first paragraph of its docstring.

    `starting`: what a command that stays or takes long says at once, before its module and with it the whole service is
    imported; not to programs, who ask for JSON.
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
        "Answer requests, and work on what bookings owe. Brings the database up to date first.",
        starting="Starting …",
    ),
    "worker": CommandEntry(
        "worker", "worker", "Perform what bookings owe: mails, calendar writes, pulls. Any number of them may run."
    ),
    "migrate": CommandEntry("schema", "migrate", "Bring the database up to date."),
    "setup": CommandEntry("setup", "setup_file", "The setup file: what can be booked, with whom, and when."),
    "apply": CommandEntry(
        "setup",
        "apply",
        "Make hosts, calendars, meeting types and hours what FILE says, and try out calendars that are to take bookings.",
    ),
    "export-setup": CommandEntry(
        "setup",
        "export_setup",
        "Write what is set up in the form that `apply` reads. Passwords stay outside; references stand for them.",
    ),
    "changes": CommandEntry("setup", "changes", "What was set up differently, when, and by whom; the newest first."),
    "policies": CommandEntry(
        "policies",
        "policies",
        "What the organisation decided for every host, with who decided it, when and why. `apply` and the page change it.",
    ),
    "doctor": CommandEntry(
        "calendars",
        "doctor",
        "Try what calendar servers really do, with one event far away that is removed again, and keep what they proved.",
    ),
    "why": CommandEntry(
        "bookings",
        "why",
        "Why a time is on offer, or is not: every rule, booking and busy period for or against it. Exit 1 if it is not.",
    ),
    "check": CommandEntry(
        "checks",
        "check",
        "Look at everything that the service needs, and say what to do about it. Exit 1 if anything does not work.",
        starting="Looking …",
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
    "privacy": CommandEntry("privacy", "privacy", "What is kept of one person: handed out, erased, kept as proof."),
    "link": CommandEntry("one_time", "link", "One-time links: each for one booking, until a day."),
    "token": CommandEntry("tokens", "token", "Tokens by which programs find and record consents."),
    "outbox": CommandEntry(
        "outbox", "outbox", "What bookings still owe: mails, calendar writes. Given up: dead letters."
    ),
    "mail": CommandEntry("mail", "mail", "Mails that were sent, or were to be. Never their text."),
    "attack": CommandEntry("attack", "attack", "The switch for times when somebody floods the service with requests."),
    "blocks": CommandEntry("blocks", "blocks", "Networks from which no time can be held."),
    "backup": CommandEntry("backup", "backup", "Copies of everything, and putting one back."),
    "keys": CommandEntry("keys", "keys", "The service's secret keys."),
    "config": CommandEntry("about", "config", "The settings of the process."),
}
_RAW = {"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}


class Commands(TyperGroup):
    """The commands of TABLE, each imported when it is resolved; the list of them is made of their summaries."""

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
    """The command itself, with its options. Raises KeyError: TABLE has no such name."""
    entry = TABLE[name]
    if entry.starting:
        _import_structlog_without_rich()
    made: Any = getattr(import_module(f".{entry.module}", __package__), entry.attribute)
    if not gc.isenabled():  # since __main__; what is imported stays, and is never looked through for garbage
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
    """It imports that library wherever it is there, which is half of what it takes, for tracebacks that the log has written
    plainly."""
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment] # such a name can't be imported (importlib)
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]
