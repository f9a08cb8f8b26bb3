"""The web application: one table of all addresses, behind one gate.

It knows the doors and the order of their addresses; a door's pages are in its `routes` module, imported with the first
request there.
"""

from collections.abc import Sequence
from functools import cache, partial
from itertools import chain
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ..late_imports import late_import
from ..runtime import Runtime
from .api import health
from .http import errors
from .http.endpoint import PageRoutes
from .http.late_routes import LateRoutes
from .http.request import EMBED, PageRequest
from .http.security import Guard
from .http.signed_in_pages import SignedInRoute
from .http.static import static_file
from .public import hosts

_API, _LINKS, _PUBLIC = (f"{__package__}.{door}.routes" for door in ("api", "links", "public"))
_SIGN_IN = f"{__package__}.host.sign_in_routes"
_DOOR = f"{__package__}.http.door"
# What visitors, programs and people who sign in need. The server imports these once it answers, the most wanted first;
# signed-in pages, a quarter of all modules, wait for a request.
WANTED_SOON = (_PUBLIC, _LINKS, _API, _SIGN_IN)


def application(rt: Runtime, *, extra_routes: Sequence[BaseRoute] = (), lifespan: Any = None) -> Starlette:
    """All pages over this runtime. `extra_routes` come first; `lifespan` is Starlette's."""
    pages = PageRoutes(rt)
    guard = Middleware(Guard, settings=rt.settings, refuse=pages.refused, answered=rt.responses.count)
    made = Starlette(routes=[*extra_routes, *table(pages)], middleware=[guard], lifespan=lifespan)
    made.router.redirect_slashes = False  # Starlette would redirect to whatever the Host header says
    return made


@cache
def signed_in_routes() -> tuple[SignedInRoute, ...]:
    """All signed-in addresses. A page with a `menu` appears in the bar."""
    tables = [late_import(f"{__package__}.{door}.routes").ROUTES for door in ("host", "admin")]
    return tuple(chain.from_iterable(tables))


def table(routes: PageRoutes) -> list[BaseRoute]:
    """Addresses that no host's name may be, then hosts."""
    page = routes.page
    return [
        page("/", get=hosts.hosts),
        page("/healthz", get=health.alive),
        page("/readyz", get=health.ready),
        _late(routes, _API, "/metrics", "/api"),
        page("/api/{rest:path}", get=missing, post=missing),
        Route("/static/{name}", static_file),
        _late(routes, _SIGN_IN, "/host/sign-in", "/host/sign-out", "/host/oidc", "/host/stop"),
        LateRoutes(["/host", "/admin"], partial(_signed_in_pages, routes)),
        _late(
            routes, _LINKS, *(f"{below}/b" for below in (EMBED, "")), "/c", "/m", "/x", "/g", "/s", "/a", "/preferences"
        ),
        _late(routes, _PUBLIC, "/privacy", "/imprint", "/accessibility", "/embed.js", "/{host}/{meeting}"),
        page("/{host}", get=hosts.host),
        page("/{rest:path}", get=missing, post=missing),
    ]


def _late(routes: PageRoutes, module: str, *below: str) -> LateRoutes:
    """The table of this module, imported with the first request at or below one of these paths."""

    def make() -> list[BaseRoute]:
        made: list[BaseRoute] = late_import(module).table(routes)
        return made

    return LateRoutes(below, make)


def _signed_in_pages(routes: PageRoutes) -> list[BaseRoute]:
    every, door = signed_in_routes(), late_import(_DOOR)
    return [door.signed_in_page(routes, each, every) for each in every]


def missing(request: PageRequest) -> Response:
    """The answer where no route matches. A superfluous slash at the end is forgiven."""
    path = request.path.strip("/")
    if request.method != "POST" and request.path == f"/{path}/" and path:
        return RedirectResponse(request.href(f"/{path}", **request.query), 308)
    return errors.by_status(request, 404)
