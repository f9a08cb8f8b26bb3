"""Commands start with what they need, and no more; what stays says at once that it starts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from booking_service.cli.commands import TABLE, load
from tests.cli.command import ROOT, Command, environment, machine
from tests.cli.command import command as command
from tests.databases import start_empty

# pydantic is not among them: typer imports it where it is installed.
THE_SERVICE = {"sqlalchemy", "sqlmodel", "starlette", "caldav", "icalendar", "cryptography", "structlog"}
ONCE_WANTED = {"niquests", "dns", "holidays"}
NO_PAGE = {"rich", "sqlalchemy.dialects.postgresql", "booking_service.storage.tables.consent"}


@pytest.mark.parametrize("argument", ["version", "--help"])
def test_what_needs_nothing_of_the_service_imports_nothing_of_it(argument: str) -> None:
    script = f"""
import sys
from booking_service.cli import main
try:
    main([{argument!r}])
except SystemExit:
    pass
print(sorted({THE_SERVICE!r} & sys.modules.keys()), file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stderr == "[]\n"


def test_what_only_some_need_is_imported_with_the_first_of_them() -> None:
    """Calendar clients, resolvers and public holidays: a sixth of the memory."""
    script = f"""
import sys
from booking_service.cli.commands import load
load("worker")
wanted = {ONCE_WANTED!r}
print(sorted(wanted & sys.modules.keys()))
from booking_service import public_holidays
from calendars.dav.client import DavAccount, connect
from calendars.dav.srv import SystemResolver
public_holidays.regions("DE")
SystemResolver().texts("x" * 64)  # no name, so nobody is asked
connect(DavAccount(url="https://calendar.example.org/", user="ada", password="x"))
print(sorted(wanted - sys.modules.keys()))
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n[]\n"


def test_what_answers_pages_imports_nothing_that_they_do_without(tmp_path: Path) -> None:
    """What SQLAlchemy and structlog would import by themselves as soon as it is named or there, and tables that no page for
    visitors reads: a sixth of the time until the first page."""
    script = f"""
import sys
from booking_service.cli.commands import load
load("serve")
from booking_service.bootstrap import runtime
from booking_service.config import sources
from booking_service.server.app import served
with runtime(sources.load()) as rt:
    served(rt, work=True)
    print(sorted({NO_PAGE!r} & sys.modules.keys()))
"""
    start_empty(tmp_path / "booking.db")
    env = {**os.environ, **environment(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("name", TABLE)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command: Any = load(name)
    assert command.name == name
    assert command.help.split("\n\n")[0] == TABLE[name].summary


def test_what_stays_says_that_it_starts_also_where_settings_are_wrong(tmp_path: Path) -> None:
    ran = machine(tmp_path).process("serve", BOOKING_SMTP__HOSTS="x")
    assert ran.out.splitlines()[0] == "Starting …"
    assert ran.code == 2
    assert "did you mean BOOKING_SMTP__HOST?" in ran.err


@pytest.mark.extended
def test_help_of_what_stays_starts_nothing(tmp_path: Path) -> None:
    assert "Starting" not in machine(tmp_path).process("serve", "--help").out


def test_a_check_says_at_once_that_it_looks_but_not_to_programs(command: Command) -> None:
    assert command("migrate").code == 0
    assert command("check").out.startswith("Checking …\n")
    assert isinstance(json.loads(command("check", "--json").out), list)
