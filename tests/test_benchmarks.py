"""The benchmarks can be asked what they can be told, without measuring anything."""

import pkgutil
from importlib import import_module
from itertools import count
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import none

import benchmarks
from benchmarks.__main__ import main
from benchmarks.reliability import breach_of, kind_of

AT_ONCE = 0.5  # seconds of work: each measures for several


def named() -> list[str]:
    modules = (each.name for each in pkgutil.iter_modules(benchmarks.__path__) if each.name != "__main__")
    return [each for each in modules if hasattr(import_module(f"benchmarks.{each}"), "main")]


def asked(*arguments: str) -> int:
    """How it ends. Raises AssertionError: it worked for a while."""
    began = process_time()
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main([*arguments]))
    assert process_time() - began < AT_ONCE
    return int(str(ended.value))


def test_help_is_said_before_anything_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    for name in named():
        assert asked(name, "--help") == 0
        told = capsys.readouterr().out
        assert told.startswith(f"usage: python -m benchmarks {name} ")
        assert "--json OUT" in told
    assert asked("consents", "--help") == 0
    assert "--contacts N" in capsys.readouterr().out


def test_what_is_no_option_is_refused_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    for name in named():
        assert asked(name, "--wrong") == 2
    assert asked("nothing") == 2
    assert capsys.readouterr().out == ""
    assert asked("--help") == 0
    assert "consents" in capsys.readouterr().out


def test_holds_are_measured_against_a_server_of_ones_choice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is named by `--help`; one that nobody knows, or that can't be started, is refused with what can be done."""
    assert asked("holds", "--help") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("--server NAME", "radicale", "xandikos", "cyrus", "davical", "sogo"))
    assert asked("holds", "--server", "exchange") == 2
    refused = capsys.readouterr().err
    assert all(name in refused for name in ("radicale", "xandikos", "cyrus", "davical", "sogo"))
    monkeypatch.setattr("os.getuid", lambda: 1000)
    assert asked("holds", "--server", "sogo") == 2
    assert "run this as root" in capsys.readouterr().err


def test_a_promise_that_breaks_once_is_told_as_broken_though_it_holds_when_played_again() -> None:
    tries = count()

    @settings(database=None)
    @given(none())
    def breaks_once(_: None) -> None:
        assert next(tries), "I2: lost a mail"

    with pytest.raises(Flaky) as raised:
        breaks_once()
    said = breach_of(raised.value)
    assert said == "I2: lost a mail (not when played again)"
    assert kind_of((1, said)) == "lost"
