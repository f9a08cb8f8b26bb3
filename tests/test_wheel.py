"""The wheel: everything that a checkout shows, it brings."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("templates", "booking_service", "calendars")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout, as pip would, but without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    said = subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return folder / said.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to import from, with the wheel's content: that is what installing a pure wheel does."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *command: str) -> str:
    """Away from the checkout, with the wheel before everything else."""
    env = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    finished = subprocess.run(
        [sys.executable, *command],
        cwd=installed.parent,
        env=env,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_every_file_that_the_service_reads_is_in_the_wheel(wheel: Path) -> None:
    files = (path for folder in SHIPPED for path in (ROOT / folder).rglob("*") if path.is_file())
    listed = [str(path.relative_to(ROOT)) for path in files if path.suffix != ".pyc"]
    wanted = {f"booking_service/{name}" if name.startswith("templates/") else name for name in listed}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert wanted - names == set()
    assert {name.split("/")[0] for name in names} == {"booking_service", "calendars"}


def test_the_wheel_carries_licence_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"booking_service-{VERSION}.dist-info"
        assert "booking-service = booking_service.__main__:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert "Apache License" in archive.read(f"{info}/licenses/LICENSE").decode()
        assert "License-Expression: Apache-2.0" in archive.read(f"{info}/METADATA").decode()


def test_the_same_checkout_makes_the_same_wheel_to_the_octet(wheel: Path, tmp_path: Path) -> None:
    """Whenever and wherever it is built, so that anybody can check what is shipped."""
    later = {**os.environ, "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"}
    build = f"import os; os.umask(0o077); from hatchling.build import build_wheel; build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True, env=later)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_templates_are_found_in_the_wheel_and_in_a_checkout(installed: Path) -> None:
    ask = "from booking_service.rendering import template_root; print(template_root())"
    assert Path(run(installed, "-c", ask).strip()) == installed / "booking_service" / "templates"
    assert Path(run(ROOT, "-c", ask).strip()) == ROOT / "templates"


def test_every_template_of_the_wheel_compiles(installed: Path) -> None:
    compile_all = (
        "from booking_service.rendering import environment as e\n"
        "for name in e().list_templates():\n"
        "    if not name.startswith('static/'): e().get_template(name); print(name)\n"
    )
    assert run(installed, "-c", compile_all).split()


def test_the_installed_command_tells_its_version(installed: Path) -> None:
    assert VERSION in run(installed, "-m", "booking_service", "version")
