"""The door of signed-in pages: who passes, who must sign in or prove who they are, and who is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from ...actions.access import sessions
from ...domain.roles import HOSTS, STAFF, Need
from ...language import Language
from . import errors, refusal_words
from .endpoint import Page, PageRoutes, Upload
from .reauthentication import proven
from .request import PageRequest
from .responses import page, see_other
from .session import SECOND_FACTOR, SIGN_IN, own_path, session_token
from .signed_in_pages import (
    Proof,
    SignedInPage,
    SignedInRequest,
    SignedInRoute,
    desk_frame,
    shown_at,
    signed_in_request,
)


@dataclass(frozen=True, slots=True)
class NoAccessView:
    title: str
    text: str
    remedy: str
    href: str


def signed_in_page(pages: PageRoutes, route: SignedInRoute, routes: Sequence[SignedInRoute]) -> Route:
    """The route of a signed-in address. Where a proof is needed to see the page, the proof comes by POST."""
    asks = route.proof is Proof.TO_SEE and route.post is None
    get, post = _guarded(route, route.get, routes), _guarded(route, _to_itself if asks else route.post, routes)
    return (
        pages.act(route.path, post, back=_guarded(route, _to_its_page, routes), upload=_upload(route))
        if get is None and post
        else pages.page(route.path, get=get, post=post, upload=_upload(route))
    )


def _upload(route: SignedInRoute) -> Upload | None:
    """Files are only read from people who may see the page."""

    def admits(request: PageRequest) -> bool:
        entered = sessions.current(request.rt, session_token(request), real_now=request.real_now)
        return entered is not None and signed_in_request(request, entered=entered, route=route, routes=()).person.may(
            route.needs
        )

    return Upload(route.file_octets, admits) if route.file_octets else None


def _guarded(route: SignedInRoute, inner: SignedInPage | None, routes: Sequence[SignedInRoute]) -> Page | None:
    """The page for those who are signed in and may see it; others are asked to sign in, or refused."""
    if inner is None:
        return None

    def answer(request: PageRequest) -> Response:
        entered = sessions.current(request.rt, session_token(request), real_now=request.real_now)
        if entered is None:
            return see_other(request.href(SIGN_IN, next=own_path(request)))
        signed_in = signed_in_request(request, entered=entered, route=route, routes=routes)
        if not entered.person.may(route.needs):
            return _no_access(signed_in, route.needs)
        if not signed_in.person.may(route.needs):
            return see_other(request.href(SECOND_FACTOR, next=own_path(request)))
        try:
            passed = proven(signed_in)
            return passed if isinstance(passed, Response) else inner(passed)
        except refusal_words.REFUSALS as error:
            return errors.answer(signed_in, error)

    answer.__qualname__ = inner.__qualname__  # the name in the log if it fails
    return answer


def _to_its_page(request: SignedInRequest) -> Response:
    """A GET of the address of an act, as after reloading its answer."""
    return see_other(request.href(shown_at(request)))


def _to_itself(request: SignedInRequest) -> Response:
    return see_other(request.href(request.path, **request.query))


def _no_access(request: SignedInRequest, needs: Need) -> Response:
    language = request.language
    lacks_permission = Need(needs.roles).is_met(request.entitled.roles, ())
    title, what = _permission(language) if lacks_permission else _whose(needs, language)
    view = NoAccessView(
        title=title,
        text=language.text("You are signed in as {name}. {what}", name=request.person.name, what=what),
        remedy=language.text("An administrator of this service can give you access."),
        href=request.href("/host"),
    )
    return page(request, "errors/no_access.html", view, desk_frame(request), status=404)


def _whose(needs: Need, language: Language) -> tuple[str, str]:
    if needs.roles == HOSTS.roles:
        return language.text("This page is for hosts"), language.text(
            "It is about bookable time, and nobody can book yours."
        )
    if needs.roles == STAFF.roles:
        return language.text("This page is for staff"), language.text(
            "Contacts and consents of the organisation are seen by staff only."
        )
    return language.text("This page is for administrators"), language.text(
        "Only administrators decide what applies to the whole organisation."
    )


def _permission(language: Language) -> tuple[str, str]:
    return language.text("This page needs a permission"), language.text("You do not have it.")
