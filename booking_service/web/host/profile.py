"""One's own account: where one is signed in, and ending that."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ...actions.access import sessions
from ...domain.errors import NotFound
from ...domain.sessions import Session
from ..http.responses import page, see_other
from ..http.session import SIGN_IN, without_session
from ..http.signed_in import SignedInRequest, desk_frame

PROFILE = "/host/profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A browser in which the person is signed in. `here`: the one that this page is shown in."""

    id: str
    browser: str
    since: str
    seen: str
    network: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    email: str
    sessions: tuple[SessionLine, ...]
    end: str
    everywhere: str
    ended: bool


def show(request: SignedInRequest) -> Response:
    """GET /host/profile"""
    found = sessions.listed(request.rt, request.person.id, real_now=request.real_now)
    view = ProfileView(
        email=request.person.email,
        sessions=tuple(_line(request, each) for each in found),
        end=request.plain(f"{PROFILE}/sessions"),
        everywhere=request.plain(f"{PROFILE}/everywhere"),
        ended=request.query.get("did") == "ended",
    )
    return page(request, "host/profile.html", view, desk_frame(request))


def end_session(request: SignedInRequest) -> Response:
    """POST /host/profile/sessions: one session is over; where it is this one, this browser is signed out. Raises NotFound."""
    try:
        session_id = UUID(request.form.get("end", ""))
    except ValueError as error:
        raise NotFound("this is no id") from error
    sessions.end_one(request.rt, request.person, session_id, by=request.actor, now=request.now)
    if session_id == request.session.id:
        return without_session(request, see_other(request.href(SIGN_IN)))
    return see_other(request.href(PROFILE, did="ended"))


def sign_out_everywhere(request: SignedInRequest) -> Response:
    """POST /host/profile/everywhere: every session of the person is over, this one too."""
    sessions.end_everywhere(request.rt, request.person, by=request.actor, now=request.now)
    return without_session(request, see_other(request.href(SIGN_IN)))


def _line(request: SignedInRequest, session: Session) -> SessionLine:
    language, zone = request.language, request.person.zone
    today = request.real_now.astimezone(zone).date()
    return SessionLine(
        id=str(session.id),
        browser=language.browser(session.agent),
        since=language.text("Since {time}", time=language.instant(session.created_at, zone, today=today)),
        seen=language.text("last seen {time}", time=language.instant(session.seen_at, zone, today=today)),
        network=language.text("network {network}", network=session.network),
        here=session.id == request.session.id,
    )
