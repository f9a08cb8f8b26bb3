"""A person's data name the webhooks and partners that were told their name or address, and no others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from booking_service.actions.consent import follow_ups, staff_entries
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.follow_ups import Audience
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Permission, Role
from tests.web.admin.test_webhooks import PARTNERS
from tests.web.consents import link_in, mails, offer
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.receivers import Receiver, receiver
from tests.web.site import Site, person, site

US = Actor(name="office")
DATA = "data@partner.example.org"


@pytest.fixture
def s(tmp_path: Path, world_url: str | None) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url, webhooks={"allowed_networks": "127.0.0.0/8"}) as made:
        offer(made, PARTNERS)
        yield made


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def link_to_data(s: Site) -> str:
    s.browser.post(fresh(s), data={"act": "data"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()
    return link_in(mails(s, "data")[-1], "data")


def given(s: Site) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(s.browser.post(link_to_data(s), data={"json": "yes"}).text)
    return data


def test_whoever_was_told_who_booked_is_named_and_who_heard_of_an_unnamed_hold_is_not(s: Site, told: Receiver) -> None:
    follow_ups.add_of_changes(s.w.rt, told.url, host_id=None, by=US, now=s.w.now)
    s.hold()
    s.w.drain()
    assert [each["data"].get("invitee") for each in told.told] == [None]
    assert [each["passed_on"] for each in given(s)["bookings"]] == [[]]
    s.w.confirm(s.w.all_bookings()[0])
    s.w.drain()
    data = given(s)
    [passed] = data["bookings"][0]["passed_on"]
    assert (passed["to"], passed["arrived"], passed["at"][:10]) == ("127.0.0.1", True, "2030-01-07")
    assert data["passed_on"] == [], "the booking is what they asked for; nothing else was told"
    s.w.pass_time(days=40)
    assert [each["passed_on"] for each in given(s)["bookings"]] == [[]], "the log of what was told is kept for a month"


def test_what_a_webhook_never_said_to_have_got_is_named_as_not_confirmed(s: Site, told: Receiver) -> None:
    follow_ups.add_of_changes(s.w.rt, told.url, host_id=s.w.host.id, by=US, now=s.w.now)
    told.answers = [204] + [500] * 50  # of the hold it hears, unnamed
    s.confirmed()
    s.w.drain()
    link = link_to_data(s)
    [booking] = json.loads(s.browser.post(link, data={"json": "yes"}).text)["bookings"]
    assert [each["arrived"] for each in booking["passed_on"]] == [False]
    for language, words in (
        ("en", "127.0.0.1 (sent, not confirmed): Monday 7 January 2030"),
        ("de", "127.0.0.1 (gesendet, nicht bestätigt): Montag, 7. Januar 2030"),
        ("nl", "127.0.0.1 (verstuurd, niet bevestigd): maandag 7 januari 2030"),
    ):
        assert words in s.browser.post(f"{link}?lang={language}", data={"html": "yes"}).text


def test_whoever_heard_of_the_end_of_a_yes_is_named_for_a_month_after_it_began(s: Site, told: Receiver) -> None:
    follow_ups.add(s.w.rt, "partners", told.url, by=US, now=s.w.now)
    agreed(s, "partners")
    staff_entries.opt_out(s.w.rt, GRACE, "partners", staff="x", theirs=True, reason="r", now=s.w.now)
    s.w.drain()
    assert [each["type"] for each in told.told] == ["consent.granted", "consent.ended"]
    assert named(s) == [("127.0.0.1", "partners")]
    s.w.pass_time(days=40)
    assert named(s) == []


def test_whoever_was_told_of_a_yes_is_named_until_they_hear_of_its_end_however_long(s: Site, told: Receiver) -> None:
    follow_ups.add(s.w.rt, "partners", told.url, by=US, now=s.w.now)
    for address in (DATA, "other@partner.example.org"):
        follow_ups.add_mail(s.w.rt, "partners", Audience.PARTNER, address, by=US, now=s.w.now)
    agreed(s, "partners")
    receivers = [("127.0.0.1", "partners"), (DATA, "partners"), ("other@partner.example.org", "partners")]
    assert named(s) == receivers
    for each in follow_ups.listed_mails(s.w.rt):
        if each.address != DATA:
            follow_ups.remove(s.w.rt, each.id, by=US, now=s.w.now)
    s.w.pass_time(days=40)
    assert named(s) == receivers, "who was taken away was told all the same, and of no end"
    staff_entries.opt_out(s.w.rt, GRACE, "partners", staff="x", theirs=True, reason="r", now=s.w.now)
    s.w.drain()
    assert [each["type"] for each in told.told] == ["consent.granted", "consent.ended"]
    assert named(s) == receivers[2:], "the others heard of the end, and the yes was told more than a month ago"
    erasure.erase(s.w.rt, GRACE, Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=s.w.now)
    assert s.rows()["disclosure"] == []


def test_a_webhook_that_is_taken_away_is_named_for_the_rest_of_the_month(s: Site, told: Receiver) -> None:
    rule, _ = follow_ups.add_of_changes(s.w.rt, told.url, host_id=None, by=US, now=s.w.now)
    told.answers = [204, 204] + [500] * 50  # of the hold and its booking; not of what comes then
    booking = s.confirmed()
    assert s.browser.post(f"{s.link(booking, LinkPurpose.MANAGE)}/cancel").status_code == 303
    s.w.drain()
    before = given(s)["bookings"][0]["passed_on"]
    assert [each["arrived"] for each in before] == [True, False]
    follow_ups.remove(s.w.rt, rule.id, by=US, now=s.w.now)
    assert given(s)["bookings"][0]["passed_on"] == before
    s.w.pass_time(days=40)
    assert [each["passed_on"] for each in given(s)["bookings"]] == [[]]


def test_a_colleague_who_was_told_and_is_taken_away_is_no_recipient(s: Site) -> None:
    person(s, Role.STAFF, email="office@example.org", permissions=frozenset({Permission.CONSENTS}))
    rule = follow_ups.add_mail(s.w.rt, "partners", Audience.STAFF, "office@example.org", by=US, now=s.w.now)
    agreed(s, "partners")
    follow_ups.remove(s.w.rt, rule.id, by=US, now=s.w.now)
    assert named(s) == []


def named(s: Site) -> list[tuple[str, str]]:
    return sorted((each["to"], each["purpose"]) for each in given(s)["passed_on"])
