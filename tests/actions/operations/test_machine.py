"""What `check` says of the machine, the libraries and the sender's domain: also that something can't be asked."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from booking_service import versions
from booking_service.actions.operations import machine as machine_checks
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.findings import Check, Level
from booking_service.actions.operations.machine import database_clock, machine
from booking_service.config import sources
from booking_service.config.notation import Listen
from booking_service.config.settings import Settings, Smtp
from booking_service.config.sources import ConfigError, exposed_files, load
from booking_service.mail.sender_domain import is_reserved
from booking_service.storage.engine import open_engine
from tests.world import SECRET, World, world

NOW = datetime(2026, 11, 28, tzinfo=UTC)
GOOD = {
    "booking-service.dev": ["google-site-verification=x", "v=spf1 mx -all"],
    "k1._domainkey.booking-service.dev": ["v=DKIM1; k=rsa; p=MIIB"],
    "_dmarc.booking-service.dev": ["v=DMARC1; p=reject"],
}


@contextmanager
def dns_server(records: Mapping[str, list[str] | int]) -> Iterator[Listen]:
    """A DNS server on loopback: TXT records by name, or the error a name is answered with. Others don't exist."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                octets, peer = bound.recvfrom(65536)
                if not octets:  # the test is over
                    return
                asked = dns.message.from_wire(octets)
                name = asked.question[0].name
                said = dns.message.make_response(asked, recursion_available=True)
                kept = records.get(name.to_text().rstrip("."), int(dns.rcode.NXDOMAIN))
                if isinstance(kept, int):
                    said.set_rcode(dns.rcode.Rcode(kept))
                else:
                    quoted = [f'"{each}"' for each in kept]
                    said.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TXT", quoted))
                bound.sendto(said.to_wire(), peer)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield Listen(*bound.getsockname())
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as over:
                over.sendto(b"", bound.getsockname())
            thread.join(10)


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def told(ada: World, records: Mapping[str, list[str] | int], **smtp: Any) -> dict[str, Check]:
    with dns_server(records) as server:
        given = {"host": "localhost", "security": "none", "sender": "mail@booking-service.dev", "dkim_selector": "k1"}
        chosen = Smtp.model_validate({**given, "resolver": server, **smtp})
        rt = replace(ada.rt, settings=ada.rt.settings.model_copy(update={"smtp": chosen}))
        found = [each for each in checks(rt, now=ada.now) if each.subject == "dns"]
    return {re.search("SPF|DKIM|DMARC", each.sentence)[0]: each for each in found}  # type: ignore[index]


def test_a_domain_with_all_three_records_is_good(ada: World) -> None:
    found = told(ada, GOOD)
    assert {each.level for each in found.values()} == {Level.OK}
    assert found["DMARC"].sentence.endswith("is there, at booking-service.dev, with the policy reject.")


@pytest.mark.parametrize(
    ("name", "records", "what", "level", "words"),
    [
        ("booking-service.dev", ["unrelated"], "SPF", Level.WARNING, "is missing"),
        ("booking-service.dev", ["v=spf1 -all", "v=spf1 mx -all"], "SPF", Level.WARNING, "is published 2 times"),
        ("booking-service.dev", ["v=spf1 +all"], "SPF", Level.WARNING, "lets any server"),
        ("booking-service.dev", ["v=spf1 mx"], "SPF", Level.WARNING, "forbids nobody"),
        ("booking-service.dev", ["v=spf1 redirect=_spf.example.com"], "SPF", Level.OK, "is there"),
        ("booking-service.dev", ["v=spf10 mx -all"], "SPF", Level.WARNING, "is missing"),
        ("booking-service.dev", 2, "SPF", Level.UNKNOWN, "can't be looked up"),
        ("k1._domainkey.booking-service.dev", ["v=DKIM1; p="], "DKIM", Level.WARNING, "was withdrawn"),
        ("k1._domainkey.booking-service.dev", 3, "DKIM", Level.WARNING, "no key under the selector k1"),
        ("_dmarc.booking-service.dev", 3, "DMARC", Level.WARNING, "is missing"),
        (
            "_dmarc.booking-service.dev",
            ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
            "DMARC",
            Level.WARNING,
            "is published 2 times",
        ),
    ],
)
def test_what_is_wrong_with_a_record_is_said_with_a_remedy(
    ada: World, name: str, records: list[str] | int, what: str, level: Level, words: str
) -> None:
    found = told(ada, {**GOOD, name: records})[what]
    assert (found.level, words in found.sentence) == (level, True), found
    assert bool(found.remedy) == (level is not Level.OK)


def test_the_policy_of_the_domain_above_counts_and_what_was_not_asked_is_not_good(ada: World) -> None:
    found = told(
        ada,
        {"mail.booking-service.dev": ["v=spf1 a -all"], "_dmarc.booking-service.dev": ["v=DMARC1; p=none"]},
        sender="x@mail.booking-service.dev",
        dkim_selector=None,
    )
    assert {what: each.level for what, each in found.items()} == {
        "SPF": Level.OK,
        "DKIM": Level.UNKNOWN,
        "DMARC": Level.OK,
    }


def test_a_name_that_is_nobodys_is_not_asked_about(ada: World) -> None:
    (found,) = [each for each in checks(ada.rt, now=ada.now) if each.subject == "dns"]
    assert (found.level, "example.org is not a domain of the public DNS" in found.sentence) == (Level.UNKNOWN, True)
    assert [is_reserved(each) for each in ("localhost", "a.test", "127.0.0.1", "[::1]", "intranet")] == [True] * 5
    assert not is_reserved("myexample.org")


def of(found: Iterator[Check], subject: str) -> Check:
    return next(each for each in found if each.subject == subject)


def test_old_libraries_and_old_zones_are_told_and_what_is_not_written_down_is_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = Settings(base_url="http://localhost:8000", data_dir=tmp_path)
    real = metadata.version
    assert of(machine(chosen, now=NOW), "libraries").level is Level.OK
    older = {"starlette": "0.99", "caldav": "4.0.1"}
    monkeypatch.setattr(metadata, "version", lambda name: older.get(name) or real(name))
    libraries = of(machine(chosen, now=NOW), "libraries")
    assert (libraries.level, sorted(libraries.details)) == (
        Level.PROBLEM,
        [
            "caldav 4.0.1 is installed, one older than 4 is needed",
            "starlette 0.99 is installed, 1.0 or newer is needed",
        ],
    )
    monkeypatch.setattr(versions, "installed", lambda _name="": None)
    assert of(machine(chosen, now=NOW), "libraries").level is Level.UNKNOWN
    for version, level in (("2025b", Level.OK), ("2024a", Level.WARNING), (None, Level.UNKNOWN)):
        zones = versions.ZoneRelease(version, "here") if version else None
        monkeypatch.setattr(machine_checks, "zones_in_use", lambda zones=zones: zones)
        assert of(machine(chosen, now=NOW), "zones").level is level


def test_the_zones_of_the_system_come_before_those_of_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(versions.zoneinfo, "TZPATH", (str(tmp_path),))
    packaged = versions.zones_in_use()
    assert packaged is not None
    assert packaged.version == f"{metadata.version('tzdata')[:4]}{'abcdefgh'[int(metadata.version('tzdata')[5:]) - 1]}"
    (tmp_path / "UTC").touch()
    assert versions.zones_in_use() is None
    (tmp_path / "tzdata.zi").write_text("# version 2023c\nR A")
    assert versions.zones_in_use() == versions.ZoneRelease("2023c", str(tmp_path))


@pytest.mark.parametrize(("kept", "level"), [(True, Level.OK), (False, Level.WARNING), (None, Level.UNKNOWN)])
def test_a_clock_that_runs_free_is_told(
    kept: bool | None, level: Level, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine_checks, "kernel_keeps_time", lambda: kept)
    assert of(machine(Settings(data_dir=tmp_path), now=NOW), "clock").level is level


@pytest.mark.postgres
def test_two_machines_whose_clocks_differ_are_told(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    try:
        now = datetime.now(UTC)
        assert list(database_clock(engine, now=now)) == []
        (found,) = database_clock(engine, now=now + timedelta(seconds=90))
        assert (found.level, "s apart" in found.sentence) == (Level.PROBLEM, True)
    finally:
        engine.dispose()


def test_debugging_and_a_proxy_that_is_not_believed_are_told(tmp_path: Path) -> None:
    open_to_all = Settings(base_url="https://book.example.org", data_dir=tmp_path, log={"level": "debug"})
    assert {each.subject for each in machine(open_to_all, now=NOW)} >= {"debug", "proxy"}
    careful = Settings(base_url="https://book.example.org", data_dir=tmp_path, trusted_proxies="127.0.0.1")
    assert not {each.subject for each in machine(careful, now=NOW)} & {"debug", "proxy"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"BOOKING_SECRET_KEY": "short"}, "secret_key: "),
        ({"BOOKING_SECRET_KEY": "changeme-changeme-changeme-changeme"}, "can be guessed"),
        ({"BOOKING_BASE_URL": "http://book.example.org"}, "base_url: "),
        ({"BOOKING_SMTP__RESOLVER": "dns.example.org"}, "address of a DNS server"),
        ({"BOOKING_SMTP__DKIM_SELECTOR": "a b"}, "smtp.dkim_selector: "),
        ({"BOOKING_METRICS__TOKEN": "short"}, "too short a secret"),
    ],
)
def test_what_no_service_may_run_with_is_refused_before_anything_else(
    given: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=words):
        load(env=given, cwd=tmp_path)


def test_a_settings_file_with_a_secret_in_it_is_nobody_elses_to_read(tmp_path: Path) -> None:
    file = tmp_path / "booking.toml"
    for text, mode, exposed in (
        (f'secret_key = "{SECRET}"', 0o644, True),
        (f'secret_key = "{SECRET}"', 0o640, False),
        ('base_url = "http://localhost:8000"', 0o644, False),
    ):
        file.write_text(text)
        file.chmod(mode)
        assert (file in exposed_files(load(env={}, cwd=tmp_path))) == exposed


@pytest.mark.parametrize("variable", ["BOOKING_SECRET_KEY_FILE", "BOOKING_SMTP__PASSWORD_FILE"])
def test_a_file_that_a_variable_names_for_a_secret_is_nobody_elses_to_read(variable: str, tmp_path: Path) -> None:
    file = tmp_path / "handed-over"
    file.write_text(SECRET)
    for mode, exposed in ((0o644, (file,)), (0o640, ())):
        file.chmod(mode)
        assert exposed_files(load(env={variable: str(file)}, cwd=tmp_path)) == exposed


def test_a_secret_that_is_mounted_into_a_container_is_not_called_exposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Docker mounts it: mode 0444, in the container alone, also by way of a link to it."""
    mounted, linked = tmp_path / "run" / "secrets" / "key", tmp_path / "key"
    mounted.parent.mkdir(parents=True)
    mounted.write_text(SECRET)
    mounted.chmod(0o444)
    linked.symlink_to(mounted)
    settings = [load(env={"BOOKING_SECRET_KEY_FILE": str(each)}, cwd=tmp_path) for each in (mounted, linked)]
    assert {exposed_files(each) for each in settings} == {(mounted,)}
    monkeypatch.setattr(sources, "OF_CONTAINER", mounted.parent)
    assert {exposed_files(each) for each in settings} == {()}
