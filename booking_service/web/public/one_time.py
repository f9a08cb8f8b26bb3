"""The pages on which a meeting is booked, reached by a link that works for one booking."""

from dataclasses import replace

from starlette.responses import Response

from ...actions.access import one_time
from ..http.endpoint import Page
from ..http.request import OneTime, PageRequest


def by_link(page: Page) -> Page:
    """The page of the meeting type that the link is for, which leads on by the link. Raises UnknownMeeting, OneTimeOver."""

    def answer(request: PageRequest) -> Response:
        host, token = request.params["host"], request.params["token"]
        found = one_time.follow(request.rt, host, token, now=request.now)
        link = OneTime(token, f"/{host}/o/{token}", f"/{found.host}/{found.meeting}")
        params = {"host": found.host, "meeting": found.meeting}
        response = page(replace(request, params=params, one_time=link))
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer
