"""Pausing one's pages and resuming, from Today."""

from starlette.responses import Response

from ...actions.setup.pause import PauseRefused, pause, resume
from ..http.parsing import read_day
from ..http.responses import see_other
from ..http.signed_in_pages import SignedInRequest
from .today_page import today_page


def change(request: SignedInRequest) -> Response:
    """POST /host/pause: until the given day; with act=resume no longer."""
    if request.form.get("act") == "resume":
        resume(request.rt, request.host_id, by=request.actor.name, now=request.now)
        return see_other(request.href("/host", did="resumed"))
    typed = request.form.get("until", "")[:20]
    until = read_day(typed)
    try:
        if until is None:
            raise PauseRefused("this is no day")
        pause(request.rt, request.host_id, until, by=request.actor.name, now=request.now)
    except PauseRefused:
        wrong = request.language.text("Enter a day after today, within a year")
        return today_page(request, pause_wrong=wrong, pause_typed=typed, status=422)
    return see_other(request.href("/host", did="paused"))
