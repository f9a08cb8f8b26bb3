"""Importing contacts in the browser: a file, its columns, every line checked and mended in place, and what came of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from booking_service.actions.consent import find, imports, staff_entries
from booking_service.actions.consent.import_check import LineVerdict
from booking_service.domain.consent_file import Meaning
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.domain.roles import Permission, Role
from booking_service.storage import imports as stored
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
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


def listings(page: Page) -> dict[str, str]:
    """What leads to other lines while there are cells to mend, and to which."""
    return {words(each): each.get("value", "") for each in page.all("button", name="look")}


def listed(browser: TestClient, page: Page, says: str, **typed: str) -> Page:
    """Pressed, with the cells as they are filled in."""
    path = page.one("form", id="mended").get("action", "")
    answer = browser.post(path, data={**mended(page, **typed), "look": listings(page)[says]})
    return look(browser, answer.headers["location"])


@pytest.mark.capability("S5-03", "S5-04", "S5-09", "S5-10")
def test_two_hundred_lines_with_five_mistakes_are_mended_in_place_and_imported(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    staff_entries.opt_out(s.w.rt, "n5@example.de", "newsletter", staff="x", theirs=True, reason="phone", now=s.w.now)
    base = sent(browser, lines())
    columns = look(browser, f"{base}/columns")
    assert "kongress.csv · 200 lines · semicolons · Windows encoding" in columns.text
    page = planned(browser, base)
    assert "5 of 200 lines cannot be imported as they are" in page.text
    assert figures(page) == ["194 new contacts", "1 opted out: skipped", "5 lines with errors"]
    for told in (
        "Line 17, optin_date: “2026-13-02” is not a date. Write YYYY-MM-DD.",
        "Line 42, E-Mail: Two addresses in one field. One address a line.",
        "Line 99, optin_id: It has 36 characters, and 35 fit. Without the dashes it fits.",
        "Line 150, E-Mail: Neither an address nor a phone number.",
        "Line 201, optin_date: 2031-01-01 is in the future.",
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
        f"{HEADINGS};Line;Why it is not stored",
        "n5@example.de;N 5;Messe;2025-11-12;KL-5;-;5;They said no themselves on 7 January 2030 (told to us). Only they can change that, "
        "by a form of yours or on their preferences page.",
        ";N 150;Messe;2025-11-12;KL-150;-;150;E-Mail: Neither an address nor a phone number.",
        "n201@example.de;N 201;Messe;2031-01-01;KL-201;spät;201;optin_date: 2031-01-01 is in the future.",
    ]
    answer = browser.post(f"{base}/check", data={**mended(page), "do": "leave-out"})
    running = look(browser, answer.headers["location"])
    assert "0 of 198 lines" in running.text
    s.w.drain()
    done = look(browser, answer.headers["location"])
    assert done.h1 == "197 lines imported"
    assert figures(done) == ["197 new contacts", "1 opted out: skipped", "2 lines left out by you"]
    assert "Nobody has been written to." in done.text
    assert done.links()["Who may be written to, and why not"] == "/admin/consents/contacts?purpose=newsletter"
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
    browser.post(f"{base}/check", data={**mended(look(browser, f"{base}/check")), "do": "apply"})
    made = imports.latest(s.w.rt)[0]
    assert imports.carry_on(s.w.rt, made.id, now=s.w.now)
    halfway = look(browser, f"{base}/done")
    assert "100 of 200 lines" in halfway.text
    assert len(s.rows()["ledger_entry"]) == 100
    s.w.drain()
    assert look(browser, f"{base}/done").h1 == "200 lines imported"
    assert len(s.rows()["ledger_entry"]) == 200
    assert not imports.carry_on(s.w.rt, made.id, now=s.w.now)


FOUR = (
    "email;name;optin_source;optin_date\nnew@example.org;Ada;Messe;12.11.2025\nno@example.org;Bo;Messe;2025-11-12\n"
    "ours@example.org;Cy;Messe;2025-11-12\nhas@example.org;Di;;\n"
)
OWN_NO = "They said no themselves on 7 January 2030 (told to us). Only they can change that"
OURS = "Opted out by Ada on 7 January 2030. Revert that first, with a reason."


def known(s: Site) -> None:
    """Three of the four: one said no, of one staff did, one is on record."""
    rt, now = s.w.rt, s.w.now
    for who, theirs in (("no@example.org", True), ("ours@example.org", False)):
        staff_entries.opt_out(rt, who, "newsletter", staff="Ada", theirs=theirs, reason="phone", now=now)
    staff_entries.record(rt, "has@example.org", "newsletter", staff="Ada", brought={}, reason="a card", now=now)


def table(page: Page) -> list[str]:
    """The lines of an import, each as it is read."""
    return [words(row) for row in page.one("ul", id="line-rows").iter("li")]


def numbers(page: Page) -> list[int]:
    return [int(found[1]) for row in table(page) if (found := re.search(r"Line (\d+) ·", row))]


@pytest.mark.capability("S5-03", "S5-04")
def test_each_line_says_what_comes_of_it_and_who_is_skipped_for_which_no(s: Site) -> None:
    offer(s)
    known(s)
    browser = clerk(s)
    base = sent(browser, FOUR.encode())
    page = planned(browser, base)
    assert figures(page) == ["1 new contact", "1 already recorded", "2 opted out: skipped"]
    assert "Import 1 of 4 lines" in page.text
    new, own, ours, same = table(page)
    assert new == "new@example.org Line 2 · Ada · Messe · 12 November 2025 New contact"
    assert OWN_NO in own
    assert own.endswith("Skipped")
    assert ours.endswith(f"{OURS} Skipped")
    assert same == "has@example.org Line 5 · Di Already recorded"
    skipped = look(browser, page.links()["opted out: skipped"])
    assert numbers(skipped) == [3, 4]
    assert "Only: Skipped" in skipped.text
    left = browser.get(f"{base}/file").content.decode()
    assert left.splitlines()[0] == "email;name;optin_source;optin_date;Line;Why it is not stored"
    assert left.splitlines()[2] == f"ours@example.org;Cy;Messe;2025-11-12;4;{OURS}"
    browser.post(f"{base}/check", data={**mended(look(browser, f"{base}/check")), "do": "apply"})
    s.w.drain()
    done = look(browser, f"{base}/done")
    assert done.h1 == "1 line imported"
    assert figures(done) == figures(page)
    assert table(done) == table(page)
    assert "/admin/consents/contacts/" in done.links()["new@example.org"]
    assert browser.get(f"{base}/file").content.decode() == left
    german = look(browser, f"{base}/done?only=alone&lang=de")
    assert "Am 7. Januar 2030 von Ada abgemeldet." in german.text


def test_long_imports_are_looked_through_twenty_lines_at_a_time(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    page = planned(browser, sent(browser, lines()))
    assert table(page)[15].endswith("optin_date: “2026-13-02” is not a date. Write YYYY-MM-DD. Has errors")
    seen = numbers(page)
    while "Next ›" in listings(page):
        page = listed(browser, page, "Next ›")
        seen += numbers(page)
    assert seen == list(range(2, 202))
    assert len(table(listed(browser, page, "‹ From the beginning"))) == 20
    wrong = listed(browser, page, "lines with errors")
    assert numbers(wrong) == [17, 42, 99, 150, 201]
    assert len(table(listed(browser, wrong, "All lines"))) == 20


def test_what_was_typed_into_cells_is_kept_by_whatever_leads_to_other_lines(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    base = sent(browser, lines())
    page = planned(browser, base)
    assert not {*listings(page)} & {*page.links()}, "a link would lose it"
    wrong = listed(browser, page, "lines with errors", l17c3="2026-01-02", l42c0="still wrong")
    assert numbers(wrong) == [42, 99, 150, 201]
    assert "Only: Has errors" in wrong.text
    assert wrong.value("l42c0") == "still wrong"
    columns = browser.post(f"{base}/check", data={**mended(wrong, l42c0="tom@example.pl"), "do": "columns"})
    assert columns.headers["location"] == f"{base}/columns"
    assert numbers(look(browser, f"{base}/check?only=wrong")) == [99, 150, 201]
    away = {"look": "https://elsewhere.example/?only=alone&behind=7&more=x#x"}
    led = browser.post(f"{base}/check", data=away).headers["location"]
    assert led == f"{base}/check?only=alone&behind=7#lines"
    [first, *_] = [
        each for each in page.root.iter("button") if each.get("form", "mended") == "mended" and each.get("name")
    ]
    assert (first.get("name"), first.get("value")) == ("do", "check"), "what Enter does in a cell"


def test_a_cell_with_a_long_date_is_mended_in_one_field(s: Site) -> None:
    """Two of one name would each bring what was typed into it, of which one is lost."""
    offer(s)
    browser = clerk(s)
    base = sent(browser, b"email;optin_date\ntom@example.org;2025-11-12 10:30:00\n")
    page = planned(browser, base)
    [field] = [each for each in page.all("input") if each.get("id") == "l2c1"]
    assert field.get("value") == "2025-11-12 10:30:00"
    wrong = words(page.one("p", id="l2c1-error"))
    assert wrong == "Error: “2025-11-12 10:30:00” is not a date. Write YYYY-MM-DD."


@pytest.mark.capability("S3-16")
def test_what_is_applied_is_what_was_looked_at(s: Site) -> None:
    """Somebody else said meanwhile that the lines mean something else, or the lines are not judged by that yet."""
    offer(s)
    browser = clerk(s)
    base = sent(browser, b"email;optin_source;optin_date\nx@example.org;fair;2025-01-02\n")
    seen = mended(planned(browser, base))
    planned(browser, base, meaning="out-ours")
    refused = browser.post(f"{base}/check", data={**seen, "do": "apply"})
    assert refused.status_code == 409
    assert "Nothing is imported yet" in words(read(refused).one("div", role="alert"))
    assert browser.post(f"{base}/check", data={"do": "apply"}).status_code == 409, "who saw nothing applies nothing"
    s.w.drain()
    assert chain(s, "x@example.org") == ()
    unjudged = imports.start(s.w.rt, b"email\ny@example.org\n", name="y.csv", by="x", called="x", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        stored.save(session, replace(unjudged, state=imports.CHECK))
    with pytest.raises(imports.PlanChanged):
        imports.apply(s.w.rt, unjudged.id, leave_out=True, now=s.w.now)
    assert browser.post(f"{base}/check", data={**mended(read(refused)), "do": "apply"}).status_code == 303
    s.w.drain()
    assert [each.act.value for each in chain(s, "x@example.org")] == ["withdrawn"]


@pytest.mark.parametrize("before", ["columns", "another meaning", "mended"])
def test_what_is_not_checked_to_the_end_is_not_said_to_bring_nothing(s: Site, before: str) -> None:
    """As by a process that is killed, or seen by a second of the staff while the first waits for a large file."""
    offer(s)
    browser = clerk(s)
    base = sent(browser, b"email;optin_source;optin_date\nx@example.org;fair;2025-01-02\ny;fair;2025-01-02\n")
    planned(browser, base)
    id = UUID(base.rpartition("/")[2])
    wanted = replace(imports.look(s.w.rt, id).plan, meaning=Meaning.OUT_OURS)
    if before == "columns":
        base = sent(browser, b"email;optin_source;optin_date\nz@example.org;fair;2025-01-02\n")
        id = UUID(base.rpartition("/")[2])
    with dies_where_verdicts_are_written(s):
        if before == "mended":
            imports.mend(s.w.rt, id, {(3, 0): "y@example.org"}, now=s.w.now)
        else:
            imports.plan(s.w.rt, id, wanted, now=s.w.now)
    interrupted = look(browser, f"{base}/check")
    assert "The lines are being checked, or checking was interrupted." in interrupted.text
    assert "no line brings anything new" not in interrupted.text
    assert interrupted.all("button", value="apply") + interrupted.all("button", value="leave-out") == []
    browser.post(f"{base}/check", data={**mended(interrupted), "do": "check"})
    checked = look(browser, f"{base}/check")
    assert "The lines are being checked" not in checked.text
    assert checked.all("button", value="apply") + checked.all("button", value="leave-out")


class Died(BaseException):
    """The process is gone."""


@contextmanager
def dies_where_verdicts_are_written(s: Site) -> Iterator[None]:
    def die(*args: Any) -> None:
        if args[2].startswith("UPDATE import_line SET verdict") and LineVerdict.NEW in str(args[3]):
            raise Died

    event.listen(s.w.rt.engine, "before_cursor_execute", die)
    with pytest.raises(Died):
        yield
    event.remove(s.w.rt.engine, "before_cursor_execute", die)


def test_consents_that_would_not_say_whence_and_when_are_warned_of(s: Site) -> None:
    offer(s)
    known(s)
    browser = clerk(s)
    base = sent(browser, FOUR.replace("has@", "one@").encode())
    page = planned(browser, base)
    assert "1 line has no source: nothing would say where and how the consent was given." in page.text
    assert "1 line has no date: the consent would count as given today." in page.text
    assert page.links()["Back to the columns"] == f"{base}/columns"
    assert "has no" not in planned(browser, base, optin_source="fair", optin_date="2025-01-02").text
    assert "has no" not in planned(browser, base, meaning="out-ours").text
    assert "2 lines have no date" in planned(browser, base, c3="").text


@pytest.mark.parametrize(
    ("kind", "lacks", "whom", "words_for_it", "badge"),
    [
        (
            PurposeKind.EMAIL,
            "without-address",
            "+4930901820",
            "without an email address, although the purpose uses email",
            "Yes without an email address",
        ),
        (
            PurposeKind.PHONE,
            "without-number",
            "eve@example.org",
            "without a phone number, although the purpose uses the phone",
            "Yes without a phone number",
        ),
    ],
)
def test_a_yes_that_cannot_be_used_is_counted_and_listed_and_still_imported(
    s: Site, kind: PurposeKind, lacks: str, whom: str, words_for_it: str, badge: str
) -> None:
    offer(s)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, Purpose(id=UUID(int=401), slug="other", kind=kind), position=9)
    browser = clerk(s)
    text = "email;name;phone\n;Ann;+49 30 901820\neve@example.org;Eve;\nbob@example.org;Bob;+49 30 901821\n"
    base = sent(browser, text.encode())
    assert figures(planned(browser, base, purpose="other", meaning="out-ours")) == ["3 new contacts"]
    page = planned(browser, base, purpose="other")
    assert figures(page) == ["2 new contacts", f"1 {words_for_it}"]
    assert page.links()[words_for_it] == f"{base}/check?only={lacks}#lines"
    browser.post(f"{base}/check", data={**mended(page), "do": "apply"})
    s.w.drain()
    done = look(browser, f"{base}/done")
    assert "3 lines imported" in done.text
    assert figures(done) == ["2 new contacts", f"1 {words_for_it}"]
    listed = look(browser, done.links()[words_for_it]).one("ul", id="line-rows")
    assert [words(each) for each in listed.iter("a")] == [whom]
    assert badge in words(listed)
    assert [each.entry.act.value for each in find.shown(s.w.rt, whom, now=s.w.now).links] == ["recorded"]
    back = look(browser, f"{base}/done").one("button", class_="danger")
    assert words(back) == "Take 3 consents back"


def test_one_line_is_spoken_of_as_one(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    page = planned(browser, sent(browser, b"email\nx\na@example.org\n"))
    for told in ("1 of 2 lines cannot be imported as it is", "Leave out this line, import 1 of 2"):
        assert told in page.text
    assert figures(page) == ["1 new contact", "1 line with errors"]
    base = sent(browser, b"email\nx\n")
    alone = planned(browser, base)
    assert "The only line cannot be imported as it is" in alone.text
    assert "Leave out" not in alone.text
    german = look(browser, f"{base}/check?lang=de").text
    assert "Die einzige Zeile lässt sich so nicht importieren" in german


@pytest.mark.capability("S5-04")
def test_an_import_is_taken_back_by_who_shows_who_they_are_with_a_reason(s: Site) -> None:
    offer(s)
    known(s)
    browser = clerk(s)
    base = sent(browser, FOUR.encode())
    planned(browser, base)
    browser.post(f"{base}/check", data={**mended(look(browser, f"{base}/check")), "do": "apply"})
    s.w.drain()
    page = look(browser, f"{base}/done")
    assert "New contacts stay contacts." in page.text
    press = page.button("Take 1 consent back")
    assert press == f"{base}/take-back"
    without = read(browser.post(press, data={"reason": " "}))
    assert without.status == 422
    assert "Say why: it goes on record with the change" in without.text
    s.w.clock.advance(660)
    assert browser.post(press, data={"reason": "the wrong file"}).status_code == 403
    assert standing(s, address="new@example.org").basis == "user"
    who = person(s, Role.STAFF, email="m2@example.org", permissions=frozenset({Permission.CONSENTS}))
    browser = signed_in(s, who)
    answer = browser.post(press, data={"reason": "the wrong file"})
    assert answer.headers["location"] == f"{base}/done"
    assert "Taking back …" in look(browser, f"{base}/done").title
    s.w.drain()
    done = look(browser, f"{base}/done")
    assert done.h1 == "1 consent taken back"
    assert "taken back by Mary Somerville: the wrong file" in done.text
    assert table(done)[0] == "new@example.org Line 2 · Ada · Messe · 12 November 2025 Taken back"
    assert "consent back" not in done.text
    assert standing(s, address="new@example.org").basis == "none"
    assert standing(s, address="has@example.org").basis == "user"
    taken = chain(s, "new@example.org")[-1]
    assert (taken.act, taken.refers) == ("retracted", chain(s, "new@example.org")[0].id)
    assert browser.post(press, data={"reason": "again"}).status_code == 303
    s.w.drain()
    assert len(chain(s, "new@example.org")) == 2
    assert OURS in browser.get(f"{base}/file").text, "who was skipped is still told"
    s.w.pass_time(days=31)
    browser = signed_in(s, who)
    assert browser.get(f"{base}/file").text.count("\n") == 1
    assert "CSV" not in look(browser, f"{base}/done").text
    chief = signed_in(s, person(s, Role.ADMIN, email="chief@example.org"))
    assert "1 consent of the import “kongress.csv” is taken back" in look(chief, "/admin/audit").text
    looks = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert looks.post(press, data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize("meaning", ["out-ours", "out-theirs"])
def test_of_noes_the_page_says_which_are_reverted_and_which_only_people_lift(s: Site, meaning: str) -> None:
    offer(s)
    staff_entries.record(s.w.rt, "has@example.org", "newsletter", staff="Ada", brought={}, reason="a card", now=s.w.now)
    s.w.clock.advance(1)
    browser = clerk(s)
    base = sent(browser, b"email\nhas@example.org\nnew@example.org\n")
    planned(browser, base, meaning=meaning)
    browser.post(f"{base}/check", data={**mended(look(browser, f"{base}/check")), "do": "apply"})
    s.w.drain()
    page = look(browser, f"{base}/done")
    if meaning == "out-theirs":
        assert "This import can’t be taken back" in page.text
        assert (
            "Only they can lift them: by the box on one of your forms, or on their page at /preferences." in page.text
        )
        assert "Take this import back" not in page.text
        browser.post(f"{base}/take-back", data={"reason": "the wrong file"})
        s.w.drain()
        assert standing(s, address="has@example.org").basis == "out-contact"
        return
    assert "can’t be taken back" not in page.text
    assert "Those who had agreed to nothing stay opted out" in page.text
    press = page.button("Revert up to 2 opt-outs")
    assert browser.post(press, data={"reason": " "}).status_code == 422
    s.w.clock.advance(1)
    browser.post(press, data={"reason": "the wrong file"})
    s.w.drain()
    done = look(browser, f"{base}/done")
    assert done.h1 == "1 opt-out reverted"
    assert "1 opt-out stays. Its line says why." in done.text
    has, new = table(done)
    assert has.endswith("Taken back")
    assert "They had given no consent before it" in new
    assert standing(s, address="has@example.org").basis == "user"
    chief = signed_in(s, person(s, Role.ADMIN, email="chief@example.org"))
    assert "2 opt-outs of the import “kongress.csv” are reverted" in look(chief, "/admin/audit").text


@pytest.mark.parametrize(
    ("encoding", "written"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "utf-8-sig")]
)
def test_left_out_lines_come_back_as_the_file_was_written(s: Site, encoding: str, written: str) -> None:
    offer(s)
    browser = clerk(s)
    base = sent(browser, 'email|Straße\n"x|y"|Öl|zu viel\nz\n'.encode(encoding))
    planned(browser, base, c0="email")
    left = browser.get(f"{base}/file").content
    assert left.startswith(b"\xef\xbb\xbf") == (written == "utf-8-sig")
    heading, wide, short = left.decode(written).splitlines()
    assert heading == "email|Straße|Line|Why it is not stored"
    assert wide.startswith('"x|y"|Öl|zu viel|2|More cells than headings.')
    assert short == "z||3|email: This is not an email address."


def test_what_columns_mean_is_chosen_and_must_name_somebody(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    base = sent(browser, b"Adresse,Wann\nx@example.org,\n", name='<b>"x".csv')
    page = planned(browser, base)
    assert page.status == 422
    assert "Say which column has the email address or the phone number" in page.text
    assert planned(browser, base, c0="email", c1="email").status == 422
    assert "Choose a purpose" in planned(browser, base, c0="email", purpose="nothing").text
    first = look(browser, f"{base}/columns")
    assert [each for each in first.all("input", name="meaning") if each.get("checked") is not None] == []
    unsaid = planned(browser, base, c0="email", meaning="", optin_source="fair")
    assert (unsaid.status, unsaid.value("optin_source")) == (422, "fair")
    assert "Choose what the lines say" in unsaid.text
    assert [words(each) for each in unsaid.all("option", value="email") if each.get("selected") is not None] == [
        "Email address"
    ], "what was typed stays"
    page = planned(browser, base, c0="email", optin_source="fair", optin_date="2025-01-02", meaning="implied")
    assert figures(page) == ["1 new contact"]
    assert "fair · 2 January 2025" in page.text
    browser.post(f"{base}/check", data={**mended(page), "do": "apply", "l2c0": "other@example.org", "l9c9": "x"})
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
        (b"\x89PNG\0\0", "This is not a text file with columns."),
        (b'email\n"a\n', "Line 2 can’t be read: a quotation mark is opened"),
        (b'email\n"a"b\n', "Line 2 can’t be read: there is text after a closing quotation mark"),
        (b"email\n" + b"a" * 131_073, "Line 2 has more than 131072 characters in one cell. Shorten it"),
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
