"""A host's meeting types: the list with the next free times, and creating one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

from starlette.responses import Response

from ...actions.setup import meeting_types
from ...actions.setup.meeting_types import NameTaken
from ...actions.setup.names import free_name
from ...actions.times import prospects
from ...domain.audit import named
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import Approval, MeetingType
from ...domain.meeting_steps import Prospect
from ...language import Language
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_words import Badge, title
from .meeting_meaning import length_of, moment
from .meeting_values import read_values
from .meeting_view import place_words
from .meeting_words import MEETINGS, wrong


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting type in the list: what, where, the next free time, and its state."""

    title: LocalizedText
    href: str
    about: str
    next: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class MeetingsView:
    lines: tuple[MeetingLine, ...]
    new: str
    done: str


@dataclass(frozen=True, slots=True)
class Like:
    """A meeting type whose settings can be copied."""

    slug: str
    title: LocalizedText
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewView:
    back: str
    action: str
    title: str
    duration: str
    likes: tuple[Like, ...]
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]


def show(request: SignedInRequest) -> Response:
    """GET /host/meetings"""
    host = meeting_types.host_of(request.rt, request.person.host_id)
    found = prospects.of_host(request.rt, host.id, now=request.now)
    view = MeetingsView(
        lines=tuple(_line(request, host.slug, meeting, prospect) for meeting, prospect in found),
        new=request.href(f"{MEETINGS}/new"),
        done=request.language.text("Deleted.") if request.query.get("did") == "deleted" else "",
    )
    return page(request, "host/meetings.html", view, desk_frame(request))


def show_new(request: SignedInRequest) -> Response:
    """GET /host/meetings/new"""
    return _new_page(request, {"duration": "30", "like": request.query.get("like", "")})


def create(request: SignedInRequest) -> Response:
    """POST /host/meetings/new: title and length; everything else is copied from another one, or usual."""
    host = meeting_types.host_of(request.rt, request.person.host_id)
    known = meeting_types.every(request.rt, host.id)
    usual = meeting_types.usual(host, slug="new", title="new", duration=timedelta(minutes=30))
    like = next((each for each in known if each.slug == request.form.get("like")), usual)
    typed = {name: request.form.get(name, "") for name in ("title", "duration")}
    changed, bad = read_values(replace(like, title=""), typed, writer=host.language.partition("-")[0])
    if bad or not typed["title"].strip():
        return _new_page(
            request, request.form, frozenset({*bad} | ({"title"} if not typed["title"].strip() else set()))
        )
    rules = changed.rules if like is not usual else replace(changed.rules, increment=changed.rules.duration)
    slug = free_name(typed["title"], (each.slug for each in known), language=host.language)
    made = replace(changed, id=uuid4(), slug=slug, rules=rules)
    try:
        meeting_types.create(request.rt, host, made, by=named(request.person), now=request.now)
    except NameTaken:  # it was just taken: another name is free
        return create(request)
    return see_other(request.href(f"{MEETINGS}/{slug}", did="created"))


def _new_page(request: SignedInRequest, typed: Mapping[str, str], bad: Collection[str] = ()) -> Response:
    language = request.language
    host = meeting_types.host_of(request.rt, request.person.host_id)
    known = meeting_types.every(request.rt, host.id)
    sentences = {name: wrong(name, language) for name in ("title", "duration") if name in bad}
    view = NewView(
        back=request.href(MEETINGS),
        action=request.href(f"{MEETINGS}/new"),
        title=typed.get("title", ""),
        duration=typed.get("duration", ""),
        likes=tuple(
            Like(each.slug, worded(each.title, language.code, writer=host.language), each.slug == typed.get("like"))
            for each in known
        ),
        problems=tuple(Problem(name, text) for name, text in sentences.items()),
        wrong=sentences,
    )
    return page(request, "host/meeting_new.html", view, desk_frame(request), status=422 if bad else 200)


def _line(request: SignedInRequest, host: str, meeting: MeetingType, prospect: Prospect) -> MeetingLine:
    language = request.language
    about = (
        length_of(meeting.rules.duration, language),
        place_words(meeting, language),
        _becomes(meeting, request, language),
    )
    return MeetingLine(
        title=title(meeting, language),
        href=request.href(f"{MEETINGS}/{meeting.slug}"),
        about=" · ".join(about),
        next=f"/{host}/{meeting.slug} · {_next(request, meeting, prospect)}",
        badge=_badge(meeting, prospect, language),
    )


def _becomes(meeting: MeetingType, request: SignedInRequest, language: Language) -> str:
    """How a request becomes a booking."""
    by_mail = meeting.wants_doi(forced=request.organisation.doi_forced)
    if not by_mail:
        return (
            language.text("booked at once") if meeting.approval is Approval.NONE else language.text("approved by you")
        )
    match meeting.approval:
        case Approval.NONE:
            return language.text(
                "confirmed by email within {length}", length=length_of(meeting.hold_lifetime, language)
            )
        case Approval.BEFORE:
            return language.text("approved by you, then confirmed by email")
        case Approval.AFTER:
            return language.text("confirmed by email, then by you")


def _next(request: SignedInRequest, meeting: MeetingType, prospect: Prospect) -> str:
    language, zone, last_on = request.language, request.person.zone, meeting.rules.horizon.last_on
    if prospect.first is not None and meeting.active:
        return language.text(
            "next free {time}", time=moment(prospect.first.start, language, zone=zone, now=request.now)
        )
    if not meeting.active:
        return language.text("switched off")
    if prospect.closed:
        return language.text("no free time: a calendar can't be read, or none is connected")
    if last_on is not None and last_on < request.now.astimezone(zone).date():
        return language.text("no free time: the last date was {day}", day=language.full_date(last_on))
    return language.text("no free time")


def _badge(meeting: MeetingType, prospect: Prospect, language: Language) -> Badge:
    if not meeting.active:
        return Badge(language.text("Switched off"), "over")
    if prospect.first is None:
        return Badge(language.text("Offers nothing"), "wait")
    if meeting.one_time_only:
        return Badge(language.text("One-time links only"), "over")
    if not meeting.listed:
        return Badge(language.text("Hidden: link only"), "over")
    return Badge(language.text("Listed"))
