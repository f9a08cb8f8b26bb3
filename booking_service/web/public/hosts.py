"""The lists of hosts and of a host's meeting types."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from ...actions.times import public
from ...domain.localized_text import LocalizedText, worded
from ..http.request import PageRequest
from ..http.responses import Frame, page
from ..http.static import picture_address
from .unavailable import paused


@dataclass(frozen=True, slots=True)
class ListEntry:
    """Something to choose, with a description."""

    title: LocalizedText
    about: str
    href: str


@dataclass(frozen=True, slots=True)
class ListView:
    title: str
    entries: tuple[ListEntry, ...]
    empty: str
    welcome: LocalizedText | None = None
    picture: str = ""
    picture_text: str = ""


def hosts(request: PageRequest) -> Response:
    """/"""
    organisation, listed = public.listed(request.rt)
    language = request.choose_language(organisation)
    view = ListView(
        title=language.text("Who would you like to meet?"),
        entries=tuple(ListEntry(LocalizedText(host.name), "", request.href(f"/{host.slug}")) for host in listed),
        empty=language.text("Nobody is listed here. Use the link you were given."),
    )
    return page(request, "public/list.html", view, Frame(language=language, organisation=organisation))


def host(request: PageRequest) -> Response:
    """/{host}"""
    seen = public.host_page(request.rt, request.params["host"])
    language = request.choose_language(seen.organisation, host=seen.host.language)
    until = seen.host.paused(request.now)
    entries = tuple(
        ListEntry(
            worded(meeting.title, language.code, writer=seen.host.language),
            " · ".join((language.duration(meeting.rules.duration), language.place(meeting.place))),
            request.href(f"/{seen.host.slug}/{meeting.slug}"),
        )
        for meeting in seen.meetings
        if not until
    )
    view = ListView(
        title=language.text("Book a time with {host}", host=seen.host.name),
        entries=entries,
        picture=picture_address(request.rt.settings.root_path, seen.host.picture),
        picture_text=language.text("Picture of {host}", host=seen.host.name),
        welcome=worded(seen.host.welcome, language.code, writer=seen.host.language) if seen.host.welcome else None,
        empty=paused(seen.host, until, language)
        if until
        else language.text("{host} takes no bookings at the moment.", host=seen.host.name),
    )
    frame = replace(Frame.of_host(seen.host, seen.organisation, language), picture="")  # it is shown large on the page
    return page(request, "public/list.html", view, frame)
