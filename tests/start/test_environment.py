"""`python3 -m booking_service` on a machine that has nothing but Python.

A checkout of three real files, an interpreter without any package, and a `uv` on PATH that "installs" by writing empty
modules: so the whole start can be watched without a network.
"""

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from booking_service.__main__ import MODULES

ROOT = Path(__file__).parents[2]
CLI = "import os, sys\ndef main():\n    print('handed over', sys.prefix, *sys.argv[1:], os.environ.get('BOOKING_HANDED_OVER'))\n"
# Called as `uv venv … DIR` and as `uv pip install --python PYTHON … -e TARGET`.
UV = f"""#!{sys.executable}
import os, pathlib, sys, time, venv
with open(os.environ["UV_LOG"], "a") as log:
    print(os.getpid(), *sys.argv[1:], file=log, flush=True)
if sys.argv[1] == "venv":
    venv.create(sys.argv[-1], symlinks=True)
    sys.exit()
print("Downloading starlette", flush=True)
if os.environ.get("UV_DOES") == "fail":
    sys.exit("no such package: starlette")
if os.environ.get("UV_DOES") == "hang":
    time.sleep(60)
site = next(pathlib.Path(sys.argv[4]).parents[1].glob("lib/*/site-packages"))
for name in {sorted({*MODULES[""], *MODULES["demo"], *MODULES["e2e"]})!r}:
    (site / f"{{name}}.py").touch()
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A fresh machine: a bare interpreter, a checkout, and uv on PATH."""

    home: Path
    python: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        return self.home / "checkout"

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    def installs(self) -> int:
        """How often uv was asked to install."""
        log = self.home / "uv.log"
        return log.read_text().count("pip install") if log.exists() else 0

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, "-m", "booking_service", *arguments],
            cwd=self.checkout,
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **env: str) -> tuple[int, str]:
        """Exit code and everything printed."""
        with self.start(*arguments, **env) as process:
            said, _ = process.communicate(timeout=60)
        return process.returncode, said


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    package = tmp_path / "checkout" / "booking_service"
    package.mkdir(parents=True)
    (package / "start").mkdir()
    for name in ("__init__", "__main__", "start/__init__", "start/environment", "start/progress"):
        shutil.copy(ROOT / "booking_service" / f"{name}.py", package / f"{name}.py")
    (package / "cli.py").write_text(CLI)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / "checkout")
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(UV)
    uv.chmod(0o755)
    venv.create(tmp_path / "bare", symlinks=True)
    env = {"PATH": f"{uv.parent}:/usr/bin:/bin", "UV_LOG": str(tmp_path / "uv.log"), "PYTHONDONTWRITEBYTECODE": "1"}
    return Machine(tmp_path, tmp_path / "bare" / "bin" / "python", env)


def test_the_first_start_says_what_it_does_makes_the_environment_and_hands_over(machine: Machine) -> None:
    code, said = machine.run("demo", "--port", "8001")
    first, *_, last = said.splitlines()
    assert code == 0
    assert first.startswith(f"Setting up {machine.venv}")
    assert last == f"handed over {machine.venv} demo --port 8001 None"
    assert not (machine.venv / ".booking-service-unfinished").exists()


def test_a_later_start_installs_nothing_and_says_nothing(machine: Machine) -> None:
    machine.run("demo")
    code, said = machine.run("demo")
    assert (code, said) == (0, f"handed over {machine.venv} demo None\n")
    assert machine.installs() == 1


def test_an_environment_for_the_tests_is_good_enough_for_the_demo(machine: Machine) -> None:
    machine.run("test")
    machine.run("demo")
    machine.run("version")
    assert machine.installs() == 1


def test_what_the_demo_lacks_for_the_tests_is_added(machine: Machine) -> None:
    machine.run("demo")
    code, said = machine.run("test")
    assert (code, machine.installs()) == (0, 2)
    assert said.splitlines()[-1] == f"handed over {machine.venv} test None"


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_dependencies_bring_the_environment_up_to_date(machine: Machine, changed: str) -> None:
    machine.run("demo")
    with (machine.checkout / changed).open("a") as file:
        file.write("# another line\n")
    machine.run("demo")
    machine.run("demo")
    assert machine.installs() == 2


def test_an_interrupted_update_is_done_again_even_if_the_change_is_taken_back(machine: Machine) -> None:
    machine.run("demo")
    before = (machine.checkout / "pyproject.toml").read_text()
    (machine.checkout / "pyproject.toml").write_text(f"{before}# another line\n")
    machine.run("demo", UV_DOES="fail", PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null")
    (machine.checkout / "pyproject.toml").write_text(before)
    code, _ = machine.run("demo")
    assert (code, machine.installs()) == (0, 3)


def test_nothing_is_set_up_where_the_dependencies_import(machine: Machine) -> None:
    python = machine.home / "complete"
    venv.create(python, symlinks=True)
    site = next(python.glob("lib/*/site-packages"))
    for name in {*MODULES[""], *MODULES["demo"]}:
        (site / f"{name}.py").touch()
    complete = Machine(machine.home, python / "bin" / "python", machine.env)
    assert complete.run("demo") == (0, f"handed over {python} demo None\n")
    assert not machine.venv.exists()


def test_a_failed_install_prints_the_lines_to_type_and_leaves_nothing(machine: Machine) -> None:
    code, said = machine.run("demo", UV_DOES="fail", PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null")
    assert code == 1
    assert "no such package: starlette" in said
    assert f"  {machine.venv}/bin/python -m pip install -c {machine.checkout}/constraints.txt -e" in said
    assert not machine.venv.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_half_environment_and_no_process(machine: Machine, number: signal.Signals) -> None:
    with hanging(machine) as process:
        installer = int((machine.home / "uv.log").read_text().splitlines()[-1].split()[0])
        process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped." in said
    assert not machine.venv.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(installer, 0)


def test_what_a_killed_start_left_is_replaced(machine: Machine) -> None:
    with hanging(machine) as process:
        process.kill()
    assert machine.venv.exists()
    stray = machine.venv / "half"
    stray.touch()
    code, _ = machine.run("demo")
    assert (code, stray.exists()) == (0, False)


def test_an_environment_of_somebody_else_is_completed_in_place(machine: Machine) -> None:
    venv.create(machine.venv, symlinks=True)
    theirs = machine.venv / "theirs"
    theirs.touch()
    code, said = machine.run("demo")
    assert (code, theirs.exists()) == (0, True)
    assert said.splitlines()[-1] == f"handed over {machine.venv} demo None"


def test_a_failure_never_removes_an_environment_of_somebody_else(machine: Machine) -> None:
    venv.create(machine.venv, symlinks=True)
    theirs = machine.venv / "theirs"
    theirs.touch()
    with hanging(machine) as process:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert theirs.exists()
    assert not (machine.venv / ".booking-service-demo").exists()


def test_an_environment_whose_interpreter_was_removed_gets_another(machine: Machine) -> None:
    venv.create(machine.venv, symlinks=True)
    for name in ("python", "python3"):
        (machine.venv / "bin" / name).unlink()
        (machine.venv / "bin" / name).symlink_to("/nowhere/python3")
    code, said = machine.run("demo")
    assert (code, said.splitlines()[-1]) == (0, f"handed over {machine.venv} demo None")


def test_another_place_can_be_named(machine: Machine) -> None:
    elsewhere = machine.home / "elsewhere"
    _, said = machine.run("demo", BOOKING_VENV=str(elsewhere))
    assert said.splitlines()[-1] == f"handed over {elsewhere} demo None"
    assert not machine.venv.exists()


def test_two_starts_at_once_install_once(machine: Machine) -> None:
    both = [machine.start("demo") for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(text.splitlines()[-1] == f"handed over {machine.venv} demo None" for text in said)
    assert machine.installs() == 1


def test_an_environment_that_stays_incomplete_is_told_once(machine: Machine) -> None:
    machine.run("demo")
    next(machine.venv.glob("lib/*/site-packages/starlette.py")).unlink()
    code, said = machine.run("demo")
    assert code == 1
    assert "still lacks starlette" in said


def test_an_installed_package_names_what_it_lacks(machine: Machine) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        (machine.checkout / name).unlink()
    code, said = machine.run("demo")
    assert code == 1
    assert "booking-service[demo]" in said
    assert not machine.venv.exists()


@pytest.mark.parametrize("extra", ["", "demo", "e2e"])
def test_every_package_of_an_extra_is_looked_for_before_the_start(extra: str) -> None:
    module_of: dict[str, set[str]] = {}
    for module, names in importlib.metadata.packages_distributions().items():
        for name in names:
            module_of.setdefault(canonicalize_name(name), set()).add(module)
    unseen = {
        name for name in required(extra) if not module_of[canonicalize_name(name)] & {*MODULES[extra], *MODULES[""]}
    }
    assert not unseen


def test_the_constraints_pin_every_dependency_within_its_bounds_and_name_no_address() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pins = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}
    assert all(pins.values())
    assert not [line for line in lines if "/" in line or "@" in line]
    for extra in ("", "demo", "postgres", "e2e"):
        for name, requirement in required(extra).items():
            assert requirement.specifier.contains(pins[canonicalize_name(name)]), name


def required(extra: str) -> dict[str, Requirement]:
    """Distribution → requirement of an extra (with the extras it includes), as pyproject.toml says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    found: dict[str, Requirement] = {}
    for requirement in map(Requirement, lines):
        if requirement.name == project["name"]:
            for inner in requirement.extras:
                found |= required(inner)
        else:
            found[requirement.name] = requirement
    return found


@contextmanager
def hanging(machine: Machine) -> Iterator[subprocess.Popen[str]]:
    """A start that has begun to install and will not get further by itself."""
    with machine.start("demo", UV_DOES="hang") as process:
        deadline = time.monotonic() + 30
        while not machine.installs():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        yield process
        process.kill()
