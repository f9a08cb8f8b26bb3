"""Signing in by the mailed link or its code, as a person at their browser and as somebody who is none of our people."""

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from booking_service.crypto.keys import ring_of
from tests.web.page_reader import read, words
from tests.web.site import BASE_URL, BROWSER, Site, browser_of, limited, person_of_host, signed_in
from tests.world import SECRET

ADA = "ada@example.org"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def asked(s: Site, email: str = ADA, **more: str) -> str:
    """Ask for a link. Returns where the browser is led to."""
    answer = s.browser.post("/host/sign-in", data={"email": email, **more}, headers={"User-Agent": FIREFOX})
    assert answer.status_code == 303
    s.w.drain()
    return str(answer.headers["location"])


def mailed(s: Site) -> tuple[str, str]:
    """Path of the link and the code in the newest mail."""
    text = s.w.mails.sent[-1].text
    link = re.search(r"http://localhost:8000(/host/sign-in/\S+)", text)
    code = re.search(r"^ +(\d{6})$", text, re.MULTILINE)
    assert link
    assert code
    return link[1], code[1]


def test_what_does_not_sign_in_is_told_by_the_title_of_its_page_too(s: Site) -> None:
    code = {"code": "000000"}, "Error: Check your inbox"
    for path, (typed, title) in {
        "/host/sign-in": ({"email": "ada@"}, "Error: Sign in"),
        "/host/sign-in/password": ({"email": ADA, "password": "moth relay noon"}, "Error: Sign in"),
        asked(s): code,
    }.items():
        page = read(s.browser.post(path, data=typed))
        assert (page.status, page.title.partition(" ·")[0]) == (422, title), path
        assert words(next(e for e in page.all("p") if e.get("class") == "err")).startswith("Error: "), path


def test_the_mailed_link_signs_in_by_a_press_and_only_once(s: Site) -> None:
    sent = s.browser.get(asked(s))
    assert "ada@example.org" in sent.text
    mail = s.w.mails.sent[-1]
    assert (mail.to.address, mail.subject) == (ADA, "Your sign-in link")
    assert "Firefox on Linux" in mail.text
    link, _ = mailed(s)
    before = s.rows()
    shown = s.browser.get(link)  # what scanners do, as often as they like
    assert s.browser.get(link).status_code == shown.status_code == 200
    assert s.rows() == before
    assert read(shown).title.startswith("Sign in as Ada Lovelace?")
    assert s.browser.get("/host").status_code == 303
    pressed = s.browser.post(link)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/host")
    assert s.browser.get("/host").status_code == 200
    stranger = browser_of(s.w)
    for again in (stranger.get(link), stranger.post(link)):
        assert again.status_code == 410
        assert "This one was used a moment ago." in again.text
        assert "It was not you who used it? Sign in, and look under your name" in again.text
        assert 'value="ada@example.org"' in again.text
    assert stranger.get("/host").status_code == 303
    s.w.clock.advance(12 * 60)
    assert "This one was used 12 minutes ago." in stranger.get(link).text


def test_the_code_signs_in_where_it_was_asked_for_and_only_once(s: Site) -> None:
    sent = asked(s)
    link, code = mailed(s)
    wrong = s.browser.post(sent, data={"code": f"{(int(code) + 1) % 10**6:06d}"})
    assert wrong.status_code == 422
    assert "Enter the six digits from the email." in wrong.text
    entered = s.browser.post(sent, data={"code": f"{code[:3]} {code[3:]}", "keep": "yes"})
    assert entered.status_code == 303
    assert s.browser.get("/host").status_code == 200
    stranger = browser_of(s.w)
    assert stranger.post(sent, data={"code": code}).status_code == 410
    assert stranger.post(link).status_code == 410


def test_link_and_code_end_after_fifteen_minutes(s: Site) -> None:
    sent = asked(s)
    link, code = mailed(s)
    s.w.clock.advance(15 * 60)
    assert s.browser.get(link).status_code == 410
    assert s.browser.post(link).status_code == 410
    assert s.browser.post(sent, data={"code": code}).status_code == 410
    assert s.browser.get("/host").status_code == 303


def test_nobody_is_told_whether_an_address_has_an_account(s: Site) -> None:
    """The same words, the same rows, the same steps: only the mailbox knows."""
    seen = {}
    for email in (ADA, "stranger@example.org"):
        before = s.rows()
        answer = s.browser.post("/host/sign-in", data={"email": email})
        grown = {name: len(rows) - len(before[name]) for name, rows in s.rows().items()}
        page = s.browser.get(answer.headers["location"])
        wrong = s.browser.post(answer.headers["location"], data={"code": "000000"})
        texts = [each.text.replace(email, "ADDRESS") for each in (page, wrong)]
        texts = [re.sub(r"[0-9a-f-]{36}|[0-9a-f]{12}", "ID", each) for each in texts]
        seen[email] = (answer.status_code, grown, page.status_code, wrong.status_code, texts)
    assert seen[ADA] == seen["stranger@example.org"]
    s.w.drain()
    assert [mail.to.address for mail in s.w.mails.sent] == [ADA]


def test_an_address_is_found_however_it_is_capitalised(s: Site) -> None:
    asked(s, "Ada@Example.ORG")
    assert [mail.to.address for mail in s.w.mails.sent] == [ADA]


def test_an_address_that_is_none_is_kept_and_explained(s: Site) -> None:
    answer = s.browser.post("/host/sign-in", data={"email": "ada@"})
    assert answer.status_code == 422
    assert 'value="ada@"' in answer.text
    assert "Enter an email address like name@example.org" in answer.text


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/host?lang=de", "/host?lang=de"),
        ("//evil.example", "/host"),
        ("/\\evil.example", "/host"),
        ("/host/%09/evil", "/host"),
        ("https://evil.example/host", "/host"),
        ("/host/sign-in", "/host"),
        ("/ada/intro", "/host"),
    ],
)
def test_after_signing_in_one_comes_to_the_page_one_wanted_if_it_is_ours(s: Site, wanted: str, led_to: str) -> None:
    asked(s, next=wanted)
    assert s.browser.post(mailed(s)[0]).headers["location"] == led_to


def test_signing_in_begins_a_session_of_its_own_and_signing_out_ends_it(s: Site) -> None:
    """A token that somebody planted in the browser, or that was copied from it, is worth nothing afterwards."""
    first = signed_in(s, person_of_host(s, s.w.host))
    planted = first.cookies["sid"]
    s.browser.cookies.set("sid", planted)
    asked(s)
    s.browser.post(mailed(s)[0])
    assert s.browser.cookies.get("sid", domain="localhost.local") not in (None, planted)
    assert first.get("/host").status_code == 303
    other = signed_in(s, person_of_host(s, s.w.host))
    copied = other.cookies["sid"]
    assert other.get("/host/sign-out").status_code == 303
    assert other.get("/host").status_code == 200
    assert other.post("/host/sign-out").headers["location"] == "/host/sign-in"
    thief = browser_of(s.w)
    thief.cookies.set("sid", copied)
    assert thief.get("/host").status_code == 303
    assert s.browser.get("/host").status_code == 200


def test_a_session_ends_idle_after_eight_hours_and_in_any_case_after_seven_days(s: Site) -> None:
    browser = signed_in(s, person_of_host(s, s.w.host))
    for _ in range(3 * 7):
        s.w.clock.advance(7.9 * 3600)
        assert browser.get("/host").status_code == 200
    s.w.clock.advance(3 * 3600)
    assert browser.get("/host").status_code == 303
    browser = signed_in(s, person_of_host(s, s.w.host))
    s.w.clock.advance(8 * 3600)
    assert browser.get("/host").status_code == 303


def test_a_kept_session_lasts_thirty_days_idle_and_ninety_in_all(s: Site) -> None:
    asked(s)
    kept = s.browser.post(mailed(s)[0], data={"keep": "yes"}).headers["set-cookie"]
    assert "Max-Age=7776000" in kept
    for _ in range(3):
        s.w.clock.advance(29.9 * 86400)
        assert s.browser.get("/host").status_code == 200
    s.w.clock.advance(86400)
    assert s.browser.get("/host").status_code == 303


def test_old_sessions_and_requests_are_forgotten(s: Site) -> None:
    asked(s)
    signed_in(s, person_of_host(s, s.w.host))
    s.w.clock.advance(91 * 86400)
    s.w.drain()
    rows = s.rows()
    assert (rows["session"], rows["sign_in"]) == ([], [])


@pytest.mark.parametrize(
    ("base_url", "cookie"),
    [
        ("http://localhost:8000", "sid=X; HttpOnly; Path=/; SameSite=lax"),
        ("https://book.example.org", "__Host-sid=X; HttpOnly; Path=/; SameSite=lax; Secure"),
        ("https://example.org/book", "__Secure-sid=X; HttpOnly; Path=/book; SameSite=lax; Secure"),
    ],
)
def test_the_cookie_is_bound_as_tightly_as_the_address_allows(s: Site, base_url: str, cookie: str) -> None:
    root_path = "/book" if base_url.endswith("/book") else ""
    settings = s.w.rt.settings.model_copy(update={"base_url": base_url, "root_path": root_path})
    moved = replace(s, w=replace(s.w, rt=replace(s.w.rt, settings=settings)))
    browser = browser_of(moved.w, base_url=base_url)
    asked(s)
    link, _ = mailed(s)
    answer = browser.post(link)
    assert answer.status_code == 303
    assert [re.sub(r"=[A-Za-z0-9_-]{43};", "=X;", each) for each in answer.headers.get_list("set-cookie")] == [
        cookie,
        cookie.replace("sid=X; HttpOnly", "known=X; HttpOnly; Max-Age=31536000"),
    ]


def test_the_mail_carries_the_right_link_after_the_keys_were_rotated(s: Site) -> None:
    s.browser.post("/host/sign-in", data={"email": ADA})
    ring = ring_of(f"another-secret-for-tests-0123456789-abcdefgh {SECRET}", source="test")
    rotated = replace(s, w=replace(s.w, rt=replace(s.w.rt, ring=ring)))
    rotated.w.drain()
    assert browser_of(rotated.w).post(mailed(s)[0]).status_code == 303


def test_asking_guessing_codes_and_guessing_links_are_limited(s: Site) -> None:
    """Past the tries of the code the link still works: nobody can keep a person out."""
    tight = replace(
        s,
        browser=limited(
            s,
            sign_in_per_address="2 per h",
            sign_in_codes_per_address="2 per h",
            unknown_links_per_network="3 per 10 min",
        ),
    )
    sent = asked(tight)
    link, code = mailed(s)
    for wrong in ("000000", "000000", "000001"):  # the same one counts once
        assert tight.browser.post(sent, data={"code": wrong}).status_code == 422
    refused = tight.browser.post(sent, data={"code": code})
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    assert tight.browser.post(link).status_code == 303
    stranger = limited(s, sign_in_per_address="2 per h")
    stranger.post("/host/sign-in", data={"email": "ADA@example.org"})
    assert stranger.post("/host/sign-in", data={"email": ADA}).status_code == 429
    assert stranger.post("/host/sign-in", data={"email": "x@example.org"}).status_code == 303
    tight.w.clock.advance(3600)
    asked(tight)
    guesses = [tight.browser.get(f"/host/sign-in/{'a' * 42}{end}").status_code for end in "AEIM"]
    assert guesses == [410, 410, 410, 429]
    assert tight.browser.post(mailed(tight)[0]).status_code == 303


def test_today_shows_what_waits_and_what_comes_next(s: Site) -> None:
    s.hold()
    s.confirmed(start="2030-01-09T08:00:00Z", form_key="z" * 22, email="alan@example.net", name="Alan Turing")
    page = read(signed_in(s, person_of_host(s, s.w.host)).get("/host"))
    text = " ".join(" ".join(page.root.itertext()).split())
    assert "Monday 7 January" in text
    assert "Waiting 1 booking" in text
    assert "Grace Hopper" in text
    assert "Wednesday 9 January" in text
    assert "Alan Turing" in text
    assert "Read just now Fine" in text
    assert "localhost:8000/ada" in text


def test_what_a_stranger_asks_for_keeps_nobody_from_a_link(s: Site) -> None:
    """Neither a browser in which its owner signed in before, nor one in a network that did not ask."""
    asked(s)
    assert s.browser.post(mailed(s)[0]).status_code == 303
    s.browser.post("/host/sign-out")
    s.w.clock.advance(86_400)
    rates = {"sign_in_per_address": "2 per day"}
    stranger = limited(s, **rates)
    assert [stranger.post("/host/sign-in", data={"email": ADA}).status_code for _ in range(3)] == [303, 303, 429]
    own = limited(s, **rates)
    own.cookies.update(s.browser.cookies)
    assert [own.post("/host/sign-in", data={"email": ADA}).status_code for _ in range(3)] == [303, 303, 429]
    elsewhere = TestClient(own.app, base_url=BASE_URL, headers=BROWSER, client=("192.0.2.7", 1), follow_redirects=False)
    assert [elsewhere.post("/host/sign-in", data={"email": ADA}).status_code for _ in range(2)] == [303, 429]
    assert stranger.post("/host/sign-in", data={"email": "nobody@example.org"}).status_code == 303
