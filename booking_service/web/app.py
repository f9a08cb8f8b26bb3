"""The web application: one table of every address, behind one gate."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ..runtime import Runtime
from .api import health, slots
from .api.openapi import description
from .http import errors
from .http.endpoint import Doors
from .http.request import PageRequest
from .http.security import Guard
from .http.static import static_file
from .links import confirm, guest, host_reply, manage, mass_deletion, move, not_me, reminders, waiting
from .public import details, hosts, pick, texts


def application(rt: Runtime, *, extra_routes: Sequence[BaseRoute] = (), lifespan: Any = None) -> Starlette:
    """Every page over this runtime. `extra_routes` come first; `lifespan` is Starlette's."""
    doors = Doors(rt)
    guard = Middleware(Guard, settings=rt.settings, refuse=doors.refused)
    made = Starlette(routes=[*extra_routes, *routes(doors)], middleware=[guard], lifespan=lifespan)
    made.router.redirect_slashes = False  # it would redirect to whatever the Host header says
    return made


def routes(doors: Doors) -> list[BaseRoute]:
    """First what a host's name may not be, then hosts."""
    at = doors.at
    return [
        at("/", get=hosts.hosts),
        at("/healthz", get=health.alive),
        at("/readyz", get=health.ready),
        at("/privacy", get=texts.privacy),
        at("/imprint", get=texts.imprint),
        at("/accessibility", get=texts.accessibility),
        at("/api/openapi.json", get=description),
        at("/api/v1/slots", get=slots.slots),
        at("/api/{rest:path}", get=missing, post=missing),
        Route("/static/{name}", static_file),
        at("/b/{id}", get=waiting.show),
        at("/b/{id}/state.json", get=waiting.state_json),
        at("/b/{id}/invite.ics", get=waiting.calendar_file),
        at("/b/{id}/resend", post=waiting.resend),
        at("/b/{id}/address", post=waiting.correct_address),
        at("/b/{id}/code", post=waiting.confirm_by_code),
        at("/b/{id}/release", post=waiting.release),
        at("/b/{id}/move", get=move.show_move_of_hold, post=move.move_hold),
        at("/c/{token}", get=confirm.show, post=confirm.confirm),
        at("/c/{token}/again", post=confirm.take_again),
        at("/c/{token}/release", post=confirm.release),
        at("/m/{token}", get=manage.show),
        at("/m/{token}/cancel", get=manage.show_cancel, post=manage.cancel),
        at("/m/{token}/move", get=move.show_move, post=move.move),
        at("/x/{token}", get=not_me.show, post=not_me.release),
        at("/g/{token}", get=guest.show_guest, post=guest.decline),
        at("/s/{token}", get=reminders.show_stop, post=reminders.stop),
        at("/a/{token}", get=host_reply.show_act, post=host_reply.approve),
        at("/a/{token}/decline", post=host_reply.decline_request),
        at("/a/{token}/keep", post=host_reply.keep),
        at("/a/{token}/gone", post=mass_deletion.gone),
        at("/a/{token}/restore", post=mass_deletion.restore),
        at("/{host}", get=hosts.host),
        at("/{host}/{meeting}", get=pick.pick),
        at("/{host}/{meeting}/details", get=details.show_details, post=details.show_again),
        at("/{host}/{meeting}/hold", post=details.hold),
        at("/{rest:path}", get=missing, post=missing),
    ]


def missing(request: PageRequest) -> Response:
    """What nothing else answers to. A slash too many at the end is forgiven."""
    path = request.path.strip("/")
    if request.method != "POST" and request.path == f"/{path}/" and path:
        return RedirectResponse(request.href(f"/{path}", **request.query), 308)
    return errors.by_status(request, 404)
