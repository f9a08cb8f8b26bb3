"""What a host has the titles of held times begin with in their calendar."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from booking_service.actions.setup.file.apply import export
from booking_service.actions.setup.file.read import parse
from tests.web.page_reader import look, read
from tests.web.site import Site, person_of_host, signed_in

HOLDS = "/host/calendars/holds"
HALF = timedelta(minutes=30)


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def titles(s: Site) -> list[str]:
    return [each.summary for each in s.w.calendar.events()]


def test_held_times_begin_as_their_host_says_and_confirmed_ones_with_the_name(
    s: Site, ada: TestClient, tmp_path: Path
) -> None:
    assert HOLDS in look(ada, "/host/calendars").hrefs()
    shown = look(ada, HOLDS)
    assert (shown.value("mark"), "“⏳ Grace Hopper? · …”" in shown.text) == ("⏳", True)
    first = s.hold()
    answer = ada.post(HOLDS, data={"mark": "  [offen] "})
    saved = look(ada, answer.headers["location"])
    assert "Saved." in saved.text
    assert "“[offen] Grace Hopper? · …”" in saved.text
    s.hold(start=f"{first.time.start + HALF:%Y-%m-%dT%H:%M:%SZ}", email="alan@example.net")
    assert [each.partition(" Grace")[0] for each in titles(s)] == ["⏳", "[offen]"]
    s.w.confirm(first)
    assert titles(s)[0].startswith("Grace Hopper · ")
    (host,) = parse(export(s.w.rt), env={}, folder=tmp_path).hosts
    assert host.host.hold_mark == "[offen]"


def test_one_that_is_too_long_is_kept_in_the_form_and_none_is_a_choice(s: Site, ada: TestClient) -> None:
    wrong = read(ada.post(HOLDS, data={"mark": "x" * 21}))
    assert (wrong.status, wrong.value("mark")) == (422, "x" * 21)
    assert "it has 21 now" in wrong.text
    ada.post(HOLDS, data={"mark": ""})
    assert look(ada, HOLDS).value("mark") == ""
    s.hold()
    assert titles(s)[0].startswith("Grace Hopper? · ")
