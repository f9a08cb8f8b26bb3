"""The booking pages below a one-time link."""

from dataclasses import replace

from starlette.responses import Response

from ...actions.access import one_time_links
from ..http.endpoint import Page
from ..http.request import OneTime, PageRequest


def by_link(page: Page) -> Page:
    """The page of the link's meeting type, with links below it. Raises UnknownMeeting, OneTimeOver."""

    def answer(request: PageRequest) -> Response:
        host, token = request.params["host"], request.params["token"]
        found = one_time_links.follow(request.rt, host, token, now=request.now)
        link = OneTime(token, f"/{host}/o/{token}", f"/{found.host}/{found.meeting}")
        params = {"host": found.host, "meeting": found.meeting}
        response = page(replace(request, params=params, one_time=link))
        response.headers["Cache-Control"] = "no-store"
        return response

    return answer
