"""calendar and doctor, against a real server."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from booking_service.actions.calendar import accounts
from booking_service.actions.calendar.pull import pull
from booking_service.bootstrap import runtime
from booking_service.config import sources
from tests.cli.command import Command
from tests.cli.command import command as command
from tests.servers import Server

pytestmark = pytest.mark.server
BOB = ("user", "add", "bob", "--name", "Bob", "--email", "bob@example.org", "--zone", "Europe/Berlin")


@pytest.fixture
def names(radicale_server: Server) -> tuple[str, str]:
    """Two calendars that only this test uses."""
    made = uuid4().hex, uuid4().hex
    for name in made:
        radicale_server.new_calendar(name)
    return made


@pytest.fixture
def password(radicale_server: Server, tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "password").write_text(f"{radicale_server.password}\n")
    return ("--user", radicale_server.user, "--password-file", "password")


def by_name(ran_out: str) -> Mapping[str, dict[str, object]]:
    return {each["name"]: each for each in json.loads(ran_out)}


def test_calendars_are_found_step_by_step_and_nothing_is_kept(
    command: Command, radicale_server: Server, password: tuple[str, ...]
) -> None:
    radicale_server.new_calendar("discovered")
    ran = command("calendar", "discover", radicale_server.url, *password)
    assert ran.code == 0
    assert "✓ The user name and password are accepted." in ran.out
    assert f"{radicale_server.home}discovered/" in ran.out
    assert radicale_server.password not in ran.out + ran.err
    found = json.loads(command("calendar", "discover", radicale_server.url, *password, "--json").out)
    assert "discovered" in {each["name"] for each in found["calendars"]}
    assert json.loads(command("calendar", "list", "--json").out) == []


def test_a_wrong_password_is_said_with_what_to_do(command: Command, radicale_server: Server) -> None:
    ran = command(
        "calendar",
        "discover",
        radicale_server.url,
        "--user",
        radicale_server.user,
        "--password-env",
        "WRONG",
        WRONG="no",
    )
    assert ran.code == 1
    assert ran.err.startswith(
        "The calendar server does not accept the user name or password. Enter the password again."
    )


def test_a_password_is_never_asked_of_a_program(command: Command, radicale_server: Server) -> None:
    ran = command("calendar", "discover", radicale_server.url)
    assert (ran.code, ran.err) == (2, "Say where the password is: --password-file or --password-env.\n")


def test_a_host_is_connected_and_its_calendars_are_read(
    command: Command, radicale_server: Server, names: tuple[str, str], password: tuple[str, ...]
) -> None:
    command(*BOB)
    url = radicale_server.url
    added = command("calendar", "add", "bob", url, *password, "--conflicts", names[0], "--target", names[1])
    assert added.code == 0, added.err
    kept = by_name(command("calendar", "list", "--json").out)
    assert {name: (each["conflicts"], each["target"], each["health"]) for name, each in kept.items()} == {
        names[0]: (True, False, "stale"),
        names[1]: (False, True, "stale"),
    }
    capabilities = kept[names[1]]["capabilities"]
    assert isinstance(capabilities, dict)
    assert capabilities["sync"] is True
    assert kept[names[0]]["capabilities"] == {}
    pulled = json.loads(command("calendar", "pull", "--json").out)
    assert {each["calendar"] for each in pulled} == {f"bob/{name}" for name in names}
    assert {each["trouble"] for each in pulled} == {""}
    health = {each["health"] for each in by_name(command("calendar", "list", "--host", "bob", "--json").out).values()}
    assert health == {"fresh"}


def test_the_doctor_says_in_words_what_a_server_does(
    command: Command, radicale_server: Server, names: tuple[str, str], password: tuple[str, ...]
) -> None:
    command(*BOB)
    command("calendar", "add", "bob", radicale_server.url, *password, "--conflicts", names[0])
    ran = command("doctor", f"bob/{names[0]}")
    assert ran.code == 0
    assert ran.out.startswith(f"bob/{names[0]}:\n  ")
    assert ran.out.count("\n") > 1
    (told,) = json.loads(command("calendar", "test", f"bob/{names[0]}", "--json").out)
    assert told["capabilities"]["create_guard"] is True
    assert by_name(command("calendar", "list", "--json").out)[names[0]]["capabilities"] == told["capabilities"]
    leftovers = json.loads(command("calendar", "pull", f"bob/{names[0]}", "--json").out)
    assert (leftovers[0]["changed"], leftovers[0]["trouble"]) == (0, "")


def test_a_calendar_that_is_gone_is_trouble_with_a_remedy(
    command: Command, radicale_server: Server, names: tuple[str, str], password: tuple[str, ...]
) -> None:
    command(*BOB)
    command("calendar", "add", "bob", radicale_server.url, *password, "--conflicts", names[0])
    url = f"{radicale_server.home}{names[0]}/"
    gone = httpx2.request("DELETE", url, auth=(radicale_server.user, radicale_server.password), trust_env=False)
    assert gone.status_code == 200
    for verb in (("calendar", "pull"), ("doctor",)):
        ran = command(*verb)
        assert ran.code == 1
        assert "There is no calendar at this address any more." in ran.out
    check = command("check")
    assert check.code == 1
    assert f"✗ bob/{names[0]}, since " in check.out
    assert "Connect the calendar again, or choose another." in check.out


def test_only_one_calendar_takes_bookings(
    command: Command, radicale_server: Server, names: tuple[str, str], password: tuple[str, ...]
) -> None:
    command(*BOB)
    add = ("calendar", "add", "bob", radicale_server.url, *password)
    assert command(*add, "--conflicts", names[0], "--target", names[0]).code == 0
    ran = command(*add, "--account", "other", "--conflicts", names[1], "--target", names[1])
    assert ran.code == 1
    assert ran.err.startswith("bookings are written to one calendar, and ")
    assert set(by_name(command("calendar", "list", "--json").out)) == {names[0]}


@pytest.mark.parametrize(
    "verb", [("doctor", "nothing"), ("calendar", "pull", "nothing"), ("calendar", "list", "--host", "eve")]
)
def test_what_is_not_there_is_wrong_use(command: Command, verb: tuple[str, ...]) -> None:
    ran = command(*verb)
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert ran.err.startswith(("no calendar is called 'nothing'; there are: none", "there is no host 'eve'"))


def test_a_calendar_that_a_file_makes_the_target_is_tried_out(
    command: Command, radicale_server: Server, names: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "setup.toml").write_text(
        '[hosts.bob]\nname = "Bob"\nemail = "bob@example.org"\nzone = "Europe/Berlin"\n'
        f'[hosts.bob.accounts.main]\nurl = "{radicale_server.url}"\nusername = "{radicale_server.user}"\n'
        'password_env = "SECRET"\n'
        f'[[hosts.bob.accounts.main.calendars]]\nname = "{names[0]}"\n'
        f'[[hosts.bob.accounts.main.calendars]]\nname = "{names[1]}"\ntarget = true\n'
    )
    dry = command("apply", "setup.toml", "--dry-run", SECRET=radicale_server.password)
    assert dry.code == 0, dry.err
    assert f"bob/{names[1]}:" not in dry.out
    ran = command("apply", "setup.toml", SECRET=radicale_server.password)
    assert f"bob/{names[1]}:\n  " in ran.out
    assert radicale_server.password not in ran.out
    kept = by_name(command("calendar", "list", "--json").out)
    assert kept[names[1]]["capabilities"]
    assert kept[names[0]]["capabilities"] == {}
    assert json.loads(command("apply", "setup.toml", "--json", SECRET=radicale_server.password).out)["tried"] == []


def test_whether_a_server_invites_by_itself_is_asked_of_who_reads_that_mailbox(
    command: Command,
    radicale_server: Server,
    names: tuple[str, str],
    password: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command(*BOB)
    command("calendar", "add", "bob", radicale_server.url, *password, "--target", names[0], "--conflicts", names[0])
    for typed, honoured in (("y", False), ("n", True)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        ran = command("doctor", f"bob/{names[0]}", "--invite", "me@example.org")
        assert ran.code == 0, ran.err
        assert "names me@example.org" in ran.out
        assert by_name(command("calendar", "list", "--json").out)[names[0]]["capabilities"]["agent_client"] is honoured
    command("doctor")
    assert by_name(command("calendar", "list", "--json").out)[names[0]]["capabilities"]["agent_client"] is True
    assert (
        httpx2.get(
            f"{radicale_server.home}{names[0]}/", auth=(radicale_server.user, radicale_server.password)
        ).text.count("BEGIN:VEVENT")
        == 0
    )


def test_one_calendar_at_a_time_is_tried_for_invitations(command: Command) -> None:
    ran = command("doctor", "--invite", "me@example.org")
    assert ran.code == 2
    assert ran.err.endswith("--invite tries one calendar, and 0 are meant: name one.\n")


def test_a_key_put_in_front_while_the_service_runs_closes_nothing(
    command: Command,
    radicale_server: Server,
    names: tuple[str, str],
    password: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BOOKING_SECRET_KEY")
    command(*BOB)
    command("calendar", "add", "bob", radicale_server.url, *password, "--target", names[0], "--conflicts", names[0])
    with runtime(sources.load()) as running:
        ran = command("keys", "rotate")
        assert ran.code == 0, ran.err
        assert "Passwords, answers and fields sealed with it: 1." in ran.out
        assert "until then they seal and make links with the previous key" in ran.out
        (connected,) = [each.calendar for each in accounts.every(running)]
        pull(running, connected.id)
    assert command("calendar", "pull").code == 0
    assert len((tmp_path / "secret.key").read_text().split()) == 2
    assert json.loads(command("keys", "rotate", "--json").out) == {
        "keys": 3,
        "fresh": True,
        "sealed": 1,
        "lost": 0,
        "marked": 0,
    }


def test_a_key_of_the_settings_is_for_the_operator_to_renew(command: Command, tmp_path: Path) -> None:
    ran = command("keys", "rotate")
    assert ran.out.startswith("secret_key has one key: put a new one in front of it")
    assert not (tmp_path / "secret.key").exists()


def test_events_are_moved_by_the_worker_once_a_command_asked_for_it(
    command: Command, radicale_server: Server, names: tuple[str, str], password: tuple[str, ...]
) -> None:
    first, _ = names
    assert command(*BOB).code == 0
    added = command("calendar", "add", "bob", radicale_server.url, *password, "--conflicts", first, "--target", first)
    assert added.code == 0, added.err
    ran = command("calendar", "move", "bob", "--json")
    assert json.loads(ran.out) == {"elsewhere": {}, "waiting": 0, "given_up": 0}
    assert "Every event is where it belongs." in command("calendar", "move", "bob", "--dry-run").out
    assert command("calendar", "move", "nobody").code == 2
