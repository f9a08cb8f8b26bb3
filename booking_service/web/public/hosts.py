"""Pages that are no booking: who can be met, and the texts that must be there."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.times import public
from ..http.request import Asked
from ..http.responses import page


@dataclass(frozen=True, slots=True)
class ListEntry:
    """Something to choose, with what is worth knowing about it."""

    title: str
    about: str
    href: str


@dataclass(frozen=True, slots=True)
class ListView:
    title: str
    entries: tuple[ListEntry, ...]
    empty: str


def hosts(asked: Asked) -> Response:
    """/"""
    organisation, listed = public.listed(asked.rt)
    said = asked.speak(organisation)
    view = ListView(
        title=said.text("Whom would you like to meet?"),
        entries=tuple(ListEntry(host.name, "", asked.href(f"/{host.slug}")) for host in listed),
        empty=said.text("Nobody is listed here. Use the link you were given."),
    )
    return page(asked, "list.html", view, said=said, organisation=organisation)


def host(asked: Asked) -> Response:
    """/{host}"""
    seen = public.host_page(asked.rt, asked.params["host"])
    said = asked.speak(seen.organisation, host=seen.host.language)
    entries = tuple(
        ListEntry(
            meeting.title,
            " · ".join((said.duration(meeting.rules.duration), said.place(meeting.place))),
            asked.href(f"/{seen.host.slug}/{meeting.slug}"),
        )
        for meeting in seen.meetings
    )
    view = ListView(
        title=said.text("Book a time with {host}", host=seen.host.name),
        entries=entries,
        empty=said.text("{host} takes no bookings at the moment.", host=seen.host.name),
    )
    return page(
        asked, "list.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}",
    )  # fmt: skip
