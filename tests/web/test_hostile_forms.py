"""Whatever is typed into a form of a signed-in page, or sent in place of one, it is answered: never by a failure of ours.

The forms are found as a person finds them, by following links from Today.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
from starlette.testclient import TestClient

from booking_service.domain.people import Person
from booking_service.domain.roles import Permission, Role
from booking_service.storage import people
from booking_service.storage.engine import transaction
from booking_service.web.app import signed_in_routes
from tests.flows.extended import in_extended
from tests.web.page_reader import Page, read
from tests.web.site import Site, person_of_host, signed_in

pytestmark = pytest.mark.timeout(300)

HOSTILE = (
    "",
    " ",
    "\x00\x1b[31m\u202e\ufeff\U0001f600",
    "<script>alert(1)</script>'\"{{ 7*7 }}{x}%s${y}",
    "=cmd|'/c calc'!A0",
    "-1",
    "99999999999999999999",
    "1e999",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "25:61-24:00, 9-9",
    "Ünïcödé" * 2000,
    "../../etc/passwd",
    "https://user:pass@127.0.0.1:1/[::",
    "a@b@c.example, d@example.org\r\nBcc: e@example.org",
    "00000000-0000-0000-0000-000000000000",
)
# A third of it in every run, with the rest in the extended one.
each_third = pytest.mark.parametrize(
    "typed", [HOSTILE[::3], *in_extended(HOSTILE[1::3], HOSTILE[2::3])], ids=("a", "b", "c")
)
_KEPT = {"sign-out", "everywhere", "sessions"}  # they end the session that asks


@dataclass(frozen=True, slots=True)
class Form:
    """Where it is sent, and what its fields hold, the hidden ones included."""

    action: str
    fields: dict[str, str]
    buttons: tuple[tuple[str, str], ...]


@each_third
def test_every_form_answers_whatever_it_is_sent(s: Site, typed: tuple[str, ...]) -> None:
    s.confirmed()
    s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22)
    who = everything(s)
    browser = signed_in(s, who)
    forms = forms_of(browser)
    assert len(forms) > 10
    for form in forms.values():
        for number, value in enumerate(typed):
            alone = dict([list(form.fields.items())[number % len(form.fields)]]) if form.fields else {}
            for changed in (dict.fromkeys(form.fields, value), {**form.fields, **dict.fromkeys(alone, value)}):
                answer = browser.post(form.action, data=changed)
                assert answer.status_code < 500, (form.action, list(alone), value[:60])
        for button in (("", ""), *form.buttons):
            answer = browser.post(form.action, data=dict([button]) if button[0] else {})
            assert answer.status_code < 500, (form.action, button)
        if browser.get("/host").status_code != 200:
            browser = signed_in(s, who)


@each_third
def test_every_page_answers_whatever_its_address_says(s: Site, typed: tuple[str, ...]) -> None:
    booking = s.confirmed()
    browser = signed_in(s, everything(s))
    names = (
        "q",
        "state",
        "type",
        "from",
        "to",
        "day",
        "at",
        "cursor",
        "after",
        "page",
        "purpose",
        "standing",
        "kind",
        "who",
    )
    for route in signed_in_routes():
        if route.get is None:
            continue
        for part in ("intro", str(booking.id), "..%2F..", "%00", "a" * 3000, "-1"):
            path = re.sub(r"\{[^}]*\}", part, route.path)
            assert browser.get(path).status_code < 500, path
        for value in typed:
            path = re.sub(r"\{[^}]*\}", str(booking.id), route.path)
            answer = browser.get(path, params=dict.fromkeys(names, value[:500]))
            assert answer.status_code < 500, (path, value[:60])


def everything(s: Site) -> Person:
    """Ada, who runs the organisation as well and may do all there is."""
    ada = replace(
        person_of_host(s, s.w.host),
        roles=frozenset(Role),
        permissions=frozenset(Permission),
    )
    with transaction(s.w.rt.engine) as session:
        people.save(session, ada, now=s.w.now)
    return ada


def forms_of(browser: TestClient) -> dict[str, Form]:
    """Every form that is posted, by the route it goes to, from one page of each route that links lead to."""
    seen: set[str] = set()
    found: dict[str, Form] = {}
    ahead = deque(["/host"])
    while ahead:
        href = ahead.popleft()
        route = _route_of(urlsplit(href).path)
        if route is None or route in seen:
            continue
        seen.add(route)
        answer = browser.get(href)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        page = read(answer)
        for form in _posted(page):
            to = _route_of(urlsplit(form.action or href).path) or form.action
            if not _KEPT & set(to.split("/")):
                found.setdefault(to, form if form.action else Form(href, form.fields, form.buttons))
        ahead += page.hrefs()
    return found


def _route_of(path: str) -> str | None:
    routes = sorted((each.path for each in signed_in_routes()), key=lambda each: each.count("{"))
    return next((each for each in routes if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", each), path)), None)


def _posted(page: Page) -> Iterator[Form]:
    for form in page.all("form", method="post"):
        buttons = [
            (b.get("name", ""), b.get("value", "")) for b in form.iter("button") if b.get("name") and b.get("value")
        ]
        yield Form(form.get("action", ""), dict(_fields(form)), tuple(buttons))


def _fields(form: Element) -> Iterator[tuple[str, str]]:
    for each in form.iter():
        name = each.get("name")
        if not name or each.tag == "button":
            continue
        if each.tag == "select":
            options = list(each.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            yield name, chosen[0].get("value", "") if chosen else ""
        elif each.get("type") in ("checkbox", "radio"):
            if each.get("checked") is not None:
                yield name, each.get("value", "on")
        else:
            yield name, each.get("value") or each.text or ""
