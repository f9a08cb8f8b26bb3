"""One purpose: its wording, how it is asked for, on which forms, and its next review."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from ....actions.setup import purposes
from ....actions.setup.purposes import PlacedForm, PurposeShown
from ....domain.gate import Policy
from ....domain.localized_text import LocalizedText, worded
from ....domain.purposes import OptIn, Part, Purpose, PurposeKind, parts_of
from ....domain.roles import CONSENTS
from ....language import Language
from ...http.request import languages_of
from ...http.responses import language_name, page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from . import conditions_form
from .message_words import NEWS_PAGE
from .purpose_words import PURPOSES, mail_text_name, place_name
from .words import Badge, basis, kind_name


@dataclass(frozen=True, slots=True)
class SampleView:
    """The block as on a booking form, in `language` where that differs from the page's."""

    box: str
    benefit: str
    language: str


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """The wording in one language. `href`: where it is written; "" without that right."""

    name: str
    href: str
    text: str
    code: str
    facts: str


@dataclass(frozen=True, slots=True)
class FormRow:
    title: LocalizedText
    host: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeView:
    """`news`, `settings`, `forms`, `end`, `reviewed`: where these are changed; "" without that right.

    `next_review`: the date that the button sets.
    """

    back: str
    title: str
    badge: Badge | None
    did: str
    facts: tuple[tuple[str, str], ...]
    sample: SampleView | None
    languages: tuple[LanguageRow, ...]
    offered: tuple[FormRow, ...]
    contacts: str
    news: str
    settings: str
    forms: str
    end: str
    reviewed: str
    next_review: str
    active: bool


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes/{slug}. Raises NotFound."""
    slug = request.params["slug"]
    found = purposes.show(request.rt, slug, language=request.language.code, now=request.now)
    language, here, may = request.language, f"{PURPOSES}/{slug}", request.person.may(CONSENTS)
    again_on = next_review(today(request))
    view = PurposeView(
        back=request.href(PURPOSES),
        title=found.name,
        badge=None if found.purpose.active else Badge(language.text("Not in use"), "over"),
        did=_did(request.query.get("did", ""), language),
        facts=tuple(_facts(found, language)),
        sample=_sample(found, language),
        languages=tuple(_language(request, found, code) for code in _codes(request, found)),
        offered=tuple(form_row(each, language) for each in found.forms if each.offered),
        contacts=request.href("/admin/consents/contacts", purpose=slug),
        news=request.href(NEWS_PAGE, about=slug) if may and found.purpose.active and found.current else "",
        settings=request.href(f"{here}/settings") if may else "",
        forms=request.href(f"{here}/forms") if may else "",
        end=request.href(f"{here}/end") if may else "",
        reviewed=request.href(f"{here}/reviewed") if may else "",
        next_review=language.long_date(again_on),
        active=found.purpose.active,
    )
    return page(request, "admin/consents/purpose.html", view, desk_frame(request))


def mark_reviewed(request: SignedInRequest) -> Response:
    """POST /admin/consents/purposes/{slug}/reviewed: today; the next review is in a year. Raises NotFound."""
    slug = request.params["slug"]
    again_on = next_review(today(request))
    purposes.reviewed(request.rt, slug, again_on=again_on, by=request.actor.name, now=request.now)
    return see_other(request.href(f"{PURPOSES}/{slug}", did="reviewed"))


def today(request: SignedInRequest) -> date:
    return request.now.astimezone(request.person.zone).date()


def next_review(day: date) -> date:
    """The same day next year; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def form_row(placed: PlacedForm, language: Language) -> FormRow:
    title = worded(placed.meeting.title, language.code, writer=placed.host.language)
    return FormRow(title, placed.host.name, place_name(placed.position, len(placed.meeting.questions), language))


def accepted(found: Purpose, shown: PurposeShown, language: Language) -> str:
    """What the gate accepts, in words."""
    bases = sorted(Policy.of(found, shown.rules).bases)
    return ", ".join(basis(each, language) for each in bases)


def _facts(found: PurposeShown, language: Language) -> Iterator[tuple[str, str]]:
    purpose = found.purpose
    yield language.text("Kind"), kind_name(purpose.kind, language)
    yield language.text("Name in the evidence"), purpose.slug
    if purpose.kind is PurposeKind.FIELD:
        label = next((each.label(language.code) for each in found.fields if each.slug == purpose.allows_field), "")
        yield language.text("Field"), label or purpose.allows_field
    yield language.text("A tick"), _asking(found, language)
    yield language.text("Counts as permission"), accepted(purpose, found, language)
    yield language.text("Lasts"), _lasts(purpose, language)
    yield language.text("Concerns"), conditions(found, language)
    if purpose.template:
        yield language.text("Email that asks"), mail_text_name(purpose.template, found.mail_texts, language)
    if purpose.reminder_template:
        yield language.text("Its reminders"), mail_text_name(purpose.reminder_template, found.mail_texts, language)
    if purpose.review_on is not None:
        yield language.text("Next review"), language.long_date(purpose.review_on)


def _asking(found: PurposeShown, language: Language) -> str:
    by_mail = found.purpose.asks_by_mail(found.rules)
    told = (
        language.text("is confirmed by a mailed link (double opt-in)")
        if by_mail
        else language.text("counts at once, without an email (single opt-in)")
    )
    own = found.purpose.opt_in is not OptIn.ORGANISATION
    return told if own else language.text("{what}, same as the organisation", what=told)


def _lasts(purpose: Purpose, language: Language) -> str:
    if purpose.lasts is None:
        return language.text("until somebody ends it")
    return language.plural("{count} day, then it is too old", "{count} days, then it is too old", purpose.lasts.days)


def conditions(found: PurposeShown, language: Language) -> str:
    """The conditions, in words."""
    fields = {each.slug: each.label(language.code) for each in found.fields}
    return conditions_form.told(found.purpose.conditions, fields, language)


def _sample(found: PurposeShown, language: Language) -> SampleView | None:
    codes = (language.code, *sorted(found.current))
    code = next((each for each in codes if each in found.current), None)
    if code is None:
        return None
    texts = parts_of(found.current[code])
    return SampleView(texts[Part.BOX], texts[Part.BENEFIT], "" if code == language.code else code)


def _codes(request: SignedInRequest, found: PurposeShown) -> list[str]:
    return list(dict.fromkeys([*languages_of(request.rt, request.organisation), *sorted(found.current)]))


def _language(request: SignedInRequest, found: PurposeShown, code: str) -> LanguageRow:
    language, wording = request.language, found.current.get(code)
    may = request.person.may(CONSENTS)
    href = request.href(f"{PURPOSES}/{found.purpose.slug}/wording", **{"in": code}) if may else ""
    if wording is None:
        return LanguageRow(language_name(code), href, "", code, language.text("Nothing is written yet"))
    since = language.long_date(wording.made_at.astimezone(request.person.zone).date())
    rest = found.rested.get(wording.hash, 0)
    facts = (
        language.text("version {version} since {date}", version=wording.version, date=since),
        language.plural("{count} consent is based on it", "{count} consents are based on it", rest) if rest else "",
    )
    return LanguageRow(
        language_name(code), href, parts_of(wording)[Part.BOX], code, " · ".join(each for each in facts if each)
    )


def _did(did: str, language: Language) -> str:
    match did:
        case "made":
            return language.text("The purpose is added. Now put it on a form, ask people, or announce it to contacts.")
        case "saved":
            return language.text("Saved. It applies from now on.")
        case "worded":
            return language.text("The new text is in use. Those who agreed to an earlier one keep that one.")
        case "placed":
            return language.text("Saved. The forms show it from now on.")
        case "ended":
            return language.text("It is no longer in use. Everything that was said is kept.")
        case "begun":
            return language.text(
                "It is in use again, and so are its existing consents. You can announce it to contacts."
            )
        case "reviewed":
            return language.text("Put on record.")
        case "same":
            return language.text("That was already recorded. Nothing was changed.")
        case _:
            return ""
