"""Importing contacts in the browser: a file, its columns, every line checked and mended in place, and what came of it."""

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import imports, staff
from booking_service.domain.roles import Permission, Role
from tests.web.consents import chain, offer, standing
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, signed_in

IMPORT = "/admin/consents/import"
HEADINGS = "E-Mail;Name;optin_source;optin_date;optin_id;Bemerkung"


def clerk(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))


def lines(*, wrong: bool = True) -> bytes:
    """Two hundred lines, five of them wrong."""
    made = [f"n{number}@example.de;N {number};Messe;2025-11-12;KL-{number};-" for number in range(2, 202)]
    if wrong:
        made[15] = "n17@example.de;N 17;Messe;2026-13-02;KL-17;-"
        made[40] = "tom@example.pl, ola@example.pl;Tom;Messe;2025-11-12;KL-42;-"
        made[97] = "n99@example.de;N 99;Messe;2025-11-12;3f2b8c1e-77aa-4b7f-9b0e-2f5d9a0c1e44;-"
        made[148] = ";N 150;Messe;2025-11-12;KL-150;-"
        made[199] = "n201@example.de;N 201;Messe;2031-01-01;KL-201;spät"
    return ("\r\n".join([HEADINGS, *made]) + "\r\n").encode("cp1252")


def sent(browser: TestClient, content: bytes, name: str = "kongress.csv") -> str:
    answer = browser.post(IMPORT, files={"file": (name, content, "text/csv")})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("/columns")


def planned(browser: TestClient, base: str, **more: str) -> Page:
    """With the columns as they were guessed."""
    page = look(browser, f"{base}/columns")
    form = {
        select.get("name", ""): next(
            (each.get("value", "") for each in select.iter("option") if each.get("selected") is not None), ""
        )
        for select in page.all("select")
    }
    answer = browser.post(f"{base}/columns", data={**form, "purpose": "newsletter", "meaning": "given", **more})
    return look(browser, answer.headers["location"]) if answer.status_code == 303 else read(answer)


def figures(page: Page) -> list[str]:
    return [" ".join(map(words, each)) for each in page.one("ul", class_="figures").iter("li")]


def mended(page: Page, **typed: str) -> dict[str, str]:
    fields = {each.get("name", ""): each.get("value", "") for each in page.all("input") if each.get("name")}
    return fields | typed


@pytest.mark.capability("S5-03", "S5-04", "S5-09", "S5-10")
def test_two_hundred_lines_with_five_mistakes_are_mended_in_place_and_imported(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    staff.opt_out(s.w.rt, "n5@example.de", "newsletter", staff="x", theirs=True, reason="phone", now=s.w.now)
    base = sent(browser, lines())
    columns = look(browser, f"{base}/columns")
    assert "kongress.csv · 200 lines · semicolons · Windows encoding" in columns.text
    page = planned(browser, base)
    assert "5 of 200 lines cannot be imported as they are" in page.text
    assert figures(page) == ["194 new contacts", "1 opted out: left alone", "5 lines with errors"]
    for told in (
        "Line 17, optin_date: “2026-13-02” is no date. Write YYYY-MM-DD.",
        "Line 42, E-Mail: Two addresses in one field. One address a line.",
        "Line 99, optin_id: It has 36 characters, and 35 fit. Without the dashes it does.",
        "Line 150, E-Mail: Neither an address nor a phone number.",
        "Line 201, optin_date: 2031-01-01 lies ahead.",
    ):
        assert told in page.text, told
    assert page.value("l17c3") == "2026-13-02"
    assert chain(s, "n2@example.de") == ()
    form = mended(page, l17c3="2026-01-02", l42c0="tom@example.pl", l99c4="3f2b8c1e77aa4b7f9b0e2f5d9a0c1e44")
    answer = browser.post(f"{base}/check", data={**form, "do": "apply"})
    assert answer.status_code == 422
    page = look(browser, f"{base}/check")
    assert "2 of 200 lines cannot be imported as they are" in page.text
    left = browser.get(f"{base}/file")
    assert left.content.decode("utf-8-sig").splitlines() == [
        HEADINGS.replace(";", ","),
        ",N 150,Messe,2025-11-12,KL-150,-",
        "n201@example.de,N 201,Messe,2031-01-01,KL-201,spät",
    ]
    answer = browser.post(f"{base}/check", data={**mended(page), "do": "leave-out"})
    running = look(browser, answer.headers["location"])
    assert "0 of 198 lines" in running.text
    s.w.drain()
    done = look(browser, answer.headers["location"])
    assert done.h1 == "197 lines imported"
    assert figures(done) == ["197 new contacts", "1 opted out: left alone", "2 left out by you"]
    assert "Nobody has been written to." in done.text
    assert s.w.mails.sent == []
    assert standing(s, address="tom@example.pl").basis == "user"
    [entry] = chain(s, "n17@example.de")
    assert (entry.act, entry.how, str(entry.given_on)) == ("recorded", "import", "2026-01-02")
    assert chain(s, "n201@example.de") == ()
    assert len(chain(s, "n5@example.de")) == 1
    before = s.rows()
    again = browser.post(f"{base}/check", data={"do": "leave-out"})
    assert again.headers["location"] == f"{base}/done"
    s.w.drain()
    assert s.rows()["ledger_entry"] == before["ledger_entry"]
    assert b"n100@example.de" not in str(before["import_line"]).encode()


@pytest.mark.promise("I12")
def test_an_import_that_died_halfway_goes_on_and_applies_no_line_twice(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    base = sent(browser, lines(wrong=False))
    planned(browser, base)
    browser.post(f"{base}/check", data={"do": "apply"})
    made = imports.latest(s.w.rt)[0]
    assert imports.carry_on(s.w.rt, made.id, now=s.w.now)
    halfway = look(browser, f"{base}/done")
    assert "100 of 200 lines" in halfway.text
    assert len(s.rows()["ledger_entry"]) == 100
    s.w.drain()
    assert look(browser, f"{base}/done").h1 == "200 lines imported"
    assert len(s.rows()["ledger_entry"]) == 200
    assert not imports.carry_on(s.w.rt, made.id, now=s.w.now)


def test_what_columns_mean_is_chosen_and_must_name_somebody(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    base = sent(browser, b"Adresse,Wann\nx@example.org,\n", name='<b>"x".csv')
    page = planned(browser, base)
    assert page.status == 422
    assert "Say which column is the email address, or the phone number" in page.text
    assert planned(browser, base, c0="email", c1="email").status == 422
    assert "Choose a purpose" in planned(browser, base, c0="email", purpose="nothing").text
    page = planned(browser, base, c0="email", optin_source="fair", optin_date="2025-01-02", meaning="implied")
    assert figures(page) == ["1 new contacts"]
    assert "fair, 2 January 2025" in page.text
    browser.post(f"{base}/check", data={"do": "apply", "l2c0": "other@example.org", "l9c9": "x"})
    s.w.drain()
    [entry] = chain(s, "x@example.org")
    assert (entry.implied, str(entry.given_on)) == (True, "2025-01-02")
    assert browser.get(f"{base}/columns").status_code == 404


def test_what_is_no_list_is_refused_and_a_file_is_read_from_those_only_who_may_import(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    for content, told in (
        (b"", "Choose a file first."),
        (b"email\n", "The file has no lines below its headings."),
        (b"\x89PNG\0\0", "This is no text with columns."),
        (b'email\n"a\n', "Line 2 can’t be taken apart"),
    ):
        page = read(browser.post(IMPORT, files={"file": ("x.csv", content, "text/csv")}))
        assert page.status == 422
        assert told in page.text
    assert read(browser.post(IMPORT)).status == 422
    large = b"email\n" + b"a@example.org\n" * 20_000
    assert browser.post(IMPORT, files={"file": ("x.csv", large, "text/csv")}).status_code == 303
    for other in (s.browser, signed_in(s, person(s, Role.STAFF, email="looks@example.org"))):
        assert other.post(IMPORT, files={"file": ("x.csv", large, "text/csv")}).status_code == 413
        assert other.post(IMPORT, files={"file": ("x.csv", b"email\n", "text/csv")}).status_code == 422
    assert browser.post("/host/profile/everywhere", files={"file": ("x", b"x", "text/csv")}).status_code == 422
    assert len(imports.latest(s.w.rt)) == 1
