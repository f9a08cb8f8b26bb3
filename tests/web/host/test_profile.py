"""One's own account: the browsers in which one is signed in, ended one by one and all at once."""

import re

from booking_service.domain.roles import Role
from tests.web.page_reader import read
from tests.web.site import Site, person, person_of_host, signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"


def session_ids(text: str) -> list[str]:
    return re.findall(r'name="end" value="([0-9a-f-]{36})"', text)


def test_sessions_are_listed_and_ended_one_by_one(s: Site) -> None:
    ada = person_of_host(s, s.w.host)
    desk = signed_in(s, ada, **{"user-agent": FIREFOX})
    s.w.clock.advance(60)
    phone = signed_in(s, ada, **{"user-agent": SAFARI})
    stranger = signed_in(s, person(s, Role.ADMIN))
    shown = desk.get("/host/profile").text
    words = " ".join(" ".join(read(desk.get("/host/profile")).root.itertext()).split())
    assert "Firefox on Linux Since 09:00 · this browser" in words
    assert "Safari on iPhone Since 09:01 · last seen 09:01" in words
    newest, oldest = session_ids(shown)
    assert stranger.post("/host/profile/sessions", data={"end": newest}).status_code == 404
    assert stranger.post("/host/profile/sessions", data={"end": "x"}).status_code == 404
    assert phone.get("/host").status_code == 200
    ended = desk.post("/host/profile/sessions", data={"end": newest})
    assert "That browser is now signed out." in desk.get(ended.headers["location"]).text
    assert phone.get("/host").status_code == 303
    assert desk.post("/host/profile/sessions", data={"end": oldest}).headers["location"] == "/host/sign-in"
    assert desk.get("/host").status_code == 303


def test_signing_out_everywhere_works_at_once_for_oneself_alone(s: Site) -> None:
    """The acceptance list's row 65."""
    ada = person_of_host(s, s.w.host)
    browsers = [signed_in(s, ada) for _ in range(3)]
    other = signed_in(s, person(s, Role.ADMIN))
    assert browsers[0].post("/host/profile/everywhere").status_code == 303
    assert [each.get("/host").status_code for each in browsers] == [303, 303, 303]
    assert other.get("/host").status_code == 200
