"""The audit log as an administrator reads it: found by person, kind and date, a page at a time, and taken along."""

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

import pytest

from booking_service.actions.access import audit
from booking_service.actions.access.audit import record
from booking_service.actions.setup.file.tables import HostForm, MeetingForm, OrganisationForm
from booking_service.domain.audit import Actor, AuditAct, AuditEntry, Sought
from booking_service.domain.roles import Role
from booking_service.language import language_of
from booking_service.storage import changes
from booking_service.storage.changes import SetupChange
from booking_service.storage.engine import transaction
from booking_service.web.admin.setup_words import key_words
from tests.statements import statements
from tests.web.page_reader import read
from tests.web.site import Site, person, person_of_host, signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def words(answer: object) -> str:
    return " ".join(" ".join(read(answer).root.itertext()).split())


def times(text: str) -> list[str]:
    return re.findall(r"\d\d:\d\d:\d\d", text)


def test_signing_in_and_out_is_written_down_with_browser_and_masked_network(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    signed_in(s, ada, **{"user-agent": FIREFOX}).post("/host/profile/everywhere")
    page = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?q=LOVELACE"))
    assert "2 entries match" in page
    assert "Ada Lovelace <ada@example.org> signed out everywhere" in page
    assert "Signed in by mailed link Ada Lovelace <ada@example.org> · Firefox on Linux · network" in page
    assert "Mary Somerville <admin" not in page


def test_what_was_set_up_stands_in_the_same_list_in_the_order_of_time(s: Site) -> None:
    office, at = Actor(name="office"), s.w.now
    with transaction(s.w.rt.engine) as session:
        for n in range(60):
            record(session, AuditAct.AUDIT_EXPORTED, by=office, after=str(n), now=at - timedelta(seconds=2 * n))
            changes.add(session, SetupChange(at - timedelta(seconds=2 * n + n % 2), "root@host", f"n{n}", None, "on"))
    browser = signed_in(s, person(s, Role.ADMIN))
    shown, address, seen = 0, "/admin/audit", []
    while address:
        answer = browser.get(address)
        page = answer.text
        assert "121 entries match" in page
        shown += page.count('<li><p class="num">')
        seen += re.findall(r"exported: (\d+) entr|<strong>(n\d+): on", page)
        further = re.search(r'href="([^"]+)">Older', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert shown == 121
    assert len(set(seen)) == 120, "every entry once"
    assert words(browser.get("/admin/audit?area=setup")).count("root@host") == 25
    assert "No entry matches." in words(browser.get("/admin/audit?area=setup&q=office"))


def test_dates_are_days_of_the_readers_zone(s: Site) -> None:
    berlin_midnight = s.w.now.replace(hour=23, minute=0) - timedelta(days=3)
    with transaction(s.w.rt.engine) as session:
        for n, at in enumerate((berlin_midnight - timedelta(seconds=1), berlin_midnight)):
            record(session, AuditAct.AUDIT_EXPORTED, by=Actor(name="office"), after=str(n), now=at)
    browser = signed_in(s, person(s, Role.ADMIN))
    day = (berlin_midnight + timedelta(hours=2)).date()
    found = words(browser.get(f"/admin/audit?q=office&from={day}&to={day}"))
    assert "1 entry matches" in found
    assert "exported: 1 entry" in found
    assert "exported: 0 entries" in words(browser.get(f"/admin/audit?q=office&to={day - timedelta(days=1)}"))
    for nonsense in ("from=x", "to=9999-12-31", "area=x", "after=x", "after=2030-01-01T00:00:00%2B00:00~1.x", "q=%25"):
        assert browser.get(f"/admin/audit?{nonsense}").status_code == 200, nonsense


def test_the_export_has_all_that_match_computes_nothing_and_is_itself_on_record(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        for n in range(30):
            record(session, AuditAct.PERSON_ADDED, by=Actor(name="=1+1"), about=f"x{n}", after="staff", now=s.w.now)
    browser = signed_in(s, person(s, Role.ADMIN))
    answer = browser.get("/admin/audit/export?q=%3D1")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert {row["by"] for row in rows} == {"'=1+1"}
    assert len(rows) == 30
    assert "Audit log exported: 30 entries" in words(browser.get("/admin/audit"))


def test_a_long_log_is_counted_no_further_than_anybody_wants_to_know(s: Site) -> None:
    browser = signed_in(s, person(s, Role.ADMIN))
    with transaction(s.w.rt.engine) as session:
        for n in range(audit.COUNTED_TO):
            record(session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about=f"p{n}", now=s.w.now)
    assert "1000 entries match" in words(browser.get("/admin/audit?q=office"))
    with transaction(s.w.rt.engine) as session:
        record(session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about="one more", now=s.w.now)
    assert "More than 1000 entries match" in words(browser.get("/admin/audit?q=office"))


def test_a_page_that_is_just_full_leads_to_no_other(s: Site) -> None:
    for more, leads_on in ((audit.PAGE, False), (1, True)):
        with transaction(s.w.rt.engine) as session:
            for n in range(more):
                record(session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about=f"p{n}", now=s.w.now)
        found = audit.find(s.w.rt, Sought(text="office"))
        assert (len(found.entries), found.further is not None) == (audit.PAGE, leads_on)


def taken_out(s: Site) -> Iterator[AuditEntry]:
    return audit.export(s.w.rt, Sought(), by=Actor(name="office"), now=s.w.now)


def test_a_long_log_is_read_bit_by_bit_as_it_is_taken_and_nobody_waits_for_it(
    s: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_AT_ONCE", 2)
    at = s.w.now
    with transaction(s.w.rt.engine) as session:
        for n in range(5):
            record(
                session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about=f"p{n}", now=at - timedelta(seconds=n)
            )
            changes.add(session, SetupChange(at - timedelta(seconds=n), "root@host", f"c{n}", None, "on"))
    entries = taken_out(s)
    with statements(s.w.rt.engine) as seen:
        first = [next(entries), next(entries)]
    assert ([each.about for each in first], len(seen)) == (["p0", "c0"], 0), "what comes first is there before the rest"
    with transaction(s.w.rt.engine) as session:  # somebody does something meanwhile
        record(session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about="late", now=at)
    rest = [each.about for each in entries]
    assert rest == [f"{source}{n}" for n in range(1, 5) for source in "pc"]
    with s.w.rt.engine.connect() as connection:
        noted = connection.exec_driver_sql("SELECT after FROM audit WHERE act = 'audit-exported'").scalars().all()
    assert noted == ["10"], "before anything leaves"


def test_no_more_leaves_than_may_and_the_log_says_how_many(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_AT_ONCE", 2)
    monkeypatch.setattr(audit, "EXPORTED_AT_MOST", 3)
    with transaction(s.w.rt.engine) as session:
        for n in range(5):
            record(session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about=f"p{n}", now=s.w.now)
    assert [each.about for each in taken_out(s)] == ["p4", "p3", "p2"]
    assert audit.find(s.w.rt, Sought(text="3")).entries[0].after == "3"


def test_an_export_holds_no_more_in_memory_the_longer_the_log_is(s: Site) -> None:
    peaks = []
    for written in (1_000, 4_000):
        with transaction(s.w.rt.engine) as session:
            for n in range(written):
                at = s.w.now - timedelta(seconds=n)
                record(session, AuditAct.PERSON_ADDED, by=Actor(name="office"), about=f"{n:0300}", now=at)
        tracemalloc.start()
        assert sum(1 for _ in taken_out(s)) >= written
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


def test_changes_to_what_is_set_up_are_called_by_words_with_the_key_below(s: Site) -> None:
    made = (
        ("hosts.ada.hold_mark", "Hold", "Maybe"),
        ("hosts.ada.meetings.intro.notice", "4 h", "8 h"),
        ("organisation.doi_forced", "false", "true"),
        ("hosts.ada.hours.monday", "9-12", None),
        ("hosts.ada.meetings (order)", None, "intro, quick"),
        ("nonsense.of.no.table", None, "on"),
    )
    with transaction(s.w.rt.engine) as session:
        for key, before, after in made:
            changes.add(session, SetupChange(s.w.now, "root@host", key, before, after))
    page = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?q=root"))
    for said in (
        "How held times begin in the calendar (ada): Hold → Maybe root@host · hosts.ada.hold_mark",
        "Notice (ada/intro): 4 h → 8 h root@host · hosts.ada.meetings.intro.notice",
        "Every booking is confirmed by email (Organisation): false → true",
        "Hours · monday (ada): 9-12 removed",
        "hosts.ada.meetings (order): intro, quick root@host",
        "nonsense.of.no.table: on root@host",
    ):
        assert said in page
    german = words(
        signed_in(s, person(s, Role.ADMIN, email="b@example.org"), **{"accept-language": "de"}).get(
            "/admin/audit?q=root&lang=de"
        )
    )
    assert "Vorlauf (ada/intro): 4 h → 8 h" in german


def test_every_key_of_hosts_meeting_types_and_the_organisation_has_words() -> None:
    """But for what holds other tables."""
    forms = {"hosts.ada": HostForm, "hosts.ada.meetings.intro": MeetingForm, "organisation": OrganisationForm}
    bare = [
        f"{above}.{name}"
        for above, form in forms.items()
        for name in form.model_fields
        if key_words(f"{above}.{name}", language_of("en")) == f"{above}.{name}"
    ]
    assert bare == ["hosts.ada.meetings"]
