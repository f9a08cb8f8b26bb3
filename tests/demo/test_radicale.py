"""The demo's calendar server: a real child process that ends with us, and calendars that a newcomer finds filled."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from icalendar import Calendar

from booking_service.demo.ports import bound_socket
from booking_service.demo.radicale import PASSWORD, USER, DidNotStart, Radicale
from booking_service.demo.seed import BOOKINGS, PERSONAL, seed

pytestmark = pytest.mark.server
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    with Radicale(tmp_path / "calendars of Ada 100%", port=0) as server:
        yield server


@pytest.fixture
def ada(radicale: Radicale) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=radicale.url, auth=(USER, PASSWORD), trust_env=False) as client:
        yield client


def test_only_adas_password_opens_it(radicale: Radicale) -> None:
    with httpx2.Client(base_url=radicale.url, trust_env=False) as client:
        assert client.request("PROPFIND", f"/{USER}/").status_code == 401
        assert client.request("PROPFIND", f"/{USER}/", auth=(USER, "wrong")).status_code == 401
        assert client.request("PROPFIND", f"/{USER}/", auth=(USER, PASSWORD)).status_code == 207


def test_a_taken_port_is_replaced_and_named(tmp_path: Path) -> None:
    with bound_socket(0) as taken:
        wanted = taken.getsockname()[1]
        with Radicale(tmp_path, port=wanted) as server:
            assert server.port != wanted
            assert str(server.port) in server.url


def test_seeding_makes_a_calendar_with_plans_and_an_empty_one(radicale: Radicale, ada: httpx2.Client) -> None:
    seed(radicale.url, now=NOW)

    personal, bookings = (Calendar.from_ical(ada.get(path).content) for path in (PERSONAL, BOOKINGS))
    plans = {str(event["UID"]): event for event in personal.walk("VEVENT")}
    assert len(plans) >= 5
    assert bookings.walk("VEVENT") == []
    assert all(
        NOW - timedelta(days=7) < _instant(plan["DTSTART"].dt) < NOW + timedelta(days=28) for plan in plans.values()
    )
    weekly = [plan for plan in plans.values() if plan.get("RRULE")]
    assert [plan["RRULE"]["FREQ"] for plan in weekly] == [["WEEKLY"]]
    assert weekly[0]["DTSTART"].params["TZID"] == "Europe/Berlin"


def test_both_calendars_carry_their_names(radicale: Radicale, ada: httpx2.Client) -> None:
    seed(radicale.url, now=NOW)

    listing = ada.request("PROPFIND", f"/{USER}/", headers={"Depth": "1"}).text
    assert "<displayname>Personal</displayname>" in listing
    assert "<displayname>Bookings</displayname>" in listing


def test_seeding_again_changes_nothing_and_brings_nothing_back(radicale: Radicale, ada: httpx2.Client) -> None:
    seed(radicale.url, now=NOW)
    ada.delete(f"{PERSONAL}demo-dentist.ics").raise_for_status()
    before = ada.get(PERSONAL).text

    seed(radicale.url, now=NOW + timedelta(days=30))

    assert ada.get(PERSONAL).text == before
    assert "Dentist" not in before


def test_calendars_survive_a_restart(tmp_path: Path) -> None:
    with Radicale(tmp_path, port=0) as server:
        seed(server.url, now=NOW)
    with (
        Radicale(tmp_path, port=0) as server,
        httpx2.Client(base_url=server.url, auth=(USER, PASSWORD), trust_env=False) as client,
    ):
        assert "Dentist" in client.get(PERSONAL).text


def test_stopping_leaves_no_process(tmp_path: Path) -> None:
    with Radicale(tmp_path, port=0) as server:
        assert server.pid is not None
        process = os.pidfd_open(server.pid)

    assert _has_ended(process, within_s=0)
    assert server.pid is None


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path, end: signal.Signals) -> None:
    parent = _parent(tmp_path)
    child = os.pidfd_open(_pid_said_by(parent))

    os.killpg(parent.pid, end)  # as a terminal does: the whole foreground group

    parent.communicate(timeout=20)
    assert _has_ended(child, within_s=20)


def test_ctrl_c_leaves_it_running_until_we_are_done_with_it(tmp_path: Path) -> None:
    """The last writes to the calendar happen after Ctrl-C; a child in our group would be gone by then."""
    parent = _parent(
        tmp_path, after_ctrl_c="print(httpx2.get(server.url + '.web/', trust_env=False).status_code, flush=True)"
    )
    child = os.pidfd_open(_pid_said_by(parent))

    os.killpg(parent.pid, signal.SIGINT)

    said, _ = parent.communicate(timeout=20)
    assert said.split() == ["200"]
    assert _has_ended(child, within_s=20)


def test_a_server_that_cannot_start_shows_why(tmp_path: Path) -> None:
    (tmp_path / "collections").write_text("not a folder")

    with pytest.raises(DidNotStart, match="collections"):
        Radicale(tmp_path, port=0).start()


def test_radicale_is_never_loaded_into_our_own_process(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from booking_service.demo import calendar_page, clock, inbox, seed, smtp_catcher
        from booking_service.demo.radicale import Radicale
        with Radicale(Path({str(tmp_path)!r}), port=0):
            print("radicale" in sys.modules)
    """)
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert said.stdout.split() == ["False"]


def _parent(folder: Path, after_ctrl_c: str = "pass") -> subprocess.Popen[str]:
    """A Python of its own that starts Radicale, says its process id, and waits to be interrupted."""
    program = textwrap.dedent(f"""
        import signal
        import httpx2
        from pathlib import Path
        from booking_service.demo.radicale import Radicale
        with Radicale(Path({str(folder)!r}), port=0) as server:
            try:
                print(server.pid, flush=True)
                signal.pause()
            except KeyboardInterrupt:
                {after_ctrl_c}
    """)
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def _pid_said_by(parent: subprocess.Popen[str]) -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def _has_ended(process: int, *, within_s: float) -> bool:
    """Whether the process behind a pidfd has ended: the descriptor becomes readable then."""
    try:
        return bool(select.select([process], [], [], within_s)[0])
    finally:
        os.close(process)


def _instant(moment: object) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.fromisoformat(f"{moment}T00:00:00+00:00")
