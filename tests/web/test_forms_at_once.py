"""A form that several send at the same moment, as two tabs or two people do, is answered to each of them: never by a failure of ours."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from starlette.testclient import TestClient

from tests.web.consents import EVENTS, NEWSLETTER, offer
from tests.web.own_pages import agreed
from tests.web.site import Site, browser_of, signed_in, site
from tests.web.test_hostile_forms import everything, forms_of

pytestmark = [pytest.mark.timeout(300), pytest.mark.postgres]

AT_ONCE = 3
# What stands in an empty field whose name has this in it; the first that fits.
TYPED = {
    "email": "new@example.org",
    "address": "new@example.org",
    "name": "Mary",
    "slug": "new-one",
    "password": "correct horse battery staple",
    "reason": "because",
    "phone": "+4930123456",
    "start": "2030-01-10T09:00:00Z",
    "url": "https://hooks.example.org/new",
    "date": "2029-01-01",
}


@pytest.fixture
def s(tmp_path: Path, migrated_postgres_url: str) -> Iterator[Site]:
    """On PostgreSQL, as on SQLite one after the other decides."""
    with site(tmp_path, database_url=migrated_postgres_url) as made:
        yield made


def test_every_form_answers_all_who_send_it_at_the_same_moment(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    agreed(s, "newsletter")
    s.confirmed(form_key="q" * 22, start="2030-01-08T11:00:00Z")
    s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22)
    browsers = [browser_of(s.w) for _ in range(AT_ONCE)]
    first = _all_signed_in(s, browsers)
    found = forms_of(first)
    assert len(found) > 50
    for form in found.values():
        for fields in (form.fields, {name: _typed(name, value) for name, value in form.fields.items()}):
            for button in form.buttons or (("", ""),):
                sent = {**fields, **(dict([button]) if button[0] else {})}
                answers = _sent_at_once(browsers, form.action, sent)
                assert not any(status >= 500 for status in answers), (form.action, sent, answers)
                if first.get("/host").status_code != 200:
                    first = _all_signed_in(s, browsers)


def _all_signed_in(s: Site, browsers: list[TestClient]) -> TestClient:
    """Everybody with one session, as tabs of a browser."""
    first = signed_in(s, everything(s))
    for each in browsers:
        each.cookies = first.cookies
    return first


def _typed(name: str, value: str) -> str:
    return value if value.strip() else next((typed for part, typed in TYPED.items() if part in name), "x1")


def _sent_at_once(browsers: list[TestClient], action: str, fields: Mapping[str, str]) -> Counter[int]:
    start = Barrier(len(browsers))

    def send(browser: TestClient) -> int:
        start.wait(timeout=30)
        return browser.post(action, data=fields).status_code

    with ThreadPoolExecutor(len(browsers)) as pool:
        return Counter(pool.map(send, browsers))
