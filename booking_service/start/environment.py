"""Makes ./.venv, once: everything that the service needs, and nothing outside it is touched. Standard library only.

Debian's Python has neither ensurepip nor leave to install into itself (PEP 668). `venv --without-pip` needs neither,
and `pip --python` (pip ≥ 22.3) or uv installs into it from outside. The stamp is written last; an environment that we
began and did not finish is removed, one that somebody else made is completed and never removed.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from booking_service.start.progress import CommandFailed, run

_UNFINISHED = ".booking-service-unfinished"
# extra → extras whose environments include it
_ALSO_IN = {"": ("", "demo", "e2e"), "demo": ("demo", "e2e"), "e2e": ("e2e",)}


def checkout() -> Path | None:
    """The checkout that this file is in; None in an installed package."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() and (root / "constraints.txt").is_file() else None


def environment(root: Path, *, extra: str) -> Path:
    """The interpreter of an environment with this checkout and `extra`, created or updated if needed.

    On failure it ends the process with the commands to type by hand; Ctrl-C leaves nothing behind.
    """
    env = Path(os.environ.get("BOOKING_VENV") or root / ".venv").absolute()
    python = env / "bin" / "python"
    if _is_ready(env, root, extra):
        return python
    try:
        with _alone(root), _terminated_like_interrupted():
            if not _is_ready(env, root, extra):  # another process may have finished meanwhile
                _set_up(env, root, extra)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
        raise SystemExit(130) from None
    except (CommandFailed, OSError) as error:
        sys.exit(f"\nSetting up {env} failed: {error}\n\n{_by_hand(env, root, extra)}")
    return python


def _is_ready(env: Path, root: Path, extra: str) -> bool:
    stamps = [_stamp(env, other) for other in _ALSO_IN[extra]]
    return (env / "bin" / "python").exists() and any(
        stamp.read_text() == _wanted(root) for stamp in stamps if stamp.is_file()
    )


def _stamp(env: Path, extra: str) -> Path:
    return env / f".booking-service-{extra or 'core'}"


def _wanted(root: Path) -> str:
    parts = (root / "pyproject.toml", root / "constraints.txt")
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


def _set_up(env: Path, root: Path, extra: str) -> None:
    print(
        f"Setting up {env} with what the service needs. Once, about a minute; nothing outside it changes.", flush=True
    )
    started = time.monotonic()
    ours = _begin(env)
    try:
        _install(env, root, extra)
    except BaseException:
        if ours:
            with _undisturbed():
                shutil.rmtree(env)
        raise
    (env / _UNFINISHED).unlink(missing_ok=True)
    _stamp(env, extra).write_text(_wanted(root))
    print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)


def _begin(env: Path) -> bool:
    """Whether the environment is ours alone, to be removed if unfinished.

    One left behind by a killed start of ours is removed first; any other is somebody's.
    """
    if (env / _UNFINISHED).exists():
        shutil.rmtree(env)
    ours = not env.exists() or not any(env.iterdir())
    env.mkdir(parents=True, exist_ok=True)
    if ours:
        (env / _UNFINISHED).touch()
    for extra in _ALSO_IN:
        _stamp(env, extra).unlink(missing_ok=True)
    return ours


def _install(env: Path, root: Path, extra: str) -> None:
    """By uv if it is on PATH; without it, or if it fails (its settings differ from pip's), by pip from outside."""
    python = env / "bin" / "python"
    if uv := shutil.which("uv"):
        try:
            if not _works(python):
                run([uv, "venv", "--allow-existing", "--python", _base(), str(env)])
            run([uv, "pip", "install", "--python", str(python), *_target(root, extra)])
        except CommandFailed as error:
            print(f"uv did not manage it, trying pip. {error}", flush=True)
        else:
            return
    outside = _pip_can_work_outside()
    if not outside and importlib.util.find_spec("ensurepip") is None:
        raise CommandFailed("neither uv nor pip (22.3 or newer) is installed; on Debian: apt-get install python3-pip")
    if not _works(python):
        run([_base(), "-m", "venv", *(["--without-pip"] if outside else []), str(env)])
    pip = [_base(), "-m", "pip", "--python", str(python)] if outside else [str(python), "-m", "pip"]
    run([*pip, "install", "--no-input", "--disable-pip-version-check", *_target(root, extra)])


def _works(python: Path) -> bool:
    """Whether there is an interpreter that is new enough. Remains of a removed one are cleared for `venv`."""
    if not python.exists():
        for name in ("python", "python3"):
            if (link := python.with_name(name)).is_symlink():
                link.unlink()
        return False
    version = _output([str(python), "-c", "import sys; print(*sys.version_info[:2])"]).split()
    if tuple(map(int, version)) < (3, 11):
        what = f"is Python {'.'.join(version)}" if version else "does not run"
        raise CommandFailed(f"{python} {what}; remove {python.parents[1]}, or name another place in BOOKING_VENV")
    return True


def _base() -> str:
    """The interpreter for making environments; not that of an environment we may be running in."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _pip_can_work_outside() -> bool:
    version = re.match(r"pip (\d+)\.(\d+)", _output([_base(), "-m", "pip", "--version"]))
    return version is not None and (int(version[1]), int(version[2])) >= (22, 3)


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _target(root: Path, extra: str) -> list[str]:
    return ["-c", str(root / "constraints.txt"), "-e", f"{root}[{extra}]" if extra else str(root)]


def _by_hand(env: Path, root: Path, extra: str) -> str:
    lines = (
        ["cd", str(root)],
        ["python3", "-m", "venv", str(env)],
        [str(env / "bin" / "python"), "-m", "pip", "install", *_target(root, extra)],
        [str(env / "bin" / "python"), "-m", "booking_service", *sys.argv[1:]],
    )
    return "By hand (Debian: apt-get install python3-venv first):\n" + "\n".join(
        f"  {shlex.join(line)}" for line in lines
    )


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """A second start waits, as two would install over each other."""
    with (root / "pyproject.toml").open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another start is setting up the environment; waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM and SIGHUP leave as little behind as Ctrl-C."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not stop the clean-up."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
