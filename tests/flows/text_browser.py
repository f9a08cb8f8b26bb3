"""An invitee with a browser that knows no JavaScript: reads the pages, fills in the forms that stand there, presses buttons."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import html5lib
import httpx2

HERE = ZoneInfo("Europe/Berlin")
BROWSER = {"Accept": "text/html", "Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Form:
    """A form as it stands on a page: where it goes, and what it would send if nothing were typed."""

    method: str
    action: str
    fields: dict[str, str]
    choices: dict[str, list[str]]


@dataclass(frozen=True)
class Page:
    """An answer, read as a browser reads it."""

    answer: httpx2.Response
    url: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def tree(self) -> Element:
        root: Element = html5lib.parse(self.answer.text, namespaceHTMLElements=False)
        return root

    @property
    def text(self) -> str:
        main = self.tree.find(".//main")
        assert main is not None
        return re.sub(r"\s+", " ", "".join(main.itertext())).strip()

    @property
    def title(self) -> str:
        return self.tree.findtext(".//title") or ""

    def links(self, containing: str = "") -> list[str]:
        hrefs = [urljoin(self.url, each.get("href", "")) for each in self.tree.iter("a")]
        return [href for href in hrefs if containing in href]

    def form(self, ending: str, *, method: str = "") -> Form:
        """The form whose address ends like this (and that is sent by `method`)."""
        ours = [form for form in self.forms() if method in ("", form.method)]
        found = [form for form in ours if form.action.partition("?")[0].endswith(ending)]
        assert len(found) == 1, f"{len(found)} forms end in {ending}: {[form.action for form in self.forms()]}"
        return found[0]

    def forms(self) -> Iterator[Form]:
        for form in self.tree.iter("form"):
            fields: dict[str, str] = {}
            choices: dict[str, list[str]] = {}
            for each in form.iter():
                _gather(each, fields, choices)
            action = urljoin(self.url, form.get("action", ""))
            yield Form(form.get("method", "get").lower(), action, fields, choices)


def _gather(element: Element, fields: dict[str, str], choices: dict[str, list[str]]) -> None:
    name, kind = element.get("name"), element.get("type", "text")
    if name is None or element.tag not in ("input", "textarea", "select"):
        return
    if kind in ("radio", "checkbox"):
        choices.setdefault(name, []).append(element.get("value", "on"))
        if element.get("checked") is not None:
            fields[name] = element.get("value", "on")
    elif element.tag == "select":
        options = list(element.iter("option"))
        chosen = next((each for each in options if each.get("selected") is not None), options[0])
        fields[name] = chosen.get("value") or chosen.text or ""
    else:
        fields[name] = element.get("value") or (element.text or "" if element.tag == "textarea" else "")


@dataclass
class Visit:
    """One person who books. Their address is their own, so that their mails are found among others'."""

    base_url: str
    mails: Callable[[], list[dict[str, Any]]]
    name: str = "Grace Hopper"
    email: str = field(default_factory=lambda: f"grace-{uuid4().hex[:10]}@example.org")
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(trust_env=False, headers=BROWSER, timeout=30))

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, url: str) -> Page:
        url = urljoin(self.base_url, url)
        return Page(self.client.get(url), url)

    def submit(self, form: Form, **typed: str) -> Page:
        """Press the form's button. A redirect is shown, not followed."""
        fields = {**form.fields, **typed}
        if form.method == "get":
            return Page(self.client.get(form.action, params=fields), form.action)
        return Page(self.client.post(form.action, data=fields), form.action)

    def follow(self, page: Page) -> Page:
        assert page.status == 303, f"{page.status}: {page.text[:500]}"
        return self.get(urljoin(page.url, page.answer.headers["location"]))

    def times(self, meeting: str = "intro") -> list[str]:
        """What is offered on the first free day of a month to come, as UTC instants. Not today: a time of today may be
        over its notice before a test is through."""
        return self._ahead(meeting).form("/details").choices["start"]

    def offers(self, start: str, meeting: str = "intro") -> bool:
        """Whether the page of its day offers this instant."""
        day = datetime.fromisoformat(start).astimezone(HERE)
        page = self.get(f"/ada/{meeting}?day={day:%Y-%m-%d}")
        return any(start in form.choices.get("start", ()) for form in page.forms())

    def details(self, meeting: str = "intro", *, start: str | None = None) -> Page:
        """The form for who books, reached by choosing a time on the page."""
        picking = self._ahead(meeting).form("/details")
        return self.submit(picking, start=start or picking.choices["start"][0])

    def book(self, meeting: str = "intro", *, start: str | None = None, **typed: str) -> Page:
        """Pick a time, fill in who books, press the button. The answer itself, whatever it is."""
        form = self.details(meeting, start=start).form("/hold")
        given = {"name": self.name, "email": self.email, **typed}
        return self.submit(form, **given)

    def _ahead(self, meeting: str) -> Page:
        month = datetime.now(HERE) + timedelta(days=40)
        return self.get(f"/ada/{meeting}?month={month:%Y-%m}")

    def received(self) -> list[dict[str, Any]]:
        """Their mails, the oldest first."""
        return [mail for mail in reversed(self.mails()) if mail["to"] == self.email]

    def link(self, purpose: str) -> str:
        """The newest mailed link of a kind, such as /c/."""
        links = [link for mail in self.received() for link in mail["links"] if f"/{purpose}/" in link]
        assert links, f"no /{purpose}/ link was mailed"
        return str(links[-1])

    def confirm(self) -> Page:
        """Open the mailed link and press its one button."""
        page = self.get(self.link("c"))
        token = page.url.rpartition("/c/")[2]
        return self.submit(page.form(f"/c/{token}"))


def calendar_parts(mail: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in mail["attachments"] if "calendar" in part["content_type"]]
