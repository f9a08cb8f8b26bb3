"""Messages to those who agreed: through the gate when queued and right before each is sent, in pieces, and erased with whom
they went to; on both databases."""

from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.actions.consent import gate, merges, messages
from booking_service.actions.consent.merges import By
from booking_service.actions.consent.messages import CannotBeWritten, ShownMessage, TextRefused
from booking_service.actions.mail.message_preview import preview
from booking_service.actions.operations import outbox_effects
from booking_service.actions.privacy import erasure, own_data
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.audit import Actor
from booking_service.domain.consent import How
from booking_service.domain.consent_moves import OptedOut, Recorded, Stopped, Withdrawn
from booking_service.domain.effects import MailKind
from booking_service.domain.errors import UnknownPurpose
from booking_service.domain.messages import MessageOutcome, MessageState
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import Accepts, ConsentRules, Part, Wording, texts_of
from booking_service.mail.errors import RecipientRefused, TransportDown
from booking_service.mail.message import OutgoingMail
from booking_service.storage import gate_log, purposes
from booking_service.storage import messages as rows
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import MAILS, perform_one
from tests.actions.consent.people import People
from tests.statements import statements
from tests.world import World

BOB = Actor(name="Bob")
SUBJECT, TEXT = "News of the engines", "We moved.\n\nCome and see {name}\nus."


@pytest.fixture(autouse=True)
def texts(service: World) -> None:
    made = texts_of({Part.NAME: "Newsletter", Part.BOX: "Yes, send it."})
    with transaction(service.rt.engine) as session:
        for slug in ("newsletter", "calls"):
            purposes.add_wording(
                session,
                Wording(purpose=slug, language="en", version=1, texts=made, made_at=service.now, made_by="staff:test"),
            )


def drafted(service: World, to: UUID | None = None, *, purpose: str = "newsletter", text: str = TEXT) -> UUID:
    return messages.draft(
        service.rt, purpose, subject=SUBJECT, text=text, contact_id=to, by="bob", called="Bob", now=service.now
    )


def begun(service: World, to: UUID | None = None) -> UUID:
    id = drafted(service, to)
    messages.start(service.rt, id, by=BOB, now=service.now)
    return id


def seen(service: World, id: UUID) -> ShownMessage:
    return messages.look(service.rt, id, language="en", now=service.now)


def news(service: World) -> list[OutgoingMail]:
    return [mail for mail in service.mails.sent if mail.subject == SUBJECT]


def some(people: People, count: int) -> list[UUID]:
    found = [people.contact(f"anna{number:03}@example.org") for number in range(count)]
    for each in found:
        people.double(each)
    return found


@pytest.mark.promise("I8")
@pytest.mark.capability("S3-07", "S3-21", "S4-53")
def test_it_reaches_who_agreed_and_says_who_writes_why_and_how_it_ends(service: World, people: People) -> None:
    anna, eve = people.contact("anna@example.org"), people.contact("eve@example.org")
    people.double(anna)
    people.say(eve, Recorded(staff="bob"))
    id = begun(service)
    assert seen(service, id).refused == {"not-accepted: user": 1}
    service.drain()
    (mail,) = news(service)
    assert mail.to.address == "anna@example.org"
    assert "We moved.\n\nCome and see {name}\nus." in mail.text, "what staff write is no template"
    assert "You are getting this email because you agreed to “Newsletter” on " in mail.text
    assert mail.list_unsubscribe is not None
    assert mail.list_unsubscribe in mail.text
    assert "/preferences/out/" in mail.list_unsubscribe
    assert "Email options: http://localhost:8000/preferences/" in mail.text
    done = seen(service, id)
    assert (done.message.state, done.counts) == (MessageState.DONE, {MessageOutcome.SENT: 1})


@pytest.mark.promise("I8")
@pytest.mark.capability("S4-04", "S3-07")
@pytest.mark.parametrize("after", ["draft", "start", "queued"])
def test_whoever_ends_it_before_it_is_sent_gets_nothing_and_the_row_says_why(
    service: World, people: People, after: str
) -> None:
    anna, eve = some(people, 2)
    id = drafted(service)
    if after != "draft":
        messages.start(service.rt, id, by=BOB, now=service.now)
    if after == "queued":
        assert perform_one(service.rt, kinds=(messages.KIND,))
        assert seen(service, id).counts == {MessageOutcome.QUEUED: 2}
    people.say(anna, Withdrawn(How.ONE_CLICK))
    messages.start(service.rt, id, by=BOB, now=service.now)
    service.drain()
    assert [mail.to.address for mail in news(service)] == ["anna001@example.org"]
    done = seen(service, id)
    assert (done.message.state, done.counts) == (MessageState.DONE, {MessageOutcome.REFUSED: 1, MessageOutcome.SENT: 1})
    assert done.refused == {"not-accepted: out-contact": 1}
    with snapshot(service.rt.engine) as session:
        last = gate_log.of_contact(session, anna)[0]
        assert [each.passed for each in gate_log.of_contact(session, eve)] == [True, True]
    assert (last.use, last.passed, last.why) == ("message", False, "not-accepted: out-contact")


def test_to_one_contact_it_is_queued_or_refused_at_once_and_a_second_press_does_nothing(
    service: World, people: People
) -> None:
    anna, eve = some(people, 2)
    id = drafted(service, anna)
    assert seen(service, id).will_get_it == 1
    for _ in range(3):
        messages.start(service.rt, id, by=BOB, now=service.now)
    assert seen(service, id).counts == {MessageOutcome.QUEUED: 1}
    service.drain()
    messages.start(service.rt, id, by=BOB, now=service.now)
    service.drain()
    assert [mail.to.address for mail in news(service)] == ["anna000@example.org"]
    people.say(eve, OptedOut(staff="bob"))
    refused = drafted(service, eve)
    assert (seen(service, refused).will_get_it, seen(service, refused).now_refused) == (0, "not-accepted: out-user")
    with snapshot(service.rt.engine) as session:
        assert gate_log.of_contact(session, eve) == [], "a look leaves no line"
    messages.start(service.rt, refused, by=BOB, now=service.now)
    assert seen(service, refused).counts == {MessageOutcome.REFUSED: 1}
    with snapshot(service.rt.engine) as session:
        assert [each.why for each in gate_log.of_contact(session, eve)] == ["not-accepted: out-user"]
    service.drain()
    assert len(news(service)) == 1


def test_only_a_purpose_of_mails_with_a_text_is_written_to_and_the_gate_wants_one_named(
    service: World, people: People
) -> None:
    (anna,) = some(people, 1)
    assert messages.purposes_to_write_to(service.rt, "en") == [("newsletter", "Newsletter")]
    with pytest.raises(CannotBeWritten):
        drafted(service, anna, purpose="calls")
    with pytest.raises(UnknownPurpose):
        drafted(service, anna, purpose="?")
    with transaction(service.rt.engine) as session, pytest.raises(UnknownPurpose):
        gate.ask(service.rt, session, anna, MailKind.MESSAGE, now=service.now)
    with pytest.raises(CannotBeWritten):
        drafted(service, people.contact(phone="+493411234567"))
    merged = people.contact("eve@example.org")
    merges.merge(service.rt, merged, into=anna, by=By(staff="bob", reason="one person"), now=service.now)
    with pytest.raises(CannotBeWritten):
        drafted(service, merged)
    for subject, text, field, most in (
        ("", TEXT, "subject", 0),
        ("x" * 151, TEXT, "subject", 150),
        (SUBJECT, " \n", "text", 0),
        (SUBJECT, "x" * 10_001, "text", 10_000),
    ):
        with pytest.raises(TextRefused) as refused:
            messages.would(service.rt, "newsletter", subject=subject, text=text, language="en", now=service.now)
        assert (refused.value.field, refused.value.most) == (field, most)
    longest = {"subject": "x" * 150, "text": "x" * 10_000}
    assert messages.would(service.rt, "newsletter", **longest, language="en", now=service.now)


@pytest.mark.capability("S3-11", "S4-49")
def test_the_policy_counts_at_the_moment_of_sending(service: World, people: People) -> None:
    anna, eve = some(people, 2)
    bob = people.contact("bob@example.org")
    people.say(bob, Recorded(staff="bob"))
    with transaction(service.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
    id = begun(service)
    assert seen(service, id).left == 3
    assert perform_one(service.rt, kinds=(messages.KIND,))
    with transaction(service.rt.engine) as session:
        purposes.save_rules(session, ConsentRules())
    people.say(eve, Stopped())
    service.drain()
    assert [mail.to.address for mail in news(service)] == ["anna000@example.org"]
    assert seen(service, id).refused == {"not-accepted: user": 1, "stopped": 1}
    assert anna


def test_a_list_goes_out_a_hundred_at_a_time_is_stopped_at_once_and_carried_on(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert messages.PIECE == 100
    monkeypatch.setattr(messages, "PIECE", 10)
    some(people, 14)
    id = begun(service)
    with statements(service.rt.engine) as asked:
        assert messages.carry_on(service.rt, id, now=service.now) == messages.PAUSE
    assert len(asked) < 40, "the gate is asked for all of a piece at once"
    assert seen(service, id).counts == {MessageOutcome.QUEUED: 10, MessageOutcome.OPEN: 4}
    assert messages.carry_on(service.rt, id, now=service.now) == messages.PAUSE
    assert seen(service, id).counts == {MessageOutcome.QUEUED: 10, MessageOutcome.OPEN: 4}, "no more wait at a time"
    for _ in range(3):
        assert perform_one(service.rt, kinds=("message-mail",))
    assert messages.carry_on(service.rt, id, now=service.now) == messages.PAUSE
    assert seen(service, id).counts == {MessageOutcome.QUEUED: 10, MessageOutcome.SENT: 3, MessageOutcome.OPEN: 1}
    messages.stop(service.rt, id, by=BOB, now=service.now)
    service.drain()
    stopped = seen(service, id)
    assert len(news(service)) == 3
    assert (stopped.message.state, stopped.counts) == (
        MessageState.STOPPED,
        {MessageOutcome.SENT: 3, MessageOutcome.OPEN: 11},
    )
    messages.start(service.rt, id, by=BOB, now=service.now)
    for _ in range(3):
        service.pass_time(seconds=5)
    done = seen(service, id)
    assert (done.message.state, done.counts) == (MessageState.DONE, {MessageOutcome.SENT: 14})
    assert len({mail.to.address for mail in news(service)}) == len(news(service)) == 14


def test_mails_that_somebody_waits_for_do_not_wait_behind_a_list(service: World, people: People) -> None:
    some(people, 3)
    id = begun(service)
    messages.carry_on(service.rt, id, now=service.now)
    service.hold()
    while perform_one(service.rt, kinds=("publish", *MAILS)):
        pass
    assert [mail.to.address for mail in service.mails.sent] == ["grace@example.org"]
    service.drain()
    assert len(news(service)) == 3


def test_what_the_mail_server_refuses_or_somebody_drops_is_no_longer_waited_for(service: World, people: People) -> None:
    some(people, 3)
    id = begun(service)
    service.mails.failing = [
        RecipientRefused("the address was refused: 550 <anna000@example.org> unknown"),
        TransportDown("no connection"),
    ]
    service.drain()
    assert seen(service, id).counts == {MessageOutcome.FAILED: 1, MessageOutcome.QUEUED: 1, MessageOutcome.SENT: 1}
    with snapshot(service.rt.engine) as session:
        (failed,) = [
            line
            for contact in rows.with_outcome(session, id, MessageOutcome.FAILED, limit=9)
            if (line := rows.line(session, id, contact))
        ]
    assert failed.why == "the address was refused: 550 <…> unknown"
    (waiting,) = [each for each in outbox_effects.list_all(service.rt) if each.kind == "message-mail" and not each.dead]
    outbox_effects.drop(service.rt, [waiting.number], by="bob", now=service.now)
    service.pass_time(minutes=1)
    service.pass_time(minutes=1)
    done = seen(service, id)
    assert (done.message.state, done.counts) == (MessageState.DONE, {MessageOutcome.FAILED: 2, MessageOutcome.SENT: 1})


@pytest.mark.capability("S4-25", "S3-19")
def test_it_is_in_the_data_of_its_reader_goes_with_them_and_is_forgotten_after_a_year(
    service: World, people: People
) -> None:
    some(people, 2)
    alone = begun(service, people.contact("anna000@example.org"))
    service.drain()
    listed = begun(service)
    drafted(service, people.contact("anna000@example.org"))
    service.drain()
    told = own_data.given_to_staff(service.rt, "anna000@example.org", by="bob", language="en", now=service.now)
    assert [(each["subject"], each["outcome"]) for each in told["messages"]] == [(SUBJECT, "sent")] * 2
    assert told["messages"][0]["text"] == TEXT
    erasure.erase(service.rt, "anna000@example.org", Decider(), mode=Mode.WHOLE, now=service.now)
    assert seen(service, listed).counts == {MessageOutcome.SENT: 1}
    with snapshot(service.rt.engine) as session:
        assert rows.get(session, alone) is None
        assert rows.latest(session, limit=9) == [seen(service, listed).message]
    service.pass_time(days=364)
    assert seen(service, listed).counts == {MessageOutcome.SENT: 1}
    service.pass_time(days=2)
    with snapshot(service.rt.engine) as session:
        assert rows.get(session, listed) is None


def test_who_is_erased_while_it_waits_gets_nothing(service: World, people: People) -> None:
    some(people, 2)
    id = begun(service)
    messages.carry_on(service.rt, id, now=service.now)
    erasure.erase(service.rt, "anna000@example.org", Decider(), mode=Mode.WHOLE, now=service.now)
    service.drain()
    assert [mail.to.address for mail in news(service)] == ["anna001@example.org"]
    assert seen(service, id).counts == {MessageOutcome.SENT: 1}


def test_the_preview_of_a_list_has_the_date_of_the_first_in_it_and_their_address_nowhere(
    service: World, people: People
) -> None:
    some(people, 2)
    id = drafted(service)
    service.clock.advance(timedelta(days=40).total_seconds())
    text = preview(service.rt, id, now=service.now).text
    agreed = people.standing(people.contact("anna000@example.org")).since
    assert agreed is not None
    assert f"You are getting this email because you agreed to “Newsletter” on {agreed:%A}" in text
    assert f"{agreed.day} {agreed:%B %Y}" in text
    assert "anna" not in text


def test_a_draft_nobody_begins_is_forgotten_the_next_day(service: World, people: People) -> None:
    some(people, 1)
    id = drafted(service)
    service.clock.advance(timedelta(days=1, minutes=1).total_seconds())
    service.drain()
    with snapshot(service.rt.engine) as session:
        assert rows.get(session, id) is None
