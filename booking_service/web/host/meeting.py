"""One meeting type: its settings in one form, conflicts between two tabs, and deletion."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from starlette.responses import Response

from ...actions.booking.change import cancel_by_host
from ...actions.consent.find import purposes_for
from ...actions.setup import meeting_types, policies
from ...actions.setup.meeting_types import MeetingTypeChanged, NameTaken, OwnMeeting
from ...actions.setup.names import check_meeting_name
from ...actions.times import prospects
from ...domain.audit import named
from ...domain.form_order import moved
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import MeetingType
from ...domain.meeting_steps import meaning
from ...language import Language
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.setting_fields import FieldView
from .booking_words import title
from .meeting_meaning import moment, sentences
from .meeting_values import as_compared, read_values, values_of
from .meeting_view import (
    Drawn,
    FoldView,
    calendar_choices,
    chosen_words,
    folds,
    open_fields,
    place_words,
    wrong_words,
)
from .meeting_words import MEETINGS, label

SEEN, USE = "as-seen", "use"


@dataclass(frozen=True, slots=True)
class Preview:
    """How a shared link to it is previewed."""

    site: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """`seen`: the values that the form was filled from. `order`: where items of the form are moved. `means`: the
    meaning."""

    back: str
    title: LocalizedText
    public: str
    action: str
    order: str
    seen: str
    fields: tuple[FieldView, ...]
    folds: tuple[FoldView, ...]
    problems: tuple[Problem, ...]
    counted: str
    done: str
    means: tuple[str, ...]
    preview: Preview
    add_question: str
    add_consent: str
    delete: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that differs between two windows: what was typed here, and what is stored."""

    name: str
    label: str
    mine: str
    theirs: str
    keep_mine: bool
    mine_hint: str
    theirs_hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    title: LocalizedText
    action: str
    seen: str
    hidden: tuple[tuple[str, str], ...]
    differences: tuple[Difference, ...]
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteView:
    """`coming`, `held`: numbers of bookings concerned, in words; "" for none."""

    title: str
    action: str
    back: str
    coming: str
    cancel_all: str
    held: str
    chosen: str
    error: str


def show(request: SignedInRequest) -> Response:
    """GET /host/meetings/{slug}"""
    own = _own(request)
    return _page(request, own, values_of(own.meeting, writer=_writer(own)))


def save(request: SignedInRequest) -> Response:
    """POST /host/meetings/{slug}: all or nothing. With `act=show` only the meaning is shown."""
    own = _own(request)
    typed, seen = _typed(request, own)
    standing = values_of(own.meeting, writer=_writer(own))
    after, wrong = read_values(own.meeting, typed, writer=_writer(own))
    after, wrong = _with_slug(own.meeting, after, typed, wrong)
    if after.calendar not in ("", own.meeting.calendar, *(url for url, _ in own.calendars)):
        wrong |= {"calendar"}
    sentences_of_wrong = wrong_words(wrong, request.language)
    if wrong or request.form.get("act") == "show":
        return _page(request, own, typed, sentences_of_wrong, draft=after, status=422 if wrong else 200)
    if _clean(seen) != standing:
        return _conflict(request, own, typed, seen)
    try:
        meeting_types.save(request.rt, own.meeting, after, by=named(request.person), now=request.now)
    except MeetingTypeChanged:
        return save(request)
    except NameTaken:
        taken = {"slug": request.language.text("Another of your meeting types already has this address.")}
        return _page(request, own, typed, taken, draft=own.meeting, status=422)
    return see_other(request.href(f"{MEETINGS}/{after.slug}", did="saved"))


def move_item(request: SignedInRequest) -> Response:
    """POST …/order: move one question or consent block, at once; other input stays in the form."""
    own = _own(request)
    typed, _ = _typed(request, own)
    for by, name in ((-1, "up"), (1, "down")):
        at = request.form.get(name, "")
        if at.isascii() and at.isdigit():
            after = moved(own.meeting, int(at), by)
            if after != own.meeting:
                with suppress(MeetingTypeChanged):  # it was just changed: the page shows the present order
                    meeting_types.save(request.rt, own.meeting, after, by=named(request.person), now=request.now)
    own = _own(request)
    return _page(request, own, typed, open_fold="questions")


def ask_to_delete(request: SignedInRequest) -> Response:
    """GET …/delete"""
    return _delete_page(request, _own(request))


def delete(request: SignedInRequest) -> Response:
    """POST …/delete: holds end; bookings are kept or cancelled, as chosen."""
    own = _own(request)
    live = meeting_types.live_bookings(request.rt, own.meeting, now=request.now)
    what = request.form.get("what", "")
    if live.coming and what not in ("keep", "cancel"):
        return _delete_page(request, own, error=request.language.text("Choose what happens to the bookings."))
    meeting_types.delete(request.rt, own.meeting, by=named(request.person), now=request.now)
    for each in (*live.held, *(live.coming if what == "cancel" else ())):
        cancel_by_host(request.rt, each.id, reason="", now=request.now)
    return see_other(request.href(MEETINGS, did="deleted"))


def _own(request: SignedInRequest) -> OwnMeeting:
    return meeting_types.own(request.rt, request.person.host_id, request.params["slug"])


def _writer(own: OwnMeeting) -> str:
    return own.host.language.partition("-")[0]


def _typed(request: SignedInRequest, own: OwnMeeting) -> tuple[dict[str, str], dict[str, str]]:
    """The input, with the choices between two windows applied, and what the form was filled from."""
    names = {*values_of(own.meeting, writer=_writer(own))} | {"slug"}
    seen = _read_seen(request.form.get(SEEN, "")) or {**values_of(own.meeting, writer=_writer(own))}
    typed = {
        name: seen.get(name, "") if request.form.get(f"{USE}.{name}") == "theirs" else request.form[name]
        for name in names
        if name in request.form
    }
    return {**values_of(own.meeting, writer=_writer(own)), "slug": own.meeting.slug, **typed}, seen


def _read_seen(text: str) -> dict[str, str]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in read.items()} if isinstance(read, dict) else {}


def _clean(seen: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in seen.items() if name != "slug"}


def _with_slug(
    before: MeetingType, after: MeetingType, typed: Mapping[str, str], wrong: frozenset[str]
) -> tuple[MeetingType, frozenset[str]]:
    slug = typed["slug"].strip()
    if slug == before.slug:
        return after, wrong
    try:
        return replace(after, slug=check_meeting_name(slug)), wrong
    except ValueError:
        return after, wrong | {"slug"}


def _page(
    request: SignedInRequest,
    own: OwnMeeting,
    typed: Mapping[str, str],
    wrong: Mapping[str, str] = MappingProxyType({}),
    *,
    draft: MeetingType | None = None,
    open_fold: str = "",
    status: int = 200,
) -> Response:
    """The form with the input; its meaning is that of the `draft`, or of the stored one."""
    language, base = request.language, f"{MEETINGS}/{own.meeting.slug}"
    draft = draft or own.meeting
    drawn = Drawn(
        own=own,
        draft=draft,
        values={"slug": own.meeting.slug, **typed},
        wrong=wrong,
        organisation=request.organisation,
        language=language,
        calendar=_calendar_of(own, draft),
        base=base,
        purposes=dict(purposes_for(request.rt, language.code)),
        doi_reason=policies.reason_for(request.rt, "organisation.doi_forced")
        if request.organisation.doi_forced
        else "",
    )
    view = MeetingView(
        back=request.href(MEETINGS),
        title=title(own.meeting, language),
        public=request.href(f"/{own.host.slug}/{own.meeting.slug}"),
        action=request.href(base),
        order=request.href(f"{base}/order"),
        seen=json.dumps(values_of(own.meeting, writer=drawn.writer), sort_keys=True),
        fields=open_fields(drawn),
        folds=folds(drawn, open_fold=open_fold),
        problems=tuple(Problem(name, f"{label(name, language)}: {text}") for name, text in wrong.items()),
        counted=language.plural(
            "Nothing is saved yet: {count} thing needs a correction",
            "Nothing is saved yet: {count} things need a correction",
            len(wrong),
        ),
        done=_done(request, own),
        means=_means(request, own, draft),
        preview=_preview(request, own, draft),
        add_question=request.href(f"{base}/questions/new"),
        add_consent=request.href(f"{base}/questions/consent"),
        delete=request.href(f"{base}/delete"),
    )
    return page(request, "host/meeting.html", view, desk_frame(request), status=status)


def _means(request: SignedInRequest, own: OwnMeeting, draft: MeetingType) -> tuple[str, ...]:
    found = prospects.prospect(request.rt, own.host, own.meeting, draft, now=request.now)
    statements = meaning(draft, found, doi_forced=request.organisation.doi_forced, now=request.now)
    return sentences(
        statements, request.language, zone=own.host.zone, calendar=_calendar_of(own, draft), now=request.now
    )


def _preview(request: SignedInRequest, own: OwnMeeting, draft: MeetingType) -> Preview:
    language, writer = request.language, own.host.language
    about = worded(draft.description, language.code, writer=writer).text
    facts = f"{language.duration(draft.rules.duration)}, {place_words(draft, language)}."
    name = language.text(
        "{title} with {host}", title=worded(draft.title, language.code, writer=writer).text, host=own.host.name
    )
    return Preview((request.rt.settings.base_url or "").partition("://")[2], name, f"{about} {facts}".strip())


def _done(request: SignedInRequest, own: OwnMeeting) -> str:
    """What was just saved, and the consequence for invitees."""
    language = request.language
    if request.query.get("did") not in ("saved", "created") or request.method == "POST":
        return ""
    found = prospects.prospect(request.rt, own.host, own.meeting, own.meeting, now=request.now)
    if found.first is None or not own.meeting.active:
        return language.text("Saved. It has no free time to offer at the moment.")
    first = moment(found.first.start, language, zone=own.host.zone, now=request.now)
    return language.text("Saved. The first free time is {time}.", time=first)


def _conflict(request: SignedInRequest, own: OwnMeeting, typed: Mapping[str, str], seen: Mapping[str, str]) -> Response:
    """409: the differences, line by line. What only one of the two changed is preselected; nothing is lost."""
    language, writer = request.language, _writer(own)
    theirs = values_of(own.meeting, writer=writer)
    mine = as_compared(typed, own.meeting, writer=writer)
    differing = [name for name in theirs if mine.get(name, theirs[name]) != theirs[name]]
    base = f"{MEETINGS}/{own.meeting.slug}"
    view = ConflictView(
        title=title(own.meeting, language),
        action=request.href(base),
        seen=json.dumps(theirs, sort_keys=True),
        hidden=tuple((name, text) for name, text in {**mine, "slug": typed["slug"]}.items()),
        differences=tuple(
            Difference(
                name=name,
                label=label(name, language),
                mine=_in_words(own, name, mine[name], language),
                theirs=_in_words(own, name, theirs[name], language),
                keep_mine=mine[name] != seen.get(name),
                mine_hint=language.text("What you typed now")
                if mine[name] != seen.get(name)
                else language.text("As you had it"),
                theirs_hint=language.text("Saved there")
                if theirs[name] != seen.get(name)
                else language.text("Unchanged there"),
            )
            for name in differing
        ),
        back=request.href(base),
    )
    return page(request, "host/meeting_conflict.html", view, desk_frame(request), status=409)


def _in_words(own: OwnMeeting, name: str, value: str, language: Language) -> str:
    if name == "calendar":
        return {each: text for each, text, _ in calendar_choices(own, language)}.get(value, value)
    return chosen_words(name, value, language)


def _calendar_of(own: OwnMeeting, draft: MeetingType) -> str:
    """The name of the calendar for the draft's events."""
    return dict(own.calendars).get(draft.calendar, own.target)


def _delete_page(request: SignedInRequest, own: OwnMeeting, *, error: str = "") -> Response:
    language, base = request.language, f"{MEETINGS}/{own.meeting.slug}"
    live = meeting_types.live_bookings(request.rt, own.meeting, now=request.now)
    coming, held = len(live.coming), len(live.held)
    view = DeleteView(
        title=title(own.meeting, language).text,
        action=request.href(f"{base}/delete"),
        back=request.href(base),
        coming=language.plural("{count} booking is still to come", "{count} bookings are still to come", coming)
        if coming
        else "",
        cancel_all=language.plural("Cancel it", "Cancel all {count}", coming) if coming else "",
        held=language.plural(
            "{count} hold ends in any case; its invitee is told.",
            "{count} holds end in any case; their invitees are told.",
            held,
        )
        if held
        else "",
        chosen=request.form.get("what", "") if request.method == "POST" else "",
        error=error,
    )
    return page(request, "host/meeting_delete.html", view, desk_frame(request), status=422 if error else 200)
