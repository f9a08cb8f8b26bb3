"""Writing a purpose's wording in one language, with the consequences of a new version shown first."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ....actions.setup import purposes
from ....actions.setup.purposes import PurposeChanged, PurposeShown
from ....domain.consent import staff
from ....domain.errors import NotFound
from ....domain.purposes import Wording, parts_of
from ....language import Language
from ...http.forms import Problem
from ...http.request import languages_of
from ...http.responses import Link, language_name, page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from .purpose_words import PURPOSES
from .texts_form import TextsView, read_texts, texts_view

_NUMBER = 9


@dataclass(frozen=True, slots=True)
class VersionRow:
    title: str
    facts: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingView:
    """`means`: the consequences of a new version. `shown`: the version in the form, if not the newest; `seen`: the
    newest then."""

    back: str
    name: str
    title: str
    means: tuple[str, ...]
    languages: tuple[tuple[Link, bool], ...]
    code: str
    action: str
    texts: tuple[TextsView, ...]
    seen: int
    shown: str
    press: str
    versions: tuple[VersionRow, ...]
    problems: tuple[Problem, ...]
    outdated: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes/{slug}/wording?in=&version=. Raises NotFound."""
    found, code = _found(request)
    newest = found.current.get(code)
    shown = next((each for each in _of(found, code) if str(each.version) == request.query.get("version")), newest)
    texts = {part.value: text for part, text in parts_of(shown).items()} if shown else {}
    return _form(request, found, code, texts, shown=shown if shown is not newest else None)


def save(request: SignedInRequest) -> Response:
    """POST /admin/consents/purposes/{slug}/wording?in=: `seen` and the texts. Raises NotFound."""
    found, code = _found(request)
    texts, problems = read_texts(request.form, request.language)
    if problems:
        return _form(request, found, code, request.form, problems=tuple(problems))
    seen = request.form.get("seen", "")
    try:
        done = purposes.reword(
            request.rt,
            found.purpose.slug,
            code,
            texts,
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= _NUMBER else 0,
            by=request.actor.name,
            made_by=staff(request.person.id.hex),
            now=request.now,
        )
    except PurposeChanged:
        return _form(request, found, code, request.form, outdated=True)
    return see_other(request.href(f"{PURPOSES}/{found.purpose.slug}", did="worded" if done.changed else "same"))


def _found(request: SignedInRequest) -> tuple[PurposeShown, str]:
    found = purposes.show(request.rt, request.params["slug"], language=request.language.code, now=request.now)
    code = request.query.get("in", request.language.code)
    if code not in (*languages_of(request.rt, request.organisation), *found.current):
        raise NotFound("there is no such language here")
    return found, code


def _of(found: PurposeShown, code: str) -> list[Wording]:
    return [each for each in found.versions if each.language == code]


def _form(
    request: SignedInRequest,
    found: PurposeShown,
    code: str,
    typed: Mapping[str, str],
    *,
    shown: Wording | None = None,
    problems: tuple[Problem, ...] = (),
    outdated: bool = False,
) -> Response:
    language, slug = request.language, found.purpose.slug
    newest = found.current.get(code)
    number = newest.version if newest else 0
    spoken = dict.fromkeys([*languages_of(request.rt, request.organisation), *sorted(found.current)])
    view = WordingView(
        back=request.href(f"{PURPOSES}/{slug}"),
        name=found.name,
        title=language.text("Texts of “{what}” in {language}", what=found.name, language=_named(code, language)),
        means=tuple(_means(found, code, language)),
        languages=tuple(
            (Link(language_name(each), request.href(request.path, **{"in": each})), each == code) for each in spoken
        ),
        code=code,
        action=request.href(request.path, **{"in": code}),
        texts=texts_view(typed, language, {each.field: each.text for each in problems}),
        seen=number,
        shown=_shown(shown, language),
        press=language.text("Put version {number} into use", number=number + 1),
        versions=_versions(request, found, code),
        problems=problems,
        outdated=_outdated(found, code, language) if outdated else "",
    )
    status = 422 if problems else 409 if outdated else 200
    return page(request, "admin/consents/wording.html", view, desk_frame(request), status=status)


def _means(found: PurposeShown, code: str, language: Language) -> list[str]:
    """The consequences, before the change is made."""
    number = found.current[code].version + 1 if code in found.current else 1
    waiting = found.counts.get("pending", 0)
    told = []
    if found.agreed:
        told.append(
            language.plural(
                "{count} contact has agreed so far. The consent stays valid, and keeps the text that was shown then.",
                "{count} contacts have agreed so far. Their consents stay valid, and each keeps the text "
                "that was shown then.",
                found.agreed,
            )
        )
        told.append(
            language.text(
                "If the new text allows more than the old one, such as another sender, another subject or "
                "more emails, those consents do not cover that: ask these people again."
            )
        )
    if waiting:
        told.append(
            language.plural(
                "{count} question is still open; an answer counts for the text it was asked with.",
                "{count} questions are still open; an answer counts for the text it was asked with.",
                waiting,
            )
        )
    told.append(
        language.text(
            "From now on forms, emails and pages in this language show version {number}. A version is never changed, only followed by another one.",
            number=number,
        )
    )
    return told


def _shown(shown: Wording | None, language: Language) -> str:
    if shown is None:
        return ""
    return language.text("The form has version {number}, an earlier one.", number=shown.version)


def _outdated(found: PurposeShown, code: str, language: Language) -> str:
    newest = found.current.get(code)
    return language.text(
        "Somebody put version {number} into use in the meantime. What you typed is still here; look at "
        "that version first, then press again.",
        number=newest.version if newest else 0,
    )


def _versions(request: SignedInRequest, found: PurposeShown, code: str) -> tuple[VersionRow, ...]:
    language, zone, rows = request.language, request.person.zone, []
    until = ""
    for each in _of(found, code):
        since = language.long_date(each.made_at.astimezone(zone).date())
        rest = found.rested.get(each.hash, 0)
        facts = (
            f"{since} – {until}" if until else language.text("since {date}", date=since),
            language.plural("{count} consent is based on it", "{count} consents are based on it", rest) if rest else "",
            language.text("by {name}", name=found.writers[each.made_by]),
        )
        rows.append(
            VersionRow(
                language.text("Version {number}", number=each.version),
                " · ".join(each for each in facts if each),
                request.href(request.path, **{"in": code, "version": str(each.version)}),
            )
        )
        until = since
    return tuple(rows)


def _named(code: str, language: Language) -> str:
    return str(language.locale.languages.get(code, code))
