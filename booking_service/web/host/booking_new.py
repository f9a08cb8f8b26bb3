"""Booking for somebody who called: time, name, address, held or confirmed."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from ...actions.booking import book_for, lists
from ...actions.booking.book_for import Call
from ...actions.setup import meeting_types
from ...domain.booking import BookingState
from ...domain.errors import BookingError, NotFound, StorageBusy
from ...domain.localized_text import LocalizedText
from ...domain.meeting import MeetingType
from ...domain.people import Invitee
from ...domain.questions import Question
from ...domain.text import NAME_LENGTH, one_line
from ...language import Language
from ..http import errors, refusal_words
from ..http.forms import REASON_LENGTH, Problem, Reading, too_long
from ..http.mail_address import read_address
from ..http.parsing import read_instant
from ..http.request import languages_of
from ..http.responses import Link, language_name, page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.menus import LocalizedEntry
from ..public.details_fields import Field, question_fields
from ..public.details_form import read_answers
from .booking_reason import reason_of
from .booking_words import title
from .time_choice import TimeChoice, time_choice

NEW = "/host/bookings/new"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewView:
    """`beyond`: includes times beyond notice and limits. `forced`: only the invitee can confirm. `typed`: the input.

    `questions`: of the meeting type, asked so far; `shown`: their keys; `more`: those that the answers just led to.
    `problems`: by field. `notice`: why the whole was refused.
    """

    types: tuple[LocalizedEntry, ...]
    type: str
    beyond: bool
    times: TimeChoice | None
    languages: tuple[LocalizedEntry, ...]
    typed: dict[str, str]
    questions: tuple[Field, ...]
    shown: str
    more: tuple[Link, ...]
    forced: bool
    key: str
    problems: dict[str, str]
    notice: str
    find: str
    action: str
    back: str


def ask(request: SignedInRequest) -> Response:
    """GET /host/bookings/new?type=&day=&beyond="""
    return _page(request, lists.meetings_of(request.rt, request.host_id))


def book(request: SignedInRequest) -> Response:
    """POST /host/bookings/new: a refused form keeps its input."""
    kinds = lists.meetings_of(request.rt, request.host_id)
    reading, asking = Reading(request.language), _asking(request, kinds)
    answers, more = asking.read(request.form, reading)
    call = _read(request, reading, answers)
    if call is None:
        return _page(request, kinds, problems=reading.problems, status=422)
    if more:
        return _page(request, kinds, more=more)
    try:
        booking = book_for.book_for(request.rt, request.host_id, call, now=request.now)
    except NotFound:
        raise
    except (BookingError, StorageBusy) as error:
        sentence = " ".join(refusal_words.words(error, request.language, request=request, zone=request.person.zone))
        return _page(request, kinds, notice=sentence, status=errors.status_of(error))
    return see_other(request.href(f"/host/bookings/{booking.id}", did="booked"))


@dataclass(frozen=True, slots=True)
class _Asking:
    """The questions as the host answers them for somebody else: none is required. `writer`: the host's language."""

    meeting: MeetingType | None
    writer: str

    def read(
        self, form: Mapping[str, str], reading: Reading
    ) -> tuple[tuple[tuple[str, str], ...], tuple[Question, ...]]:
        return read_answers(form, self.meeting, reading, writer=self.writer) if self.meeting else ((), ())

    def fields(self, form: Mapping[str, str], wrong: Mapping[str, str], language: Language) -> Mapping[str, Field]:
        """The fields by question key; sensitive ones say that they are sealed."""
        if self.meeting is None:
            return {}
        sealed = language.text("Sensitive: it is sealed, and appears in no email and no calendar.")
        found = question_fields(self.meeting, form, wrong, language, writer=self.writer)
        hidden = self.meeting.sensitive_keys
        return {key: replace(each, hint=sealed) if key in hidden else each for key, each in found.items()}


def _asking(request: SignedInRequest, kinds: Sequence[MeetingType]) -> _Asking:
    kind = _chosen(request, kinds)
    if kind is None or not kind.questions:
        return _Asking(None, "")
    asked = tuple(replace(each, required=False) for each in kind.questions)
    writer = meeting_types.host_of(request.rt, request.host_id).language
    return _Asking(replace(kind, questions=asked), writer)


def _chosen(request: SignedInRequest, kinds: Sequence[MeetingType]) -> MeetingType | None:
    """The meeting type in the form or address, else the first active one."""
    wanted = {**request.query, **request.form}.get("type")
    open_kinds = [each for each in kinds if each.active]
    return next((each for each in open_kinds if each.slug == wanted), next(iter(open_kinds), None))


def _read(request: SignedInRequest, reading: Reading, answers: tuple[tuple[str, str], ...]) -> Call | None:
    """The parsed form; None where something is wrong with it."""
    form, language = request.form, request.language
    start, name, reason = read_instant(form.get("start", "")), one_line(form.get("name", "")), reason_of(request)
    outcome = BookingState.CONFIRMED if form.get("outcome") == BookingState.CONFIRMED else BookingState.HELD
    if start is None:
        reading.wrong("start", language.text("Choose one of the times."))
    if not name:
        reading.wrong("name", language.text("Enter the person’s name"))
    elif len(name) > NAME_LENGTH:
        reading.wrong("name", too_long(language, NAME_LENGTH, len(name)))
    email = read_address(form.get("email", ""), "email", reading)
    if len(reason) > REASON_LENGTH:
        reading.wrong("reason", too_long(language, REASON_LENGTH, len(reason)))
    elif outcome is BookingState.CONFIRMED and not reason:
        reading.wrong("reason", language.text("Say how you know that the invitee wants this time, in a few words."))
    if start is None or reading.problems:
        return None
    spoken = form.get("language", "")
    return Call(
        meeting=form.get("type", "")[:100],
        start=start,
        invitee=Invitee(
            name=name,
            email=email,
            language=spoken if spoken in languages_of(request.rt, request.organisation) else language.code,
            zone=request.person.zone.key,
        ),
        outcome=outcome,
        reason=reason,
        beyond=form.get("beyond") == "y",
        answers=answers,
        form_key=form.get("form_key", "")[:64],
    )


def _page(
    request: SignedInRequest,
    kinds: Sequence[MeetingType],
    *,
    problems: Sequence[Problem] = (),
    more: Sequence[Question] = (),
    notice: str = "",
    status: int = 200,
) -> Response:
    given = {**request.query, **request.form}
    open_kinds = [each for each in kinds if each.active]
    kind = _chosen(request, kinds)
    wrong = {each.field: each.text for each in problems}
    fields = _asking(request, kinds).fields(request.form, wrong, request.language)
    beyond, language = given.get("beyond") == "y", request.language
    spoken = given.get("language", language.code)
    view = NewView(
        types=tuple(LocalizedEntry(each.slug, title(each, language), each is kind) for each in open_kinds),
        type=kind.slug if kind else "",
        beyond=beyond,
        times=_times(request, kind, beyond=beyond) if kind else None,
        languages=tuple(
            LocalizedEntry(code, LocalizedText(language_name(code)), code == spoken)
            for code in languages_of(request.rt, request.organisation)
        ),
        typed={name: given.get(name, "")[:1000] for name in ("name", "email", "outcome", "reason", "day")},
        questions=tuple(fields.values()),
        shown=" ".join(fields),
        more=tuple(
            Link(fields[each.key].label.text, f"#{fields[each.key].name}") for each in more if each.key in fields
        ),
        forced=request.organisation.doi_forced,
        key=given.get("form_key", "")[:64] or secrets.token_urlsafe(16),
        problems=wrong,
        notice=notice,
        find=request.plain(NEW),
        action=request.href(NEW),
        back=request.href("/host/bookings"),
    )
    return page(request, "host/booking_new.html", view, desk_frame(request), status=status)


def _times(request: SignedInRequest, kind: MeetingType, *, beyond: bool) -> TimeChoice:
    return time_choice(
        request,
        NEW,
        lambda window: book_for.times_for(
            request.rt, request.host_id, kind.slug, window, beyond=beyond, now=request.now
        ),
        otherwise=request.now.astimezone(request.person.zone).date(),
        chosen=read_instant(request.form.get("start", "")),
        type=kind.slug,
        beyond="y" if beyond else "",
    )
