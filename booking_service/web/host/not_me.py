"""The page behind the link in mails about a new browser or a changed address."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ...actions.access import not_me
from ...actions.access.not_me import AccountNotice
from ...actions.times import public
from ...domain.audit import Actor
from ...domain.errors import UnknownLink
from ...domain.sessions import AddressChange
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other
from ..http.session import SIGN_IN, without_session


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """`address`: the previous one, which will be restored; "" where it is theirs."""

    action: str
    lead: str
    address: str


def show(request: PageRequest) -> Response:
    """GET /host/stop/{id}/{token}: what a press would end. Raises UnknownLink."""
    request.look("open_link_per_network")
    doubted = _known(request)
    organisation = public.organisation(request.rt)
    language = request.choose_language(organisation, stored=doubted.person.language)
    view = StopView(action=request.plain(request.path), lead=_lead(doubted, language), address=doubted.address)
    return page(request, "host/stop.html", view, Frame(language=language, organisation=organisation, private=True))


def stop(request: PageRequest) -> Response:
    """POST /host/stop/{id}/{token}: end all sessions, remove the password, restore the address. Raises UnknownLink."""
    request.look("confirm_per_network")
    doubted, token = _known(request), request.params["token"]
    actor = Actor.of(doubted.person, agent=request.headers.get("user-agent", ""), network=request.network)
    not_me.stop(request.rt, doubted.what.id, token, by=actor, now=request.now, real_now=request.real_now)
    return without_session(request, see_other(request.href(SIGN_IN, did="stopped")))


def _known(request: PageRequest) -> AccountNotice:
    """Unknown links are counted, to stop guessing."""
    id, token = request.params["id"], request.params["token"]
    return request.known(lambda: not_me.opened(request.rt, _id(id), token, real_now=request.real_now), UnknownLink)


def _lead(doubted: AccountNotice, language: Language) -> str:
    name, time = doubted.person.name, language.instant(doubted.since, doubted.person.zone)
    if isinstance(doubted.what, AddressChange):
        return language.text(
            "Since {time} {name} has been signing in with a different address. If that was not you, end it here.",
            name=name,
            time=time,
        )
    return language.text(
        "Somebody signed in as {name} on {time}, with {browser}. If that was not you, end it here.",
        name=name,
        time=time,
        browser=language.browser(doubted.what.agent),
    )


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError as error:
        raise UnknownLink("this is no id") from error
