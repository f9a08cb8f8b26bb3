"""What is shipped for servers: units that may do little, and files that agree with the program."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from booking_service.cli.commands import TABLE
from booking_service.web.admin.routes import ROUTES as ADMIN
from booking_service.web.host.routes import ROUTES as HOST
from booking_service.web.http.endpoint import MOST_OCTETS

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
EXPOSED_AT_MOST = 20  # tenths: systemd calls up to 2.0 OK, its best word


def test_units_are_hardened(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    assert len(UNITS) == 3
    for unit in UNITS:
        limit = ("security", "--offline=true", f"--threshold={EXPOSED_AT_MOST}", "--no-pager")
        ran = subprocess.run([program, *limit, str(unit)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{unit.name}\n{ran.stdout}\n{ran.stderr}"


def test_what_serves_or_works_may_open_more_files_than_the_usual_1024() -> None:
    for unit in UNITS:
        assert ("LimitNOFILE=65536\n" in unit.read_text()) == ("backup" not in unit.name)
    assert "ulimits: {nofile: 65536}" in (DEPLOY / "compose.yml").read_text()


def test_the_proxy_lets_through_every_file_that_a_page_takes() -> None:
    largest = max(route.file_octets for route in (*ADMIN, *HOST)) + MOST_OCTETS
    text = (DEPLOY / "nginx.conf").read_text()
    allowed = [int(number) * 1024**2 for number in re.findall(r"client_max_body_size (\d+)m;", text)]
    assert len(allowed) == text.count("proxy_pass")
    assert min(allowed) >= largest


def test_units_and_containers_call_commands_that_there_are() -> None:
    called = [
        match[1]
        for file in (*UNITS, DEPLOY / "README.md")
        for match in re.finditer(r"bin/booking-service (\w+)|`booking-service (\w+)", file.read_text())
        if match[1]
    ]
    assert {"serve", "worker", "backup"} <= set(called) <= set(TABLE)
    compose = (DEPLOY / "compose.yml").read_text()
    assert set(re.findall(r"command: \[(\w+)", compose)) <= set(TABLE)


def test_containers_run_as_somebody_and_write_only_their_data() -> None:
    last = (DEPLOY / "Containerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"(?m)^USER [1-9]\d*$", last)
    assert "\nVOLUME /data\n" in last
    compose = (DEPLOY / "compose.yml").read_text()
    assert "read_only: true" in compose
    assert "cap_drop: [ALL]" in compose
