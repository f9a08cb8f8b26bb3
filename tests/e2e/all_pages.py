"""Every kind of page, and the way to each: tests that hold for all pages go to all of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from playwright.sync_api import Page

from tests.e2e.bookers import HOLD, Booker, a_day
from tests.flows.dav_reader import Outside
from tests.flows.extended import in_extended
from tests.flows.programs import Demo

Way = Callable[[Page], object]


_FOREIGN = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody else//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260101T000000Z
DTSTART:{start}
DURATION:PT30M
SUMMARY:Private
END:VEVENT
END:VCALENDAR
"""


@dataclass(frozen=True)
class Prepared:
    """Bookings in each of their states, made once: addresses that lead to them."""

    waiting: str = ""
    confirm: str = ""
    not_me: str = ""
    booked: str = ""
    booked_waiting: str = ""
    manage: str = ""
    ended: str = ""
    ended_waiting: str = ""
    cancelled: str = ""
    guest: str = ""
    stop: str = ""
    keep: str = ""


def prepare(site: Demo, page: Page) -> Prepared:
    """Bring bookings into every state. Moves the clock by days, so holds made before are over."""
    reminded, ended, booked, kept, cancelled, held = (Booker(site) for _ in range(6))
    stop = _reminded(reminded, page)
    ended.hold(page)
    ended_waiting, ended_link = page.url, ended.link("c")
    site.advance(3700)
    guest = Booker(site)
    booked.choose(page, which=1)
    booked.fill(page)
    page.get_by_label("Guests").fill(guest.email)
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    booked_waiting = page.url
    page.goto(booked.link("c"))
    page.get_by_role("button", name="Confirm booking").click()
    page.get_by_role("heading", name="Booked").wait_for()
    booked_link = page.url
    keep = _overrun(site, kept.book(page, which=1))
    cancelled.book(page, which=1)
    page.goto(f"{cancelled.link('m')}/cancel")
    page.get_by_role("button", name="Cancel booking").click()
    page.get_by_role("heading", name="Cancelled").wait_for()
    held.hold(page, which=1)
    return Prepared(
        waiting=page.url,
        confirm=held.link("c"),
        not_me=held.link("x"),
        booked=booked_link,
        booked_waiting=booked_waiting,
        manage=booked.link("m"),
        ended=ended_link,
        ended_waiting=ended_waiting,
        cancelled=cancelled.link("m"),
        guest=guest.link("g"),
        stop=stop,
        keep=keep,
    )


def _reminded(booker: Booker, page: Page) -> str:
    """The link that stops reminders, from the mail of the day before."""
    page.goto("/ada/intro")
    page.locator("table.cal a").last.click()
    page.wait_for_url("**#times")
    start = datetime.fromisoformat(booker.choose_here(page))
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    page.goto(booker.link("c"))
    page.get_by_role("button", name="Confirm booking").click()
    page.get_by_role("heading", name="Booked").wait_for()
    booker.site.advance(max(0.0, (start - timedelta(hours=1) - booker.site.now()).total_seconds()) + 60)
    return booker.link("s")


def _overrun(site: Demo, start: str) -> str:
    """The host enters something over a booking: the link of the mail that asks what to do."""
    uid = f"private-{start}"
    stamp = re.sub(r"[-:]", "", start)
    Outside(site.server, site.calendars).put(
        f"{site.calendars[0]}{stamp}.ics", _FOREIGN.format(uid=uid, start=stamp).replace("\n", "\r\n").encode()
    )
    site.advance(120)
    return Booker(site, email="ada@example.org").link("a")


def ways(prepared: Prepared) -> Mapping[str, Way]:
    """How to come to each page, by its name."""
    return {
        "hosts": lambda page: page.goto("/"),
        "host": lambda page: page.goto("/ada"),
        "pick": lambda page: page.goto("/ada/intro"),
        "pick, chosen": _chosen,
        "pick, nothing free": _a_sunday,
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
        "a guest declines": lambda page: page.goto(prepared.guest),
        "no more reminders": lambda page: page.goto(prepared.stop),
        "the host keeps it": lambda page: page.goto(prepared.keep),
        "demo inbox": lambda page: page.goto("/demo/inbox"),
        "demo mail": _newest_mail,
        "demo calendar": lambda page: page.goto("/demo/calendar"),
        "demo clock": lambda page: page.goto("/demo/clock"),
        "privacy": lambda page: page.goto("/privacy"),
        "imprint": lambda page: page.goto("/imprint"),
        "accessibility": lambda page: page.goto("/accessibility"),
        "no such page": lambda page: page.goto("/nowhere/at-all"),
        "no such link": lambda page: page.goto(f"/c/{'a' * 43}"),
        "no time": lambda page: page.goto("/ada/intro/details"),
    }


def _a_sunday(page: Page) -> None:
    day = a_day()
    page.goto(f"/ada/intro?day={day + timedelta(days=6 - day.weekday())}")


def _newest_mail(page: Page) -> None:
    page.goto("/demo/inbox")
    page.locator(".cards a").first.click()
    page.wait_for_url(re.compile(r"/demo/inbox/\d+$"))


def _chosen(page: Page) -> None:
    page.goto(f"/ada/intro?day={a_day()}")
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


PAGES = tuple(ways(Prepared()))
# Those that every run looks at; the extended run looks at all.
_OFTEN = {
    "pick",
    "pick, chosen",
    "details",
    "details, refused",
    "waiting",
    "confirm",
    "booked",
    "manage",
    "move",
}
PAGES_BY_RUN = [
    *(each for each in PAGES if each in _OFTEN),
    *in_extended(*(each for each in PAGES if each not in _OFTEN)),
]
