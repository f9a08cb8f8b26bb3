"""A form says beside each question that its answer is also kept in the profile, and only what it said is kept."""

from dataclasses import replace

import pytest

from booking_service.actions.consent.contacts import find_or_make
from booking_service.crypto.ids import new_id
from booking_service.domain.meeting import ConsentBlock, DoubleOptIn
from booking_service.domain.questions import OnlyAfter, Question, QuestionKind
from booking_service.storage import contacts, fields
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from tests.web.consents import offer
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site

GRACE = "grace@example.net"
SAID = "Also kept in your profile with us, if you have one."
FORM = f"/ada/intro/details?start={TUESDAY_9}"
QUESTIONS = (
    Question("where", "Where do you live?", field="region"),
    Question("visits", "Been here before?", QuestionKind.TICK, field="visits"),
    Question("machine", "On what?", QuestionKind.CHOICE, options=("One", "Two"), field="machine"),
    Question("several", "And?", QuestionKind.SEVERAL, options=("A", "B"), field="several"),
    Question("which", "Which one?", only_after=OnlyAfter("machine", "Two"), field="which"),
    Question("topic", "What about?", QuestionKind.LONG),
)

pytestmark = pytest.mark.capability("S4-15")


@pytest.fixture(autouse=True)
def _set_up(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        find_or_make(s.w.rt, session, address=GRACE, now=s.w.now)
        for slug in ("region", "visits", "machine", "several", "which"):
            fields.save(session, ProfileField(id=new_id(s.w.now), slug=slug, labels={"en": slug.title()}))
    s.save(replace(s.w.intro, questions=QUESTIONS))


def stands(s: Site) -> dict[str, str]:
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        return {key: text for key, text in fields.visible(session, contact.id).items() if text}


def test_each_question_whose_answer_is_kept_says_so_in_the_readers_language(s: Site) -> None:
    page = look(s.browser, FORM)
    assert page.text.count(SAID) == 4, "the fifth is asked after an answer only"
    assert page.one("input", name="kept-where").get("value") == "region"
    for key in ("where", "visits", "machine", "several"):
        (hint,) = page.all("p", id=f"answer-{key}-hint")
        assert hint.text == SAID
    assert page.one("input", name="answer-where").get("aria-describedby") == "answer-where-hint"
    assert "Wird auch in Ihrem Profil bei uns gespeichert" in look(s.browser, f"{FORM}&lang=de").text
    assert "Wordt ook in uw profiel bij ons bewaard" in look(s.browser, f"{FORM}&lang=nl").text


def test_what_was_told_and_answered_is_kept_once_it_is_confirmed(s: Site) -> None:
    page = look(s.browser, FORM)
    sent = {each.get("name", ""): each.get("value", "") for each in page.all("input", type="hidden")}
    typed = s.form(
        **{"answer-where": "Saxony", "answer-visits": "yes", "answer-machine": "Two", "answer-several.1": "yes"}
    )
    answer = read(s.browser.post("/ada/intro/hold", data={**sent, **typed}))
    assert answer.text.count(SAID) == 5, "the question that the answer led to says it, too"
    sent |= {each.get("name", ""): each.get("value", "") for each in answer.all("input", type="hidden")}
    s.confirmed(**{**sent, **typed, "answer-which": "The older"})
    assert stands(s) == {
        "region": "Saxony",
        "visits": "yes",
        "machine": "Two",
        "several": "B",
        "which": "The older",
    }


def test_what_a_form_did_not_say_is_not_kept(s: Site) -> None:
    """A program's own form, and one that was open before the host named another field."""
    s.confirmed(**{"answer-where": "Saxony"})
    told = {"answer-where": "Saxony", "kept-where": "visits", "kept-topic": "region", "answer-topic": "Anything"}
    s.confirmed(start="2030-01-09T08:00:00Z", form_key="o" * 22, **told)
    assert stands(s) == {}


def test_where_nobody_confirms_by_mail_nothing_is_said_and_nothing_is_kept(s: Site) -> None:
    s.save(replace(s.w.intro, questions=QUESTIONS, doi=DoubleOptIn.OFF))
    assert SAID not in look(s.browser, FORM).text
    s.hold(**{"answer-where": "Saxony", "kept-where": "region"})
    s.w.drain()
    assert stands(s) == {}


def test_a_wrong_answer_keeps_what_was_typed_and_says_it_again(s: Site) -> None:
    page = look(s.browser, FORM)
    sent = {each.get("name", ""): each.get("value", "") for each in page.all("input", type="hidden")}
    wrong = s.browser.post("/ada/intro/hold", data={**sent, **s.form(**{"answer-where": "x" * 501})})
    assert wrong.status_code == 422
    again = read(wrong)
    assert again.value("answer-where") == "x" * 501
    assert again.text.count(SAID) == 4


def test_no_page_and_no_mail_says_that_what_is_entered_is_used_for_the_meeting_only(s: Site) -> None:
    stays = "What is also kept in your profile stays there."
    assert f"used for this meeting and erased 90 days after it. {stays}" in look(s.browser, FORM).text
    privacy = look(s.browser, "/privacy").text
    assert "Answers for which the form says so are also kept in your profile, if you have one" in privacy
    assert "for nothing else" not in privacy
    s.hold()
    s.w.drain()
    (mail,) = s.w.mails.to(GRACE)
    assert (
        "Once you confirm, answers for which the form said so are also kept in your profile with us, if you have one"
        in " ".join(mail.text.split())
    )
    offer(s)
    s.save(replace(s.w.intro, questions=QUESTIONS, purposes=(ConsentBlock("newsletter"),)))
    assert f"kept with the proof of it beyond that day. {stays}" in look(s.browser, FORM).text
    s.save(replace(s.w.intro, questions=()))
    assert "used for this meeting only" in look(s.browser, FORM).text
