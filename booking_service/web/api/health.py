"""Health for monitoring: figures only, no names, addresses or titles."""

from starlette.responses import JSONResponse, Response

from ...actions.operations.readiness import NotReady, readiness
from ..http.request import PageRequest

_NEVER_KEPT = {"Cache-Control": "no-store"}


def alive(request: PageRequest) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"}, headers=_NEVER_KEPT)


def ready(request: PageRequest) -> Response:
    """503 where this process can't work.

    A failing calendar or mail server is `degraded`, with 200: taking the process out for it would leave other hosts
    without pages. So is a newer schema, as during a rolling upgrade.
    """
    try:
        found = readiness(request.rt, now=request.now)
    except NotReady as error:
        return JSONResponse({"status": "red", "database": str(error)}, 503, headers=_NEVER_KEPT)
    return JSONResponse(
        {
            "status": "degraded" if found.degraded else "ok",
            "database": "newer" if found.newer else "ok",
            "calendars": {"fresh": found.fresh, "stale": found.stale, "failing": found.failing},
            "outbox": {
                "waiting": found.waiting,
                "oldest_seconds": found.oldest_s,
                "unsent": found.unsent,
                "dead": found.dead,
            },
        },
        headers=_NEVER_KEPT,
    )
