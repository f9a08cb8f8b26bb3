"""Questions of every kind on the details page, in calendar and mail, and those that follow an answer."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.questions import OnlyAfter, Question, QuestionKind
from tests.web.consents import NEWSLETTER, offer, standing, ticked
from tests.web.page_reader import Page, look, read
from tests.web.site import TUESDAY_9, Site

pytestmark = pytest.mark.timeout(60)
OTHER = InLanguages((("en", "Other"), ("de", "Anderes")))
QUESTIONS = (
    Question("why", "Why that one?", required=True, only_after=OnlyAfter("machine", "Other")),
    Question("machine", "On what?", QuestionKind.CHOICE, required=True, options=("Engine", OTHER)),
    Question("tools", "With what?", QuestionKind.SEVERAL, options=("Cards", OTHER, "Levers")),
    Question("count", "How many?", QuestionKind.NUMBER),
    Question("phone", "Your number?", QuestionKind.PHONE),
    Question("first", "The first time?", QuestionKind.TICK),
)
WRONG = {"answer-count": "many", "answer-phone": "call me", "answer-machine": "Abacus"}
RIGHT = {"answer-machine": "Other", "answer-tools.0": "yes", "answer-tools.1": "yes"}


@pytest.fixture
def asking(s: Site) -> Site:
    s.save(replace(s.w.intro, questions=QUESTIONS))
    return s


def test_each_kind_has_its_field_and_says_what_is_wrong_keeping_the_rest(asking: Site) -> None:
    page = look(asking.browser, f"/ada/intro/details?start={TUESDAY_9}")
    assert page.value("shown") == "machine tools count phone first"
    kinds = {each.get("name"): each.get("type") for each in page.all("input")}
    assert (kinds["answer-machine"], kinds["answer-tools.2"]) == ("radio", "checkbox")
    assert (kinds["answer-phone"], kinds["answer-first"]) == ("tel", "checkbox")
    form = asking.form(shown=page.value("shown"), **WRONG, **{"answer-tools.1": "yes", "answer-first": "yes"})
    refused = read(asking.browser.post("/ada/intro/hold", data=form))
    assert refused.status == 422
    for sentence in ("Choose one of the answers", "Enter a number", "Enter a phone number", "3 things need fixing"):
        assert sentence in refused.text
    assert refused.value("start") == TUESDAY_9
    assert refused.value("answer-count") == "many"
    ticked = [each.get("name") for each in refused.all("input", type="checkbox") if each.get("checked") is not None]
    assert ticked == ["answer-tools.1", "answer-first"]


def test_an_answer_that_leads_to_a_question_has_it_asked_before_anything_is_held(asking: Site) -> None:
    page = look(asking.browser, f"/ada/intro/details?start={TUESDAY_9}")
    assert "Why that one?" not in page.text
    second = read(asking.browser.post("/ada/intro/hold", data=asking.form(shown=page.value("shown"), **RIGHT)))
    assert second.status == 200
    assert "your answers led to more questions" in second.text
    assert (second.value("start"), second.value("name")) == (TUESDAY_9, "Grace Hopper")
    assert "Error:" not in second.text
    assert asking.w.all_bookings() == []
    shown = second.value("shown")
    still = read(asking.browser.post("/ada/intro/hold", data=asking.form(shown=shown, **RIGHT)))
    assert (still.status, "Answer this question: Why that one?" in still.text) == (422, True)

    done = asking.confirmed(shown=shown, **RIGHT, **{"answer-why": "It adds"}, lang="de")
    assert dict(done.answers) == {
        "why": "It adds",
        "machine": "Other",
        "tools": "Cards\nOther",
        "count": "",
        "phone": "",
        "first": "",
    }
    (event,) = asking.w.calendar.events()
    assert "On what? Other" in event.description
    managed = look(asking.browser, asking.link(done, LinkPurpose.MANAGE)).text
    assert "Anderes" in managed


def test_a_question_that_no_longer_follows_is_dropped(asking: Site) -> None:
    answers = {"answer-machine": "Engine", "answer-why": "I took it back"}
    booking = asking.hold(shown="why machine tools count phone first", **answers)
    assert "why" not in dict(booking.answers)


def test_a_program_that_does_not_say_what_it_showed_answers_everything_at_once(asking: Site) -> None:
    for shown in ({}, {"shown": "machine"}):
        form = asking.form(**RIGHT, **shown)
        refused = asking.browser.post("/ada/intro/hold", data=form, headers={"Accept": "application/json"})
        assert refused.status_code == 422
        assert [each["field"] for each in refused.json()["errors"]] == ["answer-why"]
    assert asking.hold(**RIGHT, **{"answer-why": "It adds"}).answers


def test_a_link_may_bring_along_answers_of_every_kind_and_they_are_checked_as_typed_ones(asking: Site) -> None:
    answers = {**RIGHT, "answer-why": "It adds", "answer-count": "many", "answer-first": "yes"}
    pick = look(asking.browser, f"/ada/intro?{urlencode(answers)}")
    carried = {each.get("name"): each.get("value") or "" for each in pick.one("form", id="choice").iter("input")}
    assert answers.items() <= carried.items()
    for page in (
        read(asking.browser.post(pick.actions()[-1], data={**carried, "start": TUESDAY_9})),
        look(asking.browser, f"/ada/intro/details?start={TUESDAY_9}&{urlencode(answers)}"),
    ):
        chosen = [each.get("name") for each in page.all("input") if each.get("checked") is not None]
        assert chosen == ["answer-machine", "answer-tools.0", "answer-tools.1", "answer-first"]
        assert (page.value("answer-why"), page.value("answer-count")) == ("It adds", "many")
        assert page.value("shown") == "why machine tools count phone first"
        assert "led to more questions" not in page.text
    refused = read(asking.browser.post("/ada/intro/hold", data=asking.form(**answers)))
    assert (refused.status, "Enter a number" in refused.text) == (422, True)
    assert asking.w.all_bookings() == []
    wrong = look(asking.browser, f"/ada/intro/details?start={TUESDAY_9}&answer-machine=Abacus")
    assert [each for each in wrong.all("input", type="radio") if each.get("checked") is not None] == []


def test_a_consent_among_questions_keeps_its_place_whatever_is_asked_and_its_tick_through_the_second_step(
    asking: Site,
) -> None:
    """Its position counts the questions that are there, not those that are shown: it stands behind the first two."""
    offer(asking, NEWSLETTER, positions=(2,))

    def order(page: Page) -> list[str]:
        names = (each.get("name") or "" for each in page.one("form", id="details").iter("input"))
        wanted = (each for each in names if each.startswith(("answer-", "consent-")))
        return list(dict.fromkeys(each.partition(".")[0] for each in wanted))

    page = look(asking.browser, f"/ada/intro/details?start={TUESDAY_9}")
    rest = ["consent-newsletter", "answer-tools", "answer-count", "answer-phone", "answer-first"]
    assert order(page) == ["answer-machine", *rest]
    box = ticked(asking)
    form = asking.form(shown=page.value("shown"), **RIGHT, **box)
    second = read(asking.browser.post("/ada/intro/hold", data=form))
    assert order(second) == ["answer-why", "answer-machine", *rest]
    assert second.one("input", name="consent-newsletter").get("checked") is not None
    assert standing(asking).question is None, "nothing is asked before anything is held"
    asking.confirmed(shown=second.value("shown"), **RIGHT, **box, **{"answer-why": "It adds"})
    assert standing(asking).question is not None
