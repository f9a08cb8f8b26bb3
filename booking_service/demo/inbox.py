"""The demo's mailbox in the browser, and as JSON for tests."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from .mail_reader import ReadMail, read
from .pages import HEADERS, page
from .smtp_catcher import CaughtMail, Inbox

# A mail is somebody else's document: no script, nothing loaded, an origin of its own; clicked links open in the whole
# page.
_SANDBOX = "allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox"
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    f"frame-ancestors 'self'; sandbox {_SANDBOX}"
)
_BEFORE_CONTENT = re.compile(r"\s*(<!doctype[^>]*>)?\s*(<html[^>]*>)?\s*(<head[^>]*>)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InboxView:
    """All mails, the newest first."""

    mails: tuple[ReadMail, ...]


@dataclass(frozen=True, slots=True)
class MailView:
    """One mail, and the sandbox flags of the frame with its HTML."""

    mail: ReadMail
    lines: tuple[str, ...]
    sandbox: str = _SANDBOX


@dataclass(frozen=True, slots=True)
class InboxPages:
    """The routes below /demo/inbox. `templates`: escapes automatically."""

    inbox: Inbox
    templates: Environment

    def routes(self) -> list[Route]:
        return [
            Route("/demo/inbox", self.show_all, name="demo-inbox"),
            Route("/demo/inbox.json", self.all_as_json),
            Route("/demo/inbox/{id:int}", self.show_one),
            Route("/demo/inbox/{id:int}.eml", self.source),
            Route("/demo/inbox/{id:int}/html", self.html),
            Route("/demo/inbox/{id:int}/attachments/{number:int}", self.attachment),
        ]

    def show_all(self, request: Request) -> Response:
        mails = tuple(map(read, self.inbox.messages()))
        version = f"{mails[0].id if mails else 0}-{len(mails)}"
        return page(self.templates, "demo/inbox.html", InboxView(mails), version=version)

    def all_as_json(self, request: Request) -> Response:
        return JSONResponse([read(mail).as_json() for mail in self.inbox.messages()], headers=HEADERS)

    def show_one(self, request: Request) -> Response:
        mail = read(self._asked_for(request))
        return page(self.templates, "demo/mail.html", MailView(mail, tuple(mail.text.splitlines())))

    def source(self, request: Request) -> Response:
        """The mail as received, byte for byte."""
        return Response(self._asked_for(request).source, media_type="message/rfc822", headers=HEADERS)

    def html(self, request: Request) -> Response:
        """A mail's HTML as a document of its own, for the frame in its page."""
        html = _opening_links_on_top(read(self._asked_for(request)).html)
        return HTMLResponse(html, headers=HEADERS | {"Content-Security-Policy": _MAIL_POLICY})

    def attachment(self, request: Request) -> Response:
        attachments = read(self._asked_for(request)).attachments
        number = request.path_params["number"]
        if number >= len(attachments):
            raise HTTPException(404)
        attachment = attachments[number]
        named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(attachment.filename, safe='')}"}
        return Response(attachment.content, media_type=_harmless(attachment.content_type), headers=HEADERS | named)

    def _asked_for(self, request: Request) -> CaughtMail:
        if mail := self.inbox.get(request.path_params["id"]):
            return mail
        raise HTTPException(404)


def _opening_links_on_top(html: str) -> str:
    """`html` with a base element, so that links open in the whole page, inserted where it doesn't upset the parser."""
    start = _BEFORE_CONTENT.match(html)
    where = start.end() if start else 0
    return f'{html[:where]}<base target="_top">{html[where:]}'


def _harmless(content_type: str) -> str:
    return "text/calendar; charset=utf-8" if content_type == "text/calendar" else "application/octet-stream"
