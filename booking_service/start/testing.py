"""`booking-service test`: pytest with the project's defaults, after naming missing system packages."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).resolve().parents[2]
_MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where a folder of its own is made
_ROOM = 6 * 1024**3  # bytes; the whole run needs less than a third
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


class Part(NamedTuple):
    """Something outside Python that tests need, whether it was found, and its Debian packages."""

    name: str
    found: bool
    packages: str
    tests: str


def run(argv: list[str]) -> int:
    """Run `test [-m EXPRESSION] [--all-servers] [pytest's own arguments]` and return the exit code.

    With CI=true a missing part of the system is a failure. See `pytest_arguments` for the defaults.
    """
    if not (_ROOT / "tests").is_dir():
        print("The tests are part of the checkout; this is an installed package.", file=sys.stderr)
        return 2
    missing = [part for part in parts() if not part.found]
    for part in missing:
        print(f"Missing: {part.name}. {part.tests} are skipped; apt-get install {part.packages} brings it.", flush=True)
    if missing and os.environ.get("CI") == "true":
        print("With CI=true nothing may be skipped.", file=sys.stderr)
        return 1
    with _compiled_once() as env, _in_memory(env):
        return subprocess.call([sys.executable, "-m", "pytest", *pytest_arguments(argv)], cwd=_ROOT, env=env)


@contextmanager
def _compiled_once() -> Iterator[dict[str, str]]:
    """The environment variables of the tests, which start hundreds of processes.

    Where bytecode is disabled, it is kept in a temporary folder, as each process would otherwise compile the whole
    program.
    """
    with tempfile.TemporaryDirectory(prefix="booking-bytecode-") as folder:
        env = dict(os.environ)
        if env.pop(_NO_BYTECODE, None):
            env["PYTHONPYCACHEPREFIX"] = folder
        yield env


@contextmanager
def _in_memory(env: dict[str, str]) -> Iterator[None]:
    """Put temporary files into memory, if there is room and TMPDIR is not set; a failed test's files are lost with it.

    SQLite waits for the disk at every commit, which is a good part of the tests' time.
    """
    if "TMPDIR" in env or not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="booking-", dir=_MEMORY, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # some servers run as other users
        env["TMPDIR"] = folder
        yield


def pytest_arguments(argv: list[str]) -> list[str]:
    """pytest's arguments: three processes with whole files each, as those share servers; no extended servers by
    default."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks", default="")
    parser.add_argument("-n", "--numprocesses", dest="workers", default="3")
    parser.add_argument("--all-servers", action="store_true")
    given, rest = parser.parse_known_args(argv)
    wanted = [f"({given.marks})"] if given.marks else []
    if not given.all_servers:
        wanted.append("not extended")
    processes = ["-n", given.workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    return [*processes, *(["-m", " and ".join(wanted)] if wanted else []), *rest]


def parts() -> tuple[Part, ...]:
    """The system packages that tests need."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    client = shutil.which("khal") and shutil.which("vdirsyncer")
    return (
        Part("PostgreSQL", postgres_binaries() is not None, "postgresql", "Tests marked postgres"),
        Part("Chromium", chromium is not None, "chromium", "Tests marked browser"),
        Part("khal with vdirsyncer", client is not None, "khal vdirsyncer", "Those of a host's own calendar client"),
    )


def postgres_binaries() -> Path | None:
    """The directory with `initdb` and `postgres`, which Debian keeps off PATH; the newest version."""
    versions = (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    newest = max(versions, key=lambda path: int(path.parent.name), default=None)
    on_path = shutil.which("initdb")
    return newest or (Path(on_path).parent if on_path else None)
