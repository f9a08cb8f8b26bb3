"""The look of one's own page: colour, picture, welcome text, and whether the first page lists it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.setup import meeting_types, own_page, pictures
from ...domain.audit import named
from ...domain.colours import read_colour
from ...domain.people import Host
from ...domain.pictures import NotAPicture
from ...domain.text import several_lines
from ...language import LANGUAGES
from ..http.forms import Problem, too_long
from ..http.responses import language_name, page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..http.static import picture_address
from ..parts.picture_form import PictureForm, chosen, refused
from ..parts.texts import read_text, written

LOOK = "/host/look"
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class WelcomeField:
    """The text in one language; the host's own comes first."""

    name: str
    language: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookView:
    action: str
    public: str
    picture: PictureForm
    accent: str
    welcome: tuple[WelcomeField, ...]
    listed: bool
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]
    done: bool


def show(request: SignedInRequest) -> Response:
    """GET /host/look"""
    host = meeting_types.host_of(request.rt, request.person.host_id)
    return _page(request, host, _typed(host))


def save(request: SignedInRequest) -> Response:
    """POST /host/look"""
    host, language = meeting_types.host_of(request.rt, request.person.host_id), request.language
    wrong: dict[str, str] = {}
    accent, colour = "", request.form.get("accent", "").strip()
    try:
        accent = read_colour(colour) if colour else ""
    except ValueError:
        wrong["accent"] = language.text("Write a colour such as #0b5a4a, or leave it empty.")
    texts = {code: several_lines(request.form.get(f"welcome.{code}", "")) for code in LANGUAGES}
    for code, text in texts.items():
        if len(text) > _LONGEST:
            wrong[f"welcome.{code}"] = too_long(language, _LONGEST, len(text))
    if wrong:
        return _page(request, host, request.form, wrong)
    welcome = read_text("welcome", request.form, writer=_writer(host))
    listed = request.form.get("listed") == "yes"
    by = named(request.person)
    own_page.save(request.rt, host.id, accent=accent, welcome=welcome, listed=listed, by=by, now=request.now)
    return see_other(request.href(LOOK, did="saved"))


def keep_picture(request: SignedInRequest) -> Response:
    """POST /host/look/picture: set it, or remove it."""
    host = meeting_types.host_of(request.rt, request.person.host_id)
    try:
        picture = chosen(request.form, request.file("picture"))
    except NotAPicture as refusal:
        return _page(request, host, _typed(host), {"picture": refused(refusal, request.language)})
    pictures.keep_of_host(request.rt, host.id, picture, by=named(request.person), now=request.now)
    return see_other(request.href(LOOK, did="saved"))


def _typed(host: Host) -> Mapping[str, str]:
    welcome = written("welcome", host.welcome, writer=_writer(host))
    return {"accent": host.accent, **welcome, "listed": "yes" if host.listed else ""}


def _writer(host: Host) -> str:
    return host.language.partition("-")[0]


def _page(
    request: SignedInRequest, host: Host, typed: Mapping[str, str], wrong: Mapping[str, str] | None = None
) -> Response:
    wrong = wrong or {}
    codes = sorted(LANGUAGES, key=lambda code: code != _writer(host))
    view = LookView(
        action=request.href(LOOK),
        public=request.href(f"/{host.slug}"),
        picture=PictureForm(
            name="picture",
            label=request.language.text("Picture"),
            action=request.href(f"{LOOK}/picture"),
            shown=picture_address(request.rt.settings.root_path, host.picture),
            text=request.language.text("Picture of {host}", host=host.name),
            wrong=wrong.get("picture", ""),
        ),
        accent=typed.get("accent", ""),
        welcome=tuple(
            WelcomeField(f"welcome.{code}", language_name(code), typed.get(f"welcome.{code}", "")) for code in codes
        ),
        listed=typed.get("listed") == "yes",
        problems=tuple(Problem(name, text) for name, text in wrong.items()),
        wrong=wrong,
        done=request.query.get("did") == "saved" and not wrong,
    )
    return page(request, "host/look.html", view, desk_frame(request), status=422 if wrong else 200)
