"""Answers of a booking form that are kept in the contact's fields: once the mailbox is proven, never over what is newer."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.booking import address, book_for, change
from booking_service.actions.booking import hold as hold_actions
from booking_service.actions.booking.book_for import Call
from booking_service.actions.consent import merges, profile, profile_fields, question_fields
from booking_service.actions.consent.ask_by_form import Tick, Ticks
from booking_service.actions.privacy import erasure, staff_acts
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup import meeting_types
from booking_service.crypto.ids import new_id
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.consent import How
from booking_service.domain.consent_moves import Confirmed, Stopped, Withdrawn
from booking_service.domain.errors import TooLate
from booking_service.domain.meeting import Approval
from booking_service.domain.people import Invitee
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import Part, Purpose, PurposeKind, Wording, texts_of
from booking_service.domain.questions import Question, QuestionKind
from booking_service.storage import (
    booking_answers,
    booking_fields,
    bookings,
    contacts,
    fields,
    meetings,
    outbox,
    purposes,
    retention,
)
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import FieldValue, ProfileField
from booking_service.worker import drain, perform_one
from calendars.errors import Unavailable
from tests.actions.consent.people import TICK, TICK_AT_ONCE, People
from tests.world import MONDAY, World

GRACE = "grace@example.org"
NUMBER = "A-7391-2264-4711"
KEEP = Purpose(id=UUID(int=104), slug="keep-region", kind=PurposeKind.FIELD, allows_field="region")
QUESTIONS = (
    Question("where", "Where do you live?", field="region"),
    Question("insurance", "Your number?", sensitive=True, field="insurance-number"),
    Question("machines", "Which?", QuestionKind.SEVERAL, options=("One", "Two", "Three"), field="machines"),
    Question("topic", "What about?", QuestionKind.LONG),
)
ANSWERS = (("where", "Saxony"), ("insurance", NUMBER), ("machines", "One\nThree"), ("topic", "The compiler"))
TOLD = (("where", "region"), ("insurance", "insurance-number"), ("machines", "machines"), ("topic", ""))

pytestmark = pytest.mark.capability("S4-15")


@pytest.fixture(autouse=True)
def _set_up(service: World) -> None:
    with transaction(service.rt.engine) as session:
        for slug, sensitive in (("region", False), ("insurance-number", True), ("machines", False)):
            fields.save(session, ProfileField(id=new_id(service.now), slug=slug, sensitive=sensitive))
        meetings.save(session, replace(service.intro, questions=QUESTIONS))


def held(w: World, day: int = 1, *, where: str = "Saxony", email: str = GRACE, ticks: Ticks | None = None) -> Booking:
    answers = (("where", where), *ANSWERS[1:])
    invitee = Invitee(name="Grace Hopper", email=email, language="en", zone="Europe/Berlin")
    start = MONDAY + timedelta(days=day)
    booking = w.hold(start=start, answers=answers, kept=TOLD, invitee=invitee, ticks=ticks or Ticks())
    w.drain()
    return booking


def confirmed(w: World, booking: Booking) -> None:
    w.confirm(booking)
    w.drain()


def stands(w: World, email: str = GRACE) -> dict[str, str]:
    with snapshot(w.rt.engine) as session:
        contact = contacts.by_address(session, email)
        return {key: text for key, text in fields.visible(session, contact.id).items() if text} if contact else {}


def value(w: World, slug: str) -> FieldValue:
    with snapshot(w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        return next(each for each in fields.values(session, contact.id) if each.field.slug == slug)


def allowed_by(w: World, purpose: Purpose) -> None:
    with transaction(w.rt.engine) as session:
        purposes.save(session, purpose, position=3)


def waiting(w: World) -> list[str]:
    with snapshot(w.rt.engine) as session:
        return [each.kind for each in outbox.open_rows(session)]


ALL = {"region": "Saxony", "insurance-number": "4711", "machines": "One, Three"}


def test_what_is_answered_fills_the_fields_once_the_mailbox_is_proven_and_not_before(
    service: World, people: People
) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.pass_time(minutes=5)
    assert stands(service) == {}
    confirmed(service, booking)
    assert stands(service) == ALL
    shown = value(service, "region")
    assert (shown.set_at, shown.answered) == (booking.created_at, True)
    seen = staff_acts.reveal(service.rt, GRACE, "insurance-number", by="staff:t", why="asked", now=service.now)
    assert seen.text == NUMBER
    confirmed(service, booking)
    assert waiting(service) == []


def test_a_hold_that_ends_unconfirmed_and_a_booking_of_somebody_unknown_fill_nothing(
    service: World, people: People
) -> None:
    people.contact("anna@example.org")
    held(service, email="anna@example.org")
    service.pass_time(days=1)
    assert stands(service, "anna@example.org") == {}
    confirmed(service, held(service, 2))
    with snapshot(service.rt.engine) as session:
        assert contacts.by_address(session, GRACE) is None, "a booking alone makes no contact"


def test_what_a_stranger_types_with_an_address_stays_out_of_its_profile(service: World, people: People) -> None:
    """Confirmed for them by the host, booked where nobody confirms, or with the address put in after another one answered."""
    people.contact("anna@example.org")
    with transaction(service.rt.engine) as session:
        meetings.save(session, replace(service.quick, questions=QUESTIONS), position=1)
    invitee = Invitee(name="Mallory", email="anna@example.org", language="en", zone="Europe/Berlin")
    service.hold(meeting="quick", answers=ANSWERS, kept=TOLD, invitee=invitee)
    service.drain()
    call = Call(
        meeting="intro",
        start=MONDAY + timedelta(days=2),
        invitee=invitee,
        answers=ANSWERS,
        outcome=BookingState.CONFIRMED,
        reason="by phone",
    )
    book_for.book_for(service.rt, service.host.id, call, now=service.now)
    service.drain()
    with transaction(service.rt.engine) as session:
        after = replace(service.intro, questions=QUESTIONS, approval=Approval.AFTER)
        meetings.save(session, after)
    booking = held(service, 3, email="mallory@example.org")
    confirmed(service, booking)
    with pytest.raises(TooLate):
        address.correct_address(service.rt, booking.public_id, "anna@example.org", now=service.now)
    service.drain()
    assert stands(service, "anna@example.org") == {}


def test_what_the_host_typed_for_somebody_is_not_kept_though_they_confirm_the_booking(
    service: World, people: People
) -> None:
    people.contact(GRACE)
    invitee = Invitee(name="Grace", email=GRACE, language="en", zone="Europe/Berlin")
    call = Call(
        meeting="intro",
        start=MONDAY + timedelta(days=2),
        invitee=invitee,
        answers=ANSWERS,
        outcome=BookingState.HELD,
        reason="by phone",
    )
    booking = book_for.book_for(service.rt, service.host.id, call, now=service.now)
    service.drain()
    confirmed(service, booking)
    assert stands(service) == {}


def test_what_the_form_did_not_say_is_not_kept(service: World, people: People) -> None:
    """Its question was given the field since, or names another one by now."""
    people.contact(GRACE)
    silent = service.hold(answers=ANSWERS)
    service.drain()
    other = service.hold(start=MONDAY + timedelta(days=2), answers=ANSWERS, kept=(("where", "machines"),))
    service.drain()
    later = held(service, 3)
    with transaction(service.rt.engine) as session:
        meetings.save(session, replace(service.intro, questions=(replace(QUESTIONS[0], field=""), *QUESTIONS[1:3])))
    for each in (silent, other, later):
        confirmed(service, each)
    assert stands(service) == {key: text for key, text in ALL.items() if key != "region"}, (
        "of the last, what is still so"
    )


def test_what_a_program_writes_into_the_form_and_a_question_with_another_field_by_now_keep_nothing(
    service: World, people: People
) -> None:
    people.contact(GRACE)
    made_up = service.hold(answers=ANSWERS, kept=(("where", "machines"), ("topic", "x" * 9000), ("gone", "region")))
    with snapshot(service.rt.engine) as session:
        assert booking_fields.of_booking(session, made_up.id) == []
    other = held(service, 2)
    with transaction(service.rt.engine) as session:
        meetings.save(session, replace(service.intro, questions=(replace(QUESTIONS[0], field="machines"),)))
    confirmed(service, other)
    assert stands(service) == {}


def test_an_effect_of_a_booking_that_nobody_confirmed_fills_nothing(service: World, people: People) -> None:
    people.contact(GRACE)
    booking = held(service)
    with transaction(service.rt.engine) as session:
        payload = {"booking_id": str(booking.id)}
        outbox.add_once(
            session, "a", kind=question_fields.KIND, lane="a", payload=payload, due_at=service.now, now=service.now
        )
    service.drain()
    assert stands(service) == {}


def test_of_two_bookings_the_later_form_counts_whichever_is_confirmed_first(service: World, people: People) -> None:
    people.contact(GRACE)
    first = held(service, 1, where="Saxony")
    service.pass_time(minutes=2)
    second = held(service, 2, where="Thuringia")
    confirmed(service, second)
    confirmed(service, first)
    assert stands(service)["region"] == "Thuringia"


def test_an_answer_replaces_what_staff_typed_before_and_leaves_what_they_typed_since(
    service: World, people: People
) -> None:
    people.contact(GRACE)
    staff_acts.fill(service.rt, GRACE, "region", "Bavaria", now=service.now)
    service.pass_time(minutes=1)
    booking = held(service)
    service.pass_time(minutes=1)
    staff_acts.fill(service.rt, GRACE, "insurance-number", "B-1000-1234", now=service.now)
    confirmed(service, booking)
    assert stands(service) == {**ALL, "insurance-number": "234"}
    assert not value(service, "insurance-number").answered


def test_a_question_that_was_left_out_leaves_its_field_as_it_is(service: World, people: People) -> None:
    people.contact(GRACE)
    staff_acts.fill(service.rt, GRACE, "region", "Bavaria", now=service.now)
    service.pass_time(minutes=1)
    confirmed(service, held(service, where=""))
    assert stands(service)["region"] == "Bavaria"


def test_a_no_is_kept_by_an_answer_of_before_and_since_until_their_own_yes(service: World, people: People) -> None:
    who = people.contact(GRACE)
    allowed_by(service, KEEP)
    people.double(who, "keep-region")
    before = held(service, 1)
    people.say(who, Withdrawn(How.PAGE), "keep-region")
    service.pass_time(minutes=1)
    since = held(service, 2, where="Thuringia")
    confirmed(service, before)
    confirmed(service, since)
    assert stands(service) == {key: text for key, text in ALL.items() if key != "region"}
    assert waiting(service) == []
    asked = people.say(who, TICK, "keep-region").entry
    assert asked is not None
    people.say(who, Confirmed(asked.id), "keep-region")
    service.drain()
    assert stands(service)["region"] == "Thuringia", "answered on the form that was sent since the no, and only there"


def test_a_no_to_a_purpose_that_came_to_allow_the_field_only_later_counts_too(service: World, people: People) -> None:
    allowed_by(service, replace(KEEP, allows_field="machines"))
    people.say(people.contact(GRACE), Withdrawn(How.PAGE), "keep-region")
    allowed_by(service, KEEP)
    service.pass_time(minutes=1)
    confirmed(service, held(service))
    assert "region" not in stands(service)


def test_a_field_that_a_purpose_allows_is_filled_only_once_they_agreed_as_the_organisation_accepts_it(
    service: World, people: People
) -> None:
    who = people.contact(GRACE)
    allowed_by(service, KEEP)
    confirmed(service, held(service))
    assert "region" not in stands(service), "nobody asked them"
    asked = people.say(who, TICK, "keep-region").entry
    assert asked is not None
    service.drain()
    assert "region" not in stands(service)
    people.say(who, Confirmed(asked.id), "keep-region")
    service.drain()
    assert stands(service) == ALL
    other = people.contact("anna@example.org")
    people.say(other, TICK_AT_ONCE, "keep-region")
    confirmed(service, held(service, 2, email="anna@example.org"))
    assert "region" not in stands(service, "anna@example.org"), "a tick alone is not accepted"


def test_nothing_is_filled_where_all_use_is_stopped_also_by_who_is_merged_with_them(
    service: World, people: People
) -> None:
    who, other = people.contact(GRACE), people.contact("hopper@example.org")
    merges.merge(service.rt, other, into=who, by=merges.By(staff="x", reason="one person"), now=service.now)
    people.say(other, Stopped(), "*")
    service.pass_time(minutes=1)
    confirmed(service, held(service))
    assert stands(service) == {}
    assert waiting(service) == []


def test_who_was_erased_gets_no_profile_by_what_they_answered_before(service: World, people: People) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.confirm(booking)
    erasure.erase(service.rt, GRACE, Decider(staff="staff:x"), mode=Mode.WHOLE, now=service.now)
    people.contact(GRACE)
    service.drain()
    assert stands(service) == {}


@pytest.mark.parametrize("end", ["cancelled", "erased"])
def test_of_a_booking_that_is_cancelled_or_erased_nothing_is_filled(service: World, people: People, end: str) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.confirm(booking)
    if end == "cancelled":
        change.cancel(service.rt, service.token(booking, LinkPurpose.MANAGE), reason="", now=service.now)
    else:
        with transaction(service.rt.engine) as session:
            retention.erase(session, [booking.id], now=service.now)
    service.drain()
    assert stands(service) == {}
    assert waiting(service) == []


def test_a_booking_that_is_moved_keeps_what_was_answered(service: World, people: People) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.confirm(booking)
    token = service.token(booking, LinkPurpose.MANAGE)
    change.move(service.rt, token, MONDAY + timedelta(days=2), now=service.now)
    service.drain()
    assert stands(service) == ALL


def test_what_was_answered_before_a_field_was_emptied_for_everybody_comes_to_stand_in_it_no_more(
    service: World, people: People
) -> None:
    who = people.contact(GRACE)
    allowed_by(service, KEEP)
    confirmed(service, held(service, 1))
    waits = held(service, 2)
    service.pass_time(minutes=1)
    with transaction(service.rt.engine) as session:
        profile_fields.empty(session, profile.known_field(session, "region"), now=service.now)
    people.double(who, "keep-region")
    confirmed(service, waits)
    assert stands(service) == {key: text for key, text in ALL.items() if key != "region"}
    confirmed(service, held(service, 3, where="Thuringia"))
    assert stands(service)["region"] == "Thuringia", "answered since"


def test_what_was_answered_for_a_field_that_was_deleted_comes_into_no_field_that_is_called_so_later(
    service: World, people: People
) -> None:
    who = people.contact(GRACE)
    confirmed(service, held(service))
    assert stands(service) == ALL
    with transaction(service.rt.engine) as session:
        meetings.save(session, replace(service.intro, questions=QUESTIONS[1:]))
        profile_fields.remove(session, profile.known_field(session, "region"), now=service.now)
    service.pass_time(minutes=1)
    with transaction(service.rt.engine) as session:
        fields.save(session, ProfileField(id=new_id(service.now), slug="region"))
        meetings.save(session, replace(service.intro, questions=QUESTIONS))
    allowed_by(service, KEEP)
    people.double(who, "keep-region")
    service.drain()
    assert stands(service) == {key: text for key, text in ALL.items() if key != "region"}


def test_it_waits_until_it_is_known_whether_the_booking_stands(service: World, people: People) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.calendar.fail_next(Unavailable("no answer"), times=3)
    service.confirm(booking)
    assert perform_one(service.rt, kinds=(question_fields.KIND,))
    assert (stands(service), question_fields.KIND in waiting(service)) == ({}, True)
    service.settle()
    assert stands(service) == ALL


def test_while_the_calendar_is_away_it_is_not_looked_for_each_second(service: World) -> None:
    """With many bookings that kept the database from everybody."""
    booking = held(service)
    service.calendar.fail_next(Unavailable("no answer"), times=3)
    service.confirm(booking)
    looked = 0
    for _ in range(600):
        looked += perform_one(service.rt, kinds=(question_fields.KIND,))
        service.clock.advance(1)
    assert 10 < looked <= 60


def test_a_time_that_is_taken_again_brings_the_answers_as_old_as_they_are(service: World, people: People) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.pass_time(minutes=1)
    staff_acts.fill(service.rt, GRACE, "region", "Bavaria", now=service.now)
    service.pass_time(hours=3)
    hold_actions.take_again(service.rt, service.token(booking, LinkPurpose.CONFIRM), network="n", now=service.now)
    service.drain()
    assert stands(service) == {**ALL, "region": "Bavaria"}


def test_the_tick_of_the_form_makes_the_contact_and_the_answers_follow(service: World) -> None:
    texts = texts_of({Part.NAME: "Newsletter", Part.BOX: "Yes"})
    with transaction(service.rt.engine) as session:
        wording = Wording(
            purpose="newsletter", language="en", version=1, texts=texts, made_at=service.now, made_by="staff:test"
        )
        purposes.add_wording(session, wording)
    ticks = Ticks(boxes=(Tick("newsletter", wording.hash, "Yes"),))
    before = held(service, ticks=ticks)
    assert stands(service) == {}, "the contact is there, and nobody confirmed the booking"
    confirmed(service, before)
    assert stands(service) == ALL
    invitee = Invitee(name="Anna", email="anna@example.org", language="en", zone="Europe/Berlin")
    late = service.hold(start=MONDAY + timedelta(days=2), answers=ANSWERS, kept=TOLD, invitee=invitee, ticks=ticks)
    with transaction(service.rt.engine) as session:
        outbox.put_off(session, f"mail:{late.id}:ticked", until=service.now + timedelta(minutes=10))
    service.drain()
    confirmed(service, late)
    assert stands(service, "anna@example.org") == {}
    service.pass_time(minutes=11)
    assert stands(service, "anna@example.org") == ALL


def test_a_sensitive_answer_stands_in_clear_in_no_file_effect_or_log(
    service: World, people: People, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    people.contact(GRACE)
    booking = held(service)
    service.confirm(booking)
    with snapshot(service.rt.engine) as session:
        effects = repr([each.payload for each in outbox.open_rows(session)])
    drain(service.rt)
    assert stands(service)["insurance-number"] == "4711"
    said = capsys.readouterr()
    folder = Path(service.rt.settings.data_dir)
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode("latin-1")
    for text in (effects, caplog.text, said.out, said.err, files):
        assert "A-7391" not in text
        assert "7391-2264" not in text


def test_what_no_key_opens_is_left_out_and_logged_without_a_stuck_effect(
    service: World, people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.confirm(booking)
    with transaction(service.rt.engine) as session:
        found = bookings.get(session, booking.id)
        broken = tuple(replace(each, sealed=each.sealed[:-8] + "AAAAAAAA") for each in found.sealed)
        booking_answers.save(session, replace(found, sealed=broken))
    service.drain()
    assert stands(service) == {key: text for key, text in ALL.items() if key != "insurance-number"}
    assert waiting(service) == []
    assert "answer_left_out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "misfit"),
    [
        (Question("q", "Q", field="gone"), question_fields.Misfit.UNKNOWN),
        (Question("q", "Q", sensitive=True, field="region"), question_fields.Misfit.SENSITIVE),
        (Question("q", "Q", QuestionKind.LONG, field="region"), question_fields.Misfit.TOO_LONG),
        (
            Question(
                "q", "Q", QuestionKind.SEVERAL, options=tuple(f"{n}" + "x" * 99 for n in range(5)), field="region"
            ),
            question_fields.Misfit.TOO_LONG,
        ),
    ],
)
def test_a_question_that_does_not_fit_its_field_is_refused(
    service: World, question: Question, misfit: question_fields.Misfit
) -> None:
    before = meeting_types.own(service.rt, service.host.id, "intro").meeting
    with pytest.raises(question_fields.FieldUnfit) as refused:
        meeting_types.save(
            service.rt, before, replace(before, questions=(*QUESTIONS, question)), by="test", now=service.now
        )
    assert refused.value.misfit is misfit
    assert meeting_types.own(service.rt, service.host.id, "intro").meeting == before


@pytest.mark.capability("S4-13")
def test_an_answer_leaves_what_its_person_set_on_their_page_since_and_a_later_one_replaces_it(
    service: World, people: People
) -> None:
    contact = people.contact(GRACE)
    booking = held(service, where="Saxony")
    service.pass_time(minutes=5)
    with transaction(service.rt.engine) as session:
        field = fields.find(session, "region")
        assert field is not None
        own = profile.as_kept(service.rt, contact, field, "Bavaria", at=service.now, own=True)
        fields.put_all(session, [own])
    confirmed(service, booking)
    assert stands(service) == {**ALL, "region": "Bavaria"}
    assert value(service, "region").own
    service.pass_time(minutes=5)
    confirmed(service, held(service, 2, where="Hesse"))
    later = value(service, "region")
    assert (later.text, later.own, later.answered) == ("Hesse", False, True)
