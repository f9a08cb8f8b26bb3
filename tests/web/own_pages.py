"""The page about one's own data, as whoever reads Grace's mail comes to it."""

from urllib.parse import urlsplit

from booking_service.mail.message import OutgoingMail
from booking_service.storage import purposes
from booking_service.storage.engine import snapshot
from tests.web.consents import link_in, mails, ticked
from tests.web.site import Site

GRACE = "grace@example.net"


def to_page(s: Site, address: str = GRACE) -> list[str]:
    """The paths of the links to the page that were mailed on request, oldest first."""
    sent = [mail for mail in s.w.mails.to(address) if mail.subject == "Your bookings and data"]
    return [path_of(next(word for word in mail.text.split() if "/preferences/" in word)) for mail in sent]


def footer(mail: OutgoingMail) -> str:
    """The path below a mail that leads to the mail options."""
    return path_of(mail.text.split()[-1])


def fresh(s: Site, address: str = GRACE) -> str:
    """A fresh link to the whole page."""
    s.w.pass_time(minutes=11)
    answer = s.browser.post("/preferences", data={"email": address})
    assert answer.status_code == 303
    s.w.drain()
    return to_page(s, address)[-1]


def agreed(s: Site, *slugs: str) -> None:
    """Grace booked, ticked these and confirmed all of it."""
    s.confirmed(**ticked(s, *slugs))
    link = link_in(mails(s, "yes")[-1], "yes")
    for slug in slugs:
        assert s.browser.post(link, data={"purpose": slug, "answer": "yes"}).status_code == 303
    s.w.drain()


def start(s: Site, slug: str = "newsletter", *, language: str = "en") -> dict[str, str]:
    """What the button that starts something sends, beside the newest texts in a language."""
    with snapshot(s.w.rt.engine) as session:
        shown = purposes.current_wordings(session, slug)[language]
    return {"act": "start", "purpose": slug, "wording": shown.hash.hex()}


def changes(s: Site) -> list[str]:
    """The paths of the links that were mailed to confirm a change."""
    return [link_in(mail, "change") for mail in mails(s, "change")]


def path_of(url: str) -> str:
    return urlsplit(url).path
