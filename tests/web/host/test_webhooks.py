"""Webhooks of bookings and calendars: each change once, in order, signed, and with nobody in it who may not be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from booking_service.actions.booking import change
from booking_service.actions.consent import append
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup import departures
from booking_service.actions.setup.departures import Fate
from booking_service.config.settings import Webhooks
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Role
from booking_service.storage import outbox, retention
from booking_service.storage.engine import snapshot, transaction
from booking_service.web.host import webhooks
from calendars.errors import Unavailable
from tests.web.page_reader import look, read, words
from tests.web.receivers import Receiver, receiver, signed_by
from tests.web.site import Site, person, person_of_host, signed_in, site

WEBHOOKS = "/host/webhooks"


@pytest.fixture
def s(tmp_path: Path, world_url: str | None) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url, webhooks={"allowed_networks": "127.0.0.0/8"}) as made:
        yield made


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def added(browser: TestClient, url: str, at: str = WEBHOOKS) -> str:
    """The secret, as the page shows it once."""
    page = read(browser.post(at, data={"url": url}))
    assert page.status == 200, page.text
    secret = words(page.one("code"))
    assert secret not in look(browser, at).text
    return secret


def only(browser: TestClient, at: str = WEBHOOKS) -> str:
    """The page of the only webhook."""
    [page] = {href for href in look(browser, at).links().values() if href.startswith(f"{at}/")}
    return page


def types(told: Receiver) -> list[str]:
    return [each["type"] for each in told.told]


def data(told: Receiver, type: str) -> dict[str, Any]:
    [found] = [each["data"] for each in told.told if each["type"] == type]
    return dict(found)


def test_each_change_of_a_booking_is_told_once_signed_and_in_order(s: Site, ada: TestClient, told: Receiver) -> None:
    secret = added(ada, told.url)
    booking = s.confirmed()
    manage = s.link(booking, LinkPurpose.MANAGE)
    assert s.browser.post(f"{manage}/move", data={"start": "2030-01-08T10:00:00Z"}).status_code == 303
    s.w.drain()
    assert s.browser.post(f"{manage}/cancel", data={"reason": "I am ill"}).status_code == 303
    s.w.settle()
    assert types(told) == ["booking.held", "booking.confirmed", "booking.rescheduled", "booking.cancelled"]
    for headers, body in told.got:
        assert signed_by(secret, headers, body)
    assert len({headers["webhook-id"] for headers, _ in told.got}) == 4
    held = data(told, "booking.held")
    assert held == {
        "booking_id": str(booking.id),
        "revision": 1,
        "host": "ada",
        "meeting_type": "intro",
        "state": "held",
        "start": "2030-01-08T09:00:00+01:00",
        "end": "2030-01-08T09:30:00+01:00",
        "hold_until": "2030-01-07T10:00:00+01:00",
        "time_zone": "Europe/Berlin",
        "by": "invitee",
    }
    assert data(told, "booking.confirmed")["invitee"] == {"name": "Grace Hopper", "email": "grace@example.net"}
    moved = data(told, "booking.rescheduled")
    assert (moved["start"], moved["previous_start"]) == ("2030-01-08T11:00:00+01:00", "2030-01-08T09:00:00+01:00")
    cancelled = data(told, "booking.cancelled")
    assert (cancelled["by"], cancelled["state"]) == ("invitee", "cancelled")
    for _, body in told.got:
        assert b"The compiler" not in body, "no answer leaves"
        assert b"I am ill" not in body


def test_a_hold_ends_by_its_deadline_or_is_given_up_and_names_nobody(s: Site, ada: TestClient, told: Receiver) -> None:
    added(ada, told.url)
    s.hold()
    other = s.hold(start="2030-01-08T10:00:00Z", form_key="m" * 22)
    change.cancel_by_host(s.w.rt, other.id, reason="", now=s.w.now)
    s.w.pass_time(hours=2)
    assert sorted(types(told)) == ["booking.expired", "booking.held", "booking.held", "booking.released"]
    assert all(b"grace" not in body.lower() for _, body in told.got)
    assert data(told, "booking.released")["by"] == "host"


def test_a_calendar_that_cant_be_read_is_told_after_a_quarter_of_an_hour_and_once_when_it_can(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    added(ada, told.url)
    s.w.calendar.fail_next(Unavailable("it does not answer"), times=1000)
    s.w.pass_time(minutes=5)
    assert told.got == []
    for _ in range(3):
        s.w.pass_time(minutes=11)
    assert types(told) == ["calendar.unreachable"]
    s.w.calendar.heal()
    for _ in range(3):
        s.w.pass_time(minutes=5)
    assert types(told) == ["calendar.unreachable", "calendar.recovered"]
    gone, back = (each["data"] for each in told.told)
    assert gone == back
    assert gone["calendar_id"] == str(s.w.calendar_id)


@pytest.mark.parametrize("gone", ["erased", "erased-before-it-is-over", "stopped", "stopped-by-another-address"])
def test_who_was_erased_or_stopped_the_use_of_their_data_is_in_no_message_that_leaves_afterwards(
    s: Site, ada: TestClient, told: Receiver, gone: str
) -> None:
    added(ada, told.url)
    told.answers = [503]
    booking = s.confirmed()
    if gone == "erased":
        with transaction(s.w.rt.engine) as session:
            retention.erase(session, [booking.id], now=s.w.now)
    elif gone == "erased-before-it-is-over":
        erasure.erase(s.w.rt, "grace@example.net", Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=s.w.now)
        assert not s.booking(booking.public_id).erased
    else:
        address = "grace@example.net" if gone == "stopped" else "grace+news@example.net"
        with transaction(s.w.rt.engine) as session:
            contact = find_or_make(s.w.rt, session, address=address, now=s.w.now).id
            append.change(s.w.rt, session, contact, "*", Stopped(), now=s.w.now)
    told.got.clear()
    s.w.pass_time(hours=1)
    assert "booking.confirmed" in types(told)
    page = look(ada, only(ada))
    for number in page.all("button", name="number"):
        ada.post(f"{only(ada)}/again", data={"number": number.get("value", "")})
    s.w.drain()
    assert types(told).count("booking.confirmed") == 2
    assert all(b"Grace" not in body and b"grace" not in body for _, body in told.got)
    kept = [row for name in ("outbox", "follow_up") for row in s.rows()[name] if "follow-up" in str(row)]
    assert kept
    assert "grace" not in str(kept).lower()


def until_due(s: Site) -> bool:
    """Move the clock to where the next message is due, and have it told. False: none waits."""
    with snapshot(s.w.rt.engine) as session:
        waiting = [each.due_at for each in outbox.open_of_kind(session, "follow-up") if each.dead_at is None]
    if waiting:
        s.w.pass_time(seconds=max(0.0, (min(waiting) - s.w.now).total_seconds()))
    return bool(waiting)


def test_a_message_is_tried_ten_times_in_twenty_four_hours_under_one_id_then_stands_in_the_log_and_can_be_sent_again(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    added(ada, told.url)
    told.answers = [500] * 10
    ada.post(f"{only(ada)}/test")
    began = s.w.now
    while until_due(s):
        pass
    assert len(told.got) == 10
    assert timedelta(hours=23) < s.w.now - began < timedelta(hours=25)
    assert len({headers["webhook-id"] for headers, _ in told.got}) == 1
    ada = signed_in(s, person_of_host(s, s.w.host))
    page = look(ada, only(ada))
    assert "webhook.test" in page.text
    assert "Given up at" in page.text
    number = page.one("button", name="number").get("value", "")
    assert ada.post(f"{only(ada)}/again", data={"number": number}).status_code == 303
    s.w.drain()
    assert [headers["webhook-id"] for headers, _ in told.got[-2:]] == [told.got[0][0]["webhook-id"]] * 2
    assert "Given up" not in look(ada, only(ada)).text
    assert ada.post(f"{only(ada)}/again", data={"number": "999999"}).status_code == 404
    assert ada.post(f"{only(ada)}/again", data={"number": "x"}).status_code == 404


def test_a_test_is_sent_by_the_same_way_and_the_page_says_what_came_of_it(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    secret = added(ada, told.url)
    sent = ada.post(f"{only(ada)}/test")
    assert "A test is on its way" in look(ada, sent.headers["location"]).text
    assert "On its way" in look(ada, only(ada)).text
    s.w.drain()
    [(headers, body)] = told.got
    assert signed_by(secret, headers, body)
    assert (told.told[0]["type"], told.told[0]["data"]) == ("webhook.test", {})
    assert "webhook.test 09:00" in look(ada, only(ada)).text
    assert "Delivered at 09:00" in look(ada, only(ada)).text
    told.answers = [404]
    s.w.clock.advance(1)
    ada.post(f"{only(ada)}/test")
    s.w.drain()
    page = look(ada, only(ada))
    assert "it answered 404" in page.text
    assert "Fails since 09:00" in page.text


def test_more_messages_than_fit_on_a_page_are_on_the_next_and_none_is_on_both(
    s: Site, ada: TestClient, told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_PAGE", 2)
    added(ada, told.url)
    for _ in range(3):
        s.w.clock.advance(61)
        ada.post(f"{only(ada)}/test")
    s.w.drain()
    newest = look(ada, only(ada))
    older = look(ada, newest.links()["Older ›"])
    numbers = [[each.get("value") for each in page.all("button", name="number")] for page in (newest, older)]
    assert [len(each) for each in numbers] == [2, 1]
    assert len({*numbers[0], *numbers[1]}) == 3
    assert "Older ›" not in older.links()
    assert older.links()["‹ Newest"] == only(ada)


def test_it_rests_while_it_fails_says_so_also_on_today_and_is_tried_at_once_by_a_press(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    added(ada, told.url)
    told.answers = [500] * 3
    for number in range(3):
        s.hold(start=f"2030-01-08T{9 + number:02}:00:00Z", form_key=f"{number}" * 22)
        s.w.drain()
    page = look(ada, WEBHOOKS)
    assert "Rests" in page.text
    assert "3 messages wait for it." in page.text
    today = look(ada, "/host")
    assert today.links()["A webhook has been failing since 09:00"] == WEBHOOKS
    assert len(told.got) == 3
    ada.post(f"{only(ada)}/retry")
    s.w.drain()
    assert len(told.got) == 6
    assert "Rests" not in look(ada, WEBHOOKS).text
    assert "webhook" not in look(ada, "/host").text


def test_an_administrator_is_told_of_everybody_and_sees_all_and_a_host_sees_and_changes_their_own_only(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    added(ada, told.url)
    with receiver() as whole:
        admin = signed_in(s, person(s, Role.ADMIN))
        added(admin, whole.url, "/admin/webhooks")
        s.hold()
        s.w.drain()
        assert types(told) == types(whole) == ["booking.held"]
        assert told.got[0][0]["webhook-id"] != whole.got[0][0]["webhook-id"]
        page = look(admin, "/admin/webhooks")
        assert "Bookings of Ada Lovelace" in page.text
        assert "Everybody’s bookings" in page.text
        assert whole.url not in look(ada, WEBHOOKS).text
        [theirs] = [each for each in page.links().values() if look(admin, each).text.count(whole.url)][:1]
        id = theirs.rpartition("/")[2]
        for act in ("test", "retry", "again", "rotate", "remove"):
            assert ada.post(f"{WEBHOOKS}/{id}/{act}", data={"number": "1"}).status_code == 404
        assert ada.get(f"{WEBHOOKS}/{id}").status_code == 404
        assert ada.get("/admin/webhooks").status_code == 404
        assert admin.get(WEBHOOKS).status_code == 404, "no host, no bookings of theirs"
        mine = only(ada).rpartition("/")[2]
        assert admin.post(f"/admin/webhooks/{mine}/remove").status_code == 303
    s.w.pass_time(hours=2)
    assert types(told) == ["booking.held"]
    log = look(signed_in(s, person(s, Role.ADMIN, email="x@example.org")), "/admin/audit").text
    assert f"Webhook for bookings with Ada Lovelace added: {told.url}" in log
    assert f"Webhook for bookings with Ada Lovelace removed: {told.url}" in log
    assert f"Webhook for bookings with the organisation added: {whole.url}" in log


def test_a_new_secret_signs_beside_the_old_one_for_a_day_and_a_reload_makes_no_other(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    old = added(ada, told.url)
    here = only(ada)
    pressed = {"mark": look(ada, here).value("mark")}
    new = words(read(ada.post(f"{here}/rotate", data=pressed)).one("code"))
    assert read(ada.post(f"{here}/rotate", data=pressed)).status == 409
    s.hold()
    s.w.drain()
    headers, body = told.got[-1]
    assert (signed_by(old, headers, body), signed_by(new, headers, body)) == (True, True)


def test_what_is_no_address_or_a_private_one_or_one_too_many_is_said(tmp_path: Path, told: Receiver) -> None:
    with site(tmp_path) as s:
        ada = signed_in(s, person_of_host(s, s.w.host))
        refused = read(ada.post(WEBHOOKS, data={"url": told.url}))
        assert refused.status == 422
        assert "names their network in webhooks.allowed_networks" in refused.text
        for url in ("", "example.org", "ftp://example.org", "https://a b", "https://example.org/" + "x" * 500):
            assert "Write the whole address" in read(ada.post(WEBHOOKS, data={"url": url})).text
    (tmp_path / "other").mkdir()
    with site(tmp_path / "other", webhooks={"allowed_networks": "127.0.0.0/8"}) as s:
        ada = signed_in(s, person_of_host(s, s.w.host))
        for number in range(10):
            added(ada, f"{told.url}/{number}")
        assert (
            "There is a webhook for this address already"
            in read(ada.post(WEBHOOKS, data={"url": f"{told.url}/3"})).text
        )
        assert "There are 10 already" in read(ada.post(WEBHOOKS, data={"url": f"{told.url}/10"})).text


def test_an_address_is_looked_at_again_before_each_message_and_no_redirect_leads_elsewhere(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    added(ada, told.url)
    told.answers = [302]  # to where it would answer 204
    ada.post(f"{only(ada)}/test")
    s.w.drain()
    assert len(told.got) == 1
    assert "it answered 302" in look(ada, only(ada)).text
    closed = s.w.rt.settings.model_copy(update={"webhooks": Webhooks()})
    stricter = replace(s.w, rt=replace(s.w.rt, settings=closed))
    while until_due(replace(s, w=stricter)):
        pass
    assert len(told.got) == 1, "what its name leads to by now is private"
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "the address may not be called" in look(ada, only(ada)).text


def test_who_leaves_takes_their_webhooks_along(s: Site, ada: TestClient, told: Receiver) -> None:
    added(ada, told.url)
    s.confirmed()
    heard = len(told.got)
    leaver = person_of_host(s, s.w.host)
    person(s, Role.ADMIN)
    departures.leave(s.w.rt, leaver.id, fate=Fate.CANCEL, by=Actor(name="x"), now=s.w.now)
    s.w.drain()
    assert len(told.got) == heard
    with snapshot(s.w.rt.engine) as session:
        assert outbox.open_of_kind(session, "follow-up") == []


def test_a_booking_at_once_is_confirmed_without_having_been_held_and_a_test_booking_says_so(
    s: Site, ada: TestClient, told: Receiver
) -> None:
    added(ada, told.url)
    s.hold("/ada/quick")
    s.w.drain()
    assert types(told) == ["booking.confirmed"]
    assert "test" not in told.told[0]["data"]
    ada.post("/host/welcome/test")
    s.w.drain()
    assert told.told[-1]["data"]["test"] is True
