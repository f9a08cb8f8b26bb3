"""Every kind of page, and the way to each: tests that hold for all pages go to all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.e2e.people import HOLD, Booker
from tests.flows.running import Demo

Way = Callable[[Page], object]


@dataclass(frozen=True)
class Prepared:
    """Bookings in each of their states, made once: addresses that lead to them."""

    waiting: str
    confirm: str
    not_me: str
    booked: str
    booked_waiting: str
    manage: str
    ended: str
    ended_waiting: str
    cancelled: str


def prepare(site: Demo, page: Page) -> Prepared:
    """Bring bookings into every state. Moves the clock by an hour, so holds made before are over."""
    ended, booked, cancelled, held = (Booker(site) for _ in range(4))
    ended.hold(page)
    ended_waiting, ended_link = page.url, ended.link("c")
    site.advance(3700)
    booked.hold(page, which=1)
    booked_waiting = page.url
    page.goto(booked.link("c"))
    page.get_by_role("button", name="Confirm booking").click()
    page.get_by_role("heading", name="Booked").wait_for()
    booked_link = page.url
    cancelled.book(page, which=1)
    page.goto(f"{cancelled.link('m')}/cancel")
    page.get_by_role("button", name="Cancel booking").click()
    page.get_by_role("heading", name="Cancelled").wait_for()
    held.hold(page, which=1)
    return Prepared(
        waiting=page.url, confirm=held.link("c"), not_me=held.link("x"), booked=booked_link,
        booked_waiting=booked_waiting, manage=booked.link("m"), ended=ended_link, ended_waiting=ended_waiting,
        cancelled=cancelled.link("m"),
    )  # fmt: skip


def ways(prepared: Prepared | None) -> Mapping[str, Way]:
    """How to come to each page, by its name. Without bookings the names alone are of use."""
    prepared = prepared or Prepared(*[""] * 9)
    return {
        "hosts": lambda page: page.goto("/"),
        "host": lambda page: page.goto("/ada"),
        "pick": lambda page: page.goto("/ada/intro"),
        "pick, chosen": _chosen,
        "pick, nothing free": lambda page: page.goto("/ada/intro?day=2026-12-12"),
        "details": _details,
        "details, refused": _refused,
        "waiting": lambda page: page.goto(prepared.waiting),
        "waiting, refused": lambda page: _refused_on_waiting(page, prepared.waiting),
        "confirm": lambda page: page.goto(prepared.confirm),
        "not me": lambda page: page.goto(prepared.not_me),
        "booked": lambda page: page.goto(prepared.booked),
        "booked, from the waiting page": lambda page: page.goto(prepared.booked_waiting),
        "manage": lambda page: page.goto(prepared.manage),
        "cancel": lambda page: page.goto(f"{prepared.manage}/cancel"),
        "move": lambda page: page.goto(f"{prepared.manage}/move"),
        "ended": lambda page: page.goto(prepared.ended),
        "ended, from the waiting page": lambda page: page.goto(prepared.ended_waiting),
        "cancelled": lambda page: page.goto(prepared.cancelled),
        "privacy": lambda page: page.goto("/privacy"),
        "imprint": lambda page: page.goto("/imprint"),
        "accessibility": lambda page: page.goto("/accessibility"),
        "no such page": lambda page: page.goto("/nowhere/at-all"),
        "no such link": lambda page: page.goto(f"/c/{'a' * 43}"),
        "no time": lambda page: page.goto("/ada/intro/details"),
    }  # fmt: skip


def _chosen(page: Page) -> None:
    page.goto("/ada/intro")
    page.get_by_role("radio").nth(2).check(force=True)


def _details(page: Page) -> None:
    _chosen(page)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Your details").wait_for()


def _refused(page: Page) -> None:
    _details(page)
    page.get_by_label("Email address").fill("no address")
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("alert").wait_for()


def _refused_on_waiting(page: Page, waiting: str) -> None:
    page.goto(waiting)
    page.get_by_label("six digits").fill("000000")
    page.get_by_role("button", name="Confirm booking").click()
    page.get_by_role("alert").wait_for()


PAGES = tuple(ways(None))
