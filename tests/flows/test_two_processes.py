"""Processes that know nothing of one another: over one database, and over nothing but the same calendar."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from zoneinfo import ZoneInfo

import pytest

from booking_service.crypto.puzzles import Puzzle, answered
from tests.flows.dav_reader import Outside
from tests.flows.extended import in_extended
from tests.flows.programs import ROOT, Service, clean_environment, service, until
from tests.flows.services import quiet
from tests.flows.setup_files import setup_of_ada
from tests.flows.slow_proxy import Between, between, unwatched
from tests.flows.text_browser import Visit, calendar_parts
from tests.puzzle_answers import number_of
from tests.servers import Server

pytestmark = pytest.mark.server
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.extended])])
def one(request: pytest.FixtureRequest, tmp_path: Path, radicale_server: Server) -> Iterator[Service]:
    """A service on Radicale, on either database, whose calendars have been read and that does not run."""
    postgres = request.param == "postgresql"
    url = {"BOOKING_DATABASE_URL": request.getfixturevalue("migrated_postgres_url")} if postgres else {}
    calendar = radicale_server.new_calendar()
    setup = setup_of_ada(url=radicale_server.url, user=radicale_server.user, calendar=calendar)
    with service(tmp_path, radicale_server, setup=setup, calendars=(calendar,), settings=url) as made:
        made.run("worker", "--once")
        yield made


@pytest.mark.promise("I1")
@pytest.mark.capability("1.7")
@pytest.mark.parametrize("threads", [10, *in_extended(25)])
def test_two_processes_with_many_threads_each_and_one_slot(one: Service, threads: int) -> None:
    start = weekday_at_ten()
    with ExitStack() as stack:
        processes = [stack.enter_context(rivals(one, start, name, threads)) for name in ("left", "right")]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        told = [process.communicate(timeout=120) for process in started(processes)]
    came_to = sum((Counter(json.loads(out)) for out, _ in told), Counter())
    assert came_to == {"Booking": 1, "SlotTaken": 2 * threads - 1}
    one.run("worker", "--once")
    [standing] = Outside(one.server, one.calendars).bookings()
    assert (standing.start, standing.status) == (start, "TENTATIVE")
    assert [mail["subject"].partition(":")[0] for mail in one.mails()] == ["Please confirm"]


@pytest.mark.extended
def test_one_answer_to_a_puzzle_counts_once_in_two_processes(one: Service) -> None:
    start, threads = weekday_at_ten(), 8
    with rivals(one, start, "", threads, program="puzzle_answerers") as asked:
        puzzle = Puzzle(**json.loads(asked.communicate(timeout=60)[0]))
    answer = answered(puzzle, number_of(puzzle))
    with ExitStack() as stack:
        processes = [
            stack.enter_context(rivals(one, start, answer, threads, program="puzzle_answerers")) for _ in range(2)
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        told = [process.communicate(timeout=120) for process in started(processes)]
    came_to = sum((Counter(json.loads(out)) for out, _ in told), Counter())
    assert came_to == {"counted": 1, "used": 2 * threads - 1}


def started(processes: list["subprocess.Popen[str]"]) -> list["subprocess.Popen[str]"]:
    """Let all of them go before any of them is waited for."""
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


def rivals(
    one: Service, start: datetime, name: str, threads: int, *, program: str = "contenders"
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.flows.{program}", start.isoformat(), str(threads), name],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment() | one.env,
    )


def weekday_at_ten() -> datetime:
    """10:00 in Berlin on a weekday at least two days from now, as a UTC instant."""
    day = datetime.now(BERLIN).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=2)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.astimezone(ZoneInfo("UTC"))


@pytest.fixture(scope="module")
def two(
    tmp_path_factory: pytest.TempPathFactory, radicale_server: Server
) -> Iterator[tuple[Between, tuple[Service, Service]]]:
    """Two services with a database each, and one calendar that both write to."""
    folder, calendar = tmp_path_factory.mktemp("two"), radicale_server.new_calendar()
    with ExitStack() as stack:
        proxy = stack.enter_context(between(radicale_server.url))
        seen = calendar.replace(radicale_server.url, proxy.url)
        setup = setup_of_ada(url=proxy.url, user=radicale_server.user, calendar=seen)
        left, right = (
            stack.enter_context(service(folder / name, radicale_server, setup=setup, calendars=(calendar,)))
            for name in ("left", "right")
        )
        for each in (left, right):
            each.start()
        yield proxy, (left, right)


@pytest.mark.extended
@pytest.mark.promise("I1")
@pytest.mark.parametrize(("meeting", "status"), [("intro", "TENTATIVE"), ("quick", "CONFIRMED")])
def test_two_services_over_one_calendar_let_one_of_them_stay(
    two: tuple[Between, tuple[Service, Service]], meeting: str, status: str
) -> None:
    """Both have written before either looks: the lower UID stays, the other withdraws, and only one promise is mailed."""
    proxy, services = two
    uids = meet_at_the_put(proxy)
    with ExitStack() as stack:
        visits = [stack.enter_context(Visit(each.base_url, each.mails)) for each in services]
        forms = [visit.details(meeting).form("/hold") for visit in visits]
        start = forms[0].fields["start"]
        assert forms[1].fields["start"] == start
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda visit, form: visit.submit(form, name="Grace", email=visit.email), visits, forms))
        outside = Outside(services[0].server, services[0].calendars)
        until(lambda: sum(len(visit.received()) > 0 for visit in visits) > 0, within_s=60)
        for each in services:
            quiet(each)
        [standing] = until(lambda: outside.at(start) if len(outside.at(start)) == 1 else [], within_s=60)
        assert len(uids) == 2
        assert (standing.uid, standing.status) == (min(uids), status)
        assert sorted(len(visit.received()) for visit in visits) == [0, 1]
        if meeting == "intro":
            [winner] = [visit for visit in visits if visit.received()]
            assert winner.follow(winner.confirm()).title.startswith("Booked")
        until(lambda: [each.status for each in outside.at(start)] == ["CONFIRMED"])
        for each in services:
            quiet(each)
        assert sum(len(calendar_parts(mail)) > 0 for visit in visits for mail in visit.received()) == 1


def meet_at_the_put(proxy: Between) -> set[str]:
    """Let the first two PUTs go on together. Returns the UIDs they were about, as they come in."""
    both, uids = Barrier(2), set[str]()

    def watch(stage: str, method: str, path: str) -> None:
        if (stage, method) == ("after", "PUT") and len(uids) < 2:
            uids.add(path.rpartition("/")[2].removesuffix(".ics"))
            try:
                both.wait(timeout=20)
            except BrokenBarrierError:
                proxy.watch = unwatched

    proxy.watch = watch
    return uids
