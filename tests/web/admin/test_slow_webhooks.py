"""A webhook that is slow or fails keeps nobody waiting but itself, and is left alone for a while."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from booking_service.actions.consent import follow_ups, imports, staff_entries
from booking_service.domain.audit import Actor
from booking_service.domain.consent_file import Column, Meaning, Plan
from booking_service.domain.purposes import Accepts
from booking_service.domain.roles import Role
from booking_service.storage import contacts, outbox, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import Worker
from tests.flows.programs import until
from tests.web.admin.test_webhooks import PARTNERS
from tests.web.consents import offer
from tests.web.page_reader import look
from tests.web.receivers import Receiver, receiver
from tests.web.site import Site, person, signed_in, site


@pytest.fixture
def s(tmp_path: Path, world_url: str | None) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url, webhooks={"allowed_networks": "127.0.0.0/8"}) as made:
        offer(made, PARTNERS)
        with transaction(made.w.rt.engine) as session:
            purposes.save(session, replace(PARTNERS, accepts=Accepts.USER))
        yield made


@pytest.fixture
def slow() -> Iterator[Receiver]:
    with receiver() as made:
        yield made
        made.answering.set()


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def added(s: Site, told: Receiver) -> None:
    follow_ups.add(s.w.rt, "partners", told.url, by=Actor(name="Ada"), now=s.w.now)


def agreed(s: Site, *addresses: str) -> None:
    for each in addresses:
        staff_entries.record(s.w.rt, each, "partners", staff="x", brought={}, reason="card", now=s.w.now)


def waiting(s: Site) -> int:
    with snapshot(s.w.rt.engine) as session:
        return len(outbox.open_of_kind(session, "follow-up"))


def test_while_one_does_not_answer_others_are_told_and_everything_else_goes_on(
    s: Site, slow: Receiver, other: Receiver
) -> None:
    slow.answering.clear()
    added(s, slow)
    agreed(s, *(f"p{n}@example.org" for n in range(4)))
    worker = Worker(s.w.rt)
    worker.start()
    try:
        until(lambda: bool(slow.got), within_s=20)
        added(s, other)
        agreed(s, "last@example.org")
        until(lambda: len(other.got) == 1, within_s=5)
        file = imports.start(s.w.rt, b"email\nnew@example.org\n", name="f", by="x", called="Ada", now=s.w.now)
        imports.plan(
            s.w.rt, file.id, Plan(columns=(Column.EMAIL,), purpose="partners", meaning=Meaning.OUT_THEIRS), now=s.w.now
        )
        imports.apply(s.w.rt, file.id, leave_out=True, now=s.w.now)
        until(lambda: is_known(s, "new@example.org"), within_s=5)
        assert len(slow.got) == 1, "one at a time"
    finally:
        slow.answering.set()
        until(
            lambda: s.w.clock.advance(1) and waiting(s) == 0, within_s=30
        )  # who found another told one waits a second
        worker.stop()
    assert len(slow.got) == 5


def is_known(s: Site, address: str) -> bool:
    with snapshot(s.w.rt.engine) as session:
        return contacts.by_address(session, address) is not None


def test_one_that_keeps_failing_rests_for_longer_and_longer_and_others_are_told(
    s: Site, slow: Receiver, other: Receiver
) -> None:
    slow.answers = [500] * 5
    added(s, slow)
    added(s, other)
    agreed(s, *(f"p{n}@example.org" for n in range(6)))
    s.w.drain()
    assert (len(slow.got), len(other.got)) == (3, 6)
    agreed(s, "later@example.org")
    s.w.pass_time(seconds=50)
    assert (len(slow.got), len(other.got)) == (3, 7)
    s.w.pass_time(seconds=15)
    assert len(slow.got) == 4, "one try, and it rests again"
    s.w.pass_time(seconds=110)
    assert len(slow.got) == 4
    s.w.pass_time(seconds=15)
    assert len(slow.got) == 5
    s.w.pass_time(minutes=4, seconds=5)
    s.w.pass_time(hours=1)
    assert waiting(s) == 0
    assert len({body for _, body in slow.got}) == 7, "all of it, once it answers"


def test_what_one_receiver_refuses_keeps_nothing_else_back(s: Site, slow: Receiver) -> None:
    slow.answers = [500, 500]
    added(s, slow)
    agreed(s, *(f"p{n}@example.org" for n in range(4)))
    s.w.drain()
    assert len(slow.got) == 4


def test_what_waited_two_days_for_one_that_never_answers_is_given_up(s: Site, slow: Receiver) -> None:
    slow.answers = [500] * 1000
    added(s, slow)
    agreed(s, *(f"p{n}@example.org" for n in range(4)))
    for _ in range(60):
        s.w.pass_time(hours=1)
    with snapshot(s.w.rt.engine) as session:
        assert len(outbox.dead_rows(session)) == 4
    assert len(slow.got) < 70


def test_one_that_fails_stands_on_today_and_its_page_says_since_when_why_and_when_it_is_tried_again(
    s: Site, slow: Receiver, other: Receiver
) -> None:
    admin, clerk = signed_in(s, person(s, Role.ADMIN)), signed_in(s, person(s, Role.STAFF))
    slow.answers = [500, 502, 503]
    added(s, slow)
    agreed(s, *(f"p{n}@example.org" for n in range(4)))
    assert "webhook" not in look(admin, "/host").text
    s.w.drain()
    today = look(admin, "/host")
    assert f"A webhook has been failing since 09:00{slow.url}" in today.text
    assert today.links()["A webhook has been failing since 09:00"] == "/admin/consents/webhooks"
    assert "webhook" not in look(clerk, "/host").text, "they can do nothing about it"
    s.w.clock.advance(30)
    page = look(admin, "/admin/consents/webhooks")
    assert f"{slow.url} Rests" in page.text
    assert "Fails since 09:00: it answered 503" in page.text
    assert "4 answers wait for it. It is tried again at 09:01." in page.text
    added(s, other)
    other.answers = [410]
    agreed(s, "last@example.org")
    s.w.drain()
    assert "2 webhooks are failing" in look(admin, "/host").text
    page = look(admin, "/admin/consents/webhooks")
    assert f"{other.url} Fails" in page.text
    assert "1 answer was given up. It is tried with the next answer." in page.text


def test_one_that_rests_can_be_told_at_once_what_waits_and_what_was_given_up(s: Site, slow: Receiver) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    slow.answers = [410, 500, 500, 500]
    added(s, slow)
    agreed(s, *(f"p{n}@example.org" for n in range(4)))
    s.w.drain()
    assert len(slow.got) == 3
    [id] = {each.get("value", "") for each in look(admin, "/admin/consents/webhooks").all("button", name="id")}
    again = admin.post("/admin/consents/webhooks/retry", data={"id": id})
    assert "It is tried again at once" in look(admin, again.headers["location"]).text
    s.w.drain()
    assert len(slow.got) == 4, "it failed once more, and rests for longer"
    assert "It is tried again at 09:02." in look(admin, "/admin/consents/webhooks").text
    admin.post("/admin/consents/webhooks/retry", data={"id": id})
    s.w.drain()
    assert (len({body for _, body in slow.got}), waiting(s)) == (4, 0)
    assert "webhook" not in look(admin, "/host").text
    page = look(admin, "/admin/consents/webhooks")
    assert "Fails" not in page.text
    assert "Try again now" not in page.text
    assert (
        signed_in(s, person(s, Role.STAFF)).post("/admin/consents/webhooks/retry", data={"id": id}).status_code == 404
    )
    assert admin.post("/admin/consents/webhooks/retry", data={"id": "x"}).status_code == 404
