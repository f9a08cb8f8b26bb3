"""The test command and the rules of tests/conftest.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from booking_service.start import testing

ROOT = Path(__file__).parents[2]
SKIPPING = """
import pytest
def test_passes(): pass
@pytest.mark.skip(reason="no time")
def test_is_skipped(): pass
def test_skips_itself(): pytest.skip("no network")
@pytest.mark.xfail(reason="known", strict=True)
def test_is_known_to_fail(): assert False
"""


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", "-n 3 --dist loadfile --no-loadscope-reorder -m not extended"),
        ("-m fast", "-n 3 --dist loadfile --no-loadscope-reorder -m (fast) and not extended"),
        ("-n 0 -x tests/web", "-n 0 --dist loadfile --no-loadscope-reorder -m not extended -x tests/web"),
        ("--numprocesses=4", "-n 4 --dist loadfile --no-loadscope-reorder -m not extended"),
        ("--all-servers", "-n 3 --dist loadfile --no-loadscope-reorder"),
        ("--all-servers -m extended -q", "-n 3 --dist loadfile --no-loadscope-reorder -m (extended) -q"),
        ("-k word --maxfail 1", "-n 3 --dist loadfile --no-loadscope-reorder -m not extended -k word --maxfail 1"),
    ],
)
def test_what_is_given_is_added_to_the_defaults(given: str, wanted: str) -> None:
    assert " ".join(testing.pytest_arguments(given.split())) == wanted


def test_alternatives_stay_together_beside_the_default() -> None:
    assert testing.pytest_arguments(["-m", "fast or server"])[-1] == "(fast or server) and not extended"


def test_every_missing_part_says_how_it_comes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    assert testing.run([]) == 1
    said = capsys.readouterr()
    assert "Missing: Chromium. Tests marked browser are skipped; apt-get install chromium brings it." in said.out
    assert "Missing: khal with vdirsyncer." in said.out
    assert "With CI=true nothing may be skipped." in said.err


def test_with_everything_there_pytest_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("chromium", "initdb", "khal", "vdirsyncer"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    assert testing.run(["-n", "0", "--version"]) == 0
    assert testing.run(["--no-such-option"]) == 4  # pytest's own: wrong use


def test_an_installed_package_has_no_tests(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(testing, "_ROOT", tmp_path)
    assert testing.run([]) == 2
    assert "part of the checkout" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ci", "code", "summary"), [("true", 1, "1 failed, 1 passed, 1 xfailed, 1 error"), ("", 0, "1 passed, 2 skipped")]
)
def test_a_skip_fails_where_everything_is_installed(tmp_path: Path, ci: str, code: int, summary: str) -> None:
    returned, said = pytest_on(tmp_path, SKIPPING, ci=ci)
    assert returned == code
    assert summary in said
    assert not ci or "skipped, which counts as a failure with CI=true" in said


@pytest.mark.parametrize("ci", ["true", ""])
def test_a_whole_file_that_is_skipped_counts_too(tmp_path: Path, ci: str) -> None:
    returned, _ = pytest_on(tmp_path, "import pytest\npytest.importorskip('no_such_module')\n", ci=ci)
    assert returned == (2 if ci else 5)  # interrupted by an error, or nothing to run


def test_what_needs_no_server_browser_or_cluster_is_fast(tmp_path: Path) -> None:
    text = "import pytest\n" + "".join(
        f"@pytest.mark.{mark}\ndef test_{mark}(): pass\n" for mark in ("postgres", "server", "browser", "extended")
    )
    returned, said = pytest_on(tmp_path, text + "def test_plain(): pass\n", "-m", "fast")
    assert returned == 0
    assert "1 passed, 4 deselected" in said


def pytest_on(folder: Path, text: str, *arguments: str, ci: str = "") -> tuple[int, str]:
    """Exit code and output of pytest on one file, under the project's settings and conftest."""
    (folder / "test_given.py").write_text(text)
    command = [
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        "pyproject.toml",
        f"--rootdir={ROOT}",
    ]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"CI": ci}
    finished = subprocess.run(
        [sys.executable, *command, *arguments, str(folder / "test_given.py")],
        cwd=ROOT,
        env=env,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return finished.returncode, finished.stdout + finished.stderr


SHOWING = """
import tempfile
def test_shows(tmp_path): print(f"<{tempfile.gettempdir()}>")
"""


@pytest.mark.parametrize("room", [0, 2**62])
def test_temporary_files_are_in_memory_where_there_is_room_and_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], room: int
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    (tmp_path / "test_shows.py").write_text(SHOWING, encoding="utf-8")
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(testing, "_MEMORY", memory)
    monkeypatch.setattr(testing, "_ROOM", room)
    assert testing.run(["-n", "0", "-s", "-p", "no:cacheprovider", str(tmp_path / "test_shows.py")]) == 0
    assert (f"<{memory}/booking-" in capfd.readouterr().out) is (room == 0)
    assert list(memory.iterdir()) == []
