"""The form for a person's name, zone and language."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ...domain.availability import zone_of
from ...domain.text import NAME_LENGTH, one_line
from ...language import Language
from ..http.forms import Problem
from ..http.request import languages_of
from ..http.responses import language_name
from ..http.signed_in_pages import SignedInRequest
from ..parts.zone_menu import ZoneMenu, zones_to_choose

_LONGEST = 1000
_AMERICAN = "en-US"


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    code: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileForm:
    """`is_host`: invitees see these too, and hours are in this zone."""

    name: str
    zones: ZoneMenu
    languages: tuple[LanguageChoice, ...]
    is_host: bool
    problems: tuple[Problem, ...] = ()
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Typed:
    """The input and its problems by field; an impossible choice is replaced by the present value."""

    name: str
    zone: ZoneInfo
    language: str
    wrong: Mapping[str, str]


def stored(request: SignedInRequest) -> Typed:
    person = request.person
    return Typed(person.name, person.zone, person.language, {})


def read(request: SignedInRequest) -> Typed:
    form, language, person = request.form, request.language, request.person
    wrong: dict[str, str] = {}
    name, zone, spoken = one_line(form.get("name", "")), person.zone, form.get("language", "")
    if not 0 < len(name) <= NAME_LENGTH:
        wrong["name"] = language.text("Write 1 to {count} characters.", count=NAME_LENGTH)
    try:
        zone = zone_of(form.get("zone", ""))
    except ValueError:
        wrong["zone"] = language.text("Choose a time zone from the list.")
    if spoken not in _codes(request):
        wrong["language"] = language.text("Choose a language from the list.")
        spoken = person.language
    return Typed(name[:_LONGEST], zone, spoken, wrong)


def form_of(request: SignedInRequest, typed: Typed) -> ProfileForm:
    language = request.language
    names = ("name", "zone", "language")
    return ProfileForm(
        name=typed.name,
        zones=zones_to_choose(
            typed.zone, language, of_host=request.person.zone, now=request.now, fixed=False, suggest=False
        ),
        languages=tuple(
            LanguageChoice(code, _language_name(code, language), code == typed.language) for code in _codes(request)
        ),
        is_host=request.person.host_id is not None,
        problems=tuple(Problem(name, text) for name, text in typed.wrong.items()),
        wrong={name: typed.wrong.get(name, "") for name in names},
    )


def _codes(request: SignedInRequest) -> tuple[str, ...]:
    """The languages on offer, and the person's present one."""
    on_offer = tuple(languages_of(request.rt, request.organisation))
    american = (_AMERICAN,) if "en" in on_offer else ()
    return tuple(dict.fromkeys((*on_offer, *american, request.person.language)))


def _language_name(code: str, language: Language) -> str:
    return language.text("English, times as in the USA") if code == _AMERICAN else language_name(code)
