"""The demo with its examples, as those find it who sign in: no list that the bar leads to is empty, and nothing is missing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from booking_service.demo import addresses, colleague
from booking_service.domain.roles import Permission, Rights, Role
from booking_service.web.app import signed_in_routes
from tests.flows.programs import Demo, demo, until
from tests.flows.test_demo_life import ahead

pytestmark = [pytest.mark.server, pytest.mark.extended]
ADA = "ada@example.org"
HOST = Rights(roles=frozenset({Role.HOST}))
ADMIN = Rights(roles=frozenset({Role.ADMIN}), permissions=frozenset(Permission))
WITHOUT_LIST = {"/host/look", "/host/share", "/host/profile", "/host/bookings/new", "/host/why", "/admin/policies"}
ROW = re.compile("<(?:li|tr)[ >]")
NOTHING = re.compile(r'<p class="status">|Nobody did so far|Nobody waits for anything')
STATES = ("held", "upcoming", "expired", "cancelled")


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo") / "data", "--examples") as running:
        yield running


@pytest.mark.parametrize(("email", "rights"), [(addresses.OFFICE.email, ADMIN), (ADA, HOST), (colleague.EMAIL, HOST)])
def test_every_list_that_the_bar_leads_to_has_something(examples: Demo, email: str, rights: Rights) -> None:
    empty: dict[str, str] = {}
    with signed_in(examples, email) as browser:
        paths = [each.path for each in signed_in_routes() if each.menu is not None and rights.meet(each.needs)]
        assert len(paths) >= 8
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            main = answer.text.partition("<main")[2].partition("</main>")[0]
            if NOTHING.search(main) or (path not in WITHOUT_LIST and not ROW.search(main)):
                empty[path] = re.sub(r"<[^>]+>|\s+", " ", main)[:200]
    assert empty == {}


def test_the_bookings_are_in_every_state(examples: Demo) -> None:
    with signed_in(examples, ADA) as browser:
        pages = {state: browser.get("/host/bookings", params={"state": state}).text for state in STATES}
        today, landing = browser.get("/host").text, browser.get("/").text
    assert all('class="status"' not in page.partition("<main")[2] for page in pages.values())
    assert "Tomasz Wiśniewski" in pages["expired"]
    assert {"Edith Clarke", "Wang Zhenyi"} <= set(re.findall("Edith Clarke|Wang Zhenyi", pages["cancelled"]))
    assert "Hertha Ayrton" in today
    assert re.findall(r'href="/(ada|katherine)"', landing) == ["ada", "katherine"]


def test_the_webhook_leads_to_a_page_of_the_demo(examples: Demo) -> None:
    """What is told there is shown there, and what is no JSON is refused."""
    place = f"{examples.base_url}/demo/webhook"
    with httpx2.Client(trust_env=False) as client:
        assert client.get(place).json() == []
        assert client.post(place, content=b"{").status_code == 422
        assert client.post(place, json={"type": "consent.given"}, headers={"webhook-id": "msg_1"}).status_code == 204
        assert client.get(place).json() == [{"type": "consent.given"}]
        assert "consent.given" in client.get(place, headers={"Accept": "text/html"}).text


def test_it_says_how_to_get_in_as_the_second_host(examples: Demo) -> None:
    assert f"or {colleague.EMAIL} (a second host: {examples.base_url}/katherine)" in examples.child.printed
    assert ahead(examples.base_url) == 0


@contextmanager
def signed_in(running: Demo, email: str) -> Iterator[httpx2.Client]:
    """A browser in which somebody came in by the link in their mail."""

    def mailed() -> list[str]:
        links = (link for mail in running.mails() if mail["to"] == email for link in mail["links"])
        return [each for each in links if "/host/sign-in/" in each and each not in before]

    before: list[str] = []
    before = mailed()
    headers = {"Accept": "text/html", "Origin": running.base_url, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(
        base_url=running.base_url, trust_env=False, follow_redirects=True, timeout=30, headers=headers
    ) as browser:
        browser.post("/host/sign-in", data={"email": email})
        came = browser.post(until(mailed)[0])
        assert came.status_code == 200, came.text
        yield browser
