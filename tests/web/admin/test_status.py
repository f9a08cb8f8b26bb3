"""Whether all is in order, as a page: the findings of the command in its words, and what to do about each."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.actions.operations import nightly_audit
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.consistency import audit_all
from booking_service.domain.roles import Role
from booking_service.language import language_of
from booking_service.mail.errors import UnsafeMessage
from booking_service.storage.engine import transaction
from booking_service.web.app import signed_in_routes
from calendars.errors import Unavailable
from tests.statements import statements
from tests.web.page_reader import look, words
from tests.web.site import Site, person, signed_in
from tests.world import MONDAY, host

STATEMENTS = 15  # that a signed-in page may cost


@pytest.mark.sqlite
def test_the_page_says_what_the_command_says(s: Site) -> None:
    browser = signed_in(s, person(s, Role.ADMIN))
    s.w.hold(meeting="quick", start=MONDAY + timedelta(days=1))
    s.w.mails.failing = [UnsafeMessage("two recipients")] * 2
    s.w.drain()
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    s.w.drain()
    s.w.clock.advance(60)
    with transaction(s.w.rt.engine) as session:
        nightly_audit.keep(session, audit_all(s.w.rt, now=s.w.now), now=s.w.now)
    before = s.rows()
    shown = look(browser, "/admin/status")
    assert s.rows() == before
    found = list(checks(s.w.rt, now=s.w.now))
    assert {each.level for each in found} >= {"ok", "warning", "problem"}
    for each in found:
        assert " ".join(each.sentence.split()) in shown.text, each
        assert each.remedy.replace("`", "") in shown.text, each
        assert all(detail in shown.text for detail in each.details)
    assert [each.subject for each in found if each.details] == ["audit"]
    needs = [each for each in found if each.level in ("warning", "problem")]
    assert shown.title.startswith(f"System status: {len(needs)} things need you")
    marks = [words(each) for each in shown.all("ul", class_="rows")[0].iter("p")]
    assert marks == sorted(marks)
    assert set(marks) == {"Problem", "Warning"}
    assert "outbox list" in [words(each).removeprefix("booking-service ") for each in shown.all("span", class_="code")]


@pytest.mark.sqlite
def test_the_findings_are_had_as_a_file_in_english_by_administrators_alone(s: Site) -> None:
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    s.w.drain()
    s.w.clock.advance(60)
    admin = signed_in(s, person(s, Role.ADMIN, language="de"))
    address = look(admin, "/admin/status").links()["Als Text für den Support herunterladen"]
    file = admin.get(address)
    assert file.headers["content-disposition"] == 'attachment; filename="status.txt"'
    assert file.headers["cache-control"] == "no-store"
    first, empty, *lines = file.text.splitlines()
    assert re.fullmatch(r"booking-service \S.* \(Python 3\.\S+\), 2030-01-07 08:0\d UTC", first)
    assert empty == ""
    for each in checks(s.w.rt, now=s.w.now):
        assert each.report in "\n".join(lines), each
    assert any(each.startswith("✗ ") for each in lines)
    assert signed_in(s, person(s, Role.STAFF, email="staff@example.org")).get(address).status_code == 404


@pytest.mark.sqlite
@pytest.mark.parametrize("code", ["de", "nl"])
def test_findings_are_said_in_the_language_of_who_reads_them(s: Site, code: str) -> None:
    s.w.hold(meeting="quick", start=MONDAY + timedelta(days=1))
    s.w.mails.failing = [UnsafeMessage("two recipients")] * 2
    s.w.drain()
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    s.w.drain()
    s.w.clock.advance(60)
    shown = look(signed_in(s, person(s, Role.ADMIN, language=code)), "/admin/status")
    language = language_of(code)
    found = list(checks(s.w.rt, now=s.w.now))
    assert {each.level for each in found} >= {"ok", "warning", "problem"}
    for each in found:
        assert language.sentence(each.found) in shown.text, each
        assert each.sentence not in shown.text, each
        if each.advice is not None:
            assert language.sentence(each.advice).replace("`", "") in shown.text, each


def test_no_page_of_administrators_costs_more_the_more_hosts_there_are(s: Site) -> None:
    for number in range(20, 40):
        s.save(
            replace(host(), id=UUID(int=number), slug=f"h{number}", name=f"H{number}", email=f"h{number}@example.org")
        )
    browser = signed_in(s, person(s, Role.ADMIN))
    for route in signed_in_routes():
        theirs = route.needs.is_met({Role.ADMIN}, ())
        if theirs and route.path.startswith("/admin") and route.get is not None and "{" not in route.path:
            with statements(s.w.rt.engine) as seen:
                assert browser.get(route.path).status_code == 200
            assert 0 < len(seen) <= STATEMENTS, (route.path, seen)
