"""Whatever is refused, everything typed is kept, the reason is said, and there is a way on."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.errors import UnknownPurpose
from booking_service.domain.questions import Question
from booking_service.rendering import environment
from booking_service.web.http import errors
from calendars.errors import Unavailable
from calendars.model import Period
from tests.web.page_reader import Page, look, read, words
from tests.web.site import TUESDAY_9, Site, limited

ROOT = Path(__file__).parents[2] / "templates"

pytestmark = pytest.mark.timeout(60)


def submit(s: Site, **changes: str) -> Page:
    return read(s.browser.post("/ada/intro/hold", data=s.form(**changes)))


def kept(page: Page) -> Mapping[str, str]:
    return {name: page.value(name).strip() for name in ("name", "email", "answer-topic")}


def test_every_page_that_says_what_is_wrong_says_so_in_its_title_and_at_each_sentence() -> None:
    """Who hears a page read out hears its title first."""
    templates = environment()
    sources = {name: (ROOT / name).read_text() for name in templates.list_templates(extensions=["html"])}
    showing = {
        name: text
        for name, text in sources.items()
        if re.search(r"""class="err"|"errbox" role="alert"|problems\(""", text)
    }
    titles = {name: re.search(r"{% block title %}(.*?){% endblock %}", text) for name, text in showing.items()}
    assert len(titles) > 40
    assert [name for name, title in titles.items() if title and "Error:" not in title[1]] == []
    sentences = [each for text in showing.values() for each in re.findall(r'class="err"[^>]*>(.*)', text)]
    assert [each for each in sentences if not each.startswith('<span class="vh">{{ _("Error:") }} </span>')] == []


def test_a_form_with_two_mistakes_names_both_at_the_top_and_at_their_fields(s: Site) -> None:
    page = submit(s, name=" ", email="grace@")
    assert page.status == 422
    assert page.title.startswith("Error: Your details")
    summary = page.one("div", role="alert")
    assert words(summary) == "2 things need fixing Enter your name Enter an email address like name@example.org"
    assert [a.get("href") for a in summary.iter("a")] == ["#name", "#email"]
    assert page.one("input", id="name").get("aria-describedby") == "name-error"
    assert page.one("input", id="email").get("aria-describedby") == "email-hint email-error"
    assert kept(page) == {"name": "", "email": "grace@", "answer-topic": "The compiler"}
    assert page.value("start") == TUESDAY_9


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "x" * 121}, "Shorten this to 120 characters or fewer: it has 121 now"),
        ({"answer-topic": "x" * 2001}, "Shorten this to 2000 characters or fewer: it has 2001 now"),
        (
            {"email": f"{'x' * 64}@{'y' * 60}.{'z' * 60}.{'w' * 60}.example"},
            "Shorten this to 254 characters or fewer: it has 255 now",
        ),
        ({"email": "a@example.net, b@example.net"}, "Enter one email address only"),
        ({"email": "a@example.net;b@example.net"}, "Enter one email address only"),
        ({"email": "ü@example.net"}, "letters like ä or é before the @"),
        ({"email": "grace＠example.net"}, "Enter an email address like"),
        ({"email": "a\r\nBcc: b@example.net"}, "Enter an email address like"),
        ({"email": '"a b"@example.net'}, "Enter an email address like"),
        ({"email": "a@[127.0.0.1]"}, "Enter an email address like"),
        ({"email": "a=?b@example.net"}, "Enter an email address like"),
        ({"guests": "a=?b@example.net"}, "a=?b@example.net is not an email address"),
        ({"guests": "charles@example.net\nnobody"}, "nobody is not an email address"),
        ({"guests": " ".join(f"g{n}@example.net" for n in range(4))}, "You can invite up to 3 guests"),
        ({"subject_line": "buy"}, "Leave this field empty"),
    ],
)
def test_what_is_wrong_is_explained(s: Site, changes: dict[str, str], sentence: str) -> None:
    page = submit(s, **changes)
    assert page.status == 422
    assert sentence in words(page.one("div", role="alert"))
    assert not s.w.all_bookings()


def test_a_question_that_must_be_answered(s: Site) -> None:
    s.save(replace(s.w.intro, questions=(Question("topic", "What about?", required=True),)))
    page = submit(s, **{"answer-topic": ""})
    assert "Answer this question: What about?" in page.text
    assert page.one("input", id="answer-topic").get("required") is not None


def test_a_domain_in_any_script_is_kept_in_its_ascii_form(s: Site) -> None:
    booking = s.hold(email="grace@bücher.example")
    assert booking.invitee.email == "grace@xn--bcher-kva.example"


def test_taken_meanwhile_offers_the_nearest_times_in_the_same_form(s: Site) -> None:
    s.hold(form_key="first" * 4, email="other@example.net")
    page = submit(s)
    assert (page.status, page.title) == (409, "Error: Your details · Ada Lovelace")
    assert "This time was just taken" in words(page.one("div", role="alert"))
    assert kept(page) == {"name": "Grace Hopper", "email": "grace@example.net", "answer-topic": "The compiler"}
    assert "2030-01-08T08:30:00Z" in page.times().values()
    fields = {f.get("name", ""): f.get("value", "") for f in page.one("form", id="details").iter("input")}
    answer = s.browser.post(page.actions()[0], data={**fields, "start": "2030-01-08T08:30:00Z"})
    assert answer.status_code == 303


def test_taken_by_the_hosts_own_event_that_no_pull_has_seen(s: Site) -> None:
    start = s.w.now + timedelta(days=1)
    s.w.calendar.host_adds("Dentist", Period(start, start + timedelta(hours=1)))
    page = submit(s)
    assert (page.status, page.value("email")) == (409, "grace@example.net")
    s.w.settle()
    assert [event.summary for event in s.w.calendar.events()] == ["Dentist"]
    assert not s.w.mails.sent


def test_a_calendar_that_does_not_answer_is_no_free_time(s: Site) -> None:
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    answer = s.browser.post("/ada/intro/hold", data=s.form())
    page = read(answer)
    assert (page.status, answer.headers["retry-after"]) == (503, "60")
    assert "The calendar does not answer" in page.text
    assert kept(page)["email"] == "grace@example.net"
    s.w.calendar.heal()
    s.w.settle()
    assert not s.w.calendar.events()
    assert not s.w.mails.sent


@pytest.mark.parametrize(
    ("start", "status", "sentence"),
    [
        ("2030-01-07T07:30:00Z", 409, "It has already passed"),
        ("2030-01-07T08:00:00Z", 409, "It has already passed"),
        ("2030-01-07T09:00:00Z", 409, "It starts too soon"),
        ("2035-01-08T08:00:00Z", 422, "It is too far ahead to be booked"),
        ("2030-01-08T08:00:01Z", 422, "No meeting can start at this time"),
        ("2030-01-08T02:00:00Z", 422, "No meeting can start at this time"),
    ],
)
def test_a_time_that_is_not_on_offer(s: Site, start: str, status: int, sentence: str) -> None:
    for page in (submit(s, start=start), look(s.browser, f"/ada/intro/details?start={start}")):
        assert (page.status, page.all("input", type="hidden", name="start")) == (status, [])
        assert sentence in page.text
        assert page.times()
    assert not s.w.all_bookings()


@pytest.mark.parametrize(
    "start",
    [
        "",
        "tomorrow",
        "2030-02-30T08:00:00Z",
        "2030-01-08T24:00:00Z",
        "2030-01-08T08:60:00Z",
        "2030-W02-2T08:00:00Z",
        "2030-01-08",
        "2030-01-08T08:00:00",
        "2030-01-08T08:00:00+00:00",
        "٢٠٣٠-٠١-٠٨T٠٨:٠٠:٠٠Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
        "9" * 9000,
        "2030-01-08T08:00:00Z\x01",
        " 2030-01-08T08:00:00Z",
    ],
)
def test_a_start_that_is_none_leads_back_to_the_times(s: Site, start: str) -> None:
    page = submit(s, start=start)
    assert (page.status, page.h1) == (422, "Choose a time first")
    assert page.links()["See the free times"].startswith("/ada/intro?")


@pytest.mark.parametrize(
    "own", ["Ada+x@example.org", "ada@example.org", "booking@example.org", "Booking+x@example.org"]
)
def test_an_address_of_the_host_or_of_this_service_is_refused_at_the_field(s: Site, own: str) -> None:
    """Its mail would come back here."""
    page = submit(s, email=own)
    assert page.status == 422
    assert "This address can't be used" in words(page.one("p", id="email-error"))
    booking = s.hold(guests=own)
    assert booking.guests == (), "they take part anyway"


@pytest.mark.parametrize("role", ["postmaster@example.net", "noreply@example.org", "abuse@example.com"])
def test_an_address_of_an_office_may_book(s: Site, role: str) -> None:
    assert s.hold(email=role).reserves


def test_a_mailbox_that_wants_no_mail_is_refused_at_the_field(s: Site) -> None:
    booking = s.hold()
    s.browser.post(s.link(booking, LinkPurpose.NOT_ME), data={"block": "yes"})
    page = submit(s, form_key="n" * 20, email="grace+again@example.net")
    assert (page.status, kept(page)["name"]) == (422, "Grace Hopper")
    assert "We can't write to this address" in words(page.one("p", id="email-error"))


def test_too_many_holds_say_from_when_on_it_works_again(s: Site) -> None:
    browser = limited(s, book_per_mailbox="1 per 10 min")
    assert browser.post("/ada/intro/hold", data=s.form()).status_code == 303
    again = s.form(form_key="n" * 20, start="2030-01-08T10:00:00Z")
    answer = browser.post("/ada/intro/hold", data=again)
    page = read(answer)
    assert (page.status, answer.headers["retry-after"]) == (429, "600")
    assert "You can try again from 09:10 (Europe/Berlin)." in page.text
    assert kept(page)["answer-topic"] == "The compiler"
    s.w.clock.advance(600)
    assert browser.post("/ada/intro/hold", data=again).status_code == 303


def test_too_many_confirmations_from_one_network_lead_back_to_the_page(s: Site) -> None:
    browser = limited(s, confirm_per_network="1 per min")
    booking = s.hold()
    link = s.link(booking, LinkPurpose.CONFIRM)
    assert [browser.post(link).status_code for _ in range(2)] == [303, 429]
    page = read(browser.post(link))
    assert page.h1 == "Too many tries"
    assert page.links()["Back to the page"] == link


def test_resending_too_often_says_from_when_on_and_keeps_the_page(s: Site) -> None:
    browser = limited(s, book_per_mailbox="1 per 10 min")
    browser.post("/ada/intro/hold", data=s.form())
    (booking,) = s.w.all_bookings()
    answer = browser.post(f"/b/{booking.public_id}/resend")
    page = read(answer)
    assert (page.status, page.h1, answer.headers["retry-after"]) == (429, "Check your inbox", "600")
    assert "You can try again from 09:10 (Europe/Berlin)." in words(page.one("div", role="alert"))


def test_the_waiting_page_says_from_when_the_mail_can_be_sent_again(s: Site) -> None:
    browser = limited(s, book_per_mailbox="1 per 10 min")
    browser.post("/ada/intro/hold", data=s.form())
    (booking,) = s.w.all_bookings()
    s.w.drain()
    address, told = f"/b/{booking.public_id}", "It can be sent again from 09:10 (Europe/Berlin)."
    assert told in look(browser, address).text
    s.w.clock.advance(600)
    assert told not in look(browser, address).text
    assert browser.post(f"{address}/resend").status_code == 303


def test_what_was_confirmed_does_not_count_against_the_next_request(s: Site) -> None:
    browser = limited(s, book_per_mailbox="1 per 10 min")
    browser.post("/ada/intro/hold", data=s.form())
    (booking,) = s.w.all_bookings()
    another = s.form(start="2030-01-08T09:00:00Z", form_key="a" * 22)
    assert browser.post("/ada/intro/hold", data=another).status_code == 429
    assert browser.post(s.link(booking, LinkPurpose.CONFIRM)).status_code == 303
    assert browser.post("/ada/intro/hold", data=another).status_code == 303
    assert (
        browser.post(
            "/ada/intro/hold", data=another | {"start": "2030-01-08T10:00:00Z", "form_key": "b" * 22}
        ).status_code
        == 429
    )


def test_who_tries_many_links_is_told_to_wait_and_whose_lead_somewhere_are_not(s: Site) -> None:
    browser = limited(s, unknown_links_per_network="2 per min")
    link = s.link(s.hold(), LinkPurpose.CONFIRM)
    assert [browser.get(f"/c/{'x' * n}").status_code for n in range(40, 43)] == [404, 404, 429]
    assert browser.get(link).status_code == 200, "a neighbour's links are no fault of theirs"
    assert browser.post(link).status_code == 303
    assert browser.get(f"/c/{'x' * 43}").status_code == 429
    s.w.clock.advance(60)
    assert browser.get(f"/c/{'x' * 43}").status_code == 404


def test_a_time_one_has_just_taken_oneself_is_not_blamed_on_others(s: Site) -> None:
    s.hold()
    page = look(s.browser, f"/ada/intro/details?start={TUESDAY_9}")
    assert page.status == 409
    assert "If that was you just now, look in your inbox" in page.text


def test_a_program_gets_problem_details(s: Site) -> None:
    answer = s.browser.post("/ada/intro/hold", data=s.form(name=""), headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [{"field": "name", "detail": "Enter your name"}]
    assert (answer.status_code, answer.json()["status"]) == (422, 422)


def test_a_refused_form_stands_in_the_history_as_the_page_it_was_sent_from(s: Site) -> None:
    page = submit(s, name="")
    here = page.one("body").get("data-here") or ""
    assert look(s.browser, here).status == 200
    assert here.startswith("/ada/intro/details?start=2030-01-08T08%3A00%3A00Z")


def test_a_request_that_failed_at_the_calendar_may_be_made_again(s: Site) -> None:
    """It was nobody's fault, and the page asks for another try."""
    browser = limited(s, book_per_mailbox="1 per 10 min")
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    assert browser.post("/ada/intro/hold", data=s.form()).status_code == 503
    s.w.calendar.heal()
    assert browser.post("/ada/intro/hold", data=s.form()).status_code == 303
    assert (
        browser.post("/ada/intro/hold", data=s.form(start="2030-01-08T10:00:00Z", form_key="n" * 22)).status_code == 429
    )


def test_a_closed_page_says_plainly_why(s: Site) -> None:
    s.w.clock.advance(3600)  # nobody has read the calendar for an hour
    for address in ("/ada/intro", "/ada/intro?day=2030-01-08&zone=Asia/Tokyo"):
        answer = s.browser.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        page = read(answer)
        assert "The calendar of Ada Lovelace can't be read at the moment" in page.text
        assert "Try again" in page.links()
    assert look(s.browser, f"/ada/intro/details?start={TUESDAY_9}").status == 503
    s.w.drain()
    assert look(s.browser, "/ada/intro").status == 200


@pytest.mark.sqlite
def test_a_locked_database_changes_nothing_and_says_so(s: Site) -> None:
    """Another process holds the write lock for longer than anybody waits."""
    with s.w.rt.engine.connect() as other:
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        answer = s.browser.post("/ada/intro/hold", data=s.form())
        other.exec_driver_sql("ROLLBACK")
    page = read(answer)
    assert (page.status, answer.headers["retry-after"]) == (503, "60")
    assert "Too busy just now" in page.text
    assert kept(page)["name"] == "Grace Hopper"
    assert not s.w.all_bookings()


def test_the_title_of_a_private_event_reaches_no_invitee(s: Site) -> None:
    """The acceptance list's row 60: on no page, in no answer for programs, in no mail, and it is not even kept."""
    title = "Divorce lawyer"
    start = s.w.now + timedelta(days=1)
    s.w.calendar.host_adds(title, Period(start, start + timedelta(hours=1)))
    s.w.drain()
    taken = s.browser.post("/ada/intro/hold", data=s.form(start="2030-01-08T08:00:00Z"))
    seen = [taken.text]
    for path in (
        "/ada",
        "/ada/intro",
        "/ada/intro?month=2030-01&day=2030-01-08",
        "/ada/intro/details?start=2030-01-08T08:00:00Z",
        "/api/v1/slots?host=ada&meeting=intro&from=2030-01-08",
        "/api/v1/hosts/ada",
        "/api/v1/meeting-types/ada/intro",
    ):
        seen.append(s.browser.get(path).text)
    assert taken.status_code == 409, "it does make busy"
    s.confirmed(start="2030-01-09T09:00:00Z")
    s.w.drain()
    seen += [mail.text + mail.html for mail in s.w.mails.sent]
    assert not [text for text in seen if title in text]
    assert title not in str(s.rows())


def test_a_refusal_that_no_page_foresaw_is_answered_like_the_others() -> None:
    assert errors.status_of(UnknownPurpose("there is no such purpose")) == 409
