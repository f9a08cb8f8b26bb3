"""A browser in front of the small world: the real application over it, and what tests ask of its pages."""

import atexit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import inspect, text
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from booking_service.actions.access.sign_in import link_by_hand
from booking_service.config.notation import read_rates
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.availability import WorkingHours, parse_spans, zone_of
from booking_service.domain.booking import Booking
from booking_service.domain.meeting import MeetingType
from booking_service.domain.people import Host, Organisation, Person
from booking_service.domain.questions import Question, QuestionKind
from booking_service.domain.roles import Role
from booking_service.storage import bookings, hosts, meetings, people
from booking_service.storage.engine import snapshot, transaction
from booking_service.web.app import application
from booking_service.web.http.late_routes import LateRoutes
from tests.world import World, world

BASE_URL = "http://localhost:8000"
# As Chromium asks: for pages, in English, from a page of ours.
BROWSER = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en",
    "Sec-Fetch-Site": "same-origin",
    "Accept-Encoding": "gzip",
}
TUESDAY_9 = "2030-01-08T08:00:00Z"  # 09:00 in Berlin, the day after the world's Monday


@dataclass(frozen=True, slots=True)
class Site:
    """`browser` shows redirects instead of following them. `w` is the world behind it, at Monday 09:00 in Berlin."""

    w: World
    browser: TestClient

    def form(self, **changes: str) -> dict[str, str]:
        """The details form as Grace fills it in."""
        return {
            "start": TUESDAY_9,
            "zone": "Europe/Berlin",
            "lang": "en",
            "form_key": "k" * 22,
            "name": "Grace Hopper",
            "email": "grace@example.net",
            "answer-topic": "The compiler",
            **changes,
        }

    def hold(self, path: str = "/ada/intro", **changes: str) -> Booking:
        """A booking made through the form."""
        answer = self.browser.post(f"{path}/hold", data=self.form(**changes))
        assert answer.status_code == 303, answer.text
        return self.booking(answer.headers["location"].partition("?")[0].removeprefix("/b/"))

    def confirmed(self, **changes: str) -> Booking:
        """One that was confirmed by its link, and whose mails went out."""
        booking = self.hold(**changes)
        assert self.browser.post(self.link(booking, LinkPurpose.CONFIRM)).status_code == 303
        self.w.drain()
        return self.booking(booking.public_id)

    def booking(self, public_id: str) -> Booking:
        with snapshot(self.w.rt.engine) as session:
            found = bookings.by_public_id(session, public_id)
        assert found is not None
        return found

    def link(self, booking: Booking, purpose: LinkPurpose) -> str:
        """The path of the link that the booking's mails carry now."""
        return f"/{purpose}/{self.w.token(booking, purpose)}"

    def save(self, thing: Host | MeetingType | Organisation) -> None:
        with transaction(self.w.rt.engine) as session:
            match thing:
                case Host():
                    hosts.save(session, thing)
                case MeetingType():
                    meetings.save(session, thing)
                case Organisation():
                    hosts.save_organisation(session, thing)

    def rows(self) -> Mapping[str, list[Any]]:
        """Every row of every table, to see that nothing changed."""
        names = sorted(inspect(self.w.rt.engine).get_table_names())
        with self.w.rt.engine.connect() as connection:
            found = {name: connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
        # A row as such shows no more than 300 characters of a value, and so would hide what is looked for.
        return {name: [tuple(row) for row in rows] for name, rows in found.items()}


@contextmanager
def site(tmp_path: Path, **settings: Any) -> Iterator[Site]:
    """Ada asks one question for `intro`, so that answers can be looked at."""
    with world(tmp_path, **settings) as w:
        made = Site(w, browser_of(w))
        made.save(
            replace(w.intro, questions=(Question("topic", "What would you like to talk about?", QuestionKind.LONG),))
        )
        yield made


@cache
def _portal() -> BlockingPortal:
    """One event loop for all browsers of a process: by itself, a test client starts a thread and a loop for each request."""
    lasting = ExitStack()
    atexit.register(lasting.close)
    return lasting.enter_context(start_blocking_portal())


def browser_of(w: World, *, base_url: str = BASE_URL, address: str = "testclient", **headers: str) -> TestClient:
    """A browser in front of this world, at this network address; an error that no page deals with fails the test."""
    browser = TestClient(
        application(w.rt),
        base_url=base_url,
        headers={**BROWSER, **headers},
        follow_redirects=False,
        client=(address, 50000),
    )
    browser.portal = _portal()
    return browser


def person(s: Site, *roles: Role, email: str = "", **changes: Any) -> Person:
    """Somebody with these roles, and no host unless `host_id` says so, as this world knows them."""
    made = Person(
        id=uuid4(),
        email=email or f"{'-'.join(roles) or 'nobody'}@example.org",
        name="Mary Somerville",
        zone=zone_of("Europe/Berlin"),
        roles=frozenset(roles),
    )
    with transaction(s.w.rt.engine) as session:
        people.save(session, replace(made, **changes), now=s.w.now)
    return replace(made, **changes)


def person_of_host(s: Site, host: Host) -> Person:
    """Who signs in as this host."""
    with snapshot(s.w.rt.engine) as session:
        found = people.by_host(session, host.id)
    assert found is not None
    return found


def signed_in(s: Site, who: Person, **headers: str) -> TestClient:
    """A browser of its own in which this person is signed in, as by a link that was handed over."""
    browser = browser_of(s.w, **headers)
    path, _ = link_by_hand(s.w.rt, who.email, real_now=s.w.now)
    assert browser.post(path).status_code == 303
    return browser


def limited(s: Site, **rates: str) -> TestClient:
    """A browser of the same world where these limits are tight."""
    limits = s.w.rt.settings.limits.model_copy(update={rule: read_rates(written) for rule, written in rates.items()})
    settings = s.w.rt.settings.model_copy(update={"limits": limits})
    return browser_of(replace(s.w, rt=replace(s.w.rt, settings=settings)))


def with_hours(host: Host, *hours: str) -> Host:
    """The host with these hours, Monday first."""
    return replace(host, hours=WorkingHours(tuple(parse_spans(each) for each in hours)))


def day(written: str) -> date:
    return date.fromisoformat(written)


def every_route(shown: Sequence[BaseRoute]) -> list[BaseRoute]:
    """In their order, with those that are made late."""
    return [inner for each in shown for inner in (each.routes if isinstance(each, LateRoutes) else (each,))]
