"""Privacy, imprint and accessibility."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.times import public
from ...domain.people import Organisation
from ...language import Language
from ..http.request import Asked
from ..http.responses import page


@dataclass(frozen=True, slots=True)
class TextView:
    title: str
    paragraphs: tuple[str, ...]


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
