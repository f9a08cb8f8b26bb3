"""The page behind the link in the mail about a new browser."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ...actions.access import not_me
from ...actions.times import public
from ...domain.audit import Actor
from ...domain.errors import UnknownLink
from ...domain.people import Person
from ...domain.sessions import KnownBrowser
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other
from ..http.session import SIGN_IN, without_session


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    action: str
    lead: str


def show(request: PageRequest) -> Response:
    """GET /host/stop/{id}/{token}: what a press would end. Programs that open links end nothing. Raises UnknownLink."""
    request.look("open_link_per_network")
    browser, person = _known(request)
    organisation = public.organisation(request.rt)
    language = request.choose_language(organisation, stored=person.language)
    lead = language.text(
        "Somebody signed in as {name} on {time}, with {browser}. If that was not you, end it here.",
        name=person.name,
        time=language.instant(browser.created_at, person.zone),
        browser=language.browser(browser.agent),
    )
    view = StopView(action=request.plain(request.path), lead=lead)
    return page(request, "host/stop.html", view, Frame(language=language, organisation=organisation, private=True))


def stop(request: PageRequest) -> Response:
    """POST /host/stop/{id}/{token}: every session is over, and the password signs in nobody. Raises UnknownLink."""
    request.look("confirm_per_network")
    browser, person = _known(request)
    actor = Actor.of(person, agent=request.headers.get("user-agent", ""), network=request.network)
    not_me.stop(request.rt, browser.id, request.params["token"], by=actor, now=request.now)
    return without_session(request, see_other(request.href(SIGN_IN, did="stopped")))


def _known(request: PageRequest) -> tuple[KnownBrowser, Person]:
    """What leads nowhere counts, so that nobody can go on guessing."""
    id, token = request.params["id"], request.params["token"]
    return request.known(lambda: not_me.opened(request.rt, _id(id), token), UnknownLink)


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise UnknownLink("this is no id") from error
