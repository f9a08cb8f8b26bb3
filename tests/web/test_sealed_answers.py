"""Answers to sensitive questions stand nowhere in clear: looked for byte by byte in everything the service writes."""

from dataclasses import replace
from pathlib import Path

import pytest

from booking_service.actions.access import sealed_answers
from booking_service.actions.booking import find, hold
from booking_service.actions.setup.file.apply import apply, export
from booking_service.actions.setup.file.read import parse
from booking_service.crypto import keys
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking
from booking_service.domain.errors import AddressUnproven
from booking_service.domain.questions import Question, QuestionKind
from booking_service.domain.timeline import Happened
from booking_service.mail.message import assemble
from tests.web.page_reader import look, read
from tests.web.site import Site, person_of_host, signed_in

CANARY = "KANARIE 8213 9921"
PARTS = (b"KANARIE", b"8213 9", b"82139921")  # four digits alone stand in a hash now and then
SEEN = "9921"
NUMBER = Question("number", "Insurance number", sensitive=True)
TOPIC = Question("topic", "Topic", QuestionKind.LONG)
pytestmark = pytest.mark.timeout(60)


def written(s: Site, folder: Path) -> dict[str, bytes]:
    """Everything that left the process: files, mails, and what the calendar was told."""
    files = {each.name: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    mails = {f"mail {at}": _decoded(s, at) for at in range(len(s.w.mails.sent))}
    events = {f"event {at}": each for at, each in enumerate(s.w.calendar.bodies())}
    return files | mails | events


def _decoded(s: Site, at: int) -> bytes:
    message = assemble(s.w.mails.sent[at])
    parts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return b"\n".join([str(message.items()).encode(), *(each for each in parts if isinstance(each, bytes))])


def holds_canary(s: Site, folder: Path) -> list[str]:
    return [name for name, content in written(s, folder).items() if any(each in content for each in PARTS)]


def asking(s: Site, *questions: Question) -> None:
    s.save(replace(s.w.intro, questions=questions))


@pytest.mark.capability("S1-05")
def test_a_sensitive_answer_is_sealed_from_the_first_and_leaves_the_service_by_one_press_only(
    s: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asking(s, NUMBER, TOPIC)
    booking = s.confirmed(**{"answer-number": CANARY, "answer-topic": "Engines"})
    assert dict(booking.answers) == {"topic": "Engines"}
    assert [(each.key, each.exposed) for each in booking.sealed] == [("number", SEEN)]
    (event,) = s.w.calendar.events()
    assert "Insurance number: answered, see the booking" in event.description
    assert any("answered, see the booking" in mail.text for mail in s.w.mails.to("ada@example.org"))
    managed = look(s.browser, s.link(booking, LinkPurpose.MANAGE)).text
    assert f"Insurance number ••••{SEEN}" in managed

    ada = signed_in(s, person_of_host(s, s.w.host))
    for text, found in ((SEEN, True), ("8213", False), ("KANARIE", False)):
        assert ("Grace Hopper" in look(ada, f"/host/bookings?q={text}").text) is found, text
    page = look(ada, f"/host/bookings/{booking.id}")
    assert f"Insurance number ••••{SEEN}" in page.text
    press = {"press": page.value("press")}
    shown = read(ada.post(page.button("Show in full"), data=press))
    assert f"Insurance number {CANARY}" in shown.text
    reloaded = read(ada.post(page.button("Show in full"), data=press))
    assert "KANARIE" not in reloaded.text
    assert "It was shown by this press on" in reloaded.text
    assert reloaded.text.count("Sensitive answers shown to you") == 1
    assert ada.post(page.button("Show in full")).status_code == 404, "without its button"
    assert "KANARIE" not in look(ada, f"/host/bookings/{booking.id}").text
    assert "KANARIE" not in export(s.w.rt)
    assert holds_canary(s, tmp_path) == []
    noted = capfd.readouterr()
    assert "KANARIE" not in noted.out + noted.err


@pytest.mark.capability("S1-05")
def test_a_sensitive_answer_is_shown_to_nobody_before_its_address_is_proven(s: Site) -> None:
    """Also by a button that a page had before, and not after the hold has ended."""
    asking(s, NUMBER)
    booking = s.hold(**{"answer-number": CANARY})
    s.w.drain()
    ada, press = signed_in(s, person_of_host(s, s.w.host)), {"press": "p" * 22}
    page = look(ada, f"/host/bookings/{booking.id}")
    assert f"Insurance number ••••{SEEN}" in page.text
    assert "Shown in full once the invitee has confirmed by the mailed link." in page.text
    answers = f"/host/bookings/{booking.id}/answers"
    assert answers not in page.actions()
    refused = ada.post(answers, data=press)
    assert (refused.status_code, "KANARIE" in refused.text) == (409, False)
    assert Happened.REVEALED not in [each.what for each in find.timeline_of(s.w.rt, booking.id)]
    s.w.confirm(booking)
    assert CANARY in read(ada.post(answers, data=press)).text
    lapsed = s.hold(**{"answer-number": CANARY}, start="2030-01-09T09:00:00Z", form_key="l" * 22)
    s.w.pass_time(hours=2)
    refused = ada.post(f"/host/bookings/{lapsed.id}/answers", data=press)
    assert (refused.status_code, "KANARIE" in refused.text) == (409, False)


def test_who_takes_an_ended_hold_again_brings_the_sealed_answer_along(s: Site, tmp_path: Path) -> None:
    asking(s, NUMBER)
    ended = s.hold(**{"answer-number": CANARY})
    s.w.pass_time(hours=2)
    again = hold.take_again(s.w.rt, s.w.token(ended, LinkPurpose.CONFIRM), network="n", now=s.w.now)
    assert sealed_answers.reveal(s.w.rt, again, now=s.w.now) == {"number": CANARY}
    with pytest.raises(AddressUnproven):
        sealed_answers.reveal(s.w.rt, ended, now=s.w.now)
    assert again.sealed[0].sealed != ended.sealed[0].sealed
    assert holds_canary(s, tmp_path) == []


def test_an_answer_that_was_moved_to_another_booking_or_lost_its_key_is_not_shown(s: Site) -> None:
    asking(s, NUMBER)
    booking = s.confirmed(**{"answer-number": CANARY})
    fresh = keys.ring_of("another-secret-for-tests-only-0123456789-abc", source="test")
    both = replace(s.w.rt, ring=keys.KeyRing((*fresh.keys, *s.w.rt.ring.keys)))
    assert sealed_answers.seal_anew(both) == (1, 0)
    assert sealed_answers.seal_anew(both) == (0, 0)
    only_new = replace(s.w.rt, ring=fresh)
    assert sealed_answers.reveal(only_new, booking, now=s.w.now) == {"number": CANARY}
    assert sealed_answers.seal_anew(s.w.rt) == (0, 1)
    ada = signed_in(s, person_of_host(s, s.w.host))
    page = look(ada, f"/host/bookings/{booking.id}")
    shown = ada.post(f"/host/bookings/{booking.id}/answers", data={"press": page.value("press")})
    assert "the key it was sealed with is gone" in read(shown).text


@pytest.mark.capability("S1-05")
def test_what_was_answered_before_its_question_became_sensitive_is_sealed_and_the_event_written_again(
    s: Site, tmp_path: Path
) -> None:
    asking(s, replace(NUMBER, sensitive=False), TOPIC)
    booking = s.confirmed(**{"answer-number": CANARY, "answer-topic": "Engines"})
    (event,) = s.w.calendar.events()
    assert CANARY in event.description
    s.w.calendar.host_edits(event.uid, summary="Grace, at last")
    s.w.drain()
    assert holds_canary(s, tmp_path) != []
    s.w.mails.sent.clear()  # what was said was said

    text = export(s.w.rt).replace(
        'kind = "text"\nrequired = false\nsensitive = false', 'kind = "text"\nsensitive = true'
    )
    assert apply(s.w.rt, parse(text, env={}, folder=tmp_path), by="a test", now=s.w.now).changes
    ada = signed_in(s, person_of_host(s, s.w.host))
    page = look(ada, f"/host/bookings/{booking.id}")
    assert f"Insurance number ••••{SEEN}" in page.text, "masked from the very moment, sealed or not"
    revision = s.booking(booking.public_id).revision
    s.w.pass_time(seconds=15)
    sealed = s.booking(booking.public_id)
    assert (dict(sealed.answers), len(sealed.sealed)) == ({"topic": "Engines"}, 1)
    assert sealed.revision == revision + 1
    (event,) = s.w.calendar.events()
    assert event.summary == "Grace, at last", "what the host wrote stays"
    assert "Insurance number: answered, see the booking\nTopic: Engines" in event.description
    assert s.w.mails.sent == [], "nobody is told, as nothing changed for them"
    assert holds_canary(s, tmp_path) == []
    shown = ada.post(page.button("Show in full"), data={"press": page.value("press")})
    assert f"Insurance number {CANARY}" in read(shown).text


def erased(s: Site, booking: Booking) -> bool:
    return s.booking(booking.public_id).sealed == ()


def test_a_sealed_answer_is_erased_with_its_booking(s: Site) -> None:
    asking(s, NUMBER)
    booking = s.hold(**{"answer-number": CANARY})
    assert not erased(s, booking)
    s.w.pass_time(days=120)
    assert erased(s, booking)
