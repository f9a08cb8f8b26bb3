"""The place of a purpose on booking forms; switching it off and on."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.setup import purposes
from ....actions.setup.purposes import PlacedForm, PurposeShown
from ....domain.localized_text import LocalizedText, worded
from ....domain.meeting import ConsentBlock
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from .purpose_words import PURPOSES, place_name

NOWHERE, LAST = "", "last"


@dataclass(frozen=True, slots=True)
class FormView:
    name: str
    title: LocalizedText
    host: str
    places: tuple[MenuEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormsView:
    back: str
    name: str
    title: str
    action: str
    forms: tuple[FormView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """`means`: the consequences. `active`: it is in use now, and would be switched off."""

    back: str
    name: str
    title: str
    action: str
    means: tuple[str, ...]
    press: str
    active: bool


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes/{slug}/forms. Raises NotFound."""
    found, language = _found(request), request.language
    view = FormsView(
        back=request.href(f"{PURPOSES}/{found.purpose.slug}"),
        name=found.name,
        title=language.text("Forms that offer “{what}”", what=found.name),
        action=request.href(request.path),
        forms=tuple(_form(each, language) for each in found.forms),
    )
    return page(request, "admin/consents/purpose_forms.html", view, desk_frame(request))


def place(request: SignedInRequest) -> Response:
    """POST /admin/consents/purposes/{slug}/forms: a place for each form; unreadable ones stay unchanged. Raises
    NotFound."""
    found = _found(request)
    wanted = {each.meeting.id: block for each in found.forms for block in _wanted(each, found, request.form)}
    changed = purposes.place(request.rt, found.purpose.slug, wanted, by=request.actor.name, now=request.now)
    return see_other(request.href(f"{PURPOSES}/{found.purpose.slug}", did="placed" if changed else "same"))


def show_end(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes/{slug}/end. Raises NotFound."""
    found, language = _found(request), request.language
    active = found.purpose.active
    view = EndView(
        back=request.href(f"{PURPOSES}/{found.purpose.slug}"),
        name=found.name,
        title=language.text("End “{what}”", what=found.name)
        if active
        else language.text("Use “{what}” again", what=found.name),
        action=request.href(request.path),
        means=tuple(_means(found, language)),
        press=language.text("End “{what}”", what=found.name)
        if active
        else language.text("Use “{what}” again", what=found.name),
        active=active,
    )
    return page(request, "admin/consents/purpose_end.html", view, desk_frame(request))


def end(request: SignedInRequest) -> Response:
    """POST /admin/consents/purposes/{slug}/end: `use` is "no" or "yes". A second press does no harm. Raises NotFound."""
    slug, active = request.params["slug"], request.form.get("use") == "yes"
    done = purposes.use(request.rt, slug, active=active, by=request.actor.name, now=request.now)
    did = "same" if not done.changed else "begun" if active else "ended"
    return see_other(request.href(f"{PURPOSES}/{slug}", did=did))


def _found(request: SignedInRequest) -> PurposeShown:
    return purposes.show(request.rt, request.params["slug"], language=request.language.code, now=request.now)


def _form(placed: PlacedForm, language: Language) -> FormView:
    count = len(placed.meeting.questions)
    stands = _value(placed, count)
    offered = [(NOWHERE, language.text("not on this form"))]
    offered += [(str(each), place_name(each, count, language)) for each in range(count)]
    offered.append((LAST, place_name(None, count, language) if count else language.text("on this form")))
    return FormView(
        name=_name(placed.meeting.id),
        title=worded(placed.meeting.title, language.code, writer=placed.host.language),
        host=placed.host.name,
        places=tuple(MenuEntry(value, text, value == stands) for value, text in offered),
    )


def _value(placed: PlacedForm, count: int) -> str:
    if not placed.offered:
        return NOWHERE
    return LAST if placed.position is None or placed.position >= count else str(placed.position)


def _name(meeting_id: UUID) -> str:
    return f"at-{meeting_id.hex}"


def _wanted(placed: PlacedForm, found: PurposeShown, form: Mapping[str, str]) -> list[ConsentBlock | None]:
    """The wanted place on a form (None for not at all), as a list of one; an empty list for no change."""
    count = len(placed.meeting.questions)
    value = form.get(_name(placed.meeting.id))
    if value is None or value == _value(placed, count):
        return []
    if value == NOWHERE:
        return [None]
    if value == LAST:
        return [ConsentBlock(found.purpose.slug)]
    if value in {str(each) for each in range(count)}:
        return [ConsentBlock(found.purpose.slug, int(value))]
    return []


def _means(found: PurposeShown, language: Language) -> list[str]:
    waiting, forms = found.counts.get("pending", 0), sum(each.offered for each in found.forms)
    if not found.purpose.active:
        return [
            language.plural(
                "{count} consent exists, and counts again from then on, unless it is too old.",
                "{count} consents exist, and count again from then on, unless they are too old.",
                found.agreed,
            ),
            language.plural("{count} form offers it again.", "{count} forms offer it again.", forms),
        ]
    return [
        language.plural(
            "{count} consent exists. From then on nobody is written to or called because of it, and no list "
            "contains it.",
            "{count} consents exist. From then on nobody is written to or called because of them, and no "
            "list contains them.",
            found.agreed,
        ),
        language.plural("{count} form stops offering it.", "{count} forms stop offering it.", forms),
        language.plural(
            "{count} open question is not asked again.", "{count} open questions are not asked again.", waiting
        ),
        language.text("What was said is kept as evidence, with its texts. You can use it again later."),
    ]
