"""How commands print: nothing that a terminal would obey, whole lines in a pipe, a bar only for who waits and watches."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from booking_service.cli.commands import TABLE, load
from booking_service.cli.output import say, say_json
from booking_service.cli.terminal import say_table
from booking_service.domain.booking import BookingState
from tests.cli.command import ROOT

WAIT = """
import time
from booking_service.cli.terminal import progress
with progress("Looking", total=2) as step:
    step()
    time.sleep({seconds})
print("done")
"""


def test_control_characters_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb\x07\nc", indent=2)
    say_table(("X",), [("d\x1b]0;title\x07\ne",)], empty="")
    assert capsys.readouterr().out == "  a[31mb\n  c\nX         \nd]0;title e\n".replace(
        "X         \n", "X          \n"
    )


def test_markup_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("Name",), [("[red]Bob[/red]",)], empty="")
    assert "[red]Bob[/red]" in capsys.readouterr().out


def test_a_table_in_a_pipe_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("A", "B"), [("x" * 300, "y" * 300)], empty="")
    assert f"{'x' * 300}  {'y' * 300}" in capsys.readouterr().out


def test_json_has_words_for_our_values(capsys: pytest.CaptureFixture[str]) -> None:
    say_json(
        {
            "at": datetime(2026, 11, 24, 9, tzinfo=UTC),
            "for": timedelta(minutes=90),
            "id": UUID(int=1),
            "state": BookingState.HELD,
            "any": frozenset({"b", "a"}),
            "name": "Zoë",
        }
    )
    said = capsys.readouterr().out
    assert "Zoë" in said
    assert json.loads(said) == {
        "at": "2026-11-24T09:00:00+00:00",
        "for": "1 h 30 min",
        "id": "00000000-0000-0000-0000-000000000001",
        "state": "held",
        "any": ["a", "b"],
        "name": "Zoë",
    }


@pytest.mark.parametrize(("seconds", "shown"), [(0.1, False), (1.6, True)])
def test_a_bar_is_shown_to_a_person_who_waits_for_more_than_a_second(seconds: float, shown: bool) -> None:
    ours, theirs = pty.openpty()
    try:
        ran = subprocess.run(
            [sys.executable, "-c", WAIT.format(seconds=seconds)],
            stdout=subprocess.PIPE,
            stderr=theirs,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
            check=True,
        )
        os.write(theirs, b"end")
        said = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert ran.stdout == b"done\n"
    assert (b"Looking" in said) is shown


def test_no_bar_goes_into_a_file() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WAIT.format(seconds=1.3)],
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert (ran.stdout, ran.stderr) == (b"done\n", b"")


# What stays until it is told to end, is pytest, or says a file or JSON whatever it is asked for.
NO_CHOICE = {"demo", "test", "serve", "worker", "openapi", "export-setup", "setup init", "config init"}
NO_CHOICE |= {"privacy export", "privacy vault"}


def test_every_command_has_an_answer_for_programs() -> None:
    silent = {
        words for words, each in _each("", {name: load(name) for name in TABLE}) if "--json" not in _options(each)
    }
    assert silent == NO_CHOICE


def _each(before: str, commands: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, command in commands.items():
        words = f"{before} {name}".strip()
        if inner := getattr(command, "commands", None):
            yield from _each(words, inner)
        else:
            yield words, command


def _options(command: Any) -> set[str]:
    return {option for each in command.params for option in each.opts}
