"""Requesting the link to one's own data. The response does not depend on whether there is any."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.mail.facts import sender
from ...actions.privacy import links
from ...actions.times import public
from ...domain.people import Organisation
from ...domain.privacy import FRESH_FOR
from ...language import Language
from ..http.mail_address import read_email
from ..http.mail_delay import delay_words
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other

PATH = "/preferences"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """`problem`: about the address. `over`: the reader came by an expired link."""

    action: str
    lasts: str
    email: str = ""
    problem: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentView:
    """`delayed`: a remark while no mail can be sent; else ""."""

    lasts: str
    delayed: str
    sender: str
    again: str


def show(request: PageRequest) -> Response:
    """GET /preferences: asks for the address."""
    return _form(request)


def ask(request: PageRequest) -> Response:
    """POST /preferences: mails the link if there is any data, which only the mailbox learns."""
    _, language = _spoken(request)
    email, problem = read_email(request.form.get("email", ""), language)
    if problem:
        return _form(request, email=request.form.get("email", ""), problem=problem, status=422)
    links.ask(request.rt, email, language=language.code, network=request.network, now=request.now)
    return see_other(request.href(f"{PATH}/sent"))


def sent(request: PageRequest) -> Response:
    """GET /preferences/sent: look into the inbox."""
    _, language = _spoken(request)
    view = SentView(
        lasts=language.duration(FRESH_FOR),
        delayed=delay_words(request.rt, language),
        sender=sender(request.rt),
        again=request.href(PATH),
    )
    return _page(request, "public/preferences_sent.html", view)


def _form(request: PageRequest, *, email: str = "", problem: str = "", status: int = 200) -> Response:
    _, language = _spoken(request)
    view = AskView(
        action=request.href(PATH),
        lasts=language.duration(FRESH_FOR),
        email=email,
        problem=problem,
        over="over" in request.query,
    )
    return _page(request, "public/preferences.html", view, status=status)


def _page(request: PageRequest, template: str, view: object, *, status: int = 200) -> Response:
    organisation, language = _spoken(request)
    frame = Frame(language=language, organisation=organisation, brand=organisation.name, private=True)
    return page(request, template, view, frame, status=status)


def _spoken(request: PageRequest) -> tuple[Organisation, Language]:
    organisation = public.organisation(request.rt)
    return organisation, request.choose_language(organisation)
