"""On whose days the dates of brought consents are: the organisation's, by one check from the preview to the last line."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import export, imports, staff_entries
from booking_service.domain.availability import zone_of
from booking_service.domain.consent import Basis
from booking_service.domain.consent_columns import BroughtWrongly
from booking_service.domain.ids import read_id
from booking_service.domain.people import Person
from booking_service.domain.roles import Permission, Role
from booking_service.storage import hosts
from booking_service.storage.engine import transaction
from tests.web.admin.test_imports import figures, mended, planned, sent
from tests.web.consents import NEWSLETTER, offer, standing
from tests.web.page_reader import Page, look
from tests.web.site import Site, person, signed_in

# the 8th in Berlin, as most of the hosts; the 7th in New York and for UTC
NIGHT = datetime(2030, 1, 7, 23, 30, tzinfo=UTC)


def who(s: Site) -> Person:
    return person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}))


def at(s: Site, instant: datetime) -> None:
    s.w.clock.advance((instant - s.w.now).total_seconds())


def applied(s: Site, browser: TestClient, base: str, page: Page) -> Page:
    answer = browser.post(f"{base}/check", data={**mended(page), "do": "apply"})
    assert answer.status_code == 303
    while imports.carry_on(s.w.rt, read_id(base.rsplit("/", 1)[1]), now=s.w.now):
        pass
    return look(browser, answer.headers["location"])


@pytest.mark.capability("S5-05")
def test_a_list_that_was_exported_today_is_brought_back_in_the_hours_after_midnight(s: Site) -> None:
    offer(s)
    at(s, NIGHT)
    columns = {"optin_source": "fair"}
    staff_entries.record(
        s.w.rt, "eve@example.org", "newsletter", staff="x", brought=columns, reason="card", now=s.w.now
    )
    [line] = export.lines(s.w.rt, "newsletter", everybody=True, by="x", now=s.w.now)
    known = dict(zip(export.HEADINGS, line.cells, strict=True))
    assert known["optin_date"] == "2030-01-08"
    browser = signed_in(s, who(s))
    base = sent(browser, f"email;optin_source;optin_date\nbob@example.org;fair;{known['optin_date']}\n".encode())
    page = planned(browser, base)
    assert figures(page) == ["1 new contact"]
    assert figures(applied(s, browser, base, page)) == ["1 new contact"]
    found = standing(s, address="bob@example.org")
    assert (found.basis, found.since) == (Basis.USER, NIGHT), "not before midnight of UTC, which is to come"
    again = {"optin_source": "fair", "optin_date": known["optin_date"]}
    staff_entries.record(s.w.rt, "zoe@example.org", "newsletter", staff="x", brought=again, reason="card", now=s.w.now)
    assert not standing(s, address="zoe@example.org").expired(lasts=NEWSLETTER.lasts, now=s.w.now)


def test_west_of_greenwich_tomorrow_lies_ahead_though_it_has_begun_elsewhere(s: Site) -> None:
    offer(s)
    with transaction(s.w.rt.engine) as session:
        for host in hosts.every(session):
            hosts.save(session, replace(host, zone=zone_of("America/New_York")))
    at(s, datetime(2030, 1, 8, 3, tzinfo=UTC))
    tomorrow = {"optin_source": "fair", "optin_date": "2030-01-08"}
    with pytest.raises(BroughtWrongly, match="lies ahead"):
        staff_entries.record(
            s.w.rt, "zoe@example.org", "newsletter", staff="x", brought=tomorrow, reason="card", now=s.w.now
        )


def test_a_file_brought_on_one_day_takes_that_of_the_next_for_all_lines(s: Site) -> None:
    offer(s)
    staff_member = who(s)
    base = sent(signed_in(s, staff_member), b"email;optin_source\nbob@example.org;fair\n")
    at(s, datetime(2030, 1, 9, 9, tzinfo=UTC))
    browser = signed_in(s, staff_member)
    page = planned(browser, base, optin_date="2030-01-09")
    assert figures(page) == ["1 new contact"]
    assert figures(applied(s, browser, base, page)) == ["1 new contact"]
    assert standing(s, address="bob@example.org").basis is Basis.USER


def test_a_line_that_lay_ahead_says_so_also_on_the_day_that_it_names(s: Site) -> None:
    offer(s)
    staff_member = who(s)
    browser = signed_in(s, staff_member)
    base = sent(browser, b"email;optin_source;optin_date\nbob@example.org;fair;2030-01-09\neve@example.org;fair;\n")
    page = planned(browser, base)
    assert "Line 2, optin_date: 2030-01-09 is in the future." in page.text
    at(s, datetime(2030, 1, 9, 9, tzinfo=UTC))
    browser = signed_in(s, staff_member)
    page = look(browser, f"{base}/check")
    assert "1 of 2 lines" in page.text
    assert "Line 2, optin_date: 2030-01-09 is in the future." in page.text, (
        "it is wrong by what it was judged on, and says why"
    )
    left = browser.get(f"{base}/file")
    assert "2030-01-09 is in the future" in left.content.decode("utf-8-sig")
    answer = browser.post(f"{base}/check", data=mended(page, do="check"))
    assert figures(look(browser, answer.headers["location"])) == ["2 new contacts"]
