"""Ending one purpose: by two presses from a mail, or a mail program's button (RFC 8058)."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.consent import withdrawals
from ...domain.consent import How
from ...domain.people import masked_address
from ..http.request import PageRequest
from ..http.responses import see_other
from .contact_page import ContactPage, found, press_of
from .one_click import done, is_one_click

_PAGE = "/preferences/out"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeView:
    title: str
    lead: str
    button: str
    action: str
    ended: bool
    preferences: str


def show(request: PageRequest) -> Response:
    """GET /preferences/out/{token}: a button; changes nothing."""
    page, seen = _opened(request)
    language, name = page.language, seen.name
    who = {"organisation": seen.organisation.name, "address": masked_address(seen.contact.address)}
    view = UnsubscribeView(
        title=language.text("“{what}” has ended", what=name)
        if seen.ended
        else language.text("End “{what}”?", what=name),
        lead=language.text("From {organisation} to {address}", **who),
        button=language.text("End “{what}”", what=name),
        action=page.href(),
        ended=seen.ended,
        preferences=page.href("/preferences"),
    )
    return page.respond("links/unsubscribe.html", view)


def end(request: PageRequest) -> Response:
    """POST /preferences/out/{token}: end it at once. A mail program expects no redirect (RFC 8058 §3.1)."""
    by_program = is_one_click(request)
    page, _ = _opened(request, ends=True)
    withdrawals.end(
        request.rt,
        request.params["token"],
        how=How.ONE_CLICK if by_program else How.LINK,
        press=press_of(request, page.language, page=_PAGE),
        now=request.now,
    )
    return done() if by_program else see_other(page.href())


def _opened(request: PageRequest, *, ends: bool = False) -> tuple[ContactPage, withdrawals.SeenPurpose]:
    chosen = request.chosen_language or ""
    token = request.params["token"]
    seen = found(request, lambda: withdrawals.show(request.rt, token, language=chosen, now=request.now), ends=ends)
    language = request.choose_language(seen.organisation, stored=seen.contact.language)
    return ContactPage(request, seen.organisation, language), seen
