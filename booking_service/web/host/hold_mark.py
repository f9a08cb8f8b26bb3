"""The prefix of held times' titles in the host's calendar."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.setup import calendars, meeting_types
from ...domain.audit import named
from ...domain.people import HOLD_MARK_LENGTH, Host
from ...domain.text import one_line
from ...invites import held_name
from ..http.forms import too_long
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame

CALENDARS, HOLDS = "/host/calendars", "/host/calendars/holds"
_LONGEST = 200  # characters shown again in a refused form


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldMarkView:
    """`example`: a title with the present prefix."""

    action: str
    back: str
    mark: str
    most: int
    example: str
    wrong: str
    done: bool


def show(request: SignedInRequest) -> Response:
    """GET /host/calendars/holds"""
    host = meeting_types.host_of(request.rt, request.person.host_id)
    return _page(request, host, host.hold_mark)


def save(request: SignedInRequest) -> Response:
    """POST /host/calendars/holds"""
    host, mark = meeting_types.host_of(request.rt, request.person.host_id), one_line(request.form.get("mark", ""))
    if len(mark) > HOLD_MARK_LENGTH:
        return _page(request, host, mark[:_LONGEST], too_long(request.language, HOLD_MARK_LENGTH, len(mark)))
    calendars.mark_holds(request.rt, host.id, mark, by=named(request.person), now=request.now)
    return see_other(request.href(HOLDS, did="saved"))


def _page(request: SignedInRequest, host: Host, mark: str, wrong: str = "") -> Response:
    view = HoldMarkView(
        action=request.href(HOLDS),
        back=request.href(CALENDARS),
        mark=mark,
        most=HOLD_MARK_LENGTH,
        example=held_name(host, "Grace Hopper"),
        wrong=wrong,
        done=request.query.get("did") == "saved" and not wrong,
    )
    return page(request, "host/hold_mark.html", view, desk_frame(request), status=422 if wrong else 200)
