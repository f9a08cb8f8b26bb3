"""The page that gives people all data about them, as text or for programs; each download is a press, on record."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.privacy import own_data
from ...actions.privacy.own_data import SeenData
from ...domain.errors import LinkOver
from ..http.request import PageRequest
from ..http.responses import see_other
from ..http.security import PRIVATE
from ..parts.own_data import data_file
from ..parts.stamps import stamp
from .contact_page import ContactPage, found


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPageView:
    lead: str
    action: str
    points: tuple[str, ...]


def show(request: PageRequest) -> Response:
    """GET /preferences/data/{token}: what there is, and two buttons."""
    try:
        page, seen = _opened(request)
    except LinkOver:
        return see_other(request.href("/preferences", over="1"))
    language = page.language
    view = DataPageView(
        lead=language.text(
            "Everything we hold about {address}, as of {time}.",
            address=seen.contact.address,
            time=stamp(language, request.now, seen.zone),
        ),
        action=page.href(),
        points=(
            language.text("Name, address, language, and what else is stored in your profile"),
            language.plural("{count} booking with its answers", "{count} bookings with their answers", seen.bookings),
            language.text("What you were asked and shown, what you answered, when, and by which email"),
            language.text(
                "Who looked at it. Encrypted values are given only as far as staff see them; ask us for more."
            ),
        ),
    )
    return page.respond("links/own_data.html", view)


def give(request: PageRequest) -> Response:
    """POST /preferences/data/{token}: the file, as `json` or as text."""
    try:
        page, seen = _opened(request)
    except LinkOver:
        return see_other(request.href("/preferences", over="1"))
    language = page.language
    given = own_data.given(
        request.rt, request.params["token"], language=language.code, network=request.network, now=request.now
    )
    return data_file(
        given,
        language,
        zone=seen.zone,
        labels=seen.labels,
        for_programs="json" in request.form,
        headers=dict(PRIVATE),
    )


def _opened(request: PageRequest) -> tuple[ContactPage, SeenData]:
    chosen = request.chosen_language or ""
    seen = found(request, lambda: own_data.show(request.rt, request.params["token"], language=chosen, now=request.now))
    language = request.choose_language(seen.organisation, stored=seen.contact.language)
    return ContactPage(request, seen.organisation, language), seen
