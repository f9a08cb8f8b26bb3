"""Columns of an imported file that fill fields of contacts, in the browser."""

import pytest

from booking_service.domain.purposes import Purpose
from tests.web.admin.test_imports import clerk, figures, mended, planned, sent
from tests.web.admin.test_stored_data import with_fields
from tests.web.consents import NEWSLETTER, offer
from tests.web.links.test_sensitive_fields import GRACE, INSURANCE, NUMBER, seen
from tests.web.page_reader import look, words
from tests.web.site import Site

FILE = f"email;name;Region;Number\n{GRACE};Grace Hopper;EU;{NUMBER}\nanna@example.org;Anna;{'x' * 501};{'9' * 501}\n"


@pytest.mark.capability("S4-15", "S4-36", "S5-10")
def test_a_column_fills_a_field_once_somebody_says_so_and_a_sensitive_value_is_shown_nowhere(s: Site) -> None:
    asked: tuple[Purpose, ...] = NEWSLETTER, INSURANCE
    offer(s, *asked)
    browser = clerk(s)
    base = sent(browser, FILE.encode())
    assert "can fill a field" not in look(browser, f"{base}/columns").text
    with_fields(s)
    columns = look(browser, f"{base}/columns")
    assert "A column can fill a field of the contacts" in columns.text
    offered = [words(each) for each in columns.one("select", id="c2").iter("option")]
    assert offered[-2:] == ["Field “Insurance number” (sensitive)", "Field “Region”"]
    assert [
        each.get("value") for each in columns.one("select", id="c2").iter("option") if each.get("selected") is not None
    ] == [""]
    twice = planned(browser, base, c2="field:region", c3="field:region")
    assert "Two columns can’t mean the same thing" in twice.text
    page = planned(browser, base, c2="field:region", c3="field:insurance-number")
    assert figures(page) == ["1 new contact", "1 line with errors"]
    assert "Line 3, Region: Shorten this to 500 characters or fewer: it has 501 now" in page.text
    assert "Line 3, Number: Shorten this to 500 characters or fewer: it has 501 now" in page.text
    assert page.value("l3c2") == "x" * 501
    assert "9" * 501 not in browser.get(f"{base}/check").text
    assert "9" * 501 not in browser.get(f"{base}/file").text
    again = look(browser, f"{base}/columns")
    chosen = [
        each.get("value") for each in again.one("select", id="c3").iter("option") if each.get("selected") is not None
    ]
    assert (chosen, NUMBER in again.text, "EU" in again.text) == (["field:insurance-number"], False, True)
    done = browser.post(f"{base}/check", data={**mended(page), "do": "leave-out"}).headers["location"]
    s.w.drain()
    shown = look(browser, done)
    assert figures(shown) == ["1 new contact", "1 line left out by you"]
    assert "What this import filled into fields stays" in shown.text
    assert seen(s) == {"insurance-number": "4711", "region": "EU"}
    second = sent(browser, f"email;Region\n{GRACE};US\n".encode())
    page = planned(browser, second, c1="field:region")
    assert figures(page) == ["0 new contacts", "1 known contact, fields are filled"]
    browser.post(f"{second}/check", data={**mended(page), "do": "apply"})
    s.w.drain()
    assert figures(look(browser, f"{second}/done")) == ["1 known contact, fields are filled"]
    assert seen(s)["region"] == "US"
