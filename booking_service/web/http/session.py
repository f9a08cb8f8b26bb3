"""The session cookie of signed-in pages, and the paths to continue at after signing in."""

import re
from urllib.parse import urlencode, urlsplit

from starlette.requests import cookie_parser
from starlette.responses import Response

from ...actions.access.session_start import Entering, Halfway, StartedSession, Visitor
from ...config.settings import Settings
from ...domain.identities import AWAY_FOR
from ...domain.sessions import KNOWN_FOR, SECOND_STEP_FOR, longest
from .request import PageRequest
from .responses import see_other

SIGN_IN = "/host/sign-in"
SECOND_STEP = f"{SIGN_IN}/second"
PROFILE = "/host/profile"
SECOND_FACTOR = f"{PROFILE}/second-factor"
# Paths to continue at: ours, plainly written (no //elsewhere, no backslash, no ..).
_OWN_PATH = re.compile(r"/(?:host|admin)(?:/(?!\.)[A-Za-z0-9._~-]+)*(?:\?[A-Za-z0-9=&%._~:+-]*)?")
_LONGEST_PATH = 500
_MOST_KNOWN = 4  # people that a browser remembers as signed in before


def visitor(request: PageRequest) -> Visitor:
    return Visitor(agent=request.headers.get("user-agent", ""), network=request.network)


def entering(request: PageRequest) -> Entering:
    """How the sender of this form signs in, once they have proved who they are."""
    return Entering(
        keep=request.form.get("keep") == "yes",
        visitor=visitor(request),
        left=session_token(request),
        known=_known(request),
        now=request.now,
        real_now=request.real_now,
    )


def session_token(request: PageRequest) -> str:
    """The session's token in this browser; "" for none."""
    name, _ = _cookie(request.rt.settings)
    return cookie_parser(request.headers.get("cookie", "")).get(name, "")


def with_session(request: PageRequest, response: Response, token: str, *, keep: bool) -> Response:
    """Store the token in the browser: until it is closed, or as long as a kept session can last."""
    name, path = _cookie(request.rt.settings)
    age = int(longest(kept=True).total_seconds()) if keep else None
    response.set_cookie(
        name, token, max_age=age, path=path, secure=_secure(request.rt.settings), httponly=True, samesite="lax"
    )
    return response


def entered(request: PageRequest, path: str, opened: StartedSession | Halfway) -> Response:
    """On to the requested page with the new session; an unknown browser is remembered.

    First comes the question for a second factor, or setting one up where it is required.
    """
    if isinstance(opened, Halfway):
        return _with_second_step(request, see_other(request.href(SECOND_STEP, next=onwards(path))), opened.token)
    first = see_other(request.href(SECOND_FACTOR, next=onwards(path))) if opened.sets_up else go_on(request, path)
    response = with_session(request, first, opened.token, keep=opened.keep)
    if opened.known is not None:
        name, at = _known_cookie(request.rt.settings)
        value, age = ".".join((opened.known, *_known(request))[:_MOST_KNOWN]), int(KNOWN_FOR.total_seconds())
        secure = _secure(request.rt.settings)
        response.set_cookie(name, value, max_age=age, path=at, secure=secure, httponly=True, samesite="lax")
    return response


def second_step_token(request: PageRequest) -> str:
    """This browser's token while its second factor is asked for; "" for none."""
    name, _ = _second_step_cookie(request.rt.settings)
    return cookie_parser(request.headers.get("cookie", "")).get(name, "")


def without_second_step(request: PageRequest, response: Response) -> Response:
    return _with_second_step(request, response, "")


def kept_while_away(request: PageRequest) -> str:
    """What this browser stores while its person is at the identity provider; "" for none."""
    name, _ = _away_cookie(request.rt.settings)
    return cookie_parser(request.headers.get("cookie", "")).get(name, "")


def gone_away(request: PageRequest, response: Response, kept: str) -> Response:
    """Store this in the browser until its person is back; "" deletes it.

    Unlike with SameSite=Strict, it is sent when another site leads back here.
    """
    name, path = _away_cookie(request.rt.settings)
    age = int(AWAY_FOR.total_seconds()) if kept else 0
    secure = _secure(request.rt.settings)
    response.set_cookie(name, kept, max_age=age, path=path, secure=secure, httponly=True, samesite="lax")
    return response


def without_session(request: PageRequest, response: Response) -> Response:
    """Delete the token in the browser."""
    name, path = _cookie(request.rt.settings)
    response.set_cookie(
        name, "", max_age=0, path=path, secure=_secure(request.rt.settings), httponly=True, samesite="lax"
    )
    return response


def own_path(request: PageRequest) -> str:
    """The address of this page, to come back to; for a form's act that of its page."""
    if request.method == "POST":
        return request.path if _is_own(request.path) else ""
    query = f"?{urlencode(request.query)}" if request.query else ""
    return onwards(request.path + query)


def onwards(path: str) -> str:
    """The path, if it is of a signed-in page of ours; else ""."""
    return path if _is_own(path) else ""


def go_on(request: PageRequest, path: str) -> Response:
    """Go to the page requested before signing in, else to the first one."""
    return see_other(request.rt.settings.root_path + onwards(path) if onwards(path) else request.href("/host"))


def _is_own(path: str) -> bool:
    return len(path) <= _LONGEST_PATH and _OWN_PATH.fullmatch(path) is not None and not path.startswith(SIGN_IN)


def _secure(settings: Settings) -> bool:
    return urlsplit(settings.base_url or "").scheme == "https"


def _known(request: PageRequest) -> tuple[str, ...]:
    """What this browser stores about people who signed in there before."""
    name, _ = _known_cookie(request.rt.settings)
    kept = cookie_parser(request.headers.get("cookie", "")).get(name, "").split(".")
    return tuple(each for each in kept[:_MOST_KNOWN] if each)


def _with_second_step(request: PageRequest, response: Response, token: str) -> Response:
    name, path = _second_step_cookie(request.rt.settings)
    age = int(SECOND_STEP_FOR.total_seconds()) if token else 0
    secure = _secure(request.rt.settings)
    response.set_cookie(name, token, max_age=age, path=path, secure=secure, httponly=True, samesite="lax")
    return response


def _away_cookie(settings: Settings) -> tuple[str, str]:
    name, path = _cookie(settings)
    return name.replace("sid", "away"), path


def _second_step_cookie(settings: Settings) -> tuple[str, str]:
    name, path = _cookie(settings)
    return name.replace("sid", "second"), path


def _known_cookie(settings: Settings) -> tuple[str, str]:
    name, path = _cookie(settings)
    return name.replace("sid", "known"), path


def _cookie(settings: Settings) -> tuple[str, str]:
    """Name and path of the cookie. `__Host-` binds it to this host (RFC 6265bis §4.1.3.2), and requires the path /.

    Plain http is only served on loopback addresses.
    """
    if not _secure(settings):
        return "sid", settings.root_path or "/"
    return ("__Secure-sid", settings.root_path) if settings.root_path else ("__Host-sid", "/")
