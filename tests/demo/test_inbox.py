"""The demo's mailbox as people see it in a browser and tests read it as JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pytest
from jinja2 import Environment
from starlette.testclient import TestClient

from booking_service.demo.inbox import InboxPages
from booking_service.demo.mail_reader import read
from booking_service.demo.smtp_catcher import Inbox
from booking_service.mail.message import OutgoingMail, assemble

LINK = "https://book.example.org/c/abc?x=1&y=2"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


@pytest.fixture
def client(inbox: Inbox, templates: Environment, browse: Callable[..., TestClient]) -> TestClient:
    return browse(InboxPages(inbox, templates).routes())


def test_an_empty_inbox_says_what_to_do(client: TestClient) -> None:
    page = client.get("/demo/inbox")

    assert page.status_code == 200
    assert "No mail yet" in page.text


def test_the_list_shows_the_newest_mail_first_and_leads_to_it(
    client: TestClient, inbox: Inbox, mail: OutgoingMail
) -> None:
    _caught(inbox, b"Subject: older\r\n\r\n")
    _caught(inbox, assemble(mail).as_bytes())

    text = client.get("/demo/inbox").text
    assert 0 < text.index("Please confirm: Tue 24 Nov, 09:00 &lt;ü&gt;") < text.index("older")
    assert client.get("/demo/inbox/2").status_code == 200


def test_a_mail_is_shown_as_html_in_a_frame_and_as_text(client: TestClient, inbox: Inbox, mail: OutgoingMail) -> None:
    _caught(inbox, assemble(mail).as_bytes())

    text = client.get("/demo/inbox/1").text
    assert (
        '<iframe title="The mail as HTML" src="/demo/inbox/1/html" sandbox="allow-top-navigation-by-user-activation allow-popups'
        in text
    )
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert f'href="{LINK.replace("&", "&amp;")}"' in text


def test_the_html_of_a_mail_can_do_nothing_but_be_clicked(client: TestClient, inbox: Inbox, mail: OutgoingMail) -> None:
    _caught(inbox, assemble(mail).as_bytes())

    document = client.get("/demo/inbox/1/html")
    policy = dict(part.split(" ", 1) for part in document.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert document.text.startswith('<!doctype html><html><head><base target="_top">')


@pytest.mark.parametrize("html", ["", "<p>bare</p>", "<html><body>x", "<!DOCTYPE html><html lang='de'><head>"])
def test_links_open_on_top_in_any_html(client: TestClient, inbox: Inbox, html: str) -> None:
    _caught(inbox, f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}".encode())

    document = html5lib.parse(client.get("/demo/inbox/1/html").text, namespaceHTMLElements=False)
    assert [base.get("target") for base in document.iter("base")] == ["_top"]


@pytest.mark.parametrize("path", ["/demo/inbox", "/demo/inbox/1"])
def test_the_pages_run_nothing_inline_and_are_valid(
    client: TestClient, inbox: Inbox, invitation: bytes, path: str
) -> None:
    _caught(inbox, invitation)

    page = client.get(path)
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    html5lib.HTMLParser(strict=True).parse(page.text)


def test_the_list_tells_a_watching_page_that_something_is_new(client: TestClient, inbox: Inbox) -> None:
    first = client.head("/demo/inbox").headers["ETag"]
    assert f'data-version="{first.strip(chr(34))}"' in client.get("/demo/inbox").text

    _caught(inbox, b"Subject: new\r\n\r\n")

    assert client.head("/demo/inbox").headers["ETag"] != first


def test_json_tells_everything_a_test_wants_to_know(client: TestClient, inbox: Inbox, invitation: bytes) -> None:
    _caught(inbox, invitation)

    (mail,) = client.get("/demo/inbox.json").json()
    assert mail["id"] == 1
    assert mail["to"] == "grace@example.net"
    assert (
        mail["from"] == '"Ada via Example" <booking@example.org>'
        or mail["from"] == "Ada via Example <booking@example.org>"
    )
    assert mail["subject"] == "Please confirm: Tue 24 Nov, 09:00 <ü>"
    assert mail["headers"]["Message-ID"] == "<one@example.org>"
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert mail["text"].startswith("Confirm: https://")
    assert "\r" not in mail["text"]
    assert mail["html"].startswith("<!doctype html>")
    assert mail["links"] == [LINK]
    calendar, attached = mail["attachments"]
    assert (calendar["content_type"], calendar["parameters"]["method"]) == ("text/calendar", "REQUEST")
    assert (attached["content_type"], attached["filename"]) == ("application/ics", "invite.ics")
    assert calendar["content"] == attached["content"]
    assert calendar["content"].startswith("BEGIN:VCALENDAR")


def test_a_header_that_stands_twice_shows_twice(inbox: Inbox) -> None:
    _caught(inbox, b"Received: a\r\nReceived: b\r\nSubject: x\r\n\r\n")

    assert read(inbox.messages()[0]).headers == {"Received": ["a", "b"], "Subject": "x"}


def test_the_source_is_the_mail_byte_for_byte(client: TestClient, inbox: Inbox, invitation: bytes) -> None:
    _caught(inbox, invitation)

    source = client.get("/demo/inbox/1.eml")
    assert source.content == invitation
    assert source.headers["Content-Type"] == "message/rfc822"


def test_attachments_can_be_downloaded_and_never_open_as_a_page(
    client: TestClient, inbox: Inbox, invitation: bytes
) -> None:
    _caught(inbox, invitation)

    attached = client.get("/demo/inbox/1/attachments/1")
    assert attached.headers["Content-Disposition"] == "attachment; filename*=UTF-8''invite.ics"
    assert attached.headers["Content-Type"] == "application/octet-stream"
    assert attached.content.startswith(b"BEGIN:VCALENDAR")
    assert 'href="/demo/inbox/1/attachments/1"' in client.get("/demo/inbox/1").text


@pytest.mark.parametrize(
    "path", ["/demo/inbox/2", "/demo/inbox/2.eml", "/demo/inbox/2/html", "/demo/inbox/1/attachments/9"]
)
def test_what_is_not_there_is_404(client: TestClient, inbox: Inbox, path: str) -> None:
    _caught(inbox, b"Subject: only one\r\n\r\n")

    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?nonsense?b?!!?=\r\n\r\nx",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nx",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"From: @@@ <\r\nTo: ,,,\r\nDate: never\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx",
    ],
)
def test_a_broken_mail_breaks_no_page(client: TestClient, inbox: Inbox, source: bytes) -> None:
    _caught(inbox, source)

    for path in ("/demo/inbox", "/demo/inbox.json", "/demo/inbox/1", "/demo/inbox/1/html", "/demo/inbox/1.eml"):
        assert client.get(path).status_code == 200


def _caught(inbox: Inbox, source: bytes) -> Any:
    return inbox.add(sender="booking@example.org", recipients=("grace@example.net",), source=source)
