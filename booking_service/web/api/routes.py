"""Every address of programs but those that tell whether the process works."""

from starlette.routing import BaseRoute

from ..http.endpoint import PageRoutes
from . import bookings, consents, hosts, metrics, own, slots
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
        page("/api/v1/host/bookings", get=own.bookings),
        page("/api/v1/host/bookings/{id}", get=own.booking),
        page("/api/v1/host/meeting-types", get=own.meetings),
        page("/api/v1/host/hours", get=own.week),
        page("/api/v1/host/calendars", get=own.connected),
        routes.program("/api/v1/host/webhooks", get=own.webhooks, post=own.add_webhook),
        routes.program("/api/v1/host/webhooks/{id}", delete=own.remove_webhook),
        routes.program("/api/v1/consents/opt-out", post=consents.opt_out),
    ]
