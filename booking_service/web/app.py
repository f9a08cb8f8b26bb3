"""The web application: one table of every address, behind one gate."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from itertools import chain
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ..actions.access.identity_provider import CALLBACK
from ..domain.errors import UnknownBooking
from ..runtime import Runtime
from .api import consents as consents_api
from .api import health, metrics, slots
from .api.openapi import description
from .host import provider, second_step, sign_in, stop
from .http import errors
from .http.door import signed_in_page
from .http.endpoint import Page, PageRoutes
from .http.late_routes import LateRoutes
from .http.request import EMBED, PageRequest
from .http.security import Guard
from .http.session import SECOND_STEP
from .http.signed_in import SignedInRoute
from .http.static import static_file
from .links import (
    confirm,
    consent,
    guest,
    host_reply,
    manage,
    mass_deletion,
    move,
    not_me,
    offered,
    own_data,
    preferences,
    reminders,
    unsubscribe,
    waiting,
    wish,
)
from .public import change_time, details, embed, hosts, meeting, one_time, pictures, puzzle, texts
from .public import preferences as ask_for_link

Wrapped = Callable[[Page], Page]
_SIGNED_IN = ("/host", "/admin")


def application(rt: Runtime, *, extra_routes: Sequence[BaseRoute] = (), lifespan: Any = None) -> Starlette:
    """Every page over this runtime. `extra_routes` come first; `lifespan` is Starlette's."""
    pages = PageRoutes(rt)
    guard = Middleware(Guard, settings=rt.settings, refuse=pages.refused, answered=rt.responses.count)
    made = Starlette(routes=[*extra_routes, *table(pages)], middleware=[guard], lifespan=lifespan)
    made.router.redirect_slashes = False  # it would redirect to whatever the Host header says
    return made


@cache
def signed_in_routes() -> tuple[SignedInRoute, ...]:
    """Every signed-in address. A page with a `menu` appears in the bar by itself.

    Imported once they are wanted: their pages are a quarter of the service's modules, and its visitors never see one.
    """
    tables = [import_module(f".{door}.routes", __package__).ROUTES for door in ("host", "admin")]
    return tuple(chain.from_iterable(tables))


def _by_nobody(page: Page) -> Page:
    return page


def table(routes: PageRoutes) -> list[BaseRoute]:
    """First what a host's name may not be, then hosts."""
    page, act, answer = routes.page, routes.act, routes.answer
    return [
        page("/", get=hosts.hosts),
        page("/healthz", get=health.alive),
        page("/readyz", get=health.ready),
        page("/metrics", get=metrics.show),
        page("/privacy", get=texts.privacy),
        page("/imprint", get=texts.imprint),
        page("/accessibility", get=texts.accessibility),
        page("/api/openapi.json", get=description),
        page("/api/v1/slots", get=slots.slots),
        routes.program("/api/v1/consents", get=consents_api.show, post=consents_api.record),
        routes.program("/api/v1/consents/opt-out", post=consents_api.opt_out),
        page("/api/{rest:path}", get=missing, post=missing),
        page("/static/pictures/{name}", get=pictures.show),
        Route("/static/{name}", static_file),
        page("/host/sign-in", get=sign_in.show, post=sign_in.ask),
        act("/host/sign-in/password", sign_in.use_password),
        page("/host/sign-in/sent/{id}", get=sign_in.show_sent, post=sign_in.use_code),
        page(SECOND_STEP, get=second_step.show, post=second_step.use_code),
        act("/host/sign-in/provider", provider.start),
        page(CALLBACK, get=provider.back),
        page("/host/sign-in/{token}", get=sign_in.show_confirm, post=sign_in.confirm),
        act("/host/sign-out", sign_in.sign_out),
        page("/host/stop/{id}/{token}", get=stop.show, post=stop.stop),
        LateRoutes(_SIGNED_IN, partial(_signed_in_pages, routes)),
        page("/embed.js", get=embed.script),
        *_waiting_pages(routes, EMBED, shown_by=embed.of_booking),
        *_meeting_pages(routes, EMBED, shown_by=embed.of_meeting),
        *_waiting_pages(routes),
        page("/c/{token}", get=confirm.show_confirm, post=confirm.confirm),
        act("/c/{token}/again", confirm.take_again),
        act("/c/{token}/release", confirm.release),
        answer("/m/{token}", manage.show),
        page("/m/{token}/cancel", get=manage.show_cancel, post=manage.cancel),
        page("/m/{token}/offered", get=offered.show, post=offered.take),
        act("/m/{token}/offered/keep", offered.keep),
        page("/m/{token}/move", get=move.show_move, post=move.move),
        page("/x/{token}", get=not_me.show, post=not_me.release),
        page("/g/{token}", get=guest.show_guest, post=guest.decline),
        act("/g/{token}/come", guest.come),
        page("/s/{token}", get=reminders.show_stop, post=reminders.stop),
        page("/a/{token}", get=first_known(host_reply.show_question, mass_deletion.show), post=host_reply.approve),
        act("/a/{token}/decline", host_reply.decline_request),
        act("/a/{token}/keep", host_reply.keep),
        act("/a/{token}/gone", mass_deletion.gone),
        act("/a/{token}/restore", mass_deletion.restore),
        page("/preferences/yes/{token}", get=consent.show, post=consent.answer),
        page("/preferences/out/{token}", get=unsubscribe.show, post=unsubscribe.end),
        page("/preferences/data/{token}", get=own_data.show, post=own_data.give),
        page("/preferences/change/{token}", get=wish.show, post=wish.confirm),
        page("/preferences", get=ask_for_link.show, post=ask_for_link.ask),
        page("/preferences/sent", get=ask_for_link.sent),
        page("/preferences/{token}", get=preferences.show, post=preferences.change),
        page("/preferences/{token}/stop", get=preferences.show_stop, post=preferences.stop),
        page("/preferences/{token}/delete", get=preferences.show_delete, post=preferences.delete),
        page("/preferences/{token}/revoke/{name}", get=preferences.show_revoke),
        page("/{host}", get=hosts.host),
        *_meeting_pages(routes, of="/{host}/o/{token}", shown_by=one_time.by_link),
        *_meeting_pages(routes),
        page("/{rest:path}", get=missing, post=missing),
    ]


def _signed_in_pages(routes: PageRoutes) -> list[BaseRoute]:
    every = signed_in_routes()
    return [signed_in_page(routes, each, every) for each in every]


def _waiting_pages(routes: PageRoutes, below: str = "", *, shown_by: Wrapped = _by_nobody) -> list[BaseRoute]:
    """The pages of a booking that waits. `below`, `shown_by`: where other sites show them inside their own, and which."""
    page, act = routes.page, routes.act
    return [
        routes.answer(f"{below}/b/{{id}}", shown_by(waiting.show)),
        page(f"{below}/b/{{id}}/state.json", get=shown_by(waiting.state_json)),
        page(f"{below}/b/{{id}}/invite.ics", get=shown_by(waiting.calendar_file)),
        act(f"{below}/b/{{id}}/resend", shown_by(waiting.resend)),
        act(f"{below}/b/{{id}}/address", shown_by(waiting.correct_address)),
        act(f"{below}/b/{{id}}/code", shown_by(waiting.confirm_by_code)),
        act(f"{below}/b/{{id}}/release", shown_by(waiting.release)),
        page(f"{below}/b/{{id}}/move", get=shown_by(move.show_move_of_hold), post=shown_by(move.move_hold)),
    ]


def _meeting_pages(
    routes: PageRoutes, below: str = "", *, of: str = "/{host}/{meeting}", shown_by: Wrapped = _by_nobody
) -> list[BaseRoute]:
    """The pages on which a meeting is booked; else as `_waiting_pages`. `of`: the address of its free times."""
    base = f"{below}{of}"
    return [
        routes.answer(base, shown_by(meeting.show)),
        routes.page(f"{base}/details", get=shown_by(details.show_details), post=shown_by(details.show_again)),
        routes.act(f"{base}/times", shown_by(change_time.change_time)),
        routes.page(f"{base}/puzzle", get=shown_by(puzzle.show)),
        routes.act(f"{base}/hold", shown_by(details.hold)),
    ]


def first_known(*pages: Page) -> Page:
    """The first of these pages that knows the link. Raises UnknownBooking where none does."""

    def answer(request: PageRequest) -> Response:
        for page in pages[:-1]:
            try:
                return page(request)
            except UnknownBooking:
                continue
        return pages[-1](request)

    return answer


def missing(request: PageRequest) -> Response:
    """What nothing else answers to. A slash too many at the end is forgiven."""
    path = request.path.strip("/")
    if request.method != "POST" and request.path == f"/{path}/" and path:
        return RedirectResponse(request.href(f"/{path}", **request.query), 308)
    return errors.by_status(request, 404)
