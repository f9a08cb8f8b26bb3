"""A walk over the signed-in pages, by the links that stand on them, from Today on."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Match, Route
from starlette.testclient import TestClient

from booking_service.domain.roles import Permission, Role
from booking_service.runtime import Runtime
from booking_service.storage import people
from booking_service.storage.engine import transaction
from booking_service.web.app import application, signed_in_routes, table
from booking_service.web.http.endpoint import Page, PageRoutes
from tests.web.consents import NEWSLETTER, offer
from tests.web.own_pages import agreed
from tests.web.page_reader import read
from tests.web.site import every_route, person_of_host, signed_in, site

# What no link leads to, as one comes there step by step.
_STEPS = (
    "/host",
    "/host/welcome",
    "/host/welcome/calendar",
    "/host/welcome/hours",
    "/host/welcome/meeting",
    "/host/welcome/done",
    "/host/calendars/move",
    "/host/mails/booked/preview",
    "/admin/mails/booked/preview",
)


class _Noted(PageRoutes):
    """The paths of the table at which something is shown, as it is put together: not those that only lead to a page."""

    def __init__(self, rt: Runtime) -> None:
        super().__init__(rt)
        self.shown: list[str] = []

    def page(self, path: str, *, get: Page | None = None, post: Page | None = None, upload: Any = None) -> Route:
        if get is not None:
            self.shown.append(path)
        return super().page(path, get=get, post=post, upload=upload)

    def act(self, path: str, post: Page, *, back: Page | None = None, upload: Any = None) -> Route:
        made = super().act(path, post, back=back, upload=upload)
        self.shown.remove(path)
        return made


def paths_shown(rt: Runtime) -> set[str]:
    noted = _Noted(rt)
    every_route(table(noted))
    return set(noted.shown)


def route_of(shown: Sequence[BaseRoute], path: str, method: str = "GET") -> str:
    """The route that answers at this path; "" where none does."""
    scope = {"type": "http", "path": path, "method": method, "root_path": "", "headers": []}
    found = (each for each in shown if isinstance(each, Route) and each.matches(scope)[0] is Match.FULL)
    return next((each.path for each in found), "")


def desk_pages(folder: Path, language: str, *, query: str = "") -> dict[str, Any]:
    """One page of each signed-in route that can be come to, by its route: as Ada sees them, who may see everything, with two
    bookings, one contact, one field of contacts and one webhook."""
    with site(folder, webhooks={"allowed_networks": "127.0.0.0/8"}) as s:
        ada = person_of_host(s, s.w.host)
        ada = replace(ada, roles=frozenset(Role), permissions=frozenset(Permission), language=language)
        with transaction(s.w.rt.engine) as session:
            people.save(session, ada, now=s.w.now)
        offer(s, NEWSLETTER)
        agreed(s, "newsletter")
        s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22)
        browser = signed_in(s, ada)
        browser.post("/admin/consents/fields/new", data={"label.en": "Region", "label.de": "Gegend", "personal": "yes"})
        browser.post("/host/webhooks", data={"url": "http://127.0.0.1:9/bookings"})
        browser.post("/host/hours/exceptions", data={"first": "2030-01-10", "last": "2030-01-11", "times": ""})
        return dict(_found(browser, every_route(application(s.w.rt).routes), query))


def lost_forms(folder: Path, language: str) -> list[tuple[str, str]]:
    """Forms that post to no page, with the route of their page, where a language was chosen in the address."""
    with site(folder) as s:
        routes = every_route(application(s.w.rt).routes)
    shown = desk_pages(folder, "en", query=f"lang={language}")
    pages = {
        route: each for route, each in shown.items() if each.headers.get("content-type", "").startswith("text/html")
    }
    return [
        (route, action)
        for route, answer in pages.items()
        for action in read(answer).actions()
        for path, _, query in [action.partition("?")]
        if "/" in query or not route_of(routes, path, "POST")
    ]


def _found(browser: TestClient, shown: Sequence[BaseRoute], query: str) -> Iterator[tuple[str, Any]]:
    wanted = {each.path for each in signed_in_routes() if each.get is not None}
    ahead = deque(_STEPS)
    while ahead:
        href = ahead.popleft()
        route = route_of(shown, href.partition("?")[0].partition("#")[0])
        if route not in wanted:
            continue
        wanted.discard(route)
        before, hash, anchor = href.partition("#")
        joint = "&" if "?" in before else "?"
        chosen = f"{before}{joint}{query}" if query and query not in before else before
        answer = browser.get(f"{chosen}{hash}{anchor}")
        assert answer.status_code in (200, 303), (href, answer.status_code)
        yield route, answer
        if answer.headers.get("content-type", "").startswith("text/html"):
            ahead.extend(each for each in read(answer).hrefs() if each.startswith("/"))
