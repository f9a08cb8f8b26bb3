"""All addresses for booking a meeting, and of legal texts."""

from collections.abc import Callable

from starlette.routing import BaseRoute

from ..http.endpoint import Page, PageRoutes
from ..http.request import EMBED
from . import change_time, details, embed, meeting, one_time_link, pictures, puzzle, texts


def table(routes: PageRoutes) -> list[BaseRoute]:
    page = routes.page
    return [
        page("/privacy", get=texts.privacy),
        page("/imprint", get=texts.imprint),
        page("/accessibility", get=texts.accessibility),
        page("/static/pictures/{name}", get=pictures.show),
        page("/embed.js", get=embed.script),
        *_meeting_pages(routes, EMBED, shown_by=embed.of_meeting),
        *_meeting_pages(routes, of="/{host}/o/{token}", shown_by=one_time_link.by_link),
        *_meeting_pages(routes),
    ]


def _by_nobody(page: Page) -> Page:
    return page


def _meeting_pages(
    routes: PageRoutes,
    below: str = "",
    *,
    of: str = "/{host}/{meeting}",
    shown_by: Callable[[Page], Page] = _by_nobody,
) -> list[BaseRoute]:
    """The addresses for booking one. `below`, `shown_by`: the prefix for embedding, and which sites may embed.

    `of`: the address of its free times.
    """
    base = f"{below}{of}"
    return [
        routes.answer(base, shown_by(meeting.show)),
        routes.page(f"{base}/details", get=shown_by(details.show_details), post=shown_by(details.show_again)),
        routes.act(f"{base}/times", shown_by(change_time.change_time)),
        routes.page(f"{base}/puzzle", get=shown_by(puzzle.show)),
        routes.act(f"{base}/hold", shown_by(details.hold)),
    ]
