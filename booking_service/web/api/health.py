"""For whoever watches over the service. Figures only: no name, no address, no title."""

from starlette.responses import JSONResponse, Response

from ...actions.operations.readiness import readiness
from ...domain.errors import StorageBusy
from ..http.request import PageRequest

_NEVER_KEPT = {"Cache-Control": "no-store"}


def alive(request: PageRequest) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"}, headers=_NEVER_KEPT)


def ready(request: PageRequest) -> Response:
    """Whether bookings can be taken and what they owe is performed; 503 where not."""
    try:
        found = readiness(request.rt, now=request.now)
    except StorageBusy as error:
        return JSONResponse({"status": "red", "database": str(error)}, 503, headers=_NEVER_KEPT)
    return JSONResponse(
        {
            "status": "ok" if found.ok else "red",
            "database": "ok",
            "calendars": {"fresh": found.fresh, "stale": found.stale, "failing": found.failing},
            "outbox": {
                "waiting": found.waiting,
                "oldest_seconds": found.oldest_s,
                "dead": found.dead,
            },
        },
        200 if found.ok else 503,
        headers=_NEVER_KEPT,
    )
