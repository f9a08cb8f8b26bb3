"""The command line: what each command says, and how it ends (0 fine, 1 problems found, 2 wrong use)."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import sys
import time
from contextlib import closing
from importlib import metadata
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.command import Command, machine
from tests.cli.command import command as command
from tests.servers import free_port

HOST = '[hosts.ada]\nname = "Ada"\nemail = "ada@example.org"\nzone = "Europe/Berlin"\n'
MEETING = '[hosts.ada.meetings.intro]\ntitle = "Intro"\nduration = "30 min"\n'
NOWHERE = "hosts.ada: nothing can be booked yet: give the calendar that takes bookings target = true.\n"


def test_it_says_its_version_and_python(tmp_path: Path) -> None:
    ran = machine(tmp_path).process("version")
    assert ran.code == 0
    assert ran.out.startswith("booking-service ")
    assert "(Python 3." in ran.out
    assert ran.err == ""


def test_it_says_what_it_is_made_of_for_people_and_for_programs(command: Command) -> None:
    said = command("version", "--verbose").out
    for name in ("SQLite", "OpenSSL", "time zones", "starlette", "caldav"):
        assert re.search(rf"(?m)^  {name} \S", said), name
    told = json.loads(command("version", "--verbose", "--json").out)
    assert told["libraries"]["starlette"] == metadata.version("starlette")
    assert not {"url", "path", "host"} & set(told["under_it"])
    bill = json.loads(command("version", "--sbom").out)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    listed = {each["name"]: each for each in bill["components"]}
    assert listed["starlette"]["purl"] == f"pkg:pypi/starlette@{metadata.version('starlette')}"
    assert "niquests" in listed  # what libraries bring along
    assert len({each["bom-ref"] for each in bill["components"]}) == len(bill["components"])
    assert command("version", "--sbom").out == command("version", "--sbom").out


def test_everything_there_is_stands_in_the_help(command: Command) -> None:
    ran = command("--help")
    assert ran.code == 0
    for name in (
        "demo",
        "test",
        "serve",
        "worker",
        "migrate",
        "check",
        "doctor",
        "user",
        "calendar",
        "apply",
        "export-setup",
        "booking",
        "why",
        "audit",
        "outbox",
        "mail",
        "config",
        "openapi",
        "version",
    ):
        assert f" {name} " in ran.out


@pytest.mark.parametrize(
    "arguments", [("serv",), ("serve", "--prot", "1"), ("serve", "--port", "x"), ("user", "add", "ada"), ("why", "ada")]
)
def test_wrong_use_ends_with_2(command: Command, arguments: tuple[str, ...]) -> None:
    ran = command(*arguments)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_what_was_not_typed_in_utf_8_is_a_sentence(command: Command) -> None:
    typed = command("why", "M\udcfcller", "intro", "2030-01-08 09:00")
    assert (typed.code, "not in UTF-8" in typed.err) == (2, True)


def test_pytest_gets_what_it_is_given(tmp_path: Path) -> None:
    """Before there are any settings, and also where they are wrong. The parts it looks for are all found."""
    for name in ("chromium", "initdb", "khal", "vdirsyncer"):
        (tmp_path / name).touch(mode=0o755)
    ran = machine(tmp_path).process("test", "--version", BOOKING_NONSENSE="1", PATH=str(tmp_path))
    assert ran.code == 0
    assert ran.out.startswith("pytest ")


# Settings


def test_settings_are_shown_with_their_origin_and_without_secrets(command: Command) -> None:
    ran = command("config", "show", "--json", BOOKING_SMTP__PASSWORD="hunter2hunter2")
    shown = {each["key"]: each for each in json.loads(ran.out)}
    assert shown["smtp.host"] == {"key": "smtp.host", "value": "localhost", "origin": "BOOKING_SMTP__HOST"}
    assert shown["smtp.password"]["value"] == "••••"
    assert "hunter2hunter2" not in ran.out + command("config", "show", BOOKING_SMTP__PASSWORD="hunter2hunter2").out


def test_every_wrong_setting_is_a_sentence(command: Command) -> None:
    ran = command("config", "show", BOOKING_SMTP__PORT="many", BOOKING_BASE_URI="x")
    assert ran.code == 2
    assert ran.err.count("\n") == 2
    assert "smtp.port" in ran.err
    assert "did you mean BOOKING_BASE_URL?" in ran.err


def test_a_settings_file_is_made_once(command: Command, tmp_path: Path) -> None:
    assert command("config", "init", "new.toml").code == 0
    (tmp_path / "new.toml").write_text("base_url = 'https://kept.example.org'\n")
    ran = command("config", "init", "new.toml")
    assert ran.code == 2
    assert "is left as it is" in ran.err
    os.environ.pop("BOOKING_BASE_URL")
    assert "https://kept.example.org" in command("--config", "new.toml", "config", "show").out


def test_a_settings_file_that_is_not_there_is_said(command: Command) -> None:
    ran = command("--config", "missing.toml", "config", "show")
    assert ran.code == 2
    assert "missing.toml can't be read: No such file or directory" in ran.err


# Serving


def test_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    port = free_port()
    here = machine(tmp_path)
    (tmp_path / "booking.db").unlink()
    started = here.start("serve", "--port", str(port))
    try:
        assert answer(port, "/healthz") == {"status": "ok"}
        os.killpg(started.pid, signal.SIGTERM)
        out, err = started.communicate(timeout=60)
    finally:
        started.kill()
    assert started.returncode == 0, err
    assert out.splitlines()[1].startswith(f"Answering at 127.0.0.1:{port};")
    assert "Traceback" not in err
    assert stat.S_IMODE((tmp_path / "booking.db").stat().st_mode) == 0o600


@pytest.mark.extended
def test_it_serves_from_several_processes(tmp_path: Path) -> None:
    port = free_port()
    started = machine(tmp_path).start("serve", "--port", str(port), "--workers", "2", "--no-worker")
    try:
        assert answer(port, "/healthz") == {"status": "ok"}
        started.terminate()
        _, err = started.communicate(timeout=60)
    finally:
        started.kill()
    assert started.returncode == 0, err
    assert "Traceback" not in err


def test_it_does_not_serve_what_could_not_keep_its_promises(tmp_path: Path) -> None:
    ran = machine(tmp_path).process("serve", BOOKING_BASE_URL="", BOOKING_SMTP__HOST="")
    assert ran.code == 2
    assert [line.partition(" is missing")[0] for line in ran.err.splitlines()] == ["base_url", "smtp.host"]


def test_a_secret_that_can_be_guessed_is_refused(command: Command) -> None:
    ran = command("serve", BOOKING_SECRET_KEY="changeme-changeme-changeme-changeme")
    assert ran.code == 2
    assert ran.err.startswith("secret_key: this is a secret that can be guessed")
    assert "changeme-" not in ran.err


@pytest.mark.parametrize("verb", ["serve", "worker"])
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o666])
def test_a_database_that_is_open_to_everybody_is_not_worked_with(
    command: Command, tmp_path: Path, verb: str, mode: int
) -> None:
    command("migrate")
    (tmp_path / "booking.db").chmod(mode)
    tmp_path.chmod(0o755)
    ran = command(verb)
    assert ran.code == 1
    assert ran.err.startswith(f"{tmp_path / 'booking.db'} is open to everybody on this machine (mode 0{mode:o})")
    assert f"chmod 600 {tmp_path / 'booking.db'}" in ran.err


def test_in_a_directory_that_nobody_else_may_enter_a_database_is_open_to_nobody(
    command: Command, tmp_path: Path
) -> None:
    command("migrate")
    (tmp_path / "booking.db").chmod(0o644)
    tmp_path.chmod(0o700)
    ran = command("worker", "--once")
    assert (ran.code, ran.err) == (0, "")


def test_a_port_that_is_taken_is_named(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = command("serve", "--port", str(port))
    assert ran.code == 1
    assert (
        ran.err == f"Can't listen at 127.0.0.1:{port}: Address already in use. Choose another with --host or --port.\n"
    )
    elsewhere = command("serve", "--host", "nowhere.invalid", "--port", "0")
    assert elsewhere.code == 1
    assert elsewhere.err.startswith("Can't listen at nowhere.invalid:0: ")
    assert "Unknown error" not in elsewhere.err


@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_a_number_that_is_no_port_is_refused(command: Command, verb: str) -> None:
    ran = command(verb, "--port", "70000")
    assert ran.code == 2
    assert "less than or equal to 65535" in ran.err


def test_a_worker_ends_when_it_is_told_to(tmp_path: Path) -> None:
    started = machine(tmp_path).start("worker", PYTHONUNBUFFERED="1")
    assert started.stdout is not None
    assert started.stdout.readline().startswith("Working with 4 threads")
    started.terminate()
    _, err = started.communicate(timeout=60)
    assert started.returncode == 0, err


def test_a_worker_can_do_only_what_is_due(command: Command) -> None:
    ran = command("worker", "--once")
    assert (ran.code, ran.out) == (0, "0 done, nothing more is due.\n")


def test_the_database_is_brought_up_to_date_once(command: Command, tmp_path: Path) -> None:
    (tmp_path / "booking.db").unlink()
    missing = command("migrate", "--check")
    assert missing.code == 1
    assert missing.out.endswith(".\n    `booking-service migrate` applies them; `serve` does it, too.\n")
    first = command("migrate", "--json")
    assert json.loads(first.out)["applied"][0] == "0001"
    assert command("migrate", "--check").code == 0
    assert command("migrate").out == "The database is up to date.\n"


NEWER = "the database is at 9999, which this version does not know"


@pytest.mark.parametrize(
    "words", [("migrate",), ("migrate", "--check"), ("worker", "--once"), ("audit",), ("consents", "verify")]
)
def test_a_database_of_a_newer_version_is_left_alone(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Nor is anything said of what is in it: an older version does not know all of that."""
    of_a_newer_version(command, tmp_path)
    ran = command(*words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"{NEWER}. Start the version that was used last, or restore a backup from before it.\n"


def test_a_check_says_that_the_database_is_of_a_newer_version(command: Command, tmp_path: Path) -> None:
    of_a_newer_version(command, tmp_path)
    ran = command("check")
    assert ran.code == 1
    assert f"✗ T{NEWER[1:]}.\n    Start the version used last, or restore a backup made before the change." in ran.out


@pytest.mark.parametrize("words", [("audit",), ("consents", "verify")])
def test_what_looks_at_everything_wants_a_database_of_this_version(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "booking.db").unlink()
    ran = command(*words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("The database lacks 0001, 0002, ")
    assert ran.err.endswith(": `booking-service migrate` brings it up to date.\n")


def of_a_newer_version(command: Command, tmp_path: Path) -> None:
    command("migrate")
    with closing(sqlite3.connect(tmp_path / "booking.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def test_a_database_that_cannot_be_reached_is_a_sentence(command: Command) -> None:
    ran = command("user", "list", BOOKING_DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/x")
    assert ran.code == 1
    assert ran.err.startswith("The database can't be used now: connection failed: ")
    assert "hunter2" not in ran.err
    assert "Traceback" not in ran.err


def test_a_missing_database_driver_is_a_sentence(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if it were not installed
    ran = command("migrate", "--check", BOOKING_DATABASE_URL="postgresql://me@127.0.0.1:1/x")
    assert ran.code == 1
    assert ran.err == "PostgreSQL needs a driver that is not installed: pip install '.[postgres]' in the checkout\n"


# Setting up


def test_what_is_applied_is_exported_and_applies_again(command: Command, tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text(HOST + MEETING)
    dry = command("apply", "setup.toml", "--dry-run")
    assert (dry.code, "+ hosts.ada.name = Ada\n" in dry.out) == (0, True)
    assert dry.out.endswith("nothing was changed, this was a dry run.\n")
    assert json.loads(command("user", "list", "--json").out) == []
    assert " changes applied.\n" in command("apply", "setup.toml").out
    assert command("export-setup", "--output", "again.toml").code == 0
    assert command("apply", "again.toml").out == f"Note: line 3: {NOWHERE}Nothing differs from the file.\n"
    assert (tmp_path / "again.toml").read_text() == command("export-setup").out


def test_the_setup_file_to_begin_with_is_written_once(command: Command, tmp_path: Path) -> None:
    ran = command("setup", "init")
    assert (ran.code, ran.out.startswith("setup.toml is written.")) == (0, True)
    written = (tmp_path / "setup.toml").read_text("utf-8")
    assert "[hosts.ada.hours]" in written
    (tmp_path / "setup.toml").write_text("mine")
    again = command("setup", "init")
    assert (again.code, again.err) == (2, "setup.toml already exists, and is left as it is.\n")
    assert (tmp_path / "setup.toml").read_text() == "mine"


def test_what_was_applied_ends_with_where_it_is_booked_and_what_to_do_next(command: Command, tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text(HOST + MEETING)
    assert "To be booked at" not in command("apply", "setup.toml", "--dry-run").out
    assert command("apply", "setup.toml").out.splitlines()[-3:] == [
        "Can be booked at:",
        "    http://localhost:8000/ada/intro",
        "Next: `booking-service check` says whether anything is missing, `booking-service serve` answers.",
    ]


def test_what_would_change_is_said_in_the_words_of_the_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text(HOST + MEETING + 'per_day = 3\nlocation = "x"\n')
    command("apply", "setup.toml")
    (tmp_path / "setup.toml").write_text(HOST + MEETING + "per_day = 4\n")
    ran = command("apply", "setup.toml", "--dry-run")
    assert ran.out.splitlines() == [
        "~ hosts.ada.meetings.intro.per_day: 3 → 4",
        "- hosts.ada.meetings.intro.location (was x)",
        f"Note: line 1: {NOWHERE}".rstrip(),
        "2 changes; nothing was changed, this was a dry run.",
    ]
    assert json.loads(command("apply", "setup.toml", "--dry-run", "--json").out)["changes"][0] == {
        "key": "hosts.ada.meetings.intro.per_day",
        "before": "3",
        "after": "4",
    }


@pytest.mark.postgres
def test_the_same_works_on_postgresql(command: Command, tmp_path: Path, postgres_url: str) -> None:
    (tmp_path / "setup.toml").write_text(HOST + MEETING)
    env = {"BOOKING_DATABASE_URL": postgres_url}
    assert command("migrate", **env).code == 0
    assert command("apply", "setup.toml", **env).code == 0
    assert command("apply", "setup.toml", **env).out == f"Note: line 1: {NOWHERE}Nothing differs from the file.\n"
    assert json.loads(command("user", "list", "--json", **env).out)[0]["slug"] == "ada"
    assert json.loads(command("booking", "list", "--json", **env).out) == []
    assert json.loads(command("outbox", "list", "--json", **env).out) == []
    assert command("audit", **env).out == "Database, mails and calendars agree.\n"
    assert "✓ The database answers and is up to date." in command("check", **env).out


def test_a_file_with_mistakes_is_refused_whole(command: Command, tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text(HOST + MEETING + "per_dya = 4\nnotice = 'long'\n")
    ran = command("apply", "setup.toml")
    assert ran.code == 1
    assert [line.partition(": ")[0] for line in ran.err.splitlines()] == ["line 8", "line 9"]
    assert "did you mean per_day?" in ran.err
    assert json.loads(command("user", "list", "--json").out) == []


def test_a_file_that_is_not_there_is_wrong_use(command: Command) -> None:
    ran = command("apply", "nothing.toml")
    assert (ran.code, ran.err) == (2, "nothing.toml can't be read: No such file or directory.\n")


def test_a_host_is_added_listed_and_linked(command: Command) -> None:
    assert (
        command("user", "add", "bob", "--name", "Bob", "--email", "bob@example.org", "--zone", "Europe/Berlin").code
        == 0
    )
    (bob,) = json.loads(command("user", "list", "--json").out)
    assert (bob["slug"], bob["zone"], bob["closed"]) == ("bob", "Europe/Berlin", "no-calendar")
    assert "bob@example.org" in command("user", "list").out
    assert command("user", "link", "bob").out == "http://localhost:8000/bob\n"
    assert json.loads(command("user", "link", "bob", "--json").out) == ["http://localhost:8000/bob"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("api", "--name", "X", "--email", "x@example.org", "--zone", "UTC"), "'api' is reserved"),
        (("Ada", "--name", "X", "--email", "x@example.org", "--zone", "UTC"), "can't be used in an address"),
        (("ada", "--name", " ", "--email", "x@example.org", "--zone", "UTC"), "a name has 1 to 120 characters"),
        (("ada", "--name", "X", "--email", "x", "--zone", "UTC"), "write one bare address"),
        (("ada", "--name", "X", "--email", "a=?b@example.org", "--zone", "UTC"), "write one bare address"),
        (("ada", "--name", "X", "--email", "x@example.org", "--zone", "Berlin"), "is not a time zone"),
        (("ada", "--name", "X", "--email", "x@example.org", "--zone", "UTC", "--language", "fr"), "choose en, de, nl"),
    ],
)
def test_a_host_that_cannot_be_is_refused_in_a_sentence(
    command: Command, arguments: tuple[str, ...], said: str
) -> None:
    ran = command("user", "add", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_host_may_have_dots_in_their_address(command: Command) -> None:
    ran = command("user", "add", "bob", "--name", "Bob", "--email", "bob.b.brown@example.org", "--zone", "UTC")
    assert ran.code == 0, ran.err


def test_a_second_host_of_a_name_is_refused(command: Command) -> None:
    one = ("user", "add", "bob", "--name", "Bob", "--email", "bob@example.org", "--zone", "UTC")
    command(*one)
    assert (command(*one).code, command(*one).err) == (2, "there is a host 'bob' already\n")
    assert command("user", "link", "eve").err == "there is no host 'eve'\n"


def test_the_api_is_described(command: Command) -> None:
    assert json.loads(command("openapi").out)["openapi"].startswith("3.1")


def answer(port: int, path: str) -> object:
    """What the server says, once it does."""
    ends = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as said:
                return json.load(said)
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)


def test_the_switch_for_times_of_attack(command: Command) -> None:
    assert command("migrate").code == 0
    assert command("attack", "status").out == "Off.\n"
    on = json.loads(command("attack", "on", "--hours", "2", "--json").out)
    assert on["on"] is True
    assert on["by"]
    assert command("attack", "status").out.startswith("On since ")
    assert "“Under attack” is on until" in command("check").out
    assert command("attack", "off").out == "Off.\n"
    assert json.loads(command("attack", "status", "--json").out)["on"] is False
    for hours in ("0", "169", "99999999999"):
        assert command("attack", "on", "--hours", hours).code == 2
