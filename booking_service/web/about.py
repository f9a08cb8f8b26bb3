"""Pages that are no booking: who can be met, and the texts that must be there."""

from dataclasses import dataclass

from starlette.responses import Response

from ..actions.times import public
from ..domain.people import Organisation
from ..language import Language
from .http.request import Asked
from .http.responses import page


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


@dataclass(frozen=True, slots=True)
class TextView:
    title: str
    paragraphs: tuple[str, ...]


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


def privacy(asked: Asked) -> Response:
    organisation = public.organisation(asked.rt)
    said = asked.speak(organisation)
    days = asked.rt.settings.privacy.retain_days
    standard = (
        said.text("What you enter is used for the meeting you book, and for nothing else."),
        said.plural("Your name, your email address and your answers are kept until {count} day after it, then erased.",
                    "Your name, your email address and your answers are kept until {count} days after it, then erased.",
                    days),
        said.text("These pages set no cookies, keep nothing in your browser and load nothing from other sites."),
    )  # fmt: skip
    return _text(asked, said, organisation, said.text("Privacy"), own=organisation.privacy, standard=standard)


def imprint(asked: Asked) -> Response:
    organisation = public.organisation(asked.rt)
    said = asked.speak(organisation)
    standard = tuple(line for line in (organisation.name, organisation.contact) if line)
    return _text(asked, said, organisation, said.text("Imprint"), own=organisation.imprint, standard=standard)


def accessibility(asked: Asked) -> Response:
    organisation = public.organisation(asked.rt)
    said = asked.speak(organisation)
    texts = (
        said.text("Every page works with the keyboard alone, with a screen reader, without JavaScript, at 320 pixels "
                  "width and at 400 % zoom. They are made to meet WCAG 2.2, level AA."),
        said.text("Where one does not, please tell us: {contact}", contact=organisation.contact)
        if organisation.contact
        else said.text("Where one does not, please tell whoever sent you the link."),
    )  # fmt: skip
    return _text(asked, said, organisation, said.text("Accessibility"), own="", standard=texts)


def _text(
    asked: Asked, said: Language, organisation: Organisation, title: str, *, own: str, standard: tuple[str, ...]
) -> Response:
    """The organisation's own words, or the standard ones where it gave none."""
    paragraphs = tuple(part.strip() for part in own.split("\n\n") if part.strip()) or standard
    return page(asked, "text.html", TextView(title, paragraphs), said=said, organisation=organisation)
