"""A host's open holds, several at once, and their list as a file."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import limits
from booking_service.actions.access.link_opens import write_down
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState, Decision
from booking_service.domain.questions import Question
from booking_service.domain.slots import Horizon
from booking_service.mail.errors import RecipientRefused
from booking_service.storage import access, bookings
from booking_service.storage.engine import transaction
from tests.web.page_reader import look, read, words
from tests.web.site import Site, person_of_host, signed_in, site

HOLDS = "/host/bookings/holds"


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def held(s: Site, hour: int, name: str, **changes: str) -> Booking:
    start = f"2030-01-08T{hour:02}:00:00Z"
    return s.hold(start=start, name=name, email=f"{name.lower()}@example.net", form_key=uuid4().hex[:22], **changes)


def ticks(*holds: Booking, **rest: str) -> dict[str, str]:
    return {f"hold-{each.id}": "y" for each in holds} | rest


def test_several_holds_are_mailed_again_or_released_after_a_question(s: Site, ada: TestClient) -> None:
    grace, alan, mary = held(s, 8, "Grace"), held(s, 9, "Alan"), held(s, 10, "Mary")
    s.w.drain()
    page = look(ada, HOLDS)
    assert page.h1 == "Open holds 3"
    assert look(ada, "/host/bookings").links()["Open holds"] == HOLDS
    nothing = read(ada.post(HOLDS, data={"do": "resend"}))
    assert (nothing.status, "Nothing ticked" in nothing.text) == (422, True)
    s.w.confirm(mary)
    sent = ada.post(HOLDS, data=ticks(grace, mary, do="resend"))
    assert "1 email is on its way again. 1 was left as it is." in look(ada, sent.headers["location"]).text
    s.w.drain()
    assert [len(s.w.mails.to(f"{name}@example.net")) for name in ("grace", "alan")] == [2, 1]
    question = read(ada.post(HOLDS, data=ticks(grace, alan, do="ask")))
    assert question.h1 == "Release 2 times?"
    assert s.booking(grace.public_id).state is BookingState.HELD  # the question changes nothing
    s.w.confirm(alan)  # meanwhile
    long = read(ada.post(HOLDS, data=ticks(grace, alan, do="release", reason="sorry " * 100)))
    assert (long.status, long.value("reason").startswith("sorry")) == (422, True)
    done = ada.post(HOLDS, data=ticks(grace, alan, do="release", reason="I am ill"))
    assert "1 time released; its invitee will be told by email. 1 was left" in look(ada, done.headers["location"]).text
    s.w.drain()
    assert s.booking(alan.public_id).state is BookingState.CONFIRMED
    assert "I am ill" in s.w.mails.to("grace@example.net")[-1].text
    assert len(s.w.calendar.events()) == 2
    assert ada.post(HOLDS, data=ticks(grace, do="release")).status_code == 303  # a second press
    assert ada.post(HOLDS, data={"hold-nonsense": "y", "do": "ask"}).status_code == 404
    assert "No time is held now." in look(ada, HOLDS).text


def test_who_wants_no_email_is_named_before_several_are_released_and_not_counted_as_told(
    s: Site, ada: TestClient
) -> None:
    grace, alan, mary, joan = (
        held(s, hour, name) for hour, name in ((8, "Grace"), (9, "Alan"), (10, "Mary"), (11, "Joan"))
    )
    s.w.drain()
    unwritten = held(s, 12, "Kay")
    with transaction(s.w.rt.engine) as session:
        # As while its event is still being written.
        bookings.record(session, Decision(booking=replace(unwritten, asked=False)), now=s.w.now)
        for name in ("grace", "joan"):
            access.block(session, limits.mailbox_marks(s.w.rt, f"{name}@example.net")[0], now=s.w.now)
    sent = len(s.w.mails.sent)
    everybody = read(ada.post(HOLDS, data=ticks(alan, mary, do="ask")))
    assert "wants no email" not in everybody.text
    question = read(ada.post(HOLDS, data=ticks(grace, alan, unwritten, do="ask")))
    assert "Those who want no email are not told. Please tell them yourself." in question.text
    named = {
        line.partition(":")[0]: line.rpartition(" · ")[2] for line in map(words, question.all("li")) if " · " in line
    }
    assert named == {"Grace": "wants no email", "Kay": "has not been written to yet, and will not be told"}
    some = ada.post(HOLDS, data=ticks(grace, alan, do="release"))
    assert (
        "2 times released. 1 invitee will be told by email; the others want no email, or have not been written to yet."
        in look(ada, some.headers["location"]).text
    )
    nobody = ada.post(HOLDS, data=ticks(joan, do="release"))
    assert "1 time released. No email is sent about it" in look(ada, nobody.headers["location"]).text
    s.w.drain()
    assert {str(each.to.address) for each in s.w.mails.sent[sent:]}.isdisjoint(
        {"grace@example.net", "joan@example.net"}
    )
    assert s.booking(mary.public_id).state is BookingState.HELD


def test_buttons_of_one_hold_lead_back_to_the_list(s: Site, ada: TestClient) -> None:
    held(s, 8, "Grace")
    s.w.drain()
    page = look(ada, HOLDS)
    answer = ada.post(page.button("Send the link again Grace"), data={"back": "holds"})
    assert "Grace: The email with the link is on its way again." in look(ada, answer.headers["location"]).text


def test_today_says_that_holds_take_much_of_the_free_time_and_releases_all_of_them(s: Site, ada: TestClient) -> None:
    rules = replace(s.w.intro.rules, duration=timedelta(hours=4), increment=timedelta(hours=4))
    s.save(replace(s.w.intro, rules=rules))
    three = [
        s.hold(start=f"2030-01-{day:02}T08:00:00Z", email=f"g{day}@example.net", form_key=uuid4().hex[:22])
        for day in (8, 9, 10)
    ]
    s.w.drain()
    today = look(ada, "/host")
    assert "3 open holds take 33 % of your free time in the next seven days." in today.text
    question = read(ada.post(today.button("Release all…"), data={"all": "y", "do": "ask"}))
    assert question.h1 == "Release 3 times?"
    assert {e.get("name") for e in question.all("input", type="hidden")} == set(ticks(*three))
    few = look(ada, today.links()["Look through them"])
    assert few.h1 == "Open holds 3"


def test_today_offers_to_release_all_where_holds_of_later_weeks_take_half_of_the_budget(tmp_path: Path) -> None:
    """The same as the host is mailed about: what is held need not be of the next days."""
    with site(tmp_path, hold={"share_of_horizon": 0.25, "share_of_day": 1}) as s:
        rules = replace(s.w.intro.rules, duration=timedelta(hours=4), increment=timedelta(hours=4))
        s.save(replace(s.w.intro, rules=replace(rules, horizon=Horizon(days=60))))
        for day in (16, 17, 18):
            s.hold(start=f"2030-01-{day}T08:00:00Z", email=f"g{day}@example.net", form_key=uuid4().hex[:22])
        s.w.drain()
        ada = signed_in(s, person_of_host(s, s.w.host))
        assert "open holds take" not in look(ada, "/host").text
        s.save(replace(s.w.intro, rules=replace(rules, horizon=Horizon(days=14))))
        today = look(ada, "/host")
        assert "3 open holds take 14 % of all your bookable time. Above 25 %, further" in today.text
        assert read(ada.post(today.button("Release all…"), data={"all": "y", "do": "ask"})).h1 == "Release 3 times?"


def test_the_list_is_taken_out_as_a_file_without_sensitive_answers_or_formulas(s: Site, ada: TestClient) -> None:
    topic, number = Question("topic", "Topic"), Question("number", "Insurance number", sensitive=True)
    s.save(replace(s.w.intro, questions=(topic, number)))
    held(s, 8, "Grace", **{"answer-topic": "=HYPERLINK(1)", "answer-number": "6511 4711"})
    alan = held(s, 9, "Alan", **{"answer-topic": "Engines", "answer-number": "4712"})
    page = look(ada, "/host/bookings")
    answer = ada.post(page.button("Export 2 bookings as CSV"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[-1] == "Topic"
    assert [(row[2], row[5], row[-1]) for row in rows] == [
        ("2030-01-08 09:00+01:00", "Grace", "'=HYPERLINK(1)"),
        ("2030-01-08 10:00+01:00", "Alan", "Engines"),
    ]
    assert not {"6511 4711", "4712"} & {cell for row in (head, *rows) for cell in row}
    assert "6511 4" not in answer.text.replace(str(alan.id), "")
    found = look(ada, "/host/bookings?q=engines&state=all")
    only = ada.post(found.button("Export 1 booking as CSV"))
    assert [row[5] for row in csv.reader(io.StringIO(only.text))][1:] == ["Alan"]
    assert ada.post("/host/bookings/export?state=cancelled").text.count("\n") == 1
    s.save(replace(s.w.intro, questions=(topic, replace(topic, key="number"))))
    assert s.browser.post(s.link(alan, LinkPurpose.CONFIRM)).status_code == 303
    assert sum("bookings-exported" in row for row in s.rows()["audit"]) == 3


def test_a_hold_says_when_its_link_left_whether_it_was_opened_and_that_a_later_mail_did_not_arrive(
    s: Site, ada: TestClient
) -> None:
    grace = held(s, 8, "Grace")
    assert "link sent" not in look(ada, HOLDS).text
    s.w.drain()
    assert "link sent 09:00, not opened" in look(ada, HOLDS).text
    s.w.pass_time(minutes=5)
    assert s.browser.get(s.link(s.booking(grace.public_id), LinkPurpose.CONFIRM)).status_code == 200
    write_down(s.w.rt)
    assert "link sent 09:00, opened 09:05" in look(ada, HOLDS).text
    s.w.mails.failing = [RecipientRefused("550 no such user")]
    s.w.pass_time(minutes=30)  # the reminder
    for path in ("/host", HOLDS):
        assert "Email not delivered" in look(ada, path).text, path
    page = look(ada, f"/host/bookings/{grace.id}")
    assert "Grace may be waiting for it. Correct the address below" in page.text
    ada.post(page.button("Correct and send"), data={"email": "grace.hopper@example.net"})
    s.w.drain()
    assert "Email not delivered" not in look(ada, HOLDS).text
    assert "link sent 09:35, not opened" in look(ada, HOLDS).text


def test_open_holds_say_how_soon_people_confirm_once_somebody_did(s: Site, ada: TestClient) -> None:
    held(s, 8, "Grace")
    assert "Half of those" not in look(ada, HOLDS).text
    alan = held(s, 9, "Alan")
    s.w.drain()
    s.w.pass_time(minutes=7)
    assert s.browser.post(s.link(s.booking(alan.public_id), LinkPurpose.CONFIRM)).status_code == 303
    s.w.pass_time(minutes=2)
    s.w.pass_time(minutes=2)
    assert "becomes free by itself. Half of those who confirm do so within 8 minutes." in look(ada, HOLDS).text
