"""Who books in a browser: what they type, which buttons they press, and their mails."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page

from tests.flows.programs import Demo, until
from tests.flows.text_browser import HERE

HOLD = "Hold this time and email me the link"


def _weekdays() -> Iterator[date]:
    """Weekdays of months to come: what is free today may be past its notice before a test is through."""
    days = (datetime.now(HERE).date() + timedelta(days=ahead) for ahead in range(40, 240))
    return itertools.cycle([day for day in days if day.weekday() < 5])


_DAYS = _weekdays()


def a_day() -> date:
    """A weekday on which nobody has booked yet."""
    return next(_DAYS)


@dataclass
class Booker:
    """One invitee, with an address and a day of their own."""

    site: Demo
    name: str = "Grace Hopper"
    email: str = field(default_factory=lambda: f"grace-{uuid4().hex[:10]}@example.org")
    day: date = field(default_factory=a_day)
    zone: str = ""  # of their browser, where it isn't the host's: its times come in a second answer

    def choose(self, page: Page, meeting: str = "intro", *, which: int = 0) -> str:
        """Open the page of their day, choose a time and go on to the details. Returns the chosen instant."""
        page.goto(f"/ada/{meeting}?day={self.day}")
        if self.zone:
            page.wait_for_url(f"**zone={self.zone.replace('/', '*')}**")
        return self.choose_here(page, which=which)

    def choose_here(self, page: Page, *, which: int = 0) -> str:
        time = page.get_by_role("radio").nth(which)
        start = time.get_attribute("value") or ""
        time.check(force=True)  # the radio itself is not painted, its label is
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("heading", name="Your details").wait_for()
        return start

    def fill(self, page: Page) -> None:
        page.get_by_label("Full name").fill(self.name)
        page.get_by_label("Email address").fill(self.email)

    def hold(self, page: Page, *, which: int = 0) -> str:
        """As far as "Check your inbox". Returns the held instant."""
        start = self.choose(page, which=which)
        self.fill(page)
        page.get_by_role("button", name=HOLD).click()
        page.get_by_role("heading", name="Check your inbox").wait_for()
        return start

    def book(self, page: Page, *, which: int = 0) -> str:
        """As far as "Booked", by the mailed link."""
        start = self.hold(page, which=which)
        page.goto(self.link("c"))
        page.get_by_role("button", name="Confirm booking").click()
        page.get_by_role("heading", name="Booked").wait_for()
        return start

    def received(self) -> list[dict[str, Any]]:
        """Their mails, the oldest first."""
        return [mail for mail in reversed(self.site.mails()) if mail["to"] == self.email]

    def link(self, purpose: str) -> str:
        """The newest mailed link of a kind (c, m, x), once it is there."""

        def links() -> list[str]:
            return [link for mail in self.received() for link in mail["links"] if f"/{purpose}/" in link]

        return until(links)[-1]

    def code(self) -> str:
        """The six digits of the newest mail that has some, once it is there."""

        def codes() -> list[str]:
            return [code for mail in self.received() for code in re.findall(r"^ +(\d{6})$", mail["text"], re.MULTILINE)]

        return until(codes)[-1]
