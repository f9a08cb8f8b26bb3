"""Files of lines that outlive the database: one line is one thing that was said, whatever happened to the one before."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

import pytest

from booking_service.storage.lines_on_disk import append_lines

UP_TO_A_KILOBYTE = """
import sys, resource, signal, pathlib
from booking_service.storage.lines_on_disk import append_lines
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
append_lines(pathlib.Path(sys.argv[1]), ["x" * 300] * 4)
"""


def test_lines_come_one_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "noes.jsonl"
    append_lines(file, ["one", "two"])
    append_lines(file, [])
    append_lines(file, ["three \N{SNOWMAN}"])
    assert file.read_text("utf-8") == "one\ntwo\nthree \N{SNOWMAN}\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.promise("I12")
@pytest.mark.parametrize("before", ["", "one\n"])
def test_what_a_kill_left_of_a_line_is_no_part_of_the_next(tmp_path: Path, before: str) -> None:
    file = tmp_path / "erasures.jsonl"
    file.write_text(f'{before}{{"booking": "5')
    append_lines(file, ["two"])
    assert file.read_text() == f"{before}two\n"


def test_a_disk_that_is_full_half_way_keeps_none_of_them(tmp_path: Path) -> None:
    file = tmp_path / "noes.jsonl"
    append_lines(file, ["one"])
    done = subprocess.run([sys.executable, "-c", UP_TO_A_KILOBYTE, file], capture_output=True, text=True, check=False)
    assert "OSError" in done.stderr
    assert file.read_text() == "one\n"


def test_who_comes_while_another_writes_waits_and_goes_on_behind(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    with ThreadPoolExecutor(1) as pool, file.open("ab", buffering=0) as other:
        flock(other, LOCK_EX)
        coming = pool.submit(append_lines, file, ["two"])
        with pytest.raises(TimeoutError):
            coming.result(timeout=0.3)
        other.write(b"one\n")
        flock(other, LOCK_UN)
        coming.result()
    assert file.read_text() == "one\ntwo\n"


def test_of_several_who_write_at_once_each_writes_whole_lines(tmp_path: Path) -> None:
    """Each call is a chance to meet another between finding the end and writing there."""
    file = tmp_path / "erasures.jsonl"
    calls = [[f"{call} {line} {'x' * 100}" for line in "ab"] for call in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda lines: append_lines(file, lines), calls))
    written = file.read_text().splitlines()
    together = [[first, second] for first, second in zip(written[::2], written[1::2], strict=True)]
    assert sorted(together) == sorted(calls)
