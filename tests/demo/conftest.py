"""The demo's templates, a browser-like client for its pages, and a mail to look at."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from booking_service.mail.headers import Mailbox
from booking_service.mail.message import CalendarPart, OutgoingMail, assemble

INVITATION = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture(scope="session")
def templates() -> Environment:
    folder = Path(__file__).parents[2] / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)


@pytest.fixture
def browse() -> Callable[[Sequence[Route]], TestClient]:
    """A client that asks as browsers do and shows redirects instead of following them."""
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    return lambda routes: TestClient(Starlette(routes=list(routes)), headers=html, follow_redirects=False)


@pytest.fixture
def mail() -> OutgoingMail:
    return OutgoingMail(
        sender=Mailbox("booking@example.org", "Ada via Example"),
        to=Mailbox("grace@example.net", "Grace Høpper"),
        subject="Please confirm: Tue 24 Nov, 09:00 <ü>",
        text="Confirm: https://book.example.org/c/abc?x=1&y=2\n<script>alert(1)</script>\n",
        html='<!doctype html><html><head></head><body><a href="https://book.example.org/c/abc?x=1&amp;y=2">Confirm</a></body></html>',
        message_id="<one@example.org>",
        date=datetime(2026, 11, 23, 10, 14, tzinfo=UTC),
    )


@pytest.fixture
def invitation(mail: OutgoingMail) -> bytes:
    return assemble(replace(mail, calendar=CalendarPart(method="REQUEST", body=INVITATION))).as_bytes()
