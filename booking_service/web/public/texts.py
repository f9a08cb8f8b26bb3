"""Privacy, imprint and accessibility statement."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.times import public
from ...actions.times.public import Uses
from ...domain.localized_text import HostText, LocalizedText
from ...domain.people import Organisation
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import Frame, page
from ..parts.paragraphs import paragraphs


@dataclass(frozen=True, slots=True)
class TextView:
    title: str
    paragraphs: tuple[LocalizedText, ...]


def privacy(request: PageRequest) -> Response:
    uses = public.uses(request.rt)
    organisation = uses.organisation
    language = request.choose_language(organisation)
    days = organisation.days_kept(request.rt.settings.privacy.retain_days)
    standard = (
        _used(language, uses),
        language.plural(
            "Your name, your email address and your answers are kept until {count} day after it, then erased.",
            "Your name, your email address and your answers are kept until {count} days after it, then erased.",
            days,
        ),
        *_of_profiles(language, uses),
        *_of_consents(language, uses, f"{request.rt.settings.base_url}/preferences"),
        language.text("These pages set no cookies, keep nothing in your browser and load nothing from other sites."),
    )
    return _text(request, language, organisation, language.text("Privacy"), own=organisation.privacy, standard=standard)


def _used(language: Language, uses: Uses) -> str:
    if uses.asks:
        return language.text("What you enter is used for the meeting you book, and for what you consent to.")
    if uses.keeps:
        return language.text("What you enter is used for the meeting you book.")
    return language.text("What you enter is used for the meeting you book, and for nothing else.")


def _of_profiles(language: Language, uses: Uses) -> tuple[str, ...]:
    if not uses.keeps:
        return ()
    return (
        language.text(
            "Answers for which the form says so are also kept in your profile, if you have one, until you have it "
            "erased."
        ),
    )


def _of_consents(language: Language, uses: Uses, address: str) -> tuple[str, ...]:
    if not uses.asks:
        return ()
    return (
        language.text(
            "Where you gave consent, your name and address are kept for it, and so is the proof of it, even after "
            "you have ended it. You can see what is kept about you, and have it erased, at {address}",
            address=address,
        ),
    )


def imprint(request: PageRequest) -> Response:
    organisation = public.organisation(request.rt)
    language = request.choose_language(organisation)
    standard = tuple(line for line in (organisation.name, organisation.contact) if line)
    return _text(request, language, organisation, language.text("Imprint"), own=organisation.imprint, standard=standard)


def accessibility(request: PageRequest) -> Response:
    organisation = public.organisation(request.rt)
    language = request.choose_language(organisation)
    texts = (
        language.text(
            "Every page works with the keyboard alone, with a screen reader, without JavaScript, at 320 pixels "
            "width and at 400 % zoom. They are made to meet WCAG 2.2, level AA."
        ),
        language.text("If one does not, please tell us: {contact}", contact=organisation.contact)
        if organisation.contact
        else language.text("If one does not, please tell whoever sent you the link."),
    )
    return _text(request, language, organisation, language.text("Accessibility"), own="", standard=texts)


def _text(
    request: PageRequest,
    language: Language,
    organisation: Organisation,
    title: str,
    *,
    own: HostText,
    standard: tuple[str, ...],
) -> Response:
    """The organisation's own text, or the standard one."""
    shown = paragraphs(organisation.own(own, language.code)) or tuple(LocalizedText(text) for text in standard)
    frame = Frame(language=language, organisation=organisation)
    return page(request, "public/text.html", TextView(title, shown), frame)
