"""What `serve` costs while nobody asks (P16): how long it takes to its first page, and the memory it then keeps.

For 100 hosts with 500 busy periods each in the year to come. The start is compared with what the libraries alone take to be
imported, in turn; the memory is what the processes hold after the page and ten seconds of their own timers.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import sleep

from benchmarks.measure import Goal, Report, arguments, in_turn
from benchmarks.pages import fill_hosts
from benchmarks.start import LIBRARIES
from tests.servers.process import free_port
from tests.world import world

HOSTS, PERIODS = 100, 500
ROUNDS = 5
IDLE_S = 10
_ROOT = Path(__file__).resolve().parents[1]
_BUSY = """INSERT INTO busy (calendar_id, host_id, name, starts_at, ends_at)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :periods)
  SELECT calendar.id, host_id, 'o' || i,
    strftime('%Y-%m-%d %H:%M:%f', 'now', '+' || (i * 17) || ' hours') || '000',
    strftime('%Y-%m-%d %H:%M:%f', 'now', '+' || (i * 17 + 1) || ' hours') || '000'
  FROM n, calendar"""


def main(argv: Sequence[str]) -> int:
    out = arguments("idle").parse_args(argv).json
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        taken = in_turn(
            {
                "libraries imported": partial(_imported, folder),
                "serve: first page": partial(_first_page, folder),
            },
            rounds=ROUNDS,
        )
        with _serving(folder) as (process, port):
            _ask(process, port)
            sleep(IDLE_S)
            megabytes = _resident_mb(process.pid)
    report = Report("idle", microseconds=taken)
    report.goals = [
        Goal("P16 first page / libraries", taken["serve: first page"] / taken["libraries imported"], 2, 1.3),
        Goal(f"P16 MB with {HOSTS} hosts x {PERIODS} busy periods", megabytes, goal=150, moonshot=100),
    ]
    return report.conclude(out)


def _fill(folder: Path) -> None:
    """The clock of this world stands in 2030, so no calendar is due to be read while it is measured."""
    with world(folder) as w, closing(sqlite3.connect(folder / "booking.db")) as connection, connection:
        fill_hosts(w, HOSTS - 1, connection)
        connection.execute("DELETE FROM busy")
        connection.execute(_BUSY, {"periods": PERIODS})
        connection.execute("ANALYZE")


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "BOOKING_DATA_DIR": str(folder),
        "BOOKING_BASE_URL": "http://localhost:8000",
        "BOOKING_SMTP__HOST": "127.0.0.1",
        "BOOKING_SMTP__FROM": "booking@example.org",
    }


def _imported(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", LIBRARIES], cwd=_ROOT, env=_environment(folder), check=True)


def _first_page(folder: Path) -> None:
    with _serving(folder) as (process, port):
        _ask(process, port)


@contextmanager
def _serving(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    port = free_port()
    command = [sys.executable, "-m", "booking_service", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=_ROOT, env=_environment(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process, port
        finally:
            process.kill()


def _ask(process: "subprocess.Popen[bytes]", port: int) -> None:
    """The page of a host, as soon as somebody answers."""
    while True:
        assert process.poll() is None, "it did not come to serving"
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            try:
                connection.request("GET", "/ada", headers={"Host": "localhost:8000"})
            except ConnectionRefusedError:
                sleep(0.01)
                continue
            answer = connection.getresponse()
            assert b"Ada Lovelace" in answer.read(), answer.status
            return


def _resident_mb(pid: int) -> float:
    """Of this process and those that it started."""
    children = (Path(f"/proc/{pid}/task/{pid}/children")).read_text().split()
    return sum(map(_of_one, (str(pid), *children))) / 1024


def _of_one(pid: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
