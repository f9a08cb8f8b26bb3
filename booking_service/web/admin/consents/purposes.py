"""The list of purposes, and creating one."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.setup import purposes
from ....actions.setup.names import free_name
from ....actions.setup.purposes import NAMES_OF_PAGES, PurposeRefused, PurposeSummary
from ....domain.consent import staff
from ....domain.contact_filter import EXPIRED
from ....domain.purposes import Part, PurposeKind
from ....domain.roles import CONSENTS
from ....domain.text import one_line
from ....language import Language
from ...http.forms import Problem
from ...http.request import languages_of
from ...http.responses import language_name, page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from .message_words import NEWS_PAGE
from .purpose_words import FIELDS, PURPOSES
from .texts_form import TextsView, read_texts, texts_view
from .words import Badge, kind_name

NAME_LENGTH = 63
_NOES = ("out-user", "out-contact", "declined")
_AGREED = ("form", "user", "double")


@dataclass(frozen=True, slots=True)
class PurposeRow:
    name: str
    href: str
    facts: str
    counts: str
    badge: Badge | None


@dataclass(frozen=True, slots=True)
class PurposesView:
    """`new`, `news`: "" without that right."""

    rows: tuple[PurposeRow, ...]
    new: str
    news: str
    fields: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPurposeView:
    """`fields`: those that a purpose of that kind can allow to keep. `wrong`: by field name."""

    back: str
    action: str
    slug: str
    kinds: tuple[MenuEntry, ...]
    fields: tuple[MenuEntry, ...]
    new_field: str
    languages: tuple[MenuEntry, ...]
    texts: tuple[TextsView, ...]
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes"""
    found = purposes.find_all(request.rt, language=request.language.code, now=request.now)
    view = PurposesView(
        rows=tuple(_row(request, each) for each in found),
        new=request.href(f"{PURPOSES}/new") if request.person.may(CONSENTS) else "",
        news=request.href(NEWS_PAGE) if request.person.may(CONSENTS) else "",
        fields=request.href(FIELDS),
    )
    return page(request, "admin/consents/purposes.html", view, desk_frame(request))


def show_new(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes/new"""
    return _form(request)


def create(request: SignedInRequest) -> Response:
    """POST /admin/consents/purposes/new: slug and kind, which never change, and the first texts."""
    language, form = request.language, request.form
    texts, problems = read_texts(form, language)
    if form.get("kind", "") not in set(PurposeKind):
        problems.append(Problem("kind", language.text("Choose a kind")))
    if problems:
        return _form(request, tuple(problems))
    spoken = form.get("in", "")
    taken = [each.purpose.slug for each in purposes.find_all(request.rt, language=spoken, now=request.now)]
    slug = one_line(form.get("slug", "")).lower() or free_name(
        texts[Part.NAME], [*taken, *NAMES_OF_PAGES], language=spoken
    )
    try:
        purposes.create(
            request.rt,
            slug,
            PurposeKind(form["kind"]),
            texts,
            language=spoken if spoken in _spoken(request) else language.code,
            allows_field=form.get("field", "") if form["kind"] == PurposeKind.FIELD else "",
            by=request.actor.name,
            made_by=staff(request.person.id.hex),
            now=request.now,
        )
    except PurposeRefused:
        return _form(request, (_refused(request, slug, taken),))
    return see_other(request.href(f"{PURPOSES}/{slug}", did="made"))


def _refused(request: SignedInRequest, slug: str, taken: list[str]) -> Problem:
    language = request.language
    if slug in taken or slug in NAMES_OF_PAGES:
        return Problem("slug", language.text("This name is taken"))
    if request.form["kind"] == PurposeKind.FIELD and not request.form.get("field"):
        if not purposes.fields_of(request.rt):
            return Problem("kind", language.text("There is no field yet that it could allow us to keep: add one first"))
        return Problem("field", language.text("Choose which field it allows us to keep"))
    return Problem("slug", language.text("Use lowercase letters, digits and hyphens, like open-evenings"))


def _form(request: SignedInRequest, problems: tuple[Problem, ...] = ()) -> Response:
    language, form = request.language, request.form
    wrong = {each.field: each.text for each in problems}
    view = NewPurposeView(
        back=request.href(PURPOSES),
        action=request.href(request.path),
        slug=one_line(form.get("slug", ""))[:NAME_LENGTH],
        kinds=tuple(MenuEntry(each, kind_name(each, language), form.get("kind") == each) for each in PurposeKind),
        fields=(
            MenuEntry("", language.text("None"), not form.get("field")),
            *(
                MenuEntry(each.slug, each.label(language.code), form.get("field") == each.slug)
                for each in purposes.fields_of(request.rt)
            ),
        ),
        new_field=request.href(f"{FIELDS}/new"),
        languages=tuple(
            MenuEntry(code, language_name(code), code == form.get("in", language.code)) for code in _spoken(request)
        ),
        texts=texts_view(form, language, wrong),
        problems=problems,
        wrong=wrong,
    )
    status = 422 if problems else 200
    return page(request, "admin/consents/purpose_new.html", view, desk_frame(request), status=status)


def _spoken(request: SignedInRequest) -> tuple[str, ...]:
    return tuple(languages_of(request.rt, request.organisation))


def _row(request: SignedInRequest, found: PurposeSummary) -> PurposeRow:
    language, counts = request.language, found.counts
    facts = (
        kind_name(found.purpose.kind, language),
        ", ".join(found.languages),
        language.plural("on {count} booking form", "on {count} booking forms", found.forms) if found.forms else "",
    )
    sums = (
        (sum(counts.get(each, 0) for each in _AGREED), language.text("agreed")),
        (counts.get("implied", 0), language.text("by an existing relationship")),
        (counts.get("pending", 0), language.text("asked, no answer yet")),
        (sum(counts.get(each, 0) for each in _NOES), language.text("said no or were opted out")),
        (counts.get(EXPIRED, 0), language.text("too old to be used")),
    )
    return PurposeRow(
        name=found.name,
        href=request.href(f"{PURPOSES}/{found.purpose.slug}"),
        facts=" · ".join(filter(None, facts)),
        counts=" · ".join(f"{count} {word}" for count, word in sums if count),
        badge=_badge(request, found),
    )


def _badge(request: SignedInRequest, found: PurposeSummary) -> Badge | None:
    language, purpose = request.language, found.purpose
    if not purpose.active:
        return Badge(language.text("Not in use"), "over")
    if request.organisation.default_language not in found.languages:
        return Badge(
            language.text("No text in {language}", language=_named(request.organisation.default_language, language)),
            "wait",
        )
    if purpose.review_on is None:
        return None
    overdue = purpose.review_on <= request.now.astimezone(request.person.zone).date()
    day = language.long_date(purpose.review_on)
    if overdue:
        return Badge(language.text("Review overdue since {date}", date=day), "fail")
    return Badge(language.text("Next review {date}", date=day))


def _named(code: str, language: Language) -> str:
    return str(language.locale.languages.get(code, code))
