"""The demo's clock is shown, moved forward for everybody at once, and kept over a restart."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
from jinja2 import Environment
from starlette.testclient import TestClient

from booking_service.clock import Clock, utc_now
from booking_service.demo.clock import ClockPage, KeptClock, run_at_speed


@pytest.fixture
def clock(tmp_path: Path) -> KeptClock:
    return KeptClock(tmp_path / "clock")


@pytest.fixture
def ticks() -> list[datetime]:
    """The demo's time at each tick of the worker."""
    return []


@pytest.fixture
def client(
    clock: KeptClock, ticks: list[datetime], templates: Environment, browse: Callable[..., TestClient]
) -> TestClient:
    return browse(ClockPage(clock, lambda seconds: ticks.append(clock.advance(seconds)), templates).routes())


def test_the_page_shows_the_time_of_the_demo(client: TestClient, clock: KeptClock) -> None:
    clock.advance(90_000)

    page = client.get("/demo/clock")
    assert f"{clock.now():%Y-%m-%d}" in page.text
    assert "1 d 1 h 0 min ahead" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    html5lib.HTMLParser(strict=True).parse(page.text)


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
def test_programs_get_json(client: TestClient, clock: KeptClock, accept: str) -> None:
    clock.advance(600)

    shown = client.get("/demo/clock", headers={"Accept": accept}).json()
    assert abs(datetime.fromisoformat(shown["now"]) - clock.now()) < timedelta(seconds=60)
    assert shown["offset_seconds"] == 600


def test_a_button_moves_the_demo_and_returns_after_the_worker_has_seen_the_new_time(
    client: TestClient, clock: KeptClock, ticks: list[datetime]
) -> None:
    answer = client.post("/demo/clock", data={"advance": "3600"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/demo/clock")
    assert clock.offset == timedelta(hours=1)
    (seen,) = ticks
    assert seen - utc_now() > timedelta(minutes=59)


@pytest.mark.parametrize(
    "sent", [{"json": {"advance": 90.5}}, {"json": {"advance": "90.5"}}, {"data": {"advance": "90.5"}}]
)
def test_programs_move_it_by_form_or_json(client: TestClient, ticks: list[datetime], sent: dict[str, Any]) -> None:
    answer = client.post("/demo/clock", headers={"Accept": "*/*"}, **sent)

    assert answer.status_code == 200
    assert answer.json()["offset_seconds"] == 90.5
    assert len(ticks) == 1


def test_moving_by_nothing_is_a_tick(client: TestClient, ticks: list[datetime]) -> None:
    client.post("/demo/clock", data={"advance": "0"})

    assert len(ticks) == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"advance": "-1"}},
        {"data": {"advance": "nan"}},
        {"data": {"advance": "inf"}},
        {"data": {"advance": "1e300"}},
        {"data": {"advance": "soon"}},
        {"data": {}},
        {"json": []},
        {"json": {"advance": None}},
        {"content": "{", "headers": {"Content-Type": "application/json"}},
        {"files": {"advance": ("a.txt", b"600")}},
    ],
)
def test_what_is_no_step_forward_is_refused_and_moves_nothing(
    client: TestClient, clock: KeptClock, ticks: list[datetime], sent: dict[str, Any]
) -> None:
    answer = client.post("/demo/clock", **sent)

    assert answer.status_code == 422
    assert "The clock was not moved" in answer.text
    assert (clock.offset, ticks) == (timedelta(), [])


def test_programs_are_told_in_json_what_is_wrong(client: TestClient) -> None:
    answer = client.post("/demo/clock", json={"advance": -1}, headers={"Accept": "application/json"})

    assert answer.status_code == 422
    assert "forward" in answer.json()["error"]


def test_many_small_steps_never_lead_out_of_the_calendar(client: TestClient, clock: KeptClock) -> None:
    ten_years = 3660 * 86_400
    assert client.post("/demo/clock", data={"advance": str(ten_years)}).status_code == 303
    assert client.post("/demo/clock", data={"advance": "1"}).status_code == 422

    assert clock.offset == timedelta(seconds=ten_years)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_moves_nothing(client: TestClient, clock: KeptClock, ticks: list[datetime], method: str) -> None:
    client.request(method, "/demo/clock?advance=600")

    assert (clock.offset, ticks) == (timedelta(), [])


def test_the_offset_survives_a_restart(clock: KeptClock, tmp_path: Path) -> None:
    clock.advance(600)
    clock.advance(0.25)

    assert KeptClock(tmp_path / "clock").offset == timedelta(seconds=600.25)


def test_steps_at_the_same_moment_all_count(clock: KeptClock, tmp_path: Path) -> None:
    threads = [threading.Thread(target=lambda: [clock.advance(1) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert clock.offset == KeptClock(tmp_path / "clock").offset == timedelta(seconds=80)


def test_at_speed_60_a_second_is_a_minute() -> None:
    clock, stop = Clock(), threading.Event()
    began, began_at = utc_now(), clock.now()
    runner = threading.Thread(target=run_at_speed, kwargs={"clock": clock, "speed": 60, "stop": stop, "step_s": 0.01})
    runner.start()
    runner.join(0.3)
    stop.set()
    runner.join()

    passed, shown = utc_now() - began, clock.now() - began_at
    assert timedelta(seconds=3) < shown <= passed * 60
