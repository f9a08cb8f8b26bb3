"""How long commands take to start, each a whole process, against what the libraries themselves take to be imported.

`version` and `--help` against half of that; the first line of `check` and of what stays (`serve`, `demo`) against 1.3 times;
how long `check` takes until it ends is shown beside it. The first page of `serve` (P16) against twice that.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import sleep

from benchmarks.measure import Goal, Report, arguments, in_turn
from tests.servers.process import free_port

LIBRARIES = "import starlette.applications, sqlmodel, caldav, icalendar"
ROUNDS = 5
_LOOK_EVERY_S = 0.01
_ROOT = Path(__file__).resolve().parents[1]
_SERVICE = (sys.executable, "-m", "booking_service")


def main(argv: Sequence[str]) -> int:
    out = arguments("start").parse_args(argv).json
    with tempfile.TemporaryDirectory() as folder:
        taken = in_turn(_candidates(Path(folder)), rounds=ROUNDS)
    floor = taken["libraries imported"]
    report = Report("start", microseconds=taken)
    report.goals = [
        Goal("P17 version / libraries", taken["version"] / floor, 0.5, 0.35),
        Goal("P17 --help / libraries", taken["--help"] / floor, 0.5, 0.35),
        Goal("P17 first line of check / libraries", taken["check: first line"] / floor, 1.3, 0.5),
        Goal("P17 first line of serve / libraries", taken["serve: first line"] / floor, 1.3, 0.5),
        Goal("P17 first line of demo / libraries", taken["demo: first line"] / floor, 1.3, 0.5),
        Goal("P16 first page of serve / libraries", taken["serve: first page"] / floor, 2.0, 1.3),
    ]
    report.remarks.append(f"check, with its answer: {taken['check'] / floor:.2f} times the libraries.")
    return report.conclude(out)


def _candidates(folder: Path) -> Mapping[str, Callable[[], object]]:
    env = {
        **os.environ,
        "BOOKING_DATA_DIR": str(folder / "data"),
        "BOOKING_BASE_URL": "http://localhost:8000",
        "BOOKING_SMTP__HOST": "127.0.0.1",
    }
    demo = ["demo", "--no-examples", "--data", str(folder / "demo")]
    for option in ("--port", "--caldav-port", "--smtp-port"):
        demo += [option, str(free_port())]
    return {
        "libraries imported": partial(_whole, [sys.executable, "-c", LIBRARIES], env),
        "version": partial(_whole, [*_SERVICE, "version"], env),
        "--help": partial(_whole, [*_SERVICE, "--help"], env),
        "check": partial(_whole, [*_SERVICE, "check"], env),
        "check: first line": partial(_first_line, [*_SERVICE, "check"], env),
        "serve: first line": partial(_first_line, [*_SERVICE, "serve", "--port", str(free_port())], env),
        "demo: first line": partial(_first_line, [*_SERVICE, *demo], env),
        "serve: first page": partial(_first_page, env, free_port()),
    }


def _whole(command: Sequence[str], env: Mapping[str, str]) -> None:
    subprocess.run(command, cwd=_ROOT, env=env, check=False, capture_output=True)


def _first_page(env: Mapping[str, str], port: int) -> None:
    """Started, asked for `/` until it is answered, and ended."""
    command = [*_SERVICE, "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=_ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        while not _answers(port):
            assert child.poll() is None
            sleep(_LOOK_EVERY_S)
        child.kill()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/", headers={"Host": "localhost:8000"})
        return connection.getresponse().status == 200
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()


def _first_line(command: Sequence[str], env: Mapping[str, str]) -> None:
    """Started, read for one line, and ended; it does not come to serving anybody."""
    with subprocess.Popen(command, cwd=_ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        assert child.stdout.readline()
        child.kill()
