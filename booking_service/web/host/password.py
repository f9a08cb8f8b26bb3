"""One's own password: set, changed, removed."""

from dataclasses import dataclass
from typing import assert_never

from starlette.responses import Response

from ...actions.access import passwords
from ...actions.access.passwords import PasswordRefused
from ...domain.passwords import SHORTEST, PasswordFault
from ...language import Language
from ..http.responses import page, see_other
from ..http.session import PROFILE
from ..http.signed_in_pages import SignedInRequest, desk_frame

PASSWORD = f"{PROFILE}/password"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordView:
    email: str
    action: str
    remove: str
    back: str
    has_password: bool
    problem: str = ""


def show(request: SignedInRequest) -> Response:
    """GET /host/profile/password"""
    return _form(request)


def save(request: SignedInRequest) -> Response:
    """POST /host/profile/password: set it, and end all other sessions."""
    typed = request.form.get("new-password", "")
    try:
        passwords.set_password(
            request.rt, request.person, typed, here=request.session.id, by=request.actor, now=request.now
        )
    except PasswordRefused as error:
        return _form(request, refused=error.fault)
    return see_other(request.href(PROFILE, did="password"))


def remove(request: SignedInRequest) -> Response:
    """POST /host/profile/password/remove: sign in by mailed link from now on."""
    passwords.remove_password(request.rt, request.person, by=request.actor, now=request.now)
    return see_other(request.href(PROFILE, did="no-password"))


def _form(request: SignedInRequest, *, refused: PasswordFault | None = None) -> Response:
    view = PasswordView(
        email=request.person.email,
        action=request.plain(PASSWORD),
        remove=request.plain(f"{PASSWORD}/remove"),
        back=request.href(PROFILE),
        has_password=passwords.of_person(request.rt, request.person.id).password is not None,
        problem=_why(refused, request.language) if refused else "",
    )
    return page(request, "host/password.html", view, desk_frame(request), status=422 if refused else 200)


def _why(fault: PasswordFault, language: Language) -> str:
    match fault:
        case PasswordFault.TOO_SHORT:
            return language.text("Make it at least {count} characters long: a few words will do.", count=SHORTEST)
        case PasswordFault.TOO_LONG:
            return language.text("Make it shorter: nobody needs more than a few sentences.")
        case PasswordFault.GUESSABLE:
            return language.text(
                "This is one of the first to be guessed: it repeats itself, or is made of a name, an address "
                "or a well-known password. Choose other words."
            )
        case _:
            assert_never(fault)
