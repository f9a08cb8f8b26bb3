"""Answers: a page in its frame, a redirect after a form, a problem for programs."""

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
    """Where in a booking the reader is."""

    TIME = "time"
    DETAILS = "details"
    CONFIRM = "confirm"
    DONE = "done"


_HAPPENED = {Step.TIME: "ready", Step.CONFIRM: "held", Step.DONE: "confirmed"}  # what an embedding page is told


@dataclass(frozen=True, slots=True)
class Link:
    """Where it leads, and what it says."""

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
    """The form whose input a change of language carries along: its id, the address that shows it again, and what the
    button of its main act says."""

    id: str
    address: str
    main_act: str


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """One page in the row of its section. `current`: the one that is shown."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class DeskSection:
    """One section of the bar, with its pages; `href`: where the bar leads."""

    key: str
    label: str
    href: str
    current: bool
    entries: tuple[DeskEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """The bar above signed-in pages: what there is for this person, where they are in it, and who they are."""

    person: str
    sections: tuple[DeskSection, ...]
    current: DeskSection | None
    profile: str | None
    sign_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Whose page it is, in which language, and where in a booking its reader stands.

    `brand` and `home`: the name at the top and the path it leads to. `private`: kept nowhere, and found by no search
    engine. `restorable`: the reader's own browser may keep it all the same, to show it again with what was typed into
    it. `step` and `asks_by_mail` draw the progress. `keeps`: the form whose input must survive a change of language.
    `refresh_s` reloads the page where there is no JavaScript. `here`: the address that reloading the page should ask
    for, where it is the answer to a form. `desk`: the bar of signed-in pages. `accent`: its colour, else the
    organisation's. `picture`: the host's, beside their name. `one_time`: its address shows it once, so in no other language.
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
        """The frame of a page that is about one host."""
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
    """A frame as the templates draw it: every address is one to link to.

    `embedded`: shown inside another site's page, which then hears what `happened`, in one word. `picture`, `logo`: where these
    lie. `organisation`: its name, where the page is headed by another one's.
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
    """What a language calls itself."""
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
    """After a form: the browser asks for a page of its own, which going back and reloading do no harm to."""
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
    """The same page in each language. Only what pages know is carried on: a kept page is shown to others, too."""
    codes = languages_of(request.rt, organisation)
    given = {name: value for name, value in request.query.items() if name in CARRIED and len(value) <= _LONGEST}
    return tuple(
        Switch(code, _NAMES[code], code == language.code, request.href(request.path, **{**given, "lang": code}))
        for code in sorted(codes, key=lambda code: _NAMES[code])
    )


def _compressed(request: PageRequest, answer: Response) -> Response:
    """Public pages only: where a secret and a reader's input share a page, its compressed length would tell of both."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return answer
    answer.body = gzip.compress(bytes(answer.body), 6, mtime=0)
    answer.headers["Content-Length"] = str(len(answer.body))
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.add_vary_header("Accept-Encoding")
    return answer
