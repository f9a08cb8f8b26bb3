"""The client as the rest of the service uses it, and the errors' explanations."""

import ast
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import calendars
from calendars import errors
from calendars.dav.client import Connection, DavAccount, connect, disconnect_all
from calendars.errors import EXPLANATIONS, CalendarError, Explanation, NoCalendar, explain
from calendars.model import Period
from tests.calendars.contract import NOON, body_of, new_uid
from tests.calendars.dav.staged_servers import always, by_method, found, http, multistatus, staged

PACKAGE = Path(calendars.__file__).parent
ACCOUNT = DavAccount(url="https://dav.example.org/", user="ada", password="s3cret")
OTHER_CLIENTS = {"urllib3", "requests", "niquests", "urllib3_future", "http.client", "urllib.request"}


def imported(path: Path) -> set[str]:
    """The modules a file imports, by their full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names


def test_an_account_is_connected_once_and_again_with_other_settings() -> None:
    disconnect_all()
    try:
        first = connect(ACCOUNT)
        assert connect(replace(ACCOUNT)) is first
        assert connect(replace(ACCOUNT, user="bob")) is not first
        renewed = connect(replace(ACCOUNT, password="another"))
        assert renewed is not first
        assert connect(replace(ACCOUNT, password="another")) is renewed
    finally:
        disconnect_all()


def test_a_password_is_never_shown() -> None:
    assert "s3cret" not in repr(ACCOUNT)
    with closing(Connection(ACCOUNT)) as connection:
        assert "s3cret" not in repr(connection)


def test_a_calendar_may_be_named_by_its_path() -> None:
    with closing(Connection(ACCOUNT)) as connection:
        assert connection.calendar("/cal/work").url == "https://dav.example.org/cal/work/"
        assert connection.calendar("https://dav.example.org/cal/work/").url == "https://dav.example.org/cal/work/"


def test_an_object_goes_out_byte_for_byte() -> None:
    body = body_of(new_uid(), start=NOON, summary="Grüße, " * 20) + b"X-ODD:\n\r\n"
    with staged(always(http(201))) as server:
        account = DavAccount(url=server.url, user="ada", password="x", allow_private=True)
        with closing(Connection(account)) as connection:
            connection.calendar("/cal/").create("a.ics", body)
        assert server.requests[0].body == body
        assert server.requests[0].headers["content-type"] == "text/calendar; charset=utf-8"
        assert server.requests[0].headers["if-none-match"] == "*"


def test_a_window_is_asked_for_with_room_for_the_zones_that_a_server_may_assume() -> None:
    """A floating or all-day event is wherever the server thinks it is, from UTC-12 to UTC+14."""
    answers = by_method(
        PROPFIND=multistatus(found("/cal/", "<d:resourcetype><cal:calendar/></d:resourcetype>")), REPORT=multistatus()
    )
    with staged(answers) as server:
        account = DavAccount(url=server.url, user="ada", password="x", allow_private=True)
        with closing(Connection(account)) as connection:
            connection.calendar("/cal/").snapshot(Period(NOON, NOON))
        asked = server.requests[1].body
    assert b'start="20270228T100000Z"' in asked
    assert b'end="20270302T140000Z"' in asked


def test_caldav_is_imported_in_one_file_and_no_other_http_client_anywhere() -> None:
    for path in PACKAGE.glob("*.py"):
        names = imported(path)
        roots = {name.partition(".")[0] for name in names}
        assert ("caldav" in roots) is (path.name == "client.py"), path.name
        assert not (roots | names) & OTHER_CLIENTS, path.name


def test_the_library_writes_no_exchange_to_disk_even_where_the_environment_asks_for_it(tmp_path: Path) -> None:
    code = "import calendars.dav.client, caldav.lib.error as e; assert not e.debug_dump_communication"
    env = os.environ | {"PYTHON_CALDAV_COMMDUMP": "1", "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


def test_every_kind_of_error_has_its_own_sentence_and_remedy() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, CalendarError)]
    assert set(kinds) == set(EXPLANATIONS)
    assert len({explanation.sentence for explanation in EXPLANATIONS.values()}) == len(kinds)
    for explanation in EXPLANATIONS.values():
        for text in (explanation.sentence, explanation.remedy):
            assert text[0].isupper()
            assert text.endswith(".")


def test_an_error_of_a_finer_kind_is_explained_by_its_family() -> None:
    class Finer(NoCalendar):
        """Nobody has written a sentence for it."""

    assert explain(Finer("x")) == EXPLANATIONS[NoCalendar]
    assert isinstance(explain(CalendarError()), Explanation)


@pytest.mark.parametrize("kind", list(EXPLANATIONS))
def test_trying_again_is_offered_for_what_may_pass(kind: type[CalendarError]) -> None:
    assert kind.retry is issubclass(kind, errors.Unavailable)
