"""Passwords, as their owner sets them, as they sign in, and as strangers try them; and the mail about a new browser."""

import re
from dataclasses import replace
from statistics import median
from time import process_time
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import api_tokens, passwords
from booking_service.actions.access.passwords import set_password
from booking_service.crypto.passwords import NOBODYS, hash_of_password, is_outdated, password_matches
from booking_service.domain.api_tokens import Scope
from booking_service.domain.audit import Actor
from booking_service.domain.people import Person
from booking_service.domain.roles import Role
from booking_service.storage import people
from booking_service.storage.engine import transaction
from tests.web.page_reader import read
from tests.web.site import Site, browser_of, limited, person, person_of_host, signed_in

GOOD, OTHER = "moth relay noon bridge", "badger digs quietly"
ADA = "ada@example.org"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PASSWORD = "/host/profile/password"


def with_password(s: Site) -> tuple[TestClient, Person]:
    """Ada's browser, in which she set a password."""
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada)
    set_ = desk.post(PASSWORD, data={"new-password": GOOD})
    assert (set_.status_code, set_.headers["location"]) == (303, "/host/profile?did=password")
    return desk, ada


def enter(browser: TestClient, password: str = GOOD, email: str = ADA, **more: str) -> int:
    answer = browser.post("/host/sign-in/password", data={"email": email, "password": password, **more})
    return int(answer.status_code)


def words(answer: object) -> str:
    return " ".join(" ".join(read(answer).root.itertext()).split())


def subjects(s: Site) -> list[str]:
    s.w.drain()
    return [mail.subject for mail in s.w.mails.sent]


def test_a_password_is_set_changed_used_and_removed(s: Site) -> None:
    desk, ada = with_password(s)
    assert "Password Set on" in words(desk.get("/host/profile"))
    phone = browser_of(s.w)
    went = phone.post(
        "/host/sign-in/password", data={"email": "ADA@example.org", "password": GOOD, "next": "/host?x=1"}
    )
    assert (went.status_code, went.headers["location"]) == (303, "/host?x=1")
    assert phone.get("/host").status_code == 200
    assert desk.post(PASSWORD, data={"new-password": OTHER}).status_code == 303
    assert (phone.get("/host").status_code, desk.get("/host").status_code) == (303, 200), "others are signed out"
    assert (enter(phone), enter(phone, OTHER)) == (422, 303)
    assert desk.post(f"{PASSWORD}/remove").headers["location"] == "/host/profile?did=no-password"
    assert enter(phone, OTHER) == 422
    assert "None set" in words(desk.get("/host/profile"))
    log = words(signed_in(s, person(s, Role.ADMIN)).get("/admin/audit?area=signing-in&q=lovelace"))
    for what in ("set", "removed"):
        assert f"Password of Ada Lovelace <ada@example.org> {what}" in log
    assert "Signed in with password" in log
    assert GOOD not in str(s.rows())
    s.w.drain()
    changed = [mail for mail in s.w.mails.sent if mail.subject == "How you sign in has changed"]
    assert {mail.to.address for mail in changed} == {ada.email}
    assert len(changed) == 3


def test_a_password_counts_to_its_last_octet_and_has_a_largest_length(s: Site) -> None:
    """1,024 octets of UTF-8, whatever is typed: none is cut, and none costs more to look at."""
    longest = " ".join(f"moth{n:03}" for n in range(125)) + " " + "é" * 12
    assert len(longest.encode()) == 1024
    desk = signed_in(s, person_of_host(s, s.w.host))
    too_long = read(desk.post(PASSWORD, data={"new-password": f"{longest}x"}))
    assert (too_long.status, too_long.title[:6]) == (422, "Error:")
    assert desk.post(PASSWORD, data={"new-password": longest}).status_code == 303
    phone = browser_of(s.w)
    for other in (longest[:-1], f"{longest}x", f"{longest}\0x", "x" * 60_000):
        assert enter(phone, other) == 422, other[-9:]
    assert enter(phone, "x" * 1_000_000) == 413
    assert enter(phone, longest) == 303


def test_a_password_that_is_short_or_tried_first_is_refused_and_not_shown_again(s: Site) -> None:
    desk = signed_in(s, person_of_host(s, s.w.host))
    for password, told in (
        ("too short", "15 characters or more"),
        ("Ada Lovelace 2026", "This is one of the first to be guessed"),
        ("moth relay noon" * 100, "Make it shorter"),
    ):
        refused = desk.post(PASSWORD, data={"new-password": password})
        assert refused.status_code == 422
        assert told in refused.text
        assert password not in refused.text
    assert "None set" in words(desk.get("/host/profile"))


def test_setting_one_wants_a_fresh_sign_in_and_the_password_proves_it(s: Site) -> None:
    desk, _ = with_password(s)
    s.w.clock.advance(600)
    assert desk.get(PASSWORD).status_code == 403
    assert desk.post(f"{PASSWORD}/remove").status_code == 403
    assert desk.post(PASSWORD, data={"prove-looked": "yes", "prove-password": OTHER}).status_code == 422
    back = desk.post(PASSWORD, data={"prove-looked": "yes", "prove-password": GOOD})
    assert (back.status_code, back.headers["location"]) == (303, PASSWORD)
    assert desk.get(PASSWORD).status_code == 200


def test_nobody_learns_whether_there_is_an_account_or_a_password_in_words_rows_or_time(s: Site) -> None:
    with_password(s)
    bob = person(s, Role.ADMIN)
    seen, took = {}, {}
    for email in (ADA, bob.email, "stranger@example.org"):
        before, times = s.rows(), []
        for _ in range(3):
            began = process_time()
            answer = s.browser.post("/host/sign-in/password", data={"email": email, "password": OTHER})
            times.append(process_time() - began)
        grown = {name: len(rows) - len(before[name]) for name, rows in s.rows().items()}
        text = re.sub(r"[0-9a-f]{12}", "ID", answer.text.replace(email, "ADDRESS"))
        seen[email], took[email] = (answer.status_code, grown, text), median(times)
    assert seen[ADA] == seen[bob.email] == seen["stranger@example.org"]
    hashing = _one_hash()
    assert all(each > hashing / 2 for each in took.values()), (took, hashing)
    assert not is_outdated(NOBODYS)


def _one_hash() -> float:
    began = process_time()
    assert not password_matches(hash_of_password(GOOD), OTHER)
    return (process_time() - began) / 2


def test_a_stranger_who_guesses_keeps_the_owner_out_of_nothing(s: Site) -> None:
    """Tries are limited for the address, but not in a browser that the owner knows, and the mailed link works anyway."""
    desk, ada = with_password(s)
    few = {"passwords_per_address": "3 per 5 min", "passwords_per_known_browser": "2 per 5 min"}
    stranger, known = limited(s, **few), limited(s, **few)
    assert [enter(stranger, OTHER) for _ in range(4)] == [422] * 3 + [429]
    assert enter(stranger) == 429, "not with the right one either"
    assert enter(stranger, GOOD, "stranger@example.org") == 422
    known.cookies.set("known", desk.cookies["known"])
    assert enter(known) == 303
    assert [enter(known, OTHER) for _ in range(2)] == [422, 429], "there, too, tries are counted"
    assert signed_in(s, ada).get("/host").status_code == 200
    forged = limited(s, **few)
    forged.cookies.set("known", "A" * 43)
    assert enter(forged) == 429
    s.w.clock.advance(301)
    assert enter(stranger) == 303, "nothing is locked for good"


def test_a_network_tries_only_so_many_passwords(s: Site) -> None:
    tight = limited(s, passwords_per_network="2 per h")
    codes = [enter(tight, OTHER, f"{n}@example.org") for n in range(3)]
    assert codes == [422, 422, 429]


def test_a_new_browser_is_mailed_to_its_owner_who_can_end_everything_from_there(s: Site) -> None:
    desk, ada = with_password(s)
    s.w.drain()
    s.w.mails.sent.clear()
    assert enter(desk) == 303
    assert subjects(s) == [], "a browser that was known is no news"
    thief = browser_of(s.w, **{"user-agent": FIREFOX})
    assert enter(thief) == 303
    assert subjects(s) == ["You signed in with a new browser"]
    mail = s.w.mails.sent[-1]
    assert mail.to.address == ada.email
    assert "Firefox on Linux" in mail.text
    found = re.search(r"http://localhost:8000(/host/stop/\S+)", mail.text)
    assert found
    before, owner = s.rows(), browser_of(s.w)
    shown = owner.get(found[1])  # what scanners do
    assert (shown.status_code, s.rows()) == (200, before)
    assert "Firefox on Linux" in shown.text
    assert owner.get(found[1][:-1] + ("A" if found[1][-1] != "A" else "E")).status_code == 404
    assert thief.get("/host").status_code == 200
    stopped = owner.post(found[1])
    assert stopped.headers["location"] == "/host/sign-in?did=stopped"
    assert "Every browser is signed out" in owner.get(stopped.headers["location"]).text
    assert (thief.get("/host").status_code, desk.get("/host").status_code) == (303, 303)
    assert enter(thief) == 422, "the password is no use any more"
    signed_in(s, ada)
    assert subjects(s)[-1] == "You signed in with a new browser", "what was known is forgotten"


def test_tokens_made_since_a_browser_was_new_end_with_everything_else(s: Site) -> None:
    """They act as their person, whoever made them; those from before go on."""
    _, ada = with_password(s)
    ada = replace(ada, roles=ada.roles | {Role.STAFF})
    with transaction(s.w.rt.engine) as session:
        people.save(session, ada, now=s.w.now)
    by, scopes = Actor(name="x"), {Scope.READ}
    old = api_tokens.make(s.w.rt, "old", email=ADA, scopes=scopes, by=by, now=s.w.now)
    s.w.clock.advance(60)
    thief = browser_of(s.w, **{"user-agent": FIREFOX})
    assert enter(thief) == 303
    s.w.drain()
    found = re.search(r"http://localhost:8000(/host/stop/\S+)", s.w.mails.sent[-1].text)
    assert found
    s.w.clock.advance(5)
    made = api_tokens.make(s.w.rt, "new", email=ADA, scopes=scopes, by=by, now=s.w.now)
    assert browser_of(s.w).post(found[1]).status_code == 303
    assert api_tokens.entered(s.w.rt, old.secret, now=s.w.now).token.name == "old"
    with pytest.raises(api_tokens.TokenUnknown):
        api_tokens.entered(s.w.rt, made.secret, now=s.w.now)
    assert thief.get("/host").status_code == 303
    assert signed_in(s, ada).get("/host").status_code == 200


def test_two_people_of_one_browser_are_both_known_there(s: Site) -> None:
    desk, ada = with_password(s)
    other = replace(s, browser=desk)
    bob = person(s, Role.ADMIN)
    s.w.drain()
    s.w.mails.sent.clear()
    for who in (bob, ada, bob):
        other.browser.post("/host/sign-in", data={"email": who.email})
        s.w.drain()
        link = re.search(r"http://localhost:8000(/host/sign-in/\S+)", s.w.mails.sent[-1].text)
        assert link
        assert other.browser.post(link[1]).status_code == 303
    assert subjects(s) == ["Your sign-in link"] * 3


def test_tries_to_prove_oneself_by_a_password_are_counted_for_the_session(s: Site) -> None:
    """Whoever sits at an open desk does not guess it, and keeps nobody else out."""
    desk, ada = with_password(s)
    few = {"passwords_per_known_browser": "2 per 10 min"}
    thief, owner = limited(s, **few), limited(s, **few)
    thief.cookies.set("sid", desk.cookies["sid"])
    owner.cookies.set("sid", signed_in(s, ada).cookies["sid"])
    s.w.clock.advance(601)
    tries = [thief.post(f"{PASSWORD}/remove", data={"prove-password": f"{OTHER} {n}"}) for n in range(3)]
    assert [each.status_code for each in tries] == [422, 422, 429]
    assert thief.post(f"{PASSWORD}/remove", data={"prove-password": GOOD}).status_code == 429
    assert owner.post(f"{PASSWORD}/remove", data={"prove-password": GOOD}).status_code == 303


def test_a_password_that_is_changed_while_it_is_tried_signs_in_nobody(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the reading of what is kept and the sign-in lies the time that a comparison takes on purpose."""
    _, ada = with_password(s)
    compare, changed = passwords.password_matches, []

    def change_then_compare(kept: str | None, typed: str) -> bool:
        if not changed:
            changed.append(True)
            by = Actor.of(ada, agent="", network="")
            set_password(s.w.rt, ada, OTHER, here=uuid4(), by=by, now=s.w.now)
        return compare(kept, typed)

    monkeypatch.setattr(passwords, "password_matches", change_then_compare)
    assert enter(browser_of(s.w)) == 422
    assert changed
    assert [enter(browser_of(s.w), GOOD), enter(browser_of(s.w), OTHER)] == [422, 303]
