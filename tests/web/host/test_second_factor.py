"""The second factor: set up, asked for after every way in, and wanted by the organisation for some powers."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pyotp
import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import second_factor
from booking_service.actions.access.sign_in import link_by_hand
from booking_service.actions.operations.timers import each_half_minute
from booking_service.crypto import keys
from booking_service.crypto.second_factor import STEP_S
from booking_service.domain.people import Organisation, Person
from booking_service.domain.roles import Permission, Role, SecondFactor
from booking_service.web.http.session import SECOND_FACTOR, SECOND_STEP
from tests.web.page_reader import read
from tests.web.site import Site, browser_of, limited, person, person_of_host, signed_in

PASSWORD = "moth relay noon bridge"


def words(answer: object) -> str:
    return " ".join(" ".join(read(answer).root.itertext()).split())


def fields(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text.partition("<main")[2]))


def secret_of(text: str) -> str:
    found = re.search(r'<code class="code">([A-Z2-7 ]+)</code>', text)
    assert found
    return found[1].replace(" ", "")


def code(s: Site, secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(s.w.now.timestamp()) + steps * STEP_S)


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10**6:06d}"


def turned_on(s: Site, desk: TestClient, **more: str) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes of whoever sits at this desk. The step of the first code is over afterwards."""
    page = desk.get(SECOND_FACTOR)
    assert page.status_code == 200, page.text
    secret = secret_of(page.text)
    done = desk.post(SECOND_FACTOR, data={**fields(page.text), **more, "code": code(s, secret)})
    assert done.status_code == 200, done.text
    s.w.clock.advance(STEP_S)
    return secret, re.findall(r'<code class="code">([a-z2-9-]+)</code>', done.text)


def halfway(s: Site, who: Person, **headers: str) -> TestClient:
    """A browser in which this person used a mailed link."""
    browser = browser_of(s.w, **headers)
    path, _ = link_by_hand(s.w.rt, who.email, real_now=s.w.now)
    went = browser.post(path)
    assert (went.status_code, went.headers["location"]) == (303, SECOND_STEP)
    return browser


def subjects(s: Site) -> list[str]:
    s.w.drain()
    return [mail.subject for mail in s.w.mails.sent]


@pytest.fixture
def ada(s: Site) -> Person:
    return person_of_host(s, s.w.host)


def test_it_is_proved_when_set_up_and_its_recovery_codes_are_shown_once(s: Site, ada: Person) -> None:
    desk, phone = signed_in(s, ada), signed_in(s, ada)
    page = desk.get(SECOND_FACTOR)
    secret, carried = secret_of(page.text), fields(page.text)
    assert "<svg" in page.text
    assert "otpauth://totp/" in page.text
    refused = desk.post(SECOND_FACTOR, data={**carried, "code": wrong(code(s, secret))})
    assert (refused.status_code, secret_of(refused.text)) == (422, secret), "the app need not be set up again"
    assert phone.post(SECOND_FACTOR, data={**carried, "code": code(s, secret)}).status_code == 422, "another session's"
    assert "Off" in words(desk.get("/host/profile"))
    done = desk.post(SECOND_FACTOR, data={**carried, "code": code(s, secret)})
    codes = re.findall(r'<code class="code">([a-z2-9-]+)</code>', done.text)
    assert (done.status_code, len(codes), len(set(codes))) == (200, 10, 10)
    assert desk.post(SECOND_FACTOR, data={**carried, "code": code(s, secret)}).headers["location"] == SECOND_FACTOR
    assert "10 are left." in words(desk.get(SECOND_FACTOR))
    assert "On since" in words(desk.get("/host/profile"))
    assert (desk.get("/host").status_code, phone.get("/host").status_code) == (200, 303), "others are signed out"
    kept = str(s.rows())
    assert not [each for each in (secret, *codes) if each in kept or each.replace("-", "") in kept]
    assert "How you sign in has changed" in subjects(s)
    assert "As of" in s.w.mails.sent[-1].text
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in"))
    assert "Second factor of Ada Lovelace <ada@example.org> turned on" in log


def _by_link(s: Site, browser: TestClient, who: Person) -> tuple[str, dict[str, str]]:
    return link_by_hand(s.w.rt, who.email, real_now=s.w.now)[0], {}


def _by_code(s: Site, browser: TestClient, who: Person) -> tuple[str, dict[str, str]]:
    sent = browser.post("/host/sign-in", data={"email": who.email, "next": "/host/hours"}).headers["location"]
    s.w.drain()
    found = re.search(r"^ +(\d{6})$", s.w.mails.sent[-1].text, re.MULTILINE)
    assert found
    return sent, {"code": found[1]}


def _by_password(s: Site, browser: TestClient, who: Person) -> tuple[str, dict[str, str]]:
    return "/host/sign-in/password", {"email": who.email, "password": PASSWORD, "next": "/host/hours"}


@pytest.mark.parametrize("way", [_by_link, _by_code, _by_password])
def test_it_is_asked_for_after_every_way_in(
    s: Site, ada: Person, way: Callable[[Site, TestClient, Person], tuple[str, dict[str, str]]]
) -> None:
    desk = signed_in(s, ada)
    assert desk.post("/host/profile/password", data={"new-password": PASSWORD}).status_code == 303
    secret, _ = turned_on(s, desk)
    browser = browser_of(s.w)
    path, typed = way(s, browser, ada)
    went = browser.post(path, data={**typed, "keep": "yes"})
    onwards = "/host" if way is _by_link else "/host/hours"
    asks = SECOND_STEP if way is _by_link else f"{SECOND_STEP}?next=%2Fhost%2Fhours"
    assert (went.status_code, went.headers["location"]) == (303, asks)
    assert "sid" not in browser.cookies
    assert browser.get("/host").status_code == 303, "nobody is signed in yet"
    before = s.rows()
    page = browser.get(went.headers["location"])
    assert (page.status_code, s.rows()) == (200, before)
    assert "Ada Lovelace" in page.text
    right = code(s, secret)
    refused = browser.post(SECOND_STEP, data={**fields(page.text), "code": wrong(right)})
    assert (refused.status_code, "The code is not right" not in refused.text) == (422, True)
    assert "use the one that it shows now" in refused.text
    entered = browser.post(SECOND_STEP, data={**fields(refused.text), "code": f"{right[:3]} {right[3:]}"})
    assert (entered.status_code, entered.headers["location"]) == (303, onwards)
    assert any("sid=" in each and "Max-Age=7776000" in each for each in entered.headers.get_list("set-cookie"))
    assert browser.get("/host").status_code == 200
    assert browser.get(SECOND_STEP).headers["location"].startswith("/host/sign-in?did=over"), "it is done with"


def test_a_code_counts_once_also_for_two_at_once(s: Site, ada: Person) -> None:
    secret, _ = turned_on(s, signed_in(s, ada))
    browsers, gate, right = [halfway(s, ada) for _ in range(2)], Barrier(2), code(s, secret)

    def enter(browser: TestClient) -> int:
        gate.wait()
        return browser.post(SECOND_STEP, data={"code": right}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, browsers)) == [303, 422]
    assert halfway(s, ada).post(SECOND_STEP, data={"code": right}).status_code == 422
    before = code(s, secret, steps=-1)
    assert halfway(s, ada).post(SECOND_STEP, data={"code": before}).status_code == 422, "nor one from before"
    assert halfway(s, ada).post(SECOND_STEP, data={"code": code(s, secret, steps=1)}).status_code == 303


def test_codes_of_the_step_before_and_after_count_and_no_others(s: Site, ada: Person) -> None:
    secret, _ = turned_on(s, signed_in(s, ada))
    s.w.clock.advance(5 * STEP_S)
    for steps, status in ((-2, 422), (2, 422), (-1, 303)):
        assert halfway(s, ada).post(SECOND_STEP, data={"code": code(s, secret, steps=steps)}).status_code == status
    s.w.clock.advance(5 * STEP_S)
    assert halfway(s, ada).post(SECOND_STEP, data={"code": code(s, secret, steps=1)}).status_code == 303


def test_half_a_sign_in_ends_after_ten_minutes_and_with_everything_else(s: Site, ada: Person) -> None:
    desk = signed_in(s, ada)
    secret, _ = turned_on(s, desk)
    late, stopped, forged = halfway(s, ada), halfway(s, ada), browser_of(s.w)
    s.w.clock.advance(601)
    for browser in (late, forged):
        over = browser.post(SECOND_STEP, data={"code": code(s, secret), "next": "/host/hours"})
        assert over.headers["location"] == "/host/sign-in?did=over&next=%2Fhost%2Fhours"
    assert "Please sign in again" in words(late.get(over.headers["location"]))
    each_half_minute(s.w.rt, now=s.w.now)
    assert s.rows()["second_step"] == []
    stopped = halfway(s, ada)
    assert desk.post("/host/profile/everywhere").status_code == 303
    assert stopped.post(SECOND_STEP, data={"code": code(s, secret)}).headers["location"] == "/host/sign-in?did=over"


def test_a_recovery_code_signs_in_once_and_is_told(s: Site, ada: Person) -> None:
    desk = signed_in(s, ada)
    _, codes = turned_on(s, desk)
    s.w.drain()
    s.w.mails.sent.clear()
    assert halfway(s, ada).post(SECOND_STEP, data={"code": codes[0].upper().replace("-", " ")}).status_code == 303
    assert "How you sign in has changed" in subjects(s)
    assert any("One of your recovery codes was used" in mail.text for mail in s.w.mails.sent)
    assert halfway(s, ada).post(SECOND_STEP, data={"code": codes[0]}).status_code == 422
    assert "9 are left." in words(desk.get(SECOND_FACTOR))
    made = desk.post(f"{SECOND_FACTOR}/codes")
    fresh = re.findall(r'<code class="code">([a-z2-9-]+)</code>', made.text)
    assert (made.status_code, len(fresh), set(fresh) & set(codes)) == (200, 10, set())
    assert halfway(s, ada).post(SECOND_STEP, data={"code": codes[1]}).status_code == 422
    assert halfway(s, ada).post(SECOND_STEP, data={"code": fresh[1]}).status_code == 303
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in"))
    assert "Signed in by mailed link, and a recovery code" in log


def test_only_who_passed_the_first_way_uses_up_tries_and_a_known_browser_has_its_own(s: Site, ada: Person) -> None:
    desk = signed_in(s, ada)
    secret, codes = turned_on(s, desk)
    few = {"second_factors_per_person": "2 per 10 min"}
    thief = limited(s, **few)
    assert thief.post(SECOND_STEP, data={"code": "000000"}).headers["location"] == "/host/sign-in?did=over"
    thief.cookies.set("second", halfway(s, ada).cookies["second"])
    tries = [thief.post(SECOND_STEP, data={"code": f"00000{n}"}) for n in range(3)]
    assert [each.status_code for each in tries] == [422, 422, 429]
    assert "You can try again from" in tries[-1].text
    assert int(tries[-1].headers["retry-after"]) <= 600
    assert thief.post(SECOND_STEP, data={"code": codes[0]}).status_code == 429, "nor by a recovery code"
    known = limited(s, **few)
    known.cookies.set("known", desk.cookies["known"])
    known.cookies.set("second", halfway(s, ada).cookies["second"])
    assert known.post(SECOND_STEP, data={"code": code(s, secret)}).status_code == 303
    s.w.clock.advance(601)
    thief.cookies.set("second", halfway(s, ada).cookies["second"])
    assert thief.post(SECOND_STEP, data={"code": code(s, secret)}).status_code == 303, "nothing is locked for good"


def test_who_has_one_shows_by_it_alone_that_it_is_still_them(s: Site, ada: Person) -> None:
    desk = signed_in(s, ada)
    desk.post("/host/profile/password", data={"new-password": PASSWORD})
    secret, _ = turned_on(s, desk)
    s.w.clock.advance(600)
    asked = desk.post(f"{SECOND_FACTOR}/off")
    assert (asked.status_code, "Code from your app" in asked.text) == (403, True)
    assert "prove-password" not in asked.text
    for other in ({"prove-password": PASSWORD}, {"prove-send": "yes"}):
        assert desk.post(f"{SECOND_FACTOR}/off", data=other).status_code == 403
    assert desk.post(f"{SECOND_FACTOR}/off", data={"prove-second": "000000"}).status_code == 422
    off = desk.post(f"{SECOND_FACTOR}/off", data={"prove-second": code(s, secret)})
    assert off.headers["location"] == "/host/profile?did=no-second-factor"
    assert "turned off" in words(desk.get(off.headers["location"]))
    assert desk.post(f"{SECOND_FACTOR}/off").status_code == 303, "twice does no harm"
    assert signed_in(s, ada).get("/host").status_code == 200, "one way in is enough again"
    assert s.rows()["recovery_code"] == []
    assert subjects(s).count("How you sign in has changed") == 3


def test_who_lacks_one_that_is_wanted_sets_it_up_before_anything_of_that_power(s: Site, ada: Person) -> None:
    bob = person(s, Role.HOST, Role.ADMIN, email="bob@example.org", permissions=frozenset({Permission.CONSENTS}))
    desk = signed_in(s, bob)
    assert desk.get("/admin/people").status_code == 200
    s.save(Organisation(name="Analytical Engines", second_factor=(SecondFactor.ADMINS,)))
    led = desk.get("/admin/people?x=1")
    assert led.headers["location"] == f"{SECOND_FACTOR}?next=%2Fadmin%2Fpeople%3Fx%3D1"
    assert desk.post("/admin/policies", data={"fold": "signing"}).headers["location"].startswith(SECOND_FACTOR)
    assert (desk.get("/host").status_code, "/admin/people" in desk.get("/host").text) == (200, True)
    fresh = browser_of(s.w)
    entered = fresh.post(link_by_hand(s.w.rt, bob.email, real_now=s.w.now)[0])
    assert entered.headers["location"] == SECOND_FACTOR
    page = fresh.get(led.headers["location"])
    assert "Your organisation requires one" in words(page)
    done = fresh.post(SECOND_FACTOR, data={**fields(page.text), "code": code(s, secret_of(page.text))})
    assert 'href="/admin/people?x=1"' in done.text
    assert fresh.get("/admin/people?x=1").status_code == 200
    assert desk.get("/admin/people").headers["location"].startswith("/host/sign-in?next=")
    staff = signed_in(s, person(s, Role.STAFF, email="staff@example.org"))
    assert staff.get("/admin/consents/contacts").status_code == 200, "others are asked for nothing"
    assert signed_in(s, ada).get("/host/hours").status_code == 200


def test_an_administrator_takes_away_what_somebody_lost(s: Site, ada: Person) -> None:
    turned_on(s, signed_in(s, ada))
    office = signed_in(s, person(s, Role.ADMIN))
    page = f"/admin/people/{ada.id}"
    assert "Remove the second factor" in office.get(page).text
    stuck = halfway(s, ada)
    done = office.post(f"{page}/second-factor")
    assert done.headers["location"] == f"{page}?did=reset"
    after = office.get(done.headers["location"]).text
    assert "They are told by email" in after
    assert "Remove the second factor" not in after
    assert stuck.post(SECOND_STEP, data={"code": "1"}).headers["location"] == "/host/sign-in?did=over"
    assert signed_in(s, ada).get("/host").status_code == 200
    subjects(s)
    told = [mail for mail in s.w.mails.sent if "An administrator removed your second factor" in mail.text]
    assert [mail.to.address for mail in told] == [ada.email]
    assert "removed by an administrator" in words(office.get("/admin/audit?area=signing-in"))


def test_a_fresh_key_seals_the_secret_anew_and_a_lost_one_leaves_recovery_codes(s: Site, ada: Person) -> None:
    secret, codes = turned_on(s, signed_in(s, ada))
    old, fresh = s.w.rt.ring.newest, keys.Key(b"k" * 43)
    assert second_factor.seal_anew(replace(s.w.rt, ring=keys.KeyRing((fresh, old)))) == (1, 0)
    assert second_factor.seal_anew(replace(s.w.rt, ring=keys.KeyRing((fresh, old)))) == (0, 0)
    assert second_factor.seal_anew(s.w.rt) == (0, 1)
    assert halfway(s, ada).post(SECOND_STEP, data={"code": code(s, secret)}).status_code == 422
    assert halfway(s, ada).post(SECOND_STEP, data={"code": codes[0]}).status_code == 303


def test_a_process_that_runs_on_while_keys_are_rotated_takes_the_codes(s: Site, ada: Person, tmp_path: Path) -> None:
    running = replace(s, w=replace(s.w, rt=replace(s.w.rt, ring=keys.open_ring(tmp_path))))
    secret, _ = turned_on(running, signed_in(running, ada))
    assert second_factor.seal_anew(replace(s.w.rt, ring=keys.rotate(tmp_path))) == (1, 0)
    assert halfway(running, ada).post(SECOND_STEP, data={"code": code(running, secret)}).status_code == 303


def test_tries_to_show_again_who_one_is_are_counted_for_the_session(s: Site, ada: Person) -> None:
    """Whoever sits at an open desk does not guess the six digits."""
    secret, codes = turned_on(s, signed_in(s, ada))
    few = {"second_factors_per_person": "2 per 10 min"}
    thief, owner = limited(s, **few), limited(s, **few)
    for browser in (thief, owner):
        step = halfway(s, ada)
        assert step.post(SECOND_STEP, data={"code": code(s, secret)}).status_code == 303
        browser.cookies.set("sid", step.cookies["sid"])
        s.w.clock.advance(STEP_S)
    s.w.clock.advance(601)
    off = f"{SECOND_FACTOR}/off"
    tries = [thief.post(off, data={"prove-second": f"00000{n}"}) for n in range(3)]
    assert [each.status_code for each in tries] == [422, 422, 429]
    assert thief.post(off, data={"prove-second": codes[0]}).status_code == 429, "nor by a recovery code"
    assert thief.post(off, data={"prove-second": code(s, secret)}).status_code == 429
    assert owner.post(off, data={"prove-second": code(s, secret)}).status_code == 303, (
        "others of theirs are not shut out"
    )
