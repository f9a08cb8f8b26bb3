"""Every word that people see goes through translation: with each text marked, nothing unmarked is left but names and dates."""

import gettext
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest

from booking_service.actions.access.links import token
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.availability import zone_names
from booking_service.domain.effects import MailKind
from booking_service.domain.meeting import Approval, Place
from booking_service.language import language_of
from booking_service.mail.compose import HostNoticeFacts, compose_host_notice
from booking_service.mail.message import OutgoingMail
from calendars.errors import Unavailable
from tests.mail.examples import BOOKING, LINKS, MEETING, NOW, ORGANISATION, cases
from tests.web.page_reader import Page, read, words
from tests.web.site import TUESDAY_9, Site, site
from tests.world import MONDAY, host

pytestmark = pytest.mark.timeout(120)

SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-once", "data-offline", "abbr", "label")
# What the hosts and invitees of these tests typed, and names that no language changes.
NAMES = """
    Ada Lovelace Analytical Engines Ltd London St James's Square Grace Hopper Intro call Quick call Work Ada 30-minute consultation
    What would you like to talk about? The compiler Topic Compilers, and the moth Allergies Nuts I am ill My train is late Ill
    Deutsch English Nederlands Google Calendar Outlook.com UTC nobody
"""


class Marked(gettext.NullTranslations):
    """Says every text in brackets, so that what stands outside of brackets was never looked up."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """German is said in brackets for the length of a test."""
    monkeypatch.setattr(language_of("de"), "_catalogue", Marked())


@pytest.fixture
def s(marked: None, tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        made.browser.headers["Accept-Language"] = "de"
        made.save(replace(made.w.host, language="de"))
        yield made


def unmarked(text: str) -> set[str]:
    """Words outside of all brackets that are no names, dates, addresses or zones."""
    depth, outside = 0, []
    for sign in text:
        depth += (sign == "⟦") - (sign == "⟧")
        outside.append(sign if depth == 0 and sign != "⟧" else " ")
    rest = re.sub(r"\S+@\S+|https?://\S+|\S+•\S*|\b[0-9a-f-]{32,}\b", " ", "".join(outside))
    return set(re.findall(r"[^\W\d_]{2,}", rest)) - _known()


def _known() -> set[str]:
    locale = language_of("de").locale
    dates = [
        name for kind in (locale.days, locale.months) for width in kind["format"].values() for name in width.values()
    ]
    dates += locale.days["stand-alone"]["abbreviated"].values()
    return set(re.findall(r"[^\W\d_]{2,}", " ".join([NAMES, *dates, *zone_names()])))


def seen(page: Page) -> str:
    """All that a page shows, with scripts or without, or has read out; its title and what its script says included."""
    spoken = [each.get(name, "") for each in page.root.iter() for name in SPOKEN]
    return " ".join([page.title, *_texts(page.one("body")), *spoken])


def _texts(element: Any) -> Iterator[str]:
    """The texts within, but for the cities of the zone menu: those are Unicode's own names (CLDR), like months and days."""
    yield element.text or ""
    if element.tag != "optgroup":
        for child in element:
            yield from _texts(child)
    yield element.tail or ""


def test_a_word_beside_the_brackets_is_noticed() -> None:
    assert (
        unmarked("⟦Held until ⟦x⟧⟧ Ada Lovelace, Dienstag, 24. November, 09:00 Europe/Berlin g•••@example.org") == set()
    )
    assert unmarked("⟦Held⟧ for ⟦you⟧") == {"for"}


def before(s: Site) -> Iterator[Page]:
    """Pages of who has nothing yet."""
    for address in (
        "/",
        "/ada",
        "/ada/intro",
        "/ada/intro?day=2030-01-13",
        "/ada/intro?month=2029-01",
        "/ada/quick",
        "/privacy",
        "/imprint",
        "/accessibility",
        f"/ada/intro/details?start={TUESDAY_9}",
        f"/ada/quick/details?start={TUESDAY_9}",
        "/ada/intro/details",
        "/nobody",
        "/c/nobody",
        "/ada/intro/details?start=2030-01-07T07:00:00Z",
        "/ada/intro/details?start=2030-01-12T09:00:00Z",
    ):
        yield read(s.browser.get(address))


def refused(s: Site) -> Iterator[Page]:
    for wrong in (
        {"name": "", "email": "grace@"},
        {"name": "Grace " * 30},
        {"email": "a@x.example, b@x.example"},
        {"email": "ü@example.net"},
        {"guests": "nobody"},
        {"guests": " ".join(f"g{n}@example.net" for n in range(4))},
        {"subject_line": "buy"},
        {"start": "2030-01-07T08:00:00Z"},
    ):
        yield read(s.browser.post("/ada/intro/hold", data=s.form(lang="de", **wrong)))
    s.hold(lang="de")
    yield read(s.browser.post("/ada/intro/hold", data=s.form(lang="de", form_key="o" * 22)))
    yield read(s.browser.delete("/ada/intro"))
    yield read(s.browser.post("/ada/intro/hold", data=s.form(lang="de"), headers={"Sec-Fetch-Site": "cross-site"}))


def held(s: Site) -> Iterator[Page]:
    booking = s.hold(lang="de", email="grace@gmial.com", guests="alan@example.net")
    here = f"/b/{booking.public_id}"
    for address in (
        here,
        f"{here}/move",
        s.link(booking, LinkPurpose.CONFIRM),
        s.link(booking, LinkPurpose.NOT_ME),
        s.link(booking, LinkPurpose.MANAGE),
        s.link(booking, LinkPurpose.ACT),
    ):
        yield read(s.browser.get(address))
    yield read(s.browser.post(f"{here}/code", data={"code": "000000"}))
    yield read(s.browser.post(f"{here}/address", data={"email": "grace@"}))
    for done in ("resent", "corrected", "moved"):
        yield read(s.browser.get(f"{here}?did={done}"))
    s.w.pass_time(hours=2)
    yield read(s.browser.get(s.link(booking, LinkPurpose.CONFIRM)))


def booked(s: Site) -> Iterator[Page]:
    booking = s.confirmed(lang="de", zone="Asia/Tokyo")
    manage = s.link(booking, LinkPurpose.MANAGE)
    for address in (
        f"/b/{booking.public_id}",
        s.link(booking, LinkPurpose.CONFIRM),
        s.link(booking, LinkPurpose.NOT_ME),
        manage,
        f"{manage}/move",
        f"{manage}/cancel",
        f"{manage}?did=moved",
        s.link(booking, LinkPurpose.STOP),
        s.link(booking, LinkPurpose.ACT),
    ):
        yield read(s.browser.get(address))
    s.browser.post(s.link(booking, LinkPurpose.STOP))
    yield read(s.browser.get(s.link(booking, LinkPurpose.STOP)))
    yield read(s.browser.post(f"{manage}/cancel", data={"reason": "Ill " * 600}))
    s.browser.post(f"{manage}/cancel", data={"reason": "Ill"})
    for address in (
        manage,
        f"/b/{booking.public_id}",
        s.link(booking, LinkPurpose.STOP),
        s.link(booking, LinkPurpose.ACT),
    ):
        yield read(s.browser.get(address))


def with_the_host(s: Site) -> Iterator[Page]:
    s.save(replace(s.w.intro, approval=Approval.BEFORE, place=Place.IN_PERSON))
    booking = s.hold(lang="de")
    for address in (f"/b/{booking.public_id}", s.link(booking, LinkPurpose.ACT), "/ada/intro"):
        yield read(s.browser.get(address))
    s.browser.post(f"{s.link(booking, LinkPurpose.ACT)}/decline", data={"reason": "Ill"})
    yield read(s.browser.get(f"/b/{booking.public_id}"))


def answered(s: Site) -> Iterator[Page]:
    """A guest declines; a host says what became of many events that are gone at once."""
    first = s.w.hold(meeting="quick", guests=("alan@example.net",), start=MONDAY + timedelta(days=1))
    rest = [s.w.hold(meeting="quick", start=MONDAY + timedelta(days=1, minutes=30 * n)) for n in range(1, 6)]
    s.w.drain()
    guest = f"/g/{token(s.w.rt, first, LinkPurpose.GUEST, guest='alan@example.net')}"
    yield read(s.browser.get(f"{guest}?lang=de"))
    s.browser.post(guest)
    yield read(s.browser.get(f"{guest}?lang=de"))
    for booking in (first, *rest):
        s.w.calendar.host_deletes(s.w.reservation(booking).uid)
    s.w.settle()
    (link,) = re.findall(r"/a/[\w-]+", s.w.mails.to(s.w.host.email)[-1].text)
    yield read(s.browser.get(link))
    s.browser.post(f"{link}/restore")
    for did in ("restored", "gone"):
        yield read(s.browser.get(f"{link}?did={did}"))


def unreachable(s: Site) -> Iterator[Page]:
    s.w.calendar.fail_next(Unavailable("no answer"), times=200)
    yield read(s.browser.post("/ada/intro/hold", data=s.form(lang="de")))
    s.w.pass_time(hours=2)
    yield read(s.browser.get("/ada/intro"))


@pytest.mark.parametrize("pages", [before, refused, held, booked, with_the_host, answered, unreachable])
def test_pages_say_nothing_that_was_not_translated(s: Site, pages: Callable[[Site], Iterator[Page]]) -> None:
    for page in pages(s):
        assert page.root.get("lang") == "de", page.title
        assert unmarked(seen(page)) == set(), page.title


@pytest.mark.parametrize("name", [each.name for each in cases()])
@pytest.mark.usefixtures("marked")
def test_mails_say_nothing_that_was_not_translated(name: str) -> None:
    (given,) = [each for each in cases() if each.name == name]
    mail = given.of(language="de", host=host(language="de")).composed()
    assert unmarked(written(mail)) == set()


@pytest.mark.parametrize(
    "kind", [MailKind.CALENDAR_UNREADABLE, MailKind.MASS_DELETION, MailKind.CALENDAR_CHANGED, MailKind.MANY_HOLDS]
)
@pytest.mark.usefixtures("marked")
def test_alarms_say_nothing_that_was_not_translated(kind: MailKind) -> None:
    facts = HostNoticeFacts(
        host=host(language="de"),
        organisation=ORGANISATION,
        sender="booking@example.org",
        occasion="1",
        calendar="Work",
        failure="Refused",
        since=NOW,
        vanished=4,
        holds=12,
        booking=BOOKING,
        meeting=MEETING,
        act=LINKS["act"],
        now=NOW,
    )
    mail = compose_host_notice(kind, facts=facts)
    assert mail is not None
    assert unmarked(written(mail)) == set()


def written(mail: OutgoingMail) -> str:
    """A mail in both forms, and the texts of its invitation."""
    language = [words(html5lib.parse(mail.html, namespaceHTMLElements=False).find("body")), mail.subject, mail.text]
    if mail.calendar:
        lines = mail.calendar.body.decode().replace("\r\n ", "").splitlines()
        language += [line.partition(":")[2] for line in lines if line.startswith(("SUMMARY", "DESCRIPTION"))]
    return "\n".join(language)
