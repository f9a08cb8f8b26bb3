"""Every address of programs but those that tell whether the process works."""

from starlette.routing import BaseRoute

from ..http.endpoint import PageRoutes
from . import consents, metrics, slots
from .openapi import description


def table(routes: PageRoutes) -> list[BaseRoute]:
    page = routes.page
    return [
        page("/metrics", get=metrics.show),
        page("/api/openapi.json", get=description),
        page("/api/v1/slots", get=slots.slots),
        routes.program("/api/v1/consents", get=consents.show, post=consents.record),
        routes.program("/api/v1/consents/opt-out", post=consents.opt_out),
    ]
