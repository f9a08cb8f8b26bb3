"""Sharing one's pages: links, one-time links, QR codes, and the snippet for a web site."""

from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlencode

import segno
from markupsafe import Markup
from starlette.responses import Response

from ...actions.access import one_time_links
from ...actions.access.one_time_links import LinkState, ListedLink
from ...actions.setup import meeting_types
from ...actions.setup.meeting_types import MeetingTypeChanged
from ...domain.audit import named
from ...domain.embedding import read_origin
from ...domain.errors import NotFound
from ...domain.localized_text import LocalizedText
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.text import one_line
from ...language import LANGUAGES, Language
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.menus import LocalizedEntry
from ..parts.qr import qr_svg
from .booking_words import Badge, title
from .meeting_words import language_name

SHARE = "/host/share"
_SITES_AT_MOST = 50
_DAYS_AT_MOST = 366


@dataclass(frozen=True, slots=True)
class OneTimeLine:
    """A one-time link. `address`: only while it works."""

    id: str
    address: str
    short: str
    about: str
    badge: Badge
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """`filled`: the link with name and address filled in; "" for none. `code`: the QR code.

    `openly`: there is an address for everybody; otherwise one-time links only.
    """

    action: str
    whats: tuple[LocalizedEntry, ...]
    languages: tuple[LocalizedEntry, ...]
    what: str
    lang: str
    link: str
    signature: str
    name: str
    email: str
    filled: str
    code: Markup
    svg: str
    png: str
    meeting: bool
    openly: bool
    one_time: tuple[OneTimeLine, ...]
    make: str
    revoke: str
    made: str
    sites: str
    sites_action: str
    snippet: str
    problems: tuple[Problem, ...]
    done: str


def show(request: SignedInRequest) -> Response:
    """GET /host/share?what=&lang=&name=&email="""
    return _page(request)


def make_link(request: SignedInRequest) -> Response:
    """POST /host/share/links: make a one-time link for a meeting type, with `note` and `days`."""
    meeting = _own(request, request.form.get("what", "")).meeting
    days = request.form.get("days", "")
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:4]) <= _DAYS_AT_MOST):
        text = request.language.text("Write a number of days from 1 to {most}.", most=_DAYS_AT_MOST)
        return _page(request, problems=(Problem("days", text),))
    made = one_time_links.make(
        request.rt, meeting, note=request.form.get("note", ""), lasts=timedelta(days=int(days)), now=request.now
    )
    return see_other(request.href(SHARE, what=meeting.slug, made=str(made.link.id)) + "#one-time")


def revoke_link(request: SignedInRequest) -> Response:
    """POST /host/share/links/revoke"""
    one_time_links.revoke(request.rt, request.person.host_id, request.form.get("link", ""), now=request.now)
    return see_other(request.href(SHARE, what=request.form.get("what", ""), did="revoked") + "#one-time")


def save_sites(request: SignedInRequest) -> Response:
    """POST /host/share/sites: the web sites that may embed a meeting type."""
    own = _own(request, request.form.get("what", ""))
    lines = [line.strip() for line in request.form.get("sites", "").splitlines() if line.strip()]
    try:
        sites = tuple(dict.fromkeys(read_origin(each) for each in lines[:_SITES_AT_MOST]))
    except ValueError:
        text = request.language.text("Write one address on each line, such as https://www.example.org.")
        return _page(request, problems=(Problem("sites", text),))
    if sites != own.meeting.embed_from:
        after = replace(own.meeting, embed_from=sites)
        try:
            meeting_types.save(request.rt, own.meeting, after, by=named(request.person), now=request.now)
        except MeetingTypeChanged:  # it was just changed
            return save_sites(request)
    return see_other(request.href(SHARE, what=own.meeting.slug, did="sites") + "#sites")


def picture(request: SignedInRequest) -> Response:
    """GET /host/share/{file}: the QR code, as qr.svg or qr.png. Raises NotFound."""
    kind = request.params["file"].removeprefix("qr.")
    if kind not in ("svg", "png"):
        raise NotFound("there is no such picture")
    host = meeting_types.host_of(request.rt, request.person.host_id)
    code, written = segno.make(_link(request, host, _chosen(request, host)), error="m"), BytesIO()
    code.save(written, kind=kind, scale=10, border=4)
    headers = {"Content-Disposition": f'attachment; filename="{host.slug}.{kind}"'}
    return Response(written.getvalue(), media_type="image/svg+xml" if kind == "svg" else "image/png", headers=headers)


def _own(request: SignedInRequest, slug: str) -> meeting_types.OwnMeeting:
    return meeting_types.own(request.rt, request.person.host_id, slug)


def _chosen(request: SignedInRequest, host: Host) -> MeetingType | None:
    """The chosen meeting type; None: the page with all of them."""
    slug = request.form.get("what") or request.query.get("what", "")
    return next((each for each in meeting_types.every(request.rt, host.id) if each.slug == slug), None)


def _base(request: SignedInRequest) -> str:
    return f"{(request.rt.settings.base_url or '').rstrip('/')}"


def _link(request: SignedInRequest, host: Host, meeting: MeetingType | None, **query: str) -> str:
    """The public address, in the chosen language."""
    lang = request.query.get("in", "")
    given = {**({"lang": lang} if lang in LANGUAGES else {}), **{k: v for k, v in query.items() if v}}
    path = f"/{host.slug}/{meeting.slug}" if meeting else f"/{host.slug}"
    return _base(request) + path + (f"?{urlencode(given)}" if given else "")


def _page(request: SignedInRequest, *, problems: tuple[Problem, ...] = ()) -> Response:
    host = meeting_types.host_of(request.rt, request.person.host_id)
    known, language = meeting_types.every(request.rt, host.id), request.language
    meeting = _chosen(request, host)
    if meeting is None and not {"what"} & {*request.query, *request.form} and known:
        meeting = known[0]
    name, email = (one_line(request.query.get(each, ""))[:200] for each in ("name", "email"))
    link = _link(request, host, meeting)
    links = one_time_links.listed(request.rt, host.id, now=request.now)
    chosen = {"what": meeting.slug if meeting else "all", "in": request.query.get("in", "")}
    view = ShareView(
        action=request.plain(SHARE),
        whats=(
            *(LocalizedEntry(each.slug, title(each, language), each.slug == chosen["what"]) for each in known),
            LocalizedEntry("all", LocalizedText(language.text("My page with all meeting types")), meeting is None),
        ),
        languages=(
            LocalizedEntry("", LocalizedText(language.text("The invitee’s")), not chosen["in"]),
            *(LocalizedEntry(each, LocalizedText(language_name(each)), each == chosen["in"]) for each in LANGUAGES),
        ),
        what=chosen["what"],
        lang=chosen["in"],
        link=link,
        signature=language.text("Book a time with me: {link}", link=link),
        name=name,
        email=email,
        filled=_link(request, host, meeting, name=name, email=email) if name or email else "",
        code=qr_svg(link, language.text("QR code of the link")),
        svg=request.href(f"{SHARE}/qr.svg", **chosen),
        png=request.href(f"{SHARE}/qr.png", **chosen),
        meeting=meeting is not None,
        openly=meeting is None or not meeting.one_time_only,
        one_time=tuple(_line(request, each) for each in links),
        make=request.href(f"{SHARE}/links"),
        revoke=request.href(f"{SHARE}/links/revoke"),
        made=_made(request, links),
        sites=request.form.get("sites", "\n".join(meeting.embed_from) if meeting else ""),
        sites_action=request.href(f"{SHARE}/sites"),
        snippet=_snippet(request, host, meeting) if meeting else "",
        problems=problems,
        done=_done(request.query.get("did", ""), language),
    )
    return page(request, "host/share.html", view, desk_frame(request), status=422 if problems else 200)


def _line(request: SignedInRequest, each: ListedLink) -> OneTimeLine:
    language, today = request.language, request.now.astimezone(request.person.zone).date()
    address, usable = _base(request) + each.path, each.state is LinkState.OPEN
    ends = language.instant(each.link.until, request.person.zone, today=today)
    parts = [
        title(each.meeting, language).text,
        language.text("for “{note}”", note=each.link.note) if each.link.note else "",
        language.text("ends {time}", time=ends) if usable else "",
    ]
    return OneTimeLine(
        id=str(each.link.id),
        address=address if usable else "",
        short=f"…{each.path.rpartition('/')[0]}/{each.path.rpartition('/')[2][:4]}…{each.path[-2:]}",
        about=" · ".join(part for part in parts if part),
        badge=_badge(each.state, language),
        open=usable,
    )


def _badge(state: LinkState, language: Language) -> Badge:
    match state:
        case LinkState.OPEN:
            return Badge(language.text("Not used"), "wait")
        case LinkState.USED:
            return Badge(language.text("Used"))
        case LinkState.OVER:
            return Badge(language.text("Over"), "over")
        case LinkState.REVOKED:
            return Badge(language.text("Taken back"), "over")


def _made(request: SignedInRequest, links: list[ListedLink]) -> str:
    """The address of the link that was just made."""
    made = request.query.get("made", "")
    return next((_base(request) + each.path for each in links if str(each.link.id) == made), "")


def _snippet(request: SignedInRequest, host: Host, meeting: MeetingType) -> str:
    link = _link(request, host, meeting)
    words = request.language.text("Book a time with {host}", host=host.name)
    return (
        f'<booking-embed src="{link}">\n<a href="{link}">{words}</a>\n</booking-embed>\n'
        f'<script async src="{_base(request)}/embed.js"></script>'
    )


def _done(did: str, language: Language) -> str:
    match did:
        case "revoked":
            return language.text("Taken back. The link no longer works; a booking already made with it stays.")
        case "sites":
            return language.text("Saved. Only these sites can show it.")
        case _:
            return ""
