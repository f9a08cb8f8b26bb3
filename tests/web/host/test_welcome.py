"""Set-up as a new host: from an invitation to a link that can be booked, over a real calendar server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from booking_service.actions.calendar import accounts
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.roles import Role
from booking_service.storage import account_connections, calendars, hosts
from booking_service.storage.calendars import Account
from booking_service.storage.engine import snapshot, transaction
from calendars.dav.client import connect
from calendars.port import Calendar
from tests.servers.server import Server
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, browser_of, person, person_of_host, signed_in
from tests.world import world

WELCOME = "/host/welcome"

pytestmark = pytest.mark.server


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Site]:
    """A service that may call servers on this machine, and opens the calendars of whatever account it has."""
    with world(tmp_path) as w:
        allowed = w.rt.settings.calendar.model_copy(update={"allow_private": True})
        settings = w.rt.settings.model_copy(update={"calendar": allowed})

        def opened(account: Account, url: str) -> Calendar:
            password = accounts.stored_password(w.rt, account) or ""
            access = accounts.signing_in(settings, url=account.url, user=account.username, password=password)
            return connect(access).calendar(url)

        w.rt = replace(w.rt, settings=settings, open_calendar=opened)
        yield Site(w, browser_of(w))


@pytest.fixture
def mary(real: Site) -> TestClient:
    """Somebody who was invited as a host, and is signed in for the first time."""
    return signed_in(real, person(real, Role.HOST, email="mary@example.org"))


def named(s: Site, browser: TestClient) -> None:
    """Mary says who she is."""
    assert (
        browser.post(WELCOME, data={"name": "Mary Somerville", "slug": "mary", "zone": "Europe/Berlin"}).status_code
        == 303
    )


def type_account(s: Site, browser: TestClient, server: Server, **changes: str) -> Page:
    """Where the form leads once the worker has looked."""
    form = _account(server) | changes
    answer = browser.post(f"{WELCOME}/calendar", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{WELCOME}/looking")
    waiting = browser.get(f"{WELCOME}/looking")
    assert (waiting.headers["refresh"], len(read(waiting).all("span", class_="st wait"))) == ("2", 1)
    s.w.drain()
    found = browser.get(f"{WELCOME}/looking")
    return look(browser, found.headers["location"]) if found.status_code == 303 else read(found)


def test_a_new_host_gets_from_an_invitation_to_a_link_that_can_be_booked(
    real: Site, mary: TestClient, radicale_server: Server
) -> None:
    radicale_server.new_calendar("work")
    assert look(mary, "/host").links()["Set up your booking page"] == WELCOME
    assert look(mary, WELCOME).value("slug") == "mary-somerville"
    taken = mary.post(WELCOME, data={"name": "Mary", "slug": "ada", "zone": "Europe/Berlin"})
    assert (taken.status_code, read(taken).value("slug")) == (422, "ada")
    named(real, mary)
    assert mary.get(WELCOME).headers["location"] == f"{WELCOME}/calendar"
    choice = type_account(real, mary, radicale_server)
    assert choice.h1 == "Which calendars make you busy?"
    chosen = mary.post(f"{WELCOME}/calendars", data={"busy-0": "yes", "target": "new"})
    assert chosen.headers["location"] == f"{WELCOME}/trying"
    assert "refresh" in mary.get(f"{WELCOME}/trying").headers
    real.w.drain()
    tried = look(mary, f"{WELCOME}/trying")
    assert "We wrote a test entry to Bookings, read it back and deleted it." in tried.text
    with snapshot(real.w.rt.engine) as session:
        (account,) = [each for each in calendars.accounts(session) if each.key == "radicale"]
        connected = {each.name: each for each in calendars.every(session) if each.account_id == account.id}
        kept = account_connections.of_host(session, account.host_id)
    assert kept is not None
    assert kept.password == ""
    assert (connected["Bookings"].target, len(connected)) == (True, 2)
    assert radicale_server.password not in account.password
    hours = look(mary, f"{WELCOME}/hours")
    form = {name: hours.value(name) for name in _week()} | {"country": "DE", "monday": "8-12"}
    assert mary.post(f"{WELCOME}/hours", data=form).headers["location"] == f"{WELCOME}/meeting"
    today = look(mary, "/host")
    assert today.links()["Make your first meeting type"] == f"{WELCOME}/meeting"
    refused = mary.post(f"{WELCOME}/meeting", data={"title": "Stars", "minutes": "half an hour"})
    assert (refused.status_code, read(refused).value("minutes")) == (422, "half an hour")
    made = mary.post(f"{WELCOME}/meeting", data={"title": "Stars & planets", "minutes": "30", "place": "phone"})
    done = look(mary, made.headers["location"])
    assert done.one("input", id="link").get("value") == "http://localhost:8000/mary/stars-planets"
    assert "Your first free time is" in done.text
    assert 'class="qr"' in mary.get(made.headers["location"]).text
    assert "To your first booking" not in look(mary, "/host").text
    tested = mary.post(f"{WELCOME}/test")
    booking = real.booking(tested.headers["location"].removeprefix("/b/"))
    assert (booking.test, booking.invitee.email, booking.invitee.name) == (
        True,
        "mary@example.org",
        "Test of Mary Somerville",
    )
    real.w.drain()
    (mail,) = [each for each in real.w.mails.to("mary@example.org") if "confirm" in each.subject.lower()]
    assert real.browser.post(real.link(booking, LinkPurpose.CONFIRM)).status_code == 303
    real.w.drain()
    assert real.booking(booking.public_id).state == "confirmed"
    assert real.w.mails.to("mary@example.org")[-1] != mail
    held = real.browser.get("/mary/stars-planets")
    assert held.status_code == 200
    booked = real.browser.post(
        "/mary/stars-planets/hold", data={**real.form(start=_tuesday_10(real)), "form_key": "m" * 22}
    )
    assert booked.status_code == 303, booked.text


def test_a_second_account_makes_busy_and_leaves_the_bookings_where_they_go(real: Site, radicale_server: Server) -> None:
    radicale_server.new_calendar("private")
    ada = signed_in(real, person_of_host(real, real.w.host))
    choice = type_account(real, ada, radicale_server)
    assert "“Ada”, as before" in choice.text
    assert look(ada, "/host").links()  # it may be left meanwhile
    assert ada.post(f"{WELCOME}/calendars", data={"busy-0": "yes", "target": "keep"}).status_code == 303
    real.w.drain()
    assert "Your calendars are connected" in look(ada, f"{WELCOME}/trying").text
    with snapshot(real.w.rt.engine) as session:
        found = [(each.name, each.target) for each in calendars.of_host(session, real.w.host.id)]
    assert (len(found), ("Ada", True) in found) == (2, True)


def test_an_account_that_is_connected_already_is_not_connected_twice(
    real: Site, mary: TestClient, radicale_server: Server
) -> None:
    """A setup file names a server by any of its addresses, as its root; looking ends at that of the principal."""
    radicale_server.new_calendar("alpha")
    radicale_server.new_calendar("omega")
    named(real, mary)
    first = type_account(real, mary, radicale_server)
    rows = {each.get("name"): each for each in first.all("input", type="checkbox")}
    last = str(len(rows) - 1)
    assert mary.post(f"{WELCOME}/calendars", data={f"busy-{last}": "yes", "target": last}).status_code == 303
    real.w.drain()
    with transaction(real.w.rt.engine) as session:
        (account,) = [each for each in calendars.accounts(session) if each.key == "radicale"]
        calendars.save_account(session, replace(account, url=radicale_server.url))
        before = {(each.url, each.conflicts, each.target) for each in calendars.of_host(session, account.host_id)}
    choice = type_account(real, mary, radicale_server)
    assert [each.get("value") for each in choice.all("input", type="radio") if "checked" in each.attrib] == [last]
    assert mary.post(f"{WELCOME}/calendars", data={f"busy-{last}": "yes", "target": last}).status_code == 303
    real.w.drain()
    with snapshot(real.w.rt.engine) as session:
        mine = [each for each in calendars.accounts(session) if each.host_id == account.host_id]
        after = {(each.url, each.conflicts, each.target) for each in calendars.of_host(session, account.host_id)}
        assert len(calendars.of_host(session, account.host_id)) == len(after)
    assert ([each.key for each in mine], after) == (["radicale"], before)


def test_what_fails_is_said_with_its_remedy_and_the_password_is_asked_again(
    real: Site, mary: TestClient, radicale_server: Server
) -> None:
    radicale_server.new_calendar("evenings")
    named(real, mary)
    page = type_account(real, mary, radicale_server, password="not-this-one")
    assert "The calendar server does not accept the user name or password." in page.text
    assert "In detail:" in page.text
    assert (page.value("address"), page.value("user"), page.value("password")) == (
        radicale_server.url,
        radicale_server.user,
        "",
    )
    assert "not-this-one" not in mary.get(f"{WELCOME}/looking").text
    report = page.one("textarea", id="report").text or ""
    assert report.startswith(f"{radicale_server.user} at {radicale_server.url}\n")
    for line in (
        "Signing in: refused.",
        "The calendar server does not accept the user name or password.",
        "In detail:",
    ):
        assert line in report
    assert page.links()["Write an email with it"].startswith("mailto:?subject=")
    missing = mary.post(f"{WELCOME}/calendar", data={"address": "", "user": "", "password": "not-this-one"})
    assert (missing.status_code, "not-this-one" in missing.text) == (422, False)
    page = type_account(real, mary, radicale_server)
    assert page.h1 == "Which calendars make you busy?"
    none = mary.post(f"{WELCOME}/calendars", data={"busy-0": "yes"})
    assert (none.status_code, "Choose the calendar that your bookings go to." in none.text) == (422, True)
    assert mary.post(f"{WELCOME}/looking").headers["location"] == f"{WELCOME}/calendar"
    real.w.drain()
    assert mary.get(f"{WELCOME}/looking").headers["location"] == f"{WELCOME}/calendar"
    elsewhere = type_account(real, mary, radicale_server, address="http://127.0.0.1:9/")
    assert "user name or password" not in elsewhere.text
    assert "The calendar server did not answer, or not in time." in elsewhere.text
    assert "check that the server runs and can be reached from here" in elsewhere.text


def test_each_step_of_looking_is_told_in_the_language_of_the_host(real: Site, radicale_server: Server) -> None:
    radicale_server.new_calendar("abende")
    mary = signed_in(real, person(real, Role.HOST, email="mary@example.org", language="de"))
    named(real, mary)
    page = type_account(real, mary, radicale_server, password="falsch")
    assert f"Wir beginnen bei {radicale_server.url}." in page.text
    steps = [words(each) for each in page.all("span", class_="meta")]
    assert steps[-1] == "Der Kalenderserver nimmt den Benutzernamen oder das Passwort nicht an."
    assert "We begin" not in page.text
    begun = mary.post(f"{WELCOME}/calendar", data=_account(radicale_server))
    assert begun.status_code == 303
    real.w.drain()
    with snapshot(real.w.rt.engine) as session:
        (host,) = [each for each in hosts.every(session) if each.slug == "mary"]
        found = account_connections.of_host(session, host.id)
    assert found is not None
    assert found.steps[-1].text == "Calendars found: {names}."
    assert "abende" in found.steps[-1].values["names"]


def test_private_addresses_are_refused_with_the_line_for_the_operator(s: Site, radicale_server: Server) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    page = type_account(s, ada, radicale_server)
    assert "This address leads to a place that the service is not allowed to call." in page.text
    assert "calendar.allowed_networks" in page.text


def test_tiles_fill_the_form_in_and_lead_to_where_the_password_is_made(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    icloud = look(ada, f"{WELCOME}/calendar?provider=icloud")
    assert icloud.value("address") == "https://caldav.icloud.com/"
    assert icloud.links()["Passwords at iCloud"] == "https://account.apple.com/account/manage"
    typed = {"provider": "nextcloud", "address": "https://cloud.example.org", "user": "", "password": ""}
    nextcloud = read(ada.post(f"{WELCOME}/calendar", data=typed))
    assert nextcloud.links()["Passwords at Nextcloud"] == "https://cloud.example.org/settings/user/security"


def _week() -> list[str]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return [name for day in days for name in (day, f"seen-{day}")]


def _tuesday_10(s: Site) -> str:
    return f"{s.w.now + timedelta(days=1, hours=1):%Y-%m-%dT%H:%M:%SZ}"


def _account(server: Server) -> dict[str, str]:
    return {"provider": "radicale", "address": server.url, "user": server.user, "password": server.password}
