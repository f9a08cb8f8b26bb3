"""Responses: a page in its frame, a redirect after a form, problem details for programs."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import HTMLResponse, RedirectResponse, Response

from ...domain.people import Host, Organisation
from ...language import Language
from ...rendering import render
from .request import PageRequest, languages_of
from .security import PRIVATE
from .static import colours_address, picture_address, static_address

CARRIED = frozenset({"day", "month", "start", "zone"})
_LONGEST = 60
_RESTORABLE = {"Cache-Control": "private, no-cache"}
_NAMES = {"de": "Deutsch", "en": "English", "nl": "Nederlands"}


class Step(StrEnum):
    """The reader's step in a booking."""

    TIME = "time"
    DETAILS = "details"
    CONFIRM = "confirm"
    DONE = "done"


_HAPPENED = {Step.TIME: "ready", Step.CONFIRM: "held", Step.DONE: "confirmed"}  # what the embedding page is told


@dataclass(frozen=True, slots=True)
class Link:
    """A link's text and address."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Switch:
    """One entry of the language menu."""

    code: str
    name: str
    current: bool
    href: str


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The form whose input survives a change of language: its id, the address that shows it again, its main button's
    label."""

    id: str
    address: str
    main_act: str


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One page in the row of its section. `current`: it is shown."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class DeskSection:
    """One section of the bar with its pages. `href`: where the bar leads."""

    key: str
    label: str
    href: str
    current: bool
    entries: tuple[DeskEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """The bar above signed-in pages: sections for this person, the present one, and their name."""

    person: str
    sections: tuple[DeskSection, ...]
    current: DeskSection | None
    profile: str | None
    sign_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds a page: whose it is, its language, and the reader's step in a booking.

    `brand`, `home`: name at the top, and its link. `private`: not cached, not indexed. `restorable`: the reader's own
    browser may keep it, to restore input. `step`, `asks_by_mail`: draw the progress. `keeps`: the form whose input
    survives a change of language. `refresh_s`: reload without JavaScript. `here`: the address for reloading a form's
    response. `desk`: the bar of signed-in pages. `accent`: its colour, else the organisation's. `picture`: the host's.
    `one_time`: its address shows it once, so it has no language menu.
    """

    language: Language
    organisation: Organisation
    brand: str = ""
    home: str = "/"
    private: bool = False
    restorable: bool = False
    step: Step | None = None
    asks_by_mail: bool = True
    keeps: KeptForm | None = None
    refresh_s: int | None = None
    here: str | None = None
    desk: DeskView | None = None
    accent: str = ""
    picture: str = ""
    one_time: bool = False

    @classmethod
    def of_host(cls, host: Host, organisation: Organisation, language: Language, *, private: bool = False) -> "Frame":
        """The frame of a page about one host."""
        home = f"/{host.slug}"
        return cls(
            language=language,
            organisation=organisation,
            brand=host.name,
            home=home,
            private=private,
            accent=host.accent,
            picture=host.picture,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """A frame for the templates: every address can be linked to.

    `embedded`: shown inside another site's page, which is told what `happened`, in a word. `picture`, `logo`: their
    addresses. `organisation`: its name, if `brand` is another one.
    """

    code: str
    tag: str
    switches: tuple[Switch, ...]
    brand: str
    home: str
    icon: str
    style: str
    colours: str
    picture: str
    logo: str
    organisation: str
    script: str
    privacy: str
    imprint: str
    accessibility: str
    private: bool
    step: Step | None
    asks_by_mail: bool
    keeps: KeptForm | None
    refresh_s: int | None
    here: str | None
    desk: DeskView | None
    embedded: bool
    happened: str


def language_name(code: str) -> str:
    """The language's name in itself."""
    return _NAMES[code]


def page(
    request: PageRequest,
    template: str,
    view: object,
    frame: Frame,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The template with its view, in its frame."""
    language = frame.language
    html = render(template, language=language, view=view, frame=_frame_view(request, frame, status))
    given = {"Content-Language": language.tag, "Vary": "Accept-Language", **(headers or {})}
    if frame.private:
        return HTMLResponse(html, status, {**PRIVATE, **(_RESTORABLE if frame.restorable else {}), **given})
    return _compressed(request, HTMLResponse(html, status, {"Cache-Control": "no-cache", **given}))


def see_other(location: str) -> Response:
    """Redirect after a form to a page of its own, which can be reloaded and left harmlessly."""
    return RedirectResponse(location, 303, PRIVATE)


def problem(
    request: PageRequest,
    status: int,
    *,
    kind: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> Response:
    """Problem details for programs (RFC 9457)."""
    body = {
        "type": f"urn:booking-service:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        **members,
    }
    given = {"Cache-Control": "no-store", **(headers or {})}
    return Response(
        json.dumps({**body, "request_id": request.id}), status, given, media_type="application/problem+json"
    )


def _frame_view(request: PageRequest, frame: Frame, status: int) -> FrameView:
    root_path = request.rt.settings.root_path
    return FrameView(
        code=frame.language.code,
        tag=frame.language.tag,
        switches=() if frame.one_time else _switches(request, frame.language, frame.organisation),
        brand=frame.brand or frame.organisation.name,
        home=request.href(frame.home),
        icon=static_address(root_path, "icon.svg"),
        style=static_address(root_path, "app.css"),
        colours=colours_address(root_path, accent) if (accent := frame.accent or frame.organisation.accent) else "",
        picture=picture_address(root_path, frame.picture),
        logo=picture_address(root_path, frame.organisation.logo),
        organisation=frame.organisation.name if frame.brand else "",
        script=static_address(root_path, "app.js"),
        privacy=request.href("/privacy"),
        imprint=request.href("/imprint"),
        accessibility=request.href("/accessibility"),
        private=frame.private,
        step=frame.step,
        asks_by_mail=frame.asks_by_mail,
        keeps=frame.keeps,
        refresh_s=frame.refresh_s,
        here=frame.here,
        desk=frame.desk,
        embedded=request.embedded,
        happened=_happened(frame.step, status),
    )


def _happened(step: Step | None, status: int) -> str:
    if status >= 400:
        return "error"
    return _HAPPENED.get(step, "") if step else ""


def _switches(request: PageRequest, language: Language, organisation: Organisation) -> tuple[Switch, ...]:
    """The same page in each language. Only known parameters are kept, as cached pages are shown to others."""
    codes = languages_of(request.rt, organisation)
    given = {name: value for name, value in request.query.items() if name in CARRIED and len(value) <= _LONGEST}
    return tuple(
        Switch(code, _NAMES[code], code == language.code, request.href(request.path, **{**given, "lang": code}))
        for code in sorted(codes, key=lambda code: _NAMES[code])
    )


def _compressed(request: PageRequest, answer: Response) -> Response:
    """Public pages only: the compressed length of a page with a secret and a reader's input would reveal both."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return answer
    answer.body = gzip.compress(bytes(answer.body), 6, mtime=0)
    answer.headers["Content-Length"] = str(len(answer.body))
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.add_vary_header("Accept-Encoding")
    return answer
