"""What somebody changes of themselves on their profile: name, zone and language, and the address with which they sign in."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import passwords
from booking_service.actions.access.sessions import forget_old
from booking_service.actions.access.sign_in import link_by_hand
from booking_service.domain.audit import Actor
from booking_service.domain.availability import zone_of
from booking_service.domain.people import Person
from booking_service.domain.roles import Permission, Role, SecondFactor
from booking_service.domain.sessions import TAKEN_BACK_FOR
from booking_service.storage import address_changes, hosts, people
from booking_service.storage.engine import snapshot, transaction
from booking_service.web.http.session import SECOND_STEP
from tests.web.host.test_second_factor import code, halfway, turned_on
from tests.web.page_reader import read
from tests.web.site import Site, browser_of, limited, person, person_of_host, signed_in, site

PROFILE, ADDRESS = "/host/profile", "/host/profile/address"
NEW = "lovelace@example.net"
SAVED = {"name": "Ada King", "zone": "Europe/London", "language": "de"}


def words(answer: object) -> str:
    return " ".join(" ".join(read(answer).root.itertext()).split())


def stored(s: Site, who: Person) -> Person:
    with snapshot(s.w.rt.engine) as session:
        return people.get(session, who.id)


def ask(browser: TestClient, email: str = NEW) -> str:
    answer = browser.post(ADDRESS, data={"email": email})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def mailed(s: Site, to: str) -> list[str]:
    """The subjects of what went to this address."""
    s.w.drain()
    return [mail.subject for mail in s.w.mails.sent if mail.to.address == to]


def link_to(s: Site, to: str = NEW) -> str:
    s.w.drain()
    text = next(mail.text for mail in reversed(s.w.mails.sent) if mail.to.address == to)
    found = re.search(r"http://localhost:8000(/host/address/\S+)", text)
    assert found
    return found[1]


def test_name_zone_and_language_are_changed_and_pages_and_host_follow_at_once(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    saved = desk.post(f"{PROFILE}?lang=nl", data=SAVED)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{PROFILE}?did=saved")
    shown = desk.get(saved.headers["location"])
    assert read(shown).root.get("lang") == "de"
    assert "Gespeichert." in words(shown)
    after = stored(s, ada)
    assert after == replace(ada, name="Ada King", zone=zone_of("Europe/London"), language="de")
    with snapshot(s.w.rt.engine) as session:
        host = hosts.get(session, s.w.host.id)
    assert host == replace(s.w.host, name="Ada King", zone=zone_of("Europe/London"), language="de")
    assert "Ada King" in s.browser.get("/ada").text
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit"))
    assert "Ada Lovelace <ada@example.org> is now called Ada King" in log
    before = s.rows()
    assert desk.post(PROFILE, data=SAVED).status_code == 303
    assert s.rows() == before, "nothing new is nothing to write down"


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    refused = desk.post(PROFILE, data={"name": " ", "zone": "Europe/London", "language": "xx"})
    assert refused.status_code == 422
    assert "Write 1 to" in refused.text
    assert "Choose a language from the list." in refused.text
    assert '<option value="Europe/London" selected>' in refused.text
    refused = desk.post(PROFILE, data={"name": "Countess", "zone": "../etc/passwd", "language": "de"})
    assert (refused.status_code, 'value="Countess"' in refused.text) == (422, True)
    assert "Choose a time zone from the list." in refused.text
    assert stored(s, ada) == ada


def test_saving_ones_name_takes_no_right_that_waits_for_a_second_factor(s: Site) -> None:
    """Until it is set up such rights count for nothing, but they stay theirs."""
    admin = person(s, Role.ADMIN, Role.STAFF, permissions=frozenset({Permission.REVEAL}))
    with transaction(s.w.rt.engine) as session:
        organisation = hosts.organisation(session)
        hosts.save_organisation(session, replace(organisation, second_factor=tuple(SecondFactor)))
    assert signed_in(s, admin).post(PROFILE, data=SAVED).status_code == 303
    assert stored(s, admin).rights == admin.rights
    assert stored(s, admin).name == "Ada King"


def test_an_address_counts_once_its_mailed_link_is_pressed_and_the_old_one_is_told(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk, phone = signed_in(s, ada), signed_in(s, ada)
    old_link, _ = link_by_hand(s.w.rt, ada.email, real_now=s.w.now)
    assert ask(desk) == f"{PROFILE}?did=address-asked"
    assert stored(s, ada).email == ada.email
    link = link_to(s)
    assert mailed(s, NEW) == ["Confirm your new address"]
    before = s.rows()
    shown = desk.get(link)  # what scanners do
    assert (shown.status_code, NEW in shown.text, s.rows()) == (200, True, before)
    done = desk.post(link)
    assert (done.status_code, done.headers["location"]) == (303, f"{PROFILE}?did=address")
    told = words(desk.get(done.headers["location"]))
    assert "You now sign in with the new address." in told
    assert f"By mailed link {NEW}" in told
    assert stored(s, ada) == replace(ada, email=NEW)
    assert phone.get("/host").status_code == 303, "other browsers are signed out"
    assert browser_of(s.w).post(old_link).status_code == 410, "what was mailed before signs in nobody"
    assert mailed(s, ada.email)[-1] == "Your sign-in address was changed"
    assert mailed(s, NEW) == ["Confirm your new address"]
    text = next(mail.text for mail in reversed(s.w.mails.sent) if mail.to.address == ada.email)
    assert ("l•••@example.net" in text, NEW in text) == (True, False)
    assert [desk.get(link).status_code, desk.post(link).status_code] == [410, 410]
    with snapshot(s.w.rt.engine) as session:
        assert hosts.get(session, s.w.host.id).email == s.w.host.email, "where bookings are told stays"
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in&q=lovelace"))
    assert f"Ada Lovelace <ada@example.org> now signs in with {NEW}" in log
    assert signed_in(s, stored(s, ada)).get("/host").status_code == 200


def test_the_link_is_nothing_without_being_signed_in_as_who_asked(s: Site) -> None:
    """A slip in the address hands the account to nobody."""
    ada = person_of_host(s, s.w.host)
    ask(signed_in(s, ada))
    link, stranger, other = link_to(s), browser_of(s.w), signed_in(s, person(s, Role.ADMIN))
    for answer in (stranger.get(link), stranger.post(link)):
        assert (answer.status_code, answer.headers["location"]) == (303, f"/host/sign-in?next={quote(link, safe='')}")
    assert [other.get(link).status_code, other.post(link).status_code] == [404, 404]
    as_sign_in = link.replace("/host/address/", "/host/sign-in/")
    assert [stranger.get(as_sign_in).status_code, stranger.post(as_sign_in).status_code] == [410, 410]
    sign_in, _ = link_by_hand(s.w.rt, ada.email, real_now=s.w.now)
    as_address = sign_in.replace("/host/sign-in/", "/host/address/")
    assert signed_in(s, ada).post(as_address).status_code == 404
    assert stored(s, ada) == ada


def test_a_link_is_over_after_15_minutes_and_whatever_was_mailed_before_ends_with_the_first(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    ask(desk)
    late = link_to(s)
    s.w.clock.advance(15 * 60)
    assert desk.post(late).status_code == 403, "who one is was shown too long ago"
    desk = signed_in(s, ada)
    over = desk.post(late)
    assert (over.status_code, "This link has expired" in over.text) == (410, True)
    ask(desk, "first@example.net")
    ask(desk, "second@example.net")
    first, second = link_to(s, "first@example.net"), link_to(s, "second@example.net")
    assert [desk.post(second).status_code, desk.post(first).status_code] == [303, 410]
    assert stored(s, ada).email == "second@example.net"


def test_an_address_of_somebody_else_is_answered_alike_and_gets_no_mail(s: Site) -> None:
    bob, desk = person(s, Role.ADMIN), signed_in(s, person_of_host(s, s.w.host))
    s.w.drain()
    seen = {}
    for email in (bob.email.upper(), NEW):
        before = s.rows()
        answer = desk.post(ADDRESS, data={"email": email})
        grown = {name: len(rows) - len(before[name]) for name, rows in s.rows().items()}
        seen[email] = (answer.status_code, answer.headers["location"], grown)
    assert seen[bob.email.upper()] == seen[NEW]
    sent = [mail.to.address for mail in s.w.mails.sent]
    assert mailed(s, NEW) == ["Confirm your new address"]
    assert [mail.to.address for mail in s.w.mails.sent] == [*sent, NEW]


def test_an_address_that_somebody_took_meanwhile_stays_theirs(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    ask(desk)
    link = link_to(s)
    person(s, Role.STAFF, email=NEW)
    assert [desk.get(link).status_code, desk.post(link).status_code] == [410, 410]
    assert stored(s, ada) == ada


def test_asking_wants_a_fresh_proof_an_address_and_patience(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    for typed, told in (
        ("ada@", "Enter an email address"),
        ("ADA@example.org", "You already sign in with this address."),
    ):
        refused = desk.post(ADDRESS, data={"email": typed})
        assert (refused.status_code, told in refused.text, f'value="{typed}"' in refused.text) == (422, True, True)
    s.w.clock.advance(600)
    assert desk.get("/host").status_code == 200
    before = s.rows()
    assert [desk.get(ADDRESS).status_code, desk.post(ADDRESS, data={"email": NEW}).status_code] == [403, 403]
    assert s.rows() == before
    tight = limited(s, sign_in_per_address="2 per h")
    path, _ = link_by_hand(s.w.rt, ada.email, real_now=s.w.now)
    tight.post(path)
    codes = [tight.post(ADDRESS, data={"email": f"{n}@example.net"}).status_code for n in range(3)]
    assert codes == [303, 303, 429]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The same on either database."""
    url = {"database_url": request.getfixturevalue("postgres_url")} if request.param == "postgresql" else {}
    with site(tmp_path, **url) as made:
        yield made


def pressed_at_once(*presses: tuple[TestClient, str]) -> list[int]:
    gate = Barrier(len(presses))

    def press(one: tuple[TestClient, str]) -> int:
        gate.wait(20)
        return one[0].post(one[1]).status_code

    with ThreadPoolExecutor(len(presses)) as pool:
        return sorted(pool.map(press, presses))


def test_of_two_who_want_one_address_at_once_one_gets_it(either: Site) -> None:
    s = either
    ada, mary = person_of_host(s, s.w.host), person(s, Role.ADMIN)
    presses = []
    for who in (ada, mary):
        desk = signed_in(s, who)
        ask(desk)
        presses.append((desk, link_to(s)))
    assert pressed_at_once(*presses) == [303, 410]
    assert sorted(stored(s, each).email == NEW for each in (ada, mary)) == [False, True]


def test_a_link_to_an_address_counts_once_also_for_two_presses_at_once(either: Site) -> None:
    s = either
    ada = person_of_host(s, s.w.host)
    desk, twin = signed_in(s, ada), browser_of(s.w)
    twin.cookies.update(dict(desk.cookies))
    ask(desk)
    link = link_to(s)
    assert pressed_at_once((desk, link), (twin, link)) == [303, 410]
    assert mailed(s, ada.email).count("Your sign-in address was changed") == 1


def test_half_a_sign_in_of_before_is_over_once_the_address_is_another(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    secret, _ = turned_on(s, desk)
    waiting = halfway(s, ada)
    ask(desk)
    assert desk.post(link_to(s)).status_code == 303
    over = waiting.post(SECOND_STEP, data={"code": code(s, secret)})
    assert over.headers["location"] == "/host/sign-in?did=over"


def stop_link(s: Site, to: str) -> str:
    s.w.drain()
    text = next(mail.text for mail in reversed(s.w.mails.sent) if mail.to.address == to)
    found = re.search(r"http://localhost:8000(/host/stop/\S+)", text)
    assert found
    return found[1]


def taken_over(s: Site, ada: Person) -> TestClient:
    """The browser of somebody who signed in as Ada and put an address of their own in place of hers."""
    thief = signed_in(s, ada)
    ask(thief)
    assert thief.post(link_to(s)).status_code == 303
    assert stored(s, ada).email == NEW
    return thief


def test_who_reads_the_mails_of_the_old_address_takes_the_change_back(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    passwords.set_password(s.w.rt, ada, "a thief knows this one", here=None, by=Actor(name="x"), now=s.w.now)
    thief, owner = taken_over(s, ada), browser_of(s.w)
    other_link, _ = link_by_hand(s.w.rt, NEW, real_now=s.w.now)
    link = stop_link(s, ada.email)
    assert mailed(s, ada.email)[-1] == "Your sign-in address was changed"
    before = s.rows()
    shown = owner.get(link)  # what scanners do
    assert (shown.status_code, s.rows()) == (200, before)
    assert "Ada Lovelace has been signing in with a different address" in words(shown)
    assert f"You sign in with {ada.email} again." in words(shown)
    assert owner.get(link[:-1] + ("A" if link[-1] != "A" else "E")).status_code == 404
    assert owner.post(link).headers["location"] == "/host/sign-in?did=stopped"
    assert stored(s, ada) == ada
    assert thief.get("/host").status_code == 303, "whoever changed it is out"
    assert browser_of(s.w).post(other_link).status_code == 410, "what was mailed to the other address signs in nobody"
    by_password = {"email": ada.email, "password": "a thief knows this one"}
    assert browser_of(s.w).post("/host/sign-in/password", data=by_password).status_code == 422
    assert mailed(s, NEW)[-1] == "Your sign-in address was changed"
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in&q=lovelace"))
    assert f"Ada Lovelace <{NEW}> now signs in with {ada.email}" in log
    shown = owner.get(link)
    assert (shown.status_code, "You sign in with" in words(shown)) == (200, False)
    assert owner.post(link).status_code == 303
    assert stored(s, ada) == ada


def test_what_was_taken_back_stays_so_whatever_was_mailed_to_the_addresses_of_the_thief(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    thief, owner = taken_over(s, ada), browser_of(s.w)
    link = stop_link(s, ada.email)
    s.w.clock.advance(60)
    entering, _ = link_by_hand(s.w.rt, NEW, real_now=s.w.now)
    assert browser_of(s.w).post(entering).status_code == 303
    about_their_browser = stop_link(s, NEW)
    s.w.clock.advance(60)
    ask(thief, "another@example.net")
    assert thief.post(link_to(s, "another@example.net")).status_code == 303
    about_their_change = stop_link(s, NEW)
    assert about_their_change != about_their_browser
    assert owner.post(link).status_code == 303
    assert stored(s, ada) == ada
    s.w.drain()
    told = next(mail.text for mail in reversed(s.w.mails.sent) if mail.to.address == "another@example.net")
    assert "tell whoever administers this service at once." in told
    assert "/host/stop/" not in told
    for theirs in (about_their_browser, about_their_change):
        assert [thief.get(theirs).status_code, thief.post(theirs).status_code] == [404, 404]
    assert stored(s, ada) == ada
    s.w.clock.advance(60)
    ask(signed_in(s, ada), "ada@example.com")
    assert stored(s, ada) == ada, "nothing stands in the way of another change"


def test_the_link_about_a_new_browser_takes_back_what_was_changed_from_there(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    signed_in(s, ada)
    thief = browser_of(s.w)
    sign_in, _ = link_by_hand(s.w.rt, ada.email, real_now=s.w.now)
    assert thief.post(sign_in).status_code == 303
    link = stop_link(s, ada.email)
    s.w.clock.advance(60)
    ask(thief)
    assert thief.post(link_to(s)).status_code == 303
    s.w.clock.advance(60)
    ask(thief, "another@example.net")
    assert thief.post(link_to(s, "another@example.net")).status_code == 303
    owner = browser_of(s.w)
    assert f"You sign in with {ada.email} again." in words(owner.get(link))
    assert owner.post(link).status_code == 303
    assert stored(s, ada) == ada
    assert thief.get("/host").status_code == 303


def test_a_change_of_the_address_can_be_taken_back_for_seven_days(s: Site) -> None:
    """Whoever came by an address that somebody left long ago gets nothing by its mails."""
    ada = person_of_host(s, s.w.host)
    taken_over(s, ada)
    link, owner = stop_link(s, ada.email), browser_of(s.w)
    s.w.clock.advance(TAKEN_BACK_FOR.total_seconds() - 1)
    assert owner.get(link).status_code == 200
    s.w.clock.advance(1)
    assert [owner.get(link).status_code, owner.post(link).status_code] == [404, 404]
    assert stored(s, ada).email == NEW
    forget_old(s.w.rt, real_now=s.w.now + timedelta(seconds=1))
    with snapshot(s.w.rt.engine) as session:
        assert address_changes.since(session, ada.id, s.w.now - timedelta(days=30)) == []


def test_an_address_that_is_somebody_elses_by_now_is_not_put_back_but_all_else_ends(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    thief = taken_over(s, ada)
    link, owner = stop_link(s, ada.email), browser_of(s.w)
    other = replace(person(s, Role.ADMIN), email=ada.email)
    with transaction(s.w.rt.engine) as session:
        people.save(session, other, now=s.w.now)
    assert "You sign in with" not in words(owner.get(link))
    assert owner.post(link).status_code == 303
    assert (stored(s, ada).email, stored(s, other).email) == (NEW, ada.email)
    assert thief.get("/host").status_code == 303
