"""Changing one's sign-in address: requested, then confirmed by a link mailed to the new one."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access import address_change
from ...domain.errors import SignInOver
from ...domain.people import sign_in_key
from ...domain.sessions import LINK_FOR
from ..http.mail_address import read_email
from ..http.responses import page, see_other
from ..http.session import PROFILE
from ..http.signed_in_pages import SignedInRequest, desk_frame

ADDRESS = f"{PROFILE}/address"
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """`email`: the present address. `typed`: the input."""

    email: str
    typed: str
    until: str
    action: str
    back: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAddressView:
    """`address`: the new one; "" where the link has expired. `again`: where another link is requested."""

    address: str
    email: str
    action: str
    again: str
    back: str


def show(request: SignedInRequest) -> Response:
    """GET /host/profile/address"""
    return _form(request)


def ask(request: SignedInRequest) -> Response:
    """POST /host/profile/address: the same response whether or not somebody has the address. Raises TooManyRequests."""
    typed, language = request.form.get("email", ""), request.language
    email, problem = read_email(typed, language)
    if not problem and sign_in_key(email) == sign_in_key(request.person.email):
        problem = language.text("You already sign in with this address.")
    if problem:
        return _form(request, typed=typed[:_LONGEST], problem=problem)
    address_change.ask(
        request.rt,
        request.person,
        email,
        agent=request.headers.get("user-agent", ""),
        now=request.now,
        real_now=request.real_now,
    )
    return see_other(request.href(PROFILE, did="address-asked"))


def show_confirm(request: SignedInRequest) -> Response:
    """GET /host/address/{token}: the address that a press would set. Raises NotFound."""
    try:
        asked = address_change.opened(request.rt, request.person.id, request.params["token"], real_now=request.real_now)
    except SignInOver:
        return _confirm(request, "", status=410)
    return _confirm(request, asked.email)


def confirm(request: SignedInRequest) -> Response:
    """POST /host/address/{token}: set it, and end all other sessions. Raises NotFound."""
    try:
        address_change.take(
            request.rt,
            request.person.id,
            request.params["token"],
            here=request.session.id,
            by=request.actor,
            now=request.now,
            real_now=request.real_now,
        )
    except SignInOver:
        return _confirm(request, "", status=410)
    return see_other(request.href(PROFILE, did="address"))


def _form(request: SignedInRequest, *, typed: str = "", problem: str = "") -> Response:
    view = AddressView(
        email=request.person.email,
        typed=typed,
        until=request.language.plural("{count} minute", "{count} minutes", int(LINK_FOR.total_seconds()) // 60),
        action=request.plain(ADDRESS),
        back=request.href(PROFILE),
        problem=problem,
    )
    return page(request, "host/address.html", view, desk_frame(request), status=422 if problem else 200)


def _confirm(request: SignedInRequest, address: str, *, status: int = 200) -> Response:
    view = ConfirmAddressView(
        address=address,
        email=request.person.email,
        action=request.plain(request.path),
        again=request.href(ADDRESS),
        back=request.href(PROFILE),
    )
    return page(request, "host/address_confirm.html", view, desk_frame(request), status=status)
