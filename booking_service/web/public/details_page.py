"""The details form: drawn, and turned into a hold, for pages and programs. A refused form keeps its input."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.access.link_opens import AGENT_LENGTH
from ...actions.booking import address, hold_budget
from ...actions.booking import hold as hold_actions
from ...actions.booking.hold import HoldForm
from ...actions.consent.ask_by_form import Tick, Ticks
from ...actions.consent.offers import OfferedConsent, offered
from ...actions.times.offers import Offering, find_offering, nearest_slots, next_slot
from ...domain import networks
from ...domain.booking import Booking, BookingState
from ...domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingError,
    CalendarUnverified,
    HeldOtherwise,
    NetworkBlocked,
    SlotTaken,
    StorageBusy,
    TooManyRequests,
)
from ...domain.interval import Interval
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import shown_zone
from ...domain.people import Invitee
from ...domain.slots import NotOffered
from ...domain.text import one_line
from ...language import Language
from ..http import errors, refusal_words
from ..http.forms import Problem, new_form_key
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..http.responses import Frame, KeptForm, Link, Step, page
from ..http.static import static_address
from ..parts.slots import SlotChoice, choice_of, slot_value
from ..parts.when import When, clock_of, when
from .before_booking import Promise, promise, used_for
from .details_fields import ConsentField, Field, consent_field, fields_of
from .details_form import SHOWN, Details, asked_of, kept_name, newly_asked, read_details, tick_name
from .offering import offering_of

SOLVER = "puzzle.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsView:
    """`back`: the address that finds the form's own hold. `more`: questions that the answers led to.

    `alternatives`: other times, if the chosen one is gone. `notice`: title and sentence of a refusal; `own`: the
    booking that this form made, "" for none. `counted`: the heading over `problems`. `puzzle`: where a browser learns
    whether to solve one, "" without a hold; `solver`: its script; `work_asked`: whether it must, as far as known.
    `used_for`: the use of the details.
    """

    what: LocalizedText
    when: When | None
    change: str
    action: str
    back: str
    hidden: tuple[tuple[str, str], ...]
    fields: tuple[Field | ConsentField, ...]
    problems: tuple[Problem, ...]
    more: tuple[Link, ...]
    counted: str
    notice: tuple[str, str] | None
    own: str
    alternatives: tuple[SlotChoice, ...]
    privacy: str
    used_for: str
    promise: Promise
    puzzle: str
    solver: str
    work_asked: bool


@dataclass(frozen=True)
class DetailsForm:
    """A form being filled in: request, offering, language and zone."""

    request: PageRequest
    offering: Offering
    language: Language
    zone: ZoneInfo

    @property
    def base(self) -> str:
        return f"/{self.offering.host.slug}/{self.offering.meeting.slug}"

    @property
    def asks_by_mail(self) -> bool:
        return self.offering.meeting.wants_doi(forced=self.offering.organisation.doi_forced)

    def used_for(self, *, keeps_answers: bool) -> str:
        days = self.offering.organisation.days_kept(self.request.rt.settings.privacy.retain_days)
        return used_for(self.language, days=days, asks_consents=bool(self.consents), keeps_answers=keeps_answers)

    @cached_property
    def consents(self) -> tuple[OfferedConsent, ...]:
        return offered(self.request.rt, self.offering.meeting, self.language.code)

    def boxes(self, form: Mapping[str, str], problems: tuple[Problem, ...] = ()) -> tuple[ConsentField, ...]:
        organisation = self.offering.organisation
        return tuple(consent_field(each, form, problems, self.language, organisation) for each in self.consents)

    @property
    def promise(self) -> Promise:
        host, meeting = self.offering.host.name, self.offering.meeting
        return promise(meeting, self.language, host=host, asks_by_mail=self.asks_by_mail)


def held_or_refused(request: PageRequest) -> Booking | Response:
    """The booking made by the form, or the response that refuses it.

    Programs get no second step: they are told what they left out, whatever they say they showed.
    """
    filled = filled_in(request)
    own = (filled.offering.host.email, request.rt.settings.smtp.sender)
    form = {name: value for name, value in request.form.items() if name != SHOWN or not request.wants_json}
    details = read_details(
        form,
        filled.offering.meeting,
        filled.language,
        writer=filled.offering.host.language,
        consents=filled.consents,
        own=own,
    )
    if details.start is None:
        return _without_choice(filled, details)
    if details.problems:
        return form_page(filled, request.form, details.start, problems=details.problems, status=422)
    if details.more:
        return form_page(filled, form, details.start)
    try:
        return _held(filled, details, details.start)
    except (BookingError, StorageBusy) as error:
        return refused_page(filled, request.form, error, details.start)


def _without_choice(filled: DetailsForm, details: Details) -> Response:
    """None of the offered alternatives was chosen: they are offered again."""
    near = read_instant(filled.request.form.get("near", ""))
    if near is None:
        return without_time(filled)
    problems = (Problem("start", filled.language.text("Choose a time")), *details.problems)
    free = nearest(filled, near)
    return form_page(filled, filled.request.form, near, problems=problems, free=free, taken=True, status=422)


def _held(filled: DetailsForm, details: Details, start: datetime) -> Booking:
    request = filled.request
    invitee = Invitee(name=details.name, email=details.email, language=filled.language.tag, zone=filled.zone.key)
    form = HoldForm(
        host=filled.offering.host.slug,
        meeting=filled.offering.meeting.slug,
        start=start,
        invitee=invitee,
        answers=details.answers,
        guests=details.guests,
        form_key=details.form_key,
        network=request.network,
        ticks=_ticks(filled, details),
        kept=details.kept if filled.asks_by_mail else (),
        told=_told(filled),
        one_time=request.one_time.token if request.one_time else "",
        work=request.form.get("work", ""),
    )
    booking = hold_actions.hold_slot(request.rt, form, now=request.now)
    if booking.state is BookingState.HELD and booking.invitee.email != details.email:
        # They went back, corrected the address and sent the form again: it is still the same hold.
        booking = address.correct_address(
            request.rt, booking.public_id, details.email, network=request.network, now=request.now
        )
    return booking


def _told(filled: DetailsForm) -> str:
    """What our form said about the data; "" for a program, which has a form of its own."""
    if filled.request.wants_json:
        return ""
    return filled.used_for(keeps_answers=any(name.startswith(kept_name("")) for name in filled.request.form))


def _ticks(filled: DetailsForm, details: Details) -> Ticks:
    request, shown = filled.request, {each.name: each for each in filled.boxes({})}
    return Ticks(
        boxes=tuple(
            Tick(each.purpose.slug, each.wording.hash, shown[tick_name(each.purpose.slug)].snapshot)
            for each in details.ticked
        ),
        page=f"{filled.base}/details",
        network=networks.on_record(request.network, request.rt.settings.privacy.consent_networks),
        agent=one_line(request.headers.get("user-agent", ""))[:AGENT_LENGTH],
        language=filled.language.code,
    )


def refused_page(
    filled: DetailsForm, form: Mapping[str, str], error: BookingError | StorageBusy, start: datetime
) -> Response:
    """The form again, with the refusal and, where useful, the nearest times."""
    request, language = filled.request, filled.language
    status, headers = errors.status_of(error), errors.retry(error, now=request.now)
    title, text = refusal_words.words(error, language, request=request, zone=filled.zone)
    match error:
        case AddressBlocked() | AddressUnusable():
            return form_page(filled, form, start, problems=(Problem("email", f"{title}. {text}"),), status=status)
        case HeldOtherwise(public_id=public_id):
            own = request.href(f"/b/{public_id}")
            return form_page(
                filled, form, start, notice=(title, f"{text} {_instead(error, language)}"), own=own, status=status
            )
        case SlotTaken() | NotOffered():
            free = nearest(filled, start)
            return form_page(filled, form, start, notice=(title, text), free=free, taken=True, status=status)
        case NetworkBlocked() if not request.wants_json:
            return form_page(filled, form, start, notice=(title, text), status=status)
        case TooManyRequests() | CalendarUnverified() | StorageBusy():
            return form_page(filled, form, start, notice=(title, text), status=status, headers=headers)
        case _:
            raise error


def _instead(error: HeldOtherwise, language: Language) -> str:
    if error.held:
        return language.text("To book with these details instead, release that time on its page first.")
    return language.text("To book with these details instead, cancel that booking first.")


def form_page(
    filled: DetailsForm,
    form: Mapping[str, str],
    start: datetime,
    *,
    problems: tuple[Problem, ...] = (),
    notice: tuple[str, str] | None = None,
    own: str = "",
    free: tuple[SlotChoice, ...] = (),
    taken: bool = False,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    request, language, offering = filled.request, filled.language, filled.offering
    if request.wants_json and status >= 400:
        return errors.as_problem(
            request, status, language=language, notice=notice, problems=problems, headers=headers or {}
        )
    here = _here(filled, start)
    view = _view(filled, form, start, problems=problems, notice=notice, own=own, free=free, taken=taken)
    frame = replace(
        Frame.of_host(offering.host, offering.organisation, language, private=True),
        step=Step.DETAILS,
        asks_by_mail=filled.asks_by_mail,
        restorable=request.method != "POST",  # it contains no input yet
        keeps=_kept(filled),
        here=here if request.method == "POST" else None,
    )
    return page(request, "public/details.html", view, frame, status=status, headers=headers)


def _kept(filled: DetailsForm) -> KeptForm:
    address = filled.request.href(f"{filled.base}/details", lang="")
    return KeptForm(id="details", address=address, main_act=filled.promise.button)


def _view(
    filled: DetailsForm,
    form: Mapping[str, str],
    start: datetime,
    *,
    problems: tuple[Problem, ...],
    notice: tuple[str, str] | None,
    own: str,
    free: tuple[SlotChoice, ...],
    taken: bool,
) -> DetailsView:
    request, language, offering = filled.request, filled.language, filled.offering
    booked = Interval(start, start + offering.meeting.rules.duration)
    hidden = _hidden(filled, form, start, taken=taken)
    fields = fields_of(
        offering.meeting,
        form,
        problems,
        language,
        writer=offering.host.language,
        consents=filled.boxes(form, problems),
        hint=filled.promise.hint,
        keeps=filled.asks_by_mail,
    )
    return DetailsView(
        what=worded(offering.meeting.title, language.code, writer=offering.host.language),
        when=None if taken else when(booked, filled.zone, offering.host, language),
        change=request.href(f"{filled.base}/times"),
        action=request.href(f"{filled.base}/hold"),
        back="" if taken else _here(filled, start, form_key=dict(hidden)["form_key"]),
        hidden=hidden,
        fields=fields,
        problems=problems,
        more=_more(filled, form),
        counted=language.plural("{count} thing needs fixing", "{count} things need fixing", len(problems)),
        notice=notice,
        own=own,
        alternatives=free,
        privacy=request.href("/privacy"),
        used_for=filled.used_for(keeps_answers=any(isinstance(each, Field) and each.keeps for each in fields)),
        promise=filled.promise,
        puzzle=request.plain(f"{filled.base}/puzzle") if offering.keeps_times else "",
        solver=static_address(request.rt.settings.root_path, SOLVER),
        work_asked=not taken and hold_budget.asks_for_work(request.rt, offering, start, now=request.now),
    )


def _here(filled: DetailsForm, start: datetime, *, form_key: str = "") -> str:
    return filled.request.href(
        f"{filled.base}/details", start=slot_value(start), zone=filled.zone.key, form_key=form_key
    )


def _hidden(
    filled: DetailsForm, form: Mapping[str, str], start: datetime, *, taken: bool
) -> tuple[tuple[str, str], ...]:
    key = form.get("form_key") or new_form_key()
    given = [("form_key", new_form_key() if taken else key), ("zone", filled.zone.key)]
    given.append(("near" if taken else "start", slot_value(start)))
    return (*given, *_shown(filled, form), ("lang", filled.language.code))


def _shown(filled: DetailsForm, form: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Hidden fields with the questions that the form shows, where that depends on answers."""
    meeting = filled.offering.meeting
    if all(each.only_after is None for each in meeting.questions):
        return ()
    keys = (each.key for each in asked_of(form, meeting, writer=filled.offering.host.language))
    return ((SHOWN, " ".join(keys)),)


def _more(filled: DetailsForm, form: Mapping[str, str]) -> tuple[Link, ...]:
    """The questions that the last answers led to, with links."""
    writer = filled.offering.host.language
    return tuple(
        Link(worded(each.label, filled.language.code, writer=writer).text, f"#answer-{each.key}")
        for each in newly_asked(form, filled.offering.meeting, writer=writer)
    )


def nearest(filled: DetailsForm, start: datetime) -> tuple[SlotChoice, ...]:
    """The free times around the one that is gone; none is preselected, so that the choice is deliberate."""
    request, zone, language = filled.request, filled.zone, filled.language
    host, meeting = filled.offering.host.slug, filled.offering.meeting.slug
    last_on = filled.offering.meeting.rules.horizon.ends_on(request.now.date())
    wished = min(max(start, request.now), datetime.combine(last_on, time(12), UTC))
    free = nearest_slots(request.rt, host, meeting, to=wished, now=request.now)
    if not free:
        offering = find_offering(request.rt, host, meeting, now=request.now)
        soonest = next_slot(request.rt, offering, after=request.now, now=request.now)
        free = [soonest] if soonest else []
    return tuple(
        choice_of(
            slot.start,
            f"{language.short_day(slot.start.astimezone(zone).date())}, {clock_of(slot.start, zone, language)}",
        )
        for slot in free
    )


def without_time(filled: DetailsForm) -> Response:
    """422: no readable start. The link leads to the free times."""
    return errors.no_time(filled.request, filled.language, filled.offering)


def filled_in(request: PageRequest) -> DetailsForm:
    offering = offering_of(request)
    language = request.choose_language(offering.organisation, host=offering.host.language)
    zone = shown_zone(offering.meeting, offering.host.zone, chosen=request.zone)
    return DetailsForm(request, offering, language, zone)
