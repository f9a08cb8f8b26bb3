"""The puzzle that a browser solves before a hold while many are requested."""

from dataclasses import asdict

from starlette.responses import JSONResponse, Response

from ...actions.access import puzzles
from ...actions.booking import hold_budget
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..http.security import PRIVATE
from .offering import offering_of


def show(request: PageRequest) -> Response:
    """GET …/puzzle?start=: a puzzle for this time; 204 where none is needed."""
    request.look("slots_per_network")
    offering = offering_of(request)
    start = read_instant(request.query.get("start", ""))
    if start is None or not hold_budget.asks_for_work(request.rt, offering, start, now=request.now):
        return Response(status_code=204, headers=PRIVATE)
    puzzle = puzzles.new(request.rt, offering.meeting.id, start, now=request.now)
    return JSONResponse(asdict(puzzle), headers=PRIVATE)
