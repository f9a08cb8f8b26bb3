"""All addresses of mailed links and waiting pages, and where a link is requested."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import BaseRoute

from ...domain.errors import UnknownBooking
from ..http.endpoint import Page, PageRoutes
from ..http.request import EMBED, PageRequest
from ..public import embed
from ..public import preferences as ask_for_link
from . import (
    confirm,
    consent,
    guest,
    host_reply,
    manage,
    mass_deletion,
    move,
    not_me,
    own_data,
    preferences,
    reminders,
    time_offer,
    unsubscribe,
    waiting,
    wish,
    wrong_address,
)


def table(routes: PageRoutes) -> list[BaseRoute]:
    page, act, answer = routes.page, routes.act, routes.answer
    return [
        *_waiting_pages(routes, EMBED, shown_by=embed.of_booking),
        *_waiting_pages(routes),
        page("/c/{token}", get=confirm.show_confirm, post=confirm.confirm),
        act("/c/{token}/again", confirm.take_again),
        act("/c/{token}/release", confirm.release),
        answer("/m/{token}", manage.show),
        page("/m/{token}/cancel", get=manage.show_cancel, post=manage.cancel),
        page("/m/{token}/offered", get=time_offer.show, post=time_offer.take),
        act("/m/{token}/offered/keep", time_offer.keep),
        page("/m/{token}/move", get=move.show_move, post=move.move),
        page(
            "/x/{token}",
            get=first_known(not_me.show, wrong_address.show),
            post=first_known(not_me.release, wrong_address.stop),
        ),
        act("/x/{token}/again", first_known(not_me.write_again, wrong_address.write_again)),
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
    ]


def _by_nobody(page: Page) -> Page:
    return page


def _waiting_pages(
    routes: PageRoutes, below: str = "", *, shown_by: Callable[[Page], Page] = _by_nobody
) -> list[BaseRoute]:
    """The addresses of a waiting page. `below`, `shown_by`: the prefix for embedding, and which sites may embed."""
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


def first_known(*pages: Page) -> Page:
    """The first of these pages that knows the link. Raises UnknownBooking: none does."""

    def answer(request: PageRequest) -> Response:
        for page in pages[:-1]:
            try:
                return page(request)
            except UnknownBooking:
                continue
        return pages[-1](request)

    return answer
