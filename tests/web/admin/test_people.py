"""People and what they may do: invited, changed and taken out by administrators, at their pages."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from booking_service.actions.setup import departures, rights
from booking_service.actions.setup.file import apply
from booking_service.domain.audit import Actor
from booking_service.domain.booking import BookingState
from booking_service.domain.people import Person
from booking_service.domain.roles import Permission, Rights, Role
from booking_service.storage import calendars, hosts, people
from booking_service.storage.engine import snapshot
from tests.web.page_reader import Page, read
from tests.web.site import Site, browser_of, person, person_of_host, signed_in

PEOPLE = "/admin/people"
MAX = "max@example.org"


def words(answer: Response) -> str:
    return " ".join(" ".join(read(answer).root.itertext()).split())


def log(desk: TestClient) -> str:
    return words(desk.get("/admin/audit?area=people"))


def as_seen(answer: Response) -> str:
    found = re.search(r'name="as-seen" value="([^"]*)"', answer.text)
    assert found
    return found[1]


def ticked(page: Page) -> set[str]:
    return {
        str(box.get("name")).removeprefix("right.")
        for box in page.root.iter("input")
        if box.get("type") == "checkbox" and box.get("checked") is not None
    }


def known(s: Site, email: str) -> Person | None:
    with snapshot(s.w.rt.engine) as session:
        return people.by_email(session, email)


def boxes(*names: str, **more: str) -> dict[str, str]:
    return {**{f"right.{name}": "yes" for name in names}, **more}


@pytest.fixture
def office(s: Site) -> Person:
    return person(s, Role.ADMIN, email="office@example.org", name="The Office")


@pytest.fixture
def desk(s: Site, office: Person) -> TestClient:
    return signed_in(s, office)


def test_somebody_is_invited_and_signs_in_by_the_link_of_the_mail(s: Site, desk: TestClient) -> None:
    typed = boxes("host", "staff", "consents", email="MAX@example.org ", name="Max Planck", language="de")
    made = desk.post(f"{PEOPLE}/new", data=typed)
    assert made.status_code == 303, made.text
    assert "The invitation is on its way" in desk.get(made.headers["location"]).text
    assert "Last here: 09:00" in words(desk.get("/admin/people"))
    assert "Max Planck MAX@example.org · Host, Staff, May change consents Has not signed in yet" in words(
        desk.get(PEOPLE)
    )
    s.w.drain()
    mail = s.w.mails.sent[-1]
    assert (mail.to.address.lower(), mail.subject) == (MAX, "Sie können sich jetzt anmelden")
    link = re.search(r"http://localhost:8000(/host/sign-in/\S+)", mail.text)
    assert link
    s.w.clock.advance(timedelta(days=6).total_seconds())
    browser = browser_of(s.w)
    assert browser.get(link[1]).status_code == 200
    assert browser.post(link[1]).status_code == 303
    assert browser.get("/host/welcome").status_code == 200
    assert browser.get("/admin/consents/contacts").status_code == 200
    assert browser.get(PEOPLE).status_code == 404
    assert browser.post(link[1]).status_code == 410, "it signs in once"
    fresh = signed_in(s, person(s, Role.ADMIN))
    assert "Max Planck <MAX@example.org> added: Host, Staff, May change consents" in log(fresh)


def test_an_invitation_is_over_after_a_week_and_can_be_sent_again(s: Site, desk: TestClient) -> None:
    desk.post(f"{PEOPLE}/new", data=boxes("staff", email=MAX))
    s.w.drain()
    first = s.w.mails.sent[-1]
    found = known(s, MAX)
    assert found
    page = f"{PEOPLE}/{found.id}"
    assert desk.post(f"{page}/invite").headers["location"] == f"{page}?did=invited"
    s.w.drain()
    second = s.w.mails.sent[-1]
    assert second.text != first.text
    s.w.clock.advance(timedelta(days=7).total_seconds())
    over = re.search(r"http://localhost:8000(/host/sign-in/\S+)", second.text)
    assert over
    assert browser_of(s.w).post(over[1]).status_code == 410
    max_ = signed_in(s, found)
    assert max_.get("/host").status_code == 200
    office = signed_in(s, person(s, Role.ADMIN))
    assert office.post(f"{page}/invite").status_code == 404, "who has signed in needs none"


def test_what_is_wrong_is_told_at_the_field_and_nothing_is_lost(s: Site, desk: TestClient) -> None:
    before = s.rows()["person"]
    refused = desk.post(f"{PEOPLE}/new", data=boxes("reveal", email="nobody", name="x" * 500, language="nl"))
    assert refused.status_code == 422
    for told in ("Enter an email address", "Shorten this", "Tick at least one role"):
        assert told in refused.text
    assert ticked(read(refused)) == {"reveal"}
    assert 'value="nl" lang="nl" selected' in refused.text
    again = desk.post(f"{PEOPLE}/new", data=boxes("staff", email="ADA@example.org"))
    assert again.status_code == 422
    assert f'href="{PEOPLE}/{person_of_host(s, s.w.host).id}"' in again.text
    assert s.rows()["person"] == before


def test_roles_and_permissions_are_given_and_taken_and_their_owner_is_told(s: Site, desk: TestClient) -> None:
    ada = person_of_host(s, s.w.host)
    page, hers = f"{PEOPLE}/{ada.id}", signed_in(s, ada)
    assert hers.get("/admin/consents/contacts").status_code == 404
    shown = desk.get(page)
    assert ticked(read(shown)) == {"host"}
    saved = desk.post(page, data=boxes("host", "staff", "reveal", **{"as-seen": as_seen(shown)}))
    assert saved.headers["location"] == f"{page}?did=saved"
    assert hers.get("/admin/consents/contacts").status_code == 200, "at once"
    s.w.drain()
    assert (s.w.mails.sent[-1].to.address, s.w.mails.sent[-1].subject) == (ada.email, "Your permissions have changed")
    assert "Roles of Ada Lovelace <ada@example.org>: Host → Host, Staff, May see sensitive values in full" in log(desk)
    mails = len(s.w.mails.sent)
    assert desk.post(page, data=boxes("host", "staff", "reveal")).status_code == 303
    s.w.drain()
    assert len(s.w.mails.sent) == mails, "nothing changed, so nobody is told"


def test_of_two_windows_the_second_is_told_what_changed_and_keeps_its_ticks(s: Site, desk: TestClient) -> None:
    ada = person_of_host(s, s.w.host)
    page = f"{PEOPLE}/{ada.id}"
    first = second = as_seen(desk.get(page))
    desk.post(page, data=boxes("host", "staff", **{"as-seen": first}))
    told = desk.post(page, data=boxes("host", "vault", **{"as-seen": second}))
    assert told.status_code == 409
    assert "Their rights are now: Host, Staff." in words(told)
    assert ticked(read(told)) == {"host", "vault"}
    assert known(s, ada.email) == replace(ada, roles=frozenset({Role.HOST, Role.STAFF}))
    desk.post(page, data=boxes("host", "vault", **{"as-seen": as_seen(told)}))
    assert known(s, ada.email) == replace(ada, permissions=frozenset({Permission.VAULT}))


def test_the_last_administrator_stays(s: Site, desk: TestClient, office: Person) -> None:
    page = f"{PEOPLE}/{office.id}"
    refused = desk.post(page, data=boxes("staff"))
    assert refused.status_code == 422
    assert "The Office is the only administrator." in words(refused)
    assert "The Office is the only administrator." in words(desk.get(f"{page}/remove"))
    assert desk.post(f"{page}/remove").status_code == 409
    assert known(s, office.email) == office
    other = person(s, Role.ADMIN, email="other@example.org")
    assert desk.post(page, data=boxes("staff")).status_code == 303
    assert desk.get(PEOPLE).status_code == 404, "it counts at once"
    assert signed_in(s, other).post(f"{PEOPLE}/{other.id}/remove").status_code == 409


def test_who_stops_being_a_host_has_a_closed_page_and_no_booking_to_come(s: Site, desk: TestClient) -> None:
    booking = s.hold()
    page = f"{PEOPLE}/{person_of_host(s, s.w.host).id}"
    refused = desk.post(page, data=boxes("staff"))
    assert "Ada Lovelace can't stop being a host while 1 booking is upcoming" in words(refused)
    assert s.browser.post(f"/b/{booking.public_id}/release").status_code == 303
    assert desk.post(page, data=boxes("staff")).status_code == 303
    assert s.browser.get("/ada/intro").status_code == 404
    assert desk.post(page, data=boxes("host")).status_code == 303
    assert s.browser.get("/ada/intro").status_code == 200


def test_a_sign_in_of_the_last_minutes_is_wanted_and_the_form_goes_on(s: Site, desk: TestClient) -> None:
    page = f"{PEOPLE}/{person_of_host(s, s.w.host).id}"
    s.w.clock.advance(601)
    asked = desk.post(page, data=boxes("host", "staff"))
    assert asked.status_code == 403
    assert "Show that it is you" in asked.text
    for each in ("sign-out", "remove"):
        assert desk.post(f"{page}/{each}").status_code == 403
    assert desk.post(f"{PEOPLE}/new", data=boxes("staff", email=MAX)).status_code == 403
    assert known(s, MAX) is None


def test_an_administrator_signs_somebody_out_everywhere(s: Site, desk: TestClient) -> None:
    ada = person_of_host(s, s.w.host)
    hers = signed_in(s, ada)
    assert desk.post(f"{PEOPLE}/{ada.id}/sign-out").headers["location"] == f"{PEOPLE}/{ada.id}?did=signed-out"
    assert hers.get("/host").status_code == 303


def test_removing_a_host_says_first_what_becomes_of_what_is_to_come(s: Site, desk: TestClient) -> None:
    confirmed = s.confirmed()
    held = s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22)
    ada = person_of_host(s, s.w.host)
    hers, page = signed_in(s, ada), f"{PEOPLE}/{ada.id}/remove"
    before = s.rows()
    shown = words(desk.get(page))
    assert s.rows() == before
    assert "1 booking is to come. 1 hold is open." in shown
    assert "The page /ada and all its links close at once." in shown
    unchosen = desk.post(page, data={"words": "I leave"})
    assert unchosen.status_code == 422
    assert "Choose what happens to the bookings." in unchosen.text
    assert "I leave" in unchosen.text
    assert known(s, ada.email) == ada
    gone = desk.post(page, data={"what": "keep", "words": "I leave"})
    assert gone.headers["location"] == f"{PEOPLE}?did=removed"
    assert known(s, ada.email) is None
    assert hers.get("/host").status_code == 303
    assert s.browser.get("/ada/intro").status_code == 404
    assert s.booking(held.public_id).state is BookingState.CANCELLED
    assert s.booking(confirmed.public_id).state is BookingState.CONFIRMED
    assert "Ada Lovelace <ada@example.org> removed; 1 booking kept" in log(desk)
    assert "ada" not in apply.export(s.w.rt)
    assert desk.get(page).status_code == 404


def test_cancelled_bookings_leave_the_calendar_and_then_its_password_goes(s: Site, desk: TestClient) -> None:
    confirmed = s.confirmed()
    ada = person_of_host(s, s.w.host)
    s.w.mails.sent.clear()
    desk.post(f"{PEOPLE}/{ada.id}/remove", data={"what": "cancel", "words": "I leave, sorry"})
    assert departures.forget_accounts(s.w.rt, now=s.w.now) == 0, "the event is still to be taken out"
    s.w.drain()
    assert s.booking(confirmed.public_id).state is BookingState.CANCELLED
    assert s.w.calendar.events() == []
    told = next(mail for mail in s.w.mails.sent if mail.to.address == "grace@example.net")
    assert "I leave, sorry" in told.text
    assert departures.forget_accounts(s.w.rt, now=s.w.now) == 1
    with snapshot(s.w.rt.engine) as session:
        assert calendars.accounts(session, s.w.host.id) == []


def test_the_password_of_a_calendar_stays_until_the_last_kept_booking_is_over(s: Site, desk: TestClient) -> None:
    confirmed = s.confirmed()
    desk.post(f"{PEOPLE}/{person_of_host(s, s.w.host).id}/remove", data={"what": "keep"})
    s.w.drain()
    assert departures.forget_accounts(s.w.rt, now=s.w.now) == 0
    assert s.w.calendar.events() != []
    s.w.clock.advance((confirmed.time.end - s.w.now).total_seconds())
    assert departures.forget_accounts(s.w.rt, now=s.w.now) == 1
    with snapshot(s.w.rt.engine) as session:
        assert hosts.get(session, s.w.host.id).left_at is not None


def test_nobody_takes_the_last_two_administrators_out_at_once(s: Site, office: Person) -> None:
    """Each of two asks of the other: one is refused, whoever comes second."""
    other = person(s, Role.ADMIN, email="other@example.org")
    staff, by = Rights(roles=frozenset({Role.STAFF})), Actor(name="x")
    rights.change(s.w.rt, office.id, staff, by=by, now=s.w.now)
    with pytest.raises(rights.PersonRefused):
        departures.leave(s.w.rt, other.id, fate=None, by=by, now=s.w.now)
    assert known(s, other.email) == other
