"""The whole flow on real parts: pages over HTTP, mails over SMTP, and what stands on the calendar server at each step."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.flows.dav_reader import Standing
from tests.flows.extended import in_extended
from tests.flows.programs import until
from tests.flows.services import Place, demo_on_radicale, service_on_xandikos
from tests.flows.text_browser import Visit, calendar_parts

pytestmark = pytest.mark.server

ZONE = ZoneInfo("Europe/Berlin")
PLACES = {"radicale": demo_on_radicale, "xandikos": service_on_xandikos}


@pytest.fixture(scope="module", params=["radicale", *in_extended("xandikos")])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with PLACES[request.param](tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.fixture
def visit(place: Place) -> Iterator[Visit]:
    with place.visit() as made:
        yield made


def only_event(place: Place, start: str) -> Standing:
    standing = place.outside.at(start)
    assert len(standing) == 1, f"{len(standing)} events at {start}"
    return standing[0]


@pytest.mark.promise("I2")
@pytest.mark.capability("1.1")
def test_when_the_answer_to_the_button_is_there_the_hold_stands_in_the_calendar(place: Place, visit: Visit) -> None:
    start = visit.times()[0]
    answer = visit.book(start=start)
    held = only_event(place, start)  # asked with nothing in between
    assert answer.status == 303
    assert (held.status, held.duration) == ("TENTATIVE", timedelta(minutes=30))
    assert held.event["TRANSP"] == "OPAQUE"
    assert "ATTENDEE" not in held.event
    assert "ORGANIZER" not in held.event
    assert visit.name in str(held.event["SUMMARY"])
    assert not visit.offers(start)


@pytest.mark.promise("I4")
@pytest.mark.capability("1.2")
def test_a_hold_sends_one_mail_and_it_has_no_invitation(place: Place, visit: Visit) -> None:
    page = visit.follow(visit.book())
    place.quiet()
    mails = visit.received()
    assert [mail["subject"].partition(":")[0] for mail in mails] == ["Please confirm"]
    assert mails[0]["attachments"] == []
    assert visit.email in mails[0]["to"]
    assert "booked" not in (page.title + page.text + mails[0]["text"] + mails[0]["html"]).lower()


@pytest.mark.promise("I5")
@pytest.mark.capability("1.6")
def test_a_link_opened_a_hundred_times_changes_nothing(place: Place, visit: Visit) -> None:
    start = visit.times()[0]
    visit.book(start=start)
    place.quiet()
    before, mails = only_event(place, start), len(place.mails())
    for link in (visit.link("c"), visit.link("x")):
        for method in ("GET", "HEAD", "OPTIONS") * 17:
            assert visit.client.request(method, link).status_code < 500
    place.quiet()
    assert only_event(place, start) == before
    assert len(place.mails()) == mails


@pytest.mark.promise("I2")
@pytest.mark.capability("1.3")
def test_confirming_makes_the_same_event_confirmed_and_invites(place: Place, visit: Visit) -> None:
    start = visit.times()[0]
    visit.book(start=start)
    place.quiet()
    held = only_event(place, start)
    booked = visit.follow(visit.confirm())
    standing = only_event(place, start)
    assert (standing.url, standing.uid, standing.status) == (held.url, held.uid, "CONFIRMED")
    assert standing.sequence == held.sequence + 1
    assert "ATTENDEE" not in standing.event
    assert booked.title.startswith("Booked")
    place.quiet()
    invitation = visit.received()[-1]
    [part] = [each for each in calendar_parts(invitation) if each["content_type"] == "text/calendar"]
    assert part["parameters"]["method"] == "REQUEST"
    assert f"UID:{standing.uid}" in part["content"]
    assert f"SEQUENCE:{standing.sequence}" in part["content"]
    assert "METHOD:REQUEST" in part["content"]
    [told] = [mail for mail in place.mails() if mail["to"] == "ada@example.org" and standing_time(mail, start)]
    assert calendar_parts(told) == []


def standing_time(mail: dict[str, str], start: str) -> bool:
    """Whether a mail to Ada is about this instant: the mails of other tests lie beside it. Her clock shows it."""
    berlin = datetime.fromisoformat(start).astimezone(tz=ZONE)
    return f"{berlin:%-d %B %Y, %H:%M}" in mail["text"]


def test_confirming_twice_is_calm(place: Place, visit: Visit) -> None:
    start = visit.times()[0]
    visit.book(start=start)
    place.quiet()
    form = visit.get(visit.link("c")).form(visit.link("c").rpartition("/")[2])
    visit.submit(form)
    place.quiet()
    once, mails = only_event(place, start), len(place.mails())
    again = visit.submit(form)
    place.quiet()
    assert visit.follow(again).title.startswith("Booked")
    assert only_event(place, start) == once
    assert len(place.mails()) == mails


@pytest.mark.capability("1.16")
def test_a_meeting_without_opt_in_is_booked_at_once(place: Place, visit: Visit) -> None:
    start = visit.times("quick")[0]
    page = visit.follow(visit.book("quick", start=start))
    assert only_event(place, start).status == "CONFIRMED"
    assert page.title.startswith("Booked")
    place.quiet()
    assert [len(calendar_parts(mail)) > 0 for mail in visit.received()] == [True]


def test_a_hold_300_days_ahead(place: Place, visit: Visit) -> None:
    far = datetime.now(tz=ZONE) + timedelta(days=300)
    month = visit.get(f"/ada/intro?month={far:%Y-%m}")
    day = month.links(f"day={far:%Y-%m}")[-1]
    start = visit.get(day).form("/details").choices["start"][0]
    assert visit.book(start=start).status == 303
    assert only_event(place, start).status == "TENTATIVE"


def test_a_form_sent_twice_makes_one_hold(place: Place, visit: Visit) -> None:
    form = visit.details().form("/hold")
    answers = [visit.submit(form, name=visit.name, email=visit.email) for _ in range(2)]
    place.quiet()
    assert len({answer.answer.headers["location"] for answer in answers}) == 1
    assert len(visit.received()) == 1
    assert len(place.outside.at(form.fields["start"])) == 1


@pytest.mark.promise("I3")
@pytest.mark.capability("1.5")
def test_a_hold_that_nobody_confirms_ends_and_can_be_taken_again(place: Place, visit: Visit) -> None:
    start = visit.times()[0]
    visit.book(start=start)
    place.quiet()
    confirm = visit.link("c")
    place.later(3700)
    until(lambda: place.outside.at(start) == [])
    assert visit.offers(start)
    until(lambda: visit.received()[-1]["subject"].startswith("Your hold has ended"))  # some seconds after the calendar
    place.quiet()
    ended = visit.get(confirm)
    assert ended.status == 410
    again = visit.submit(ended.form("/again"))
    assert visit.follow(again).title.startswith("Booked")
    place.quiet()
    assert only_event(place, start).status == "CONFIRMED"
    assert len(calendar_parts(visit.received()[-1])) > 0
