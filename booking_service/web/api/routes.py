"""Every address of programs but those that tell whether the process works."""

from starlette.routing import BaseRoute

from ..http.endpoint import PageRoutes
from . import bookings, consents, hosts, metrics, slots
from .openapi import description


def table(routes: PageRoutes) -> list[BaseRoute]:
    page = routes.page
    return [
        page("/metrics", get=metrics.show),
        page("/api/openapi.json", get=description),
        page("/api/v1/slots", get=slots.slots),
        page("/api/v1/hosts/{host}", get=hosts.show_host),
        page("/api/v1/meeting-types/{host}/{meeting}", get=hosts.show_meeting),
        routes.program("/api/v1/holds", post=bookings.hold),
        page("/api/v1/bookings/{id}", get=bookings.show_booking),
        routes.program("/api/v1/bookings/{id}/reschedule", post=bookings.reschedule),
        routes.program("/api/v1/bookings/{id}/cancel", post=bookings.cancel),
        routes.program("/api/v1/consents", get=consents.show, post=consents.record),
        routes.program("/api/v1/consents/opt-out", post=consents.opt_out),
    ]
