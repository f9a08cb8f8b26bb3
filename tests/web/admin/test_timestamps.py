"""The ledger's head stamped by a server of somebody else's: each day, at once by command, in proofs, and in the report."""

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from booking_service.actions.consent import proof, staff_entries, timestamps
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import FindingKind, verify
from booking_service.actions.operations.nightly_audit import audit_nightly
from booking_service.domain.roles import Permission, Role
from booking_service.domain.timestamps import NotStamped
from booking_service.outgoing_requests import NotPosted
from booking_service.storage import contacts, ledger_tree
from booking_service.storage.engine import snapshot
from tests.servers.time_stamps import OPENSSL, TimeStamps, openssl, time_stamps
from tests.web.consents import offer
from tests.web.page_reader import look
from tests.web.site import Site, person, signed_in, site

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl")
REPORT = "/admin/consents/report"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStamps]:
    with time_stamps(tmp_path_factory.mktemp("tsa") / "openssl") as made:
        yield made


@pytest.fixture
def s(tmp_path: Path, world_url: str | None, server: TimeStamps) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url, anchor={"url": server.url, "allowed_networks": "127.0.0.0/8"}) as made:
        offer(made)
        yield made


def said(s: Site, address: str = "anna@example.org") -> None:
    s.w.clock.advance(1)
    staff_entries.record(s.w.rt, address, "newsletter", staff="x", brought={}, reason="card", now=s.w.now)


def stamped(s: Site) -> int:
    with snapshot(s.w.rt.engine) as session:
        found = ledger_tree.latest_stamp(session)
    return found.head.size if found else 0


def verified(folder: Path) -> tuple[int, str]:
    ran = subprocess.run([sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


def test_each_day_the_head_is_stamped_once_and_a_proof_carries_what_openssl_accepts(
    s: Site, server: TimeStamps, tmp_path: Path
) -> None:
    said(s)
    s.w.pass_time(minutes=1)
    assert stamped(s) == 1
    said(s, "bob@example.org")
    s.w.pass_time(minutes=1)
    assert stamped(s) == 1, "once a day"
    s.w.pass_time(days=1)
    assert stamped(s) == 2
    assert verify(s.w.rt, now=s.w.now).findings == ()
    with snapshot(s.w.rt.engine) as session:
        anna = contacts.by_address(session, "anna@example.org")
    assert anna is not None
    made = proof.make(s.w.rt, anna.id, by="x", now=s.w.now)
    with ZipFile(BytesIO(made.content)) as archive:
        archive.extractall(tmp_path / "proof")
    folder = tmp_path / "proof" / made.folder
    code, told = verified(folder)
    assert (code, "Stamped at 20" in told, "What is shown is as it was written" in told) == (0, True, True)
    assert "openssl ts -verify -in anchors/head.tsr -data anchors/head.txt -CAfile CERTIFICATES.pem" in told
    check = (
        "ts",
        "-verify",
        "-in",
        "anchors/head.tsr",
        "-data",
        "anchors/head.txt",
        "-CAfile",
        str(server.certificate),
    )
    assert b"Verification: OK" in openssl(*check, folder=folder).stdout
    said(s)
    staff_entries.opt_out(s.w.rt, "anna@example.org", "newsletter", staff="x", theirs=True, reason="x", now=s.w.now)
    with ZipFile(BytesIO(proof.make(s.w.rt, anna.id, by="x", now=s.w.now).content)) as archive:
        assert not any("anchors/" in name for name in archive.namelist()), "it is of fewer entries"


def test_what_is_no_stamp_of_the_head_is_refused_and_one_put_in_its_place_is_named(s: Site, server: TimeStamps) -> None:
    said(s)
    for status, answer, error in (
        (500, b"", NotPosted),
        (200, b"<html>", NotStamped),
        (200, b"", NotStamped),
        (200, bytes.fromhex("30053003020102"), NotStamped),
        (200, bytes.fromhex("30053003020100"), NotStamped),
    ):
        server.answers.append((status, answer))
        with pytest.raises(error):
            timestamps.stamp(s.w.rt, now=s.w.now)
    assert stamped(s) == 0
    assert timestamps.stamp(s.w.rt, now=s.w.now) is not None
    with snapshot(s.w.rt.engine) as session:
        kept = ledger_tree.latest_stamp(session)
    assert kept is not None
    said(s, "bob@example.org")
    seal_due(s.w.rt, now=s.w.now)
    with s.w.rt.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_head SET anchor = :other WHERE size = 2"), {"other": kept.stamp})
    [found] = verify(s.w.rt, now=s.w.now).findings
    assert found.kind is FindingKind.STAMP
    assert "stamps something else" in found.sentence


@pytest.mark.sqlite
def test_the_report_says_what_the_nightly_check_found_and_up_to_where_the_ledger_is_stamped(s: Site) -> None:
    said(s)
    s.w.drain()
    clerk = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    page = look(clerk, REPORT).text
    assert "Not checked yet." in page
    assert "The first 1 entry was stamped by a time-stamp server on" in page
    audit_nightly(s.w.rt)
    s.w.clock.advance(24 * 3600)
    assert audit_nightly(s.w.rt)
    clerk = signed_in(s, person(s, Role.STAFF, email="b@example.org", permissions=frozenset({Permission.CONSENTS})))
    s.w.clock.advance(7 * 3600)
    said_then = "Checked on 8 January 2030, 09:00: 1 entry, unchanged since it was written."
    assert said_then in look(clerk, REPORT).text, "hours later it is still said of which day"
    with s.w.rt.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER ledger_entry_no_update"))
    s.w.clock.advance(17 * 3600)
    assert audit_nightly(s.w.rt)
    clerk = signed_in(s, person(s, Role.STAFF, email="c@example.org", permissions=frozenset({Permission.CONSENTS})))
    page = look(clerk, REPORT).text
    assert "something was changed after it was written" in page
    assert "The guard ledger_entry_no_update is missing" in page
