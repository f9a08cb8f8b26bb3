"""Meeting types set up on pages: what is clicked is what a file would say, and two tabs lose nothing."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from booking_service.actions.setup.file.apply import apply, changes, export
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.actions.setup.meeting_types import own
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.meeting import Approval, ConsentBlock, DoubleOptIn, HoldPolicy, MeetingType
from booking_service.domain.questions import OnlyAfter, Question, QuestionKind
from booking_service.storage import meetings
from booking_service.storage.engine import transaction
from tests.statements import statements
from tests.web.consents import NEWSLETTER, offer
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person_of_host, signed_in

INTRO = "/host/meetings/intro"
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def filled(page: Page) -> dict[str, str]:
    """The form of a page as a browser would send it."""
    form = page.one("main", id="main")
    sent = {
        e.get("name", ""): e.get("value") or ""
        for e in form.iter("input")
        if e.get("type") in ("text", "date", "hidden")
    }
    sent |= {e.get("name", ""): e.get("value") or "" for e in form.iter("input") if e.get("checked") is not None}
    sent |= {e.get("name", ""): (e.text or "").removeprefix("\n") for e in form.iter("textarea")}
    for each in form.iter("select"):
        options = list(each.iter("option"))
        chosen = next((o for o in options if o.get("selected") is not None), options[0])
        sent[each.get("name", "")] = chosen.get("value") or ""
    return {name: text for name, text in sent.items() if name}


def save(ada: TestClient, page: Page, **typed: str) -> Page:
    form = filled(page) | {name.replace("__", "."): text for name, text in typed.items()}
    answer = ada.post(page.actions()[0], data=form)
    return look(ada, answer.headers["location"]) if answer.status_code == 303 else read(answer)


def standing(s: Site, slug: str = "intro") -> MeetingType:
    return own(s.w.rt, s.w.host.id, slug).meeting


def test_the_list_says_what_each_offers_next_and_that_one_offers_nothing(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.quick, listed=False))
    page = look(ada, "/host/meetings")
    lines = [words(each) for each in page.one("ul", class_="rows").iter("li")]
    assert len(lines) == 2
    assert "/ada/intro · next free today, 10:30" in lines[0]
    assert "confirmed by email within 1 h" in lines[0]
    assert lines[0].endswith("Listed")
    assert lines[1].endswith("Hidden: link only")
    gone = replace(
        s.w.intro,
        rules=replace(
            s.w.intro.rules,
            horizon=replace(s.w.intro.rules.horizon, days=None, last_on=s.w.now.date() - timedelta(days=9)),
        ),
    )
    s.save(gone)
    lines = [words(each) for each in look(ada, "/host/meetings").one("ul", class_="rows").iter("li")]
    assert "no free time: the last date was Saturday 29 December 2029" in lines[0]
    assert lines[0].endswith("Offers nothing")
    for slug in ("intro", "quick"):
        page = look(ada, f"/host/meetings/{slug}/delete")
        assert ada.post(page.actions()[0]).status_code == 303
    none = look(ada, "/host/meetings")
    assert "Nothing can be booked yet" in none.text
    assert none.links()["Make the first one"] == "/host/meetings/new"


def test_pages_cost_the_same_however_many_meeting_types_there_are(s: Site, ada: TestClient) -> None:
    addresses = ("/host/meetings", INTRO, "/host/meetings/new", f"{INTRO}/delete", "/host/share", "/host/look")
    few = [cost(s, ada, each) for each in addresses]
    with transaction(s.w.rt.engine) as session:
        for number in range(40):
            copy = replace(s.w.intro, id=uuid4(), slug=f"copy-{number}", location="https://meet.example.org/{room}")
            meetings.save(session, copy)
    assert [cost(s, ada, each) for each in addresses] == few
    assert max(few) <= 15, dict(zip(addresses, few, strict=True))


def cost(s: Site, browser: TestClient, address: str) -> int:
    """How many statements a page costs, once what is kept of the host is kept."""
    browser.get(address)
    with statements(s.w.rt.engine) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


def test_a_new_one_takes_everything_else_from_another(s: Site, ada: TestClient) -> None:
    changed = replace(s.w.intro, approval=Approval.AFTER, location="https://meet.example.org/ada")
    s.save(changed)
    page = look(ada, "/host/meetings/new")
    wrong = save(ada, page, title=" ", duration="half an hour", like="intro")
    assert (wrong.status, wrong.value("duration")) == (422, "half an hour")
    assert {each.get("href") for each in wrong.one("div", class_="errbox").iter("a")} == {"#title", "#duration"}
    made = save(ada, page, title="Erstgespräch: Größe & Maß", duration="45", like="intro")
    assert made.h1 == "Erstgespräch: Größe & Maß"
    new = standing(s, "erstgesprach-grosse-mass")
    assert new == replace(
        changed,
        id=new.id,
        slug=new.slug,
        title=new.title,
        rules=replace(changed.rules, duration=timedelta(minutes=45)),
    )
    again = save(ada, page, title="Erstgespräch: Größe & Maß", duration="20", like="")
    assert standing(s, "erstgesprach-grosse-mass-2").rules.increment == timedelta(minutes=20)
    assert "Saved." in again.text


TYPED = {
    "title": "Consultation",
    "title.de": "Beratung",
    "description": "Two\nlines",
    "duration": "50",
    "place": "phone",
    "location": "+44 20 7946 0000",
    "hours": "own",
    "hours.monday": "10:00-12:00, 14:00-18:00",
    "notice": "2 Tage",
    "horizon_days": "",
    "last_on": "2030-06-30",
    "increment": "15",
    "buffer_before": "5 min",
    "buffer_after": "1 h 30 min",
    "per_day": "3",
    "per_week": "9",
    "doi": "on",
    "hold_lifetime": "45 minuten",
    "hold_policy": "none",
    "tell_of_holds": "yes",
    "calendar_wins": "yes",
    "approval": "after",
    "approval_lifetime": "2 dagen",
    "guests_at_most": "2",
    "change_until": "12 h",
    "moves_at_most": "1",
    "remind_before": "2 days, 1 h",
    "alarm_before": "10 min",
    "seen": "hidden",
    "slug": "talk",
}


def test_everything_a_file_can_say_is_said_on_the_page_and_the_export_after_clicks_is_that_file(
    s: Site, ada: TestClient, tmp_path: Path
) -> None:
    saved = save(ada, look(ada, INTRO), **{name.replace(".", "__"): text for name, text in TYPED.items()})
    assert "Saved." in saved.text, saved.text
    now = standing(s, "talk")
    assert now.title == InLanguages((("en", "Consultation"), ("de", "Beratung")))
    assert (now.doi, now.hold_policy, now.approval) == (DoubleOptIn.ON, HoldPolicy.NONE, Approval.AFTER)
    assert (now.rules.notice, now.hold_lifetime) == (timedelta(days=2), timedelta(minutes=45))
    assert (now.rules.per_week, now.listed, now.active) == (9, False, True)
    exported = export(s.w.rt)
    read_back = parse(exported, env={}, folder=tmp_path)
    (wanted,) = [each for host in read_back.hosts for each in host.meetings if each.slug == "talk"]
    assert replace(wanted, id=now.id, host_id=now.host_id) == now
    untouched = filled(look(ada, "/host/meetings/talk"))
    assert {name: untouched[name] for name in TYPED} == TYPED | {
        "notice": "2 days",
        "increment": "15 min",
        "hold_lifetime": "45 min",
        "approval_lifetime": "2 days",
    }
    assert "Saved." in save(ada, look(ada, "/host/meetings/talk")).text
    assert standing(s, "talk") == now, "what nobody changed is not touched"
    assert s.browser.get("/ada/intro").status_code == 404


def test_what_is_wrong_is_explained_at_its_field_in_a_fold_that_is_open_and_nothing_is_saved(
    s: Site, ada: TestClient
) -> None:
    before = standing(s)
    wrong = {
        "title": "",
        "duration": "half an hour",
        "hours": "own",
        "hours__tuesday": "noon",
        "hold_lifetime": "3 weeks",
        "per_day": "0",
        "remind_before": "soon",
        "alarm_before": "x",
        "slug": "Ada Lovelace",
        "last_on": "",
        "horizon_days": "",
    }
    page = save(ada, look(ada, INTRO), **wrong)
    assert page.status == 422
    assert page.title.startswith("Error:")
    named = {each.get("href", "")[1:] for each in page.one("div", class_="errbox").iter("a")}
    assert named == {each.replace("__", ".") for each in wrong if each not in ("hours", "last_on")}
    ids = {each.get("id") for each in page.root.iter()}
    assert named <= ids
    folds = {each.get("id"): each.get("open") is not None for each in page.all("details", class_="fold")}
    assert folds == {
        "fold-when": True,
        "fold-confirmation": True,
        "fold-questions": False,
        "fold-seen": True,
        "fold-calendar": True,
    }
    assert page.value("hold_lifetime") == "3 weeks"
    assert standing(s) == before
    assert "Another of your meeting types already has this address." in save(ada, look(ada, INTRO), slug="quick").text


def test_what_this_means_is_told_with_the_instants_of_this_moment_and_changes_nothing(s: Site, ada: TestClient) -> None:
    page = look(ada, INTRO)
    means = words(page.one("div", class_="pickbox"))
    assert "The first time on offer is today, " in means
    assert re.search(r"Nobody else can take it until today, (09:30|10:00)\.", means), means
    form = filled(page) | {"notice": "1 day", "hold_policy": "none", "buffer_after": "10 min", "act": "show"}
    shown = read(ada.post(INTRO, data=form))
    means = words(shown.one("div", class_="pickbox"))
    assert "The first time on offer is Tuesday 8 January, 09:30;" in means
    assert "It is not held: whoever confirms first gets it." in means
    assert "10 min after it stay free." in means
    assert shown.value("notice") == "1 day"
    assert standing(s).rules.notice != timedelta(days=1)


def test_a_video_call_without_a_link_is_warned_of(s: Site, ada: TestClient) -> None:
    told = "Careful: this is a video call without a link."

    def means(**typed: str) -> str:
        answer = ada.post(INTRO, data=filled(look(ada, INTRO)) | typed | {"act": "show"})
        return words(read(answer).one("div", class_="pickbox"))

    assert told in means(place="video", location="")
    assert told not in means(place="video", location="https://meet.example.org/ada")
    assert told not in means(place="phone", location="")


def test_the_second_of_two_tabs_is_told_what_changed_and_loses_nothing(s: Site, ada: TestClient) -> None:
    first, second = look(ada, INTRO), look(ada, INTRO)
    assert "Saved." in save(ada, first, notice="2 days").text
    conflict = save(ada, second, duration="45", title="Mine")
    assert conflict.status == 409
    shown = {words(each.find("legend")): words(each) for each in conflict.all("fieldset")}  # type: ignore[arg-type]
    assert set(shown) == {"Name", "Length in minutes", "Notice"}
    assert "As you had it" in shown["Notice"]
    assert standing(s).rules.duration == timedelta(minutes=30)
    merged = save(ada, conflict)
    assert "Saved." in merged.text
    now = standing(s)
    assert (now.title, now.rules.duration, now.rules.notice) == ("Mine", timedelta(minutes=45), timedelta(days=2))


def test_a_file_undoes_nothing_that_a_page_changed_unless_it_is_told_to(
    s: Site, ada: TestClient, tmp_path: Path
) -> None:
    text = export(s.w.rt)

    def applied(text: str, **more: bool) -> int:
        return len(apply(s.w.rt, parse(text, env={}, folder=tmp_path), by="ops", now=s.w.now, **more).changes)

    assert applied(text) == 0
    save(ada, look(ada, INTRO), notice="2 days", location="https://meet.example.org/x")
    for dry_run in (True, False):
        with pytest.raises(SetupRefused) as refused:
            applied(text, dry_run=dry_run)
        assert [each.partition(":")[0] for each in refused.value.problems] == [
            "hosts.ada.meetings.intro.notice",
            "hosts.ada.meetings.intro.location",
        ]
    taken_over = export(s.w.rt)
    assert applied(taken_over) == 0
    assert applied(text) == 2, "what a file has said since is the file's again"
    save(ada, look(ada, INTRO), notice="3 days")
    assert applied(text, overwrite=True) == 1
    assert standing(s).rules.notice == s.w.intro.rules.notice
    assert [each.page for each in changes(s.w.rt, what="hosts.ada.meetings.intro.notice")] == [False, True, False, True]


def test_one_that_is_deleted_keeps_or_cancels_its_bookings_as_was_chosen(s: Site, ada: TestClient) -> None:
    booked = s.confirmed()
    held = s.hold(form_key="h" * 22, email="alan@example.net", start="2030-01-08T10:00:00Z")
    page = look(ada, f"{INTRO}/delete")
    assert "1 booking is still to come" in page.text
    assert "1 hold ends in any case" in page.text
    asked = read(ada.post(page.actions()[0]))
    assert (asked.status, "Choose what happens to the bookings." in asked.text) == (422, True)
    assert ada.post(page.actions()[0], data={"what": "keep"}).status_code == 303
    s.w.drain()
    assert s.booking(held.public_id).state is BookingState.CANCELLED
    assert s.booking(booked.public_id).state is BookingState.CONFIRMED
    assert s.browser.get("/ada/intro").status_code == 404
    assert look(ada, INTRO).status == 404
    assert names_of(look(ada, "/host/meetings")) == ["Quick call"]
    assert "Grace Hopper" in look(ada, "/host/bookings").text
    assert look(ada, f"/host/bookings/{booked.id}").status == 200
    manage = look(s.browser, s.link(booked, LinkPurpose.MANAGE))
    assert manage.status == 200
    moved = s.browser.post(f"{s.link(booked, LinkPurpose.MANAGE)}/move", data={"start": "2030-01-09T08:00:00Z"})
    assert moved.status_code == 303, moved.text
    again = save(ada, look(ada, "/host/meetings/new"), title="Intro", duration="30", like="")
    assert again.status == 200
    assert standing(s).id != s.w.intro.id


def names_of(page: Page) -> list[str]:
    return [words(each) for each in page.all("a", class_="open")]


def test_questions_are_written_ordered_and_removed(s: Site, ada: TestClient) -> None:
    offer(s, NEWSLETTER)
    new = f"{INTRO}/questions/new"
    answer = ada.post(
        new,
        data={
            "label": "Who pays?",
            "label.de": "Wer zahlt?",
            "kind": "choice",
            "options": "I do\nMy insurance",
            "options.de": "Ich\nMeine Versicherung",
            "required": "yes",
        },
    )
    assert answer.status_code == 303, answer.text
    page = look(ada, new)
    assert "Only if “Who pays?” is “My insurance”" in page.text
    data = {"label": "Insurance number", "kind": "text", "sensitive": "yes", "after": "who-pays=My insurance"}
    assert ada.post(new, data=data).status_code == 303
    versions = [
        InLanguages((("en", en), ("de", de))) for en, de in (("I do", "Ich"), ("My insurance", "Meine Versicherung"))
    ]
    topic, pays, number = standing(s).questions
    assert pays == Question(
        "who-pays",
        InLanguages((("en", "Who pays?"), ("de", "Wer zahlt?"))),
        QuestionKind.CHOICE,
        required=True,
        options=tuple(versions),
    )
    assert number == Question(
        "insurance-number", "Insurance number", sensitive=True, only_after=OnlyAfter("who-pays", "My insurance")
    )

    page = look(ada, INTRO)
    form = filled(page) | {"up": "1", "notice": "9 days"}
    shown = read(ada.post(f"{INTRO}/order", data=form))
    assert shown.value("notice") == "9 days", "what was typed and not saved stays"
    assert [each.key for each in standing(s).questions] == ["who-pays", "topic", "insurance-number"]
    ada.post(f"{INTRO}/order", data=filled(look(ada, INTRO)) | {"up": "3"})
    assert standing(s).purposes == (ConsentBlock("newsletter", 2),)
    assert standing(s).rules.notice != timedelta(days=9)

    sealed = look(ada, f"{INTRO}/questions/q.insurance-number")
    assert "Cannot be taken off again." in sealed.text
    assert (
        ada.post(f"{INTRO}/questions/q.insurance-number", data={"label": "Number", "kind": "text"}).status_code == 303
    )
    assert standing(s).questions[-1] == Question("insurance-number", "Number", sensitive=True)
    data = {"label": "Number", "kind": "text", "after": "who-pays=I do"}
    assert ada.post(f"{INTRO}/questions/q.insurance-number", data=data).status_code == 303
    kept = read(ada.post(f"{INTRO}/questions/q.who-pays", data={"act": "remove"}))
    assert (kept.status, "Change that question first" in kept.text) == (422, True)
    for wrong in ({"label": ""}, {"label": "x", "kind": "choice"}, {"label": "x", "kind": "choice", "options": "a\na"}):
        assert ada.post(new, data=wrong).status_code == 422, wrong
    for id in ("q.insurance-number", "q.who-pays", "c.newsletter"):
        assert ada.post(f"{INTRO}/questions/{id}", data={"act": "remove"}).status_code == 303
    assert (standing(s).questions, standing(s).purposes) == ((topic,), ())
    offered = look(ada, f"{INTRO}/questions/consent").all("option")
    assert [(each.get("value"), each.text) for each in offered] == [("newsletter", "Newsletter")], "its name, in words"
    assert ada.post(f"{INTRO}/questions/consent", data={"purpose": "newsletter"}).status_code == 303
    assert standing(s).purposes == (ConsentBlock("newsletter"),)
    assert "“Newsletter” up" in look(ada, INTRO).text
    assert "It asks for “Newsletter”." in look(ada, f"{INTRO}/questions/c.newsletter").text
    assert look(ada, f"{INTRO}/questions/q.gone").status == 404


def test_a_file_can_not_take_off_that_a_question_is_sensitive(s: Site, tmp_path: Path) -> None:
    s.save(replace(s.w.intro, questions=(Question("number", "Number", sensitive=True),)))
    text = export(s.w.rt).replace("sensitive = true", "sensitive = false")
    with pytest.raises(SetupRefused, match=r"questions\[number\].sensitive: can't be taken off again"):
        apply(s.w.rt, parse(text, env={}, folder=tmp_path), by="ops", now=s.w.now)


def test_values_that_somebody_made_up_change_nothing_else(s: Site, ada: TestClient) -> None:
    before = standing(s)
    for data in ({}, {"as-seen": "nonsense"}, {"as-seen": json.dumps([1])}, {"doi": "perhaps", "seen": "x", "up": "x"}):
        assert ada.post(INTRO, data=data).status_code in (303, 409, 422)
        assert ada.post(f"{INTRO}/order", data=data).status_code == 200
    assert replace(standing(s), listed=True) == before


def test_the_last_time_on_offer_is_named_with_its_year_where_that_is_another(s: Site, ada: TestClient) -> None:
    rules = s.w.intro.rules
    s.save(replace(s.w.intro, rules=replace(rules, horizon=replace(rules.horizon, days=365))))
    means = look(ada, INTRO).text
    assert "The first time on offer is today, " in means
    assert "; the last one Tuesday 7 January 2031, 16:30." in means
