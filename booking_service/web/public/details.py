"""Who books: the details form, and holding the chosen time. Whatever is refused, what was typed is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.booking import address
from ...actions.booking import hold as hold_actions
from ...actions.booking.hold import HoldForm
from ...actions.times import public
from ...actions.times.offers import Offering, nearest, next_offered
from ...domain.booking import Booking, BookingState
from ...domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingError,
    CalendarUnverified,
    SlotTaken,
    StorageBusy,
    TooManyRequests,
)
from ...domain.interval import Interval
from ...domain.meeting import Place
from ...domain.people import Invitee
from ...domain.slots import NotOffered
from ...language import Language
from ..http import errors
from ..http.forms import Problem
from ..http.parsing import read_instant
from ..http.request import Asked
from ..http.responses import Step, page, see_other
from ..parts.slots import Choice, choice_of, slot_value
from ..parts.when import When, clock_of, when
from .before_booking import Promise, promise
from .details_fields import Field, fields_of
from .details_form import Details, new_form_key, read_details


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsView:
    """`alternatives`: other times to choose right here, where the chosen one can't be had. `notice`: why not, as title
    and sentence. `counted`: the heading over `problems`."""

    what: str
    when: When | None
    change: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    problems: tuple[Problem, ...]
    counted: str
    notice: tuple[str, str] | None
    alternatives: tuple[Choice, ...]
    privacy: str
    days_kept: int
    promise: Promise


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who fills in which form, in which language and zone."""

    asked: Asked
    found: Offering
    said: Language
    zone: ZoneInfo

    @property
    def base(self) -> str:
        return f"/{self.found.host.slug}/{self.found.meeting.slug}"

    @property
    def asks_by_mail(self) -> bool:
        return self.found.meeting.wants_doi(forced=self.found.organisation.doi_forced)

    @property
    def promise(self) -> Promise:
        host, meeting = self.found.host.name, self.found.meeting
        return promise(meeting, self.said, host=host, asks_by_mail=self.asks_by_mail)


def show_details(asked: Asked) -> Response:
    """GET …/details?start=: the empty form. Raises nothing for a time that is gone:
    other times are offered in place."""
    asked.look("slots_per_network")
    desk = _desk(asked)
    start = read_instant(asked.query.get("start", ""))
    if start is None:
        return _no_time(desk)
    try:
        public.must_be_on_offer(asked.rt, desk.found, start, now=asked.now)
    except BookingError as error:
        return _refused(desk, {}, error, start)
    return _form(desk, {}, start)


def show_again(asked: Asked) -> Response:
    """POST …/details: the form in another language, with everything typed so far. Changes nothing."""
    asked.look("slots_per_network")
    desk = _desk(asked)
    start = read_instant(asked.form.get("start", ""))
    return _form(desk, asked.form, start) if start else _no_time(desk)


def hold(asked: Asked) -> Response:
    """POST …/hold"""
    desk = _desk(asked)
    own = (desk.found.host.email, asked.rt.settings.smtp.sender)
    details = read_details(asked.form, desk.found.meeting, desk.said, own=own)
    if details.start is None:
        return _no_time(desk)
    if details.problems:
        return _form(desk, asked.form, details.start, problems=details.problems, status=422)
    try:
        booking = _held(desk, details, details.start)
    except (BookingError, StorageBusy) as error:
        return _refused(desk, asked.form, error, details.start)
    return see_other(asked.href(f"/b/{booking.public_id}"))


def _held(desk: _Desk, details: Details, start: datetime) -> Booking:
    asked = desk.asked
    invitee = Invitee(name=details.name, email=details.email, language=desk.said.code, zone=desk.zone.key)
    form = HoldForm(
        host=desk.found.host.slug, meeting=desk.found.meeting.slug, start=start, invitee=invitee,
        answers=details.answers, guests=details.guests, form_key=details.form_key, network=asked.network,
    )  # fmt: skip
    booking = hold_actions.hold_slot(asked.rt, form, now=asked.now)
    if booking.state is BookingState.HELD and booking.invitee.email != details.email:
        # They went back, mended the address and submitted the same form again: it is still the same hold.
        booking = address.correct_address(
            asked.rt, booking.public_id, details.email, network=asked.network, now=asked.now
        )  # fmt: skip
    return booking


def _refused(desk: _Desk, form: Mapping[str, str], error: BookingError | StorageBusy, start: datetime) -> Response:
    """The form once more, with why it was refused and, where another time may do, the nearest ones to choose."""
    asked, said = desk.asked, desk.said
    status, headers = errors.status_of(error), errors.retry(error, now=asked.now)
    title, text = errors.words(error, said, asked=asked, zone=desk.zone)
    match error:
        case AddressBlocked() | AddressUnusable():
            return _form(desk, form, start, problems=(Problem("email", f"{title}. {text}"),), status=status)
        case SlotTaken() | NotOffered():
            free = _nearest(desk, start)
            return _form(desk, form, start, notice=(title, text), free=free, taken=True, status=status)
        case TooManyRequests() | CalendarUnverified() | StorageBusy():
            return _form(desk, form, start, notice=(title, text), status=status, headers=headers)
        case _:
            raise error


def _form(
    desk: _Desk, form: Mapping[str, str], start: datetime, *, problems: tuple[Problem, ...] = (),
    notice: tuple[str, str] | None = None, free: tuple[Choice, ...] = (), taken: bool = False, status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    asked, said, found = desk.asked, desk.said, desk.found
    if asked.wants_json and status >= 400:
        return errors.as_problem(asked, status, said=said, notice=notice, problems=problems, headers=headers or {})
    here = asked.href(f"{desk.base}/details", start=slot_value(start), zone=desk.zone.key)
    view = _view(desk, form, start, problems=problems, notice=notice, free=free, taken=taken)
    return page(
        asked, "booking/details.html", view, said=said, organisation=found.organisation, brand=found.host.name,
        home=f"/{found.host.slug}", status=status, private=True, step=Step.DETAILS, headers=headers,
        asks_by_mail=desk.asks_by_mail, keeps=("details", asked.href(f"{desk.base}/details", lang="")),
        here=here if asked.method == "POST" else None,
    )  # fmt: skip


def _view(
    desk: _Desk, form: Mapping[str, str], start: datetime, *, problems: tuple[Problem, ...],
    notice: tuple[str, str] | None, free: tuple[Choice, ...], taken: bool,
) -> DetailsView:  # fmt: skip
    asked, said, found = desk.asked, desk.said, desk.found
    booked = Interval(start, start + found.meeting.rules.duration)
    return DetailsView(
        what=found.meeting.title,
        when=None if taken else when(booked, desk.zone, found.host, said),
        change=asked.href(desk.base, day=f"{start.astimezone(desk.zone):%Y-%m-%d}", zone=desk.zone.key),
        action=asked.href(f"{desk.base}/hold"),
        hidden=_hidden(desk, form, start, taken=taken),
        fields=fields_of(found.meeting, form, problems, said, hint=desk.promise.hint),
        problems=problems,
        counted=said.plural("{count} thing needs fixing", "{count} things need fixing", len(problems)),
        notice=notice,
        alternatives=free,
        privacy=asked.href("/privacy"),
        days_kept=asked.rt.settings.privacy.retain_days,
        promise=desk.promise,
    )


def _hidden(desk: _Desk, form: Mapping[str, str], start: datetime, *, taken: bool) -> tuple[tuple[str, str], ...]:
    key = form.get("form_key") or new_form_key()
    given = [("form_key", new_form_key() if taken else key), ("zone", desk.zone.key)]
    if not taken:
        given.append(("start", slot_value(start)))
    return (*given, ("lang", desk.said.code))


def _nearest(desk: _Desk, start: datetime) -> tuple[Choice, ...]:
    """The free times around the one that can't be had, the closest of them chosen already."""
    asked, zone, said = desk.asked, desk.zone, desk.said
    host, meeting = desk.found.host.slug, desk.found.meeting.slug
    last_on = desk.found.meeting.rules.horizon.ends_on(asked.now.date())
    wished = min(max(start, asked.now), datetime.combine(last_on, time(12), UTC))
    free = nearest(asked.rt, host, meeting, to=wished, now=asked.now)
    if not free:
        found = public.found(asked.rt, host, meeting, now=asked.now)
        soonest = next_offered(asked.rt, found, after=asked.now, now=asked.now)
        free = [soonest] if soonest else []
    closest = min(free, key=lambda slot: abs(slot.start - wished), default=None)
    return tuple(
        choice_of(
            slot.start, f"{said.short_day(slot.start.astimezone(zone).date())}, {clock_of(slot.start, zone)}",
            checked=slot == closest,
        )
        for slot in free
    )  # fmt: skip


def _no_time(desk: _Desk) -> Response:
    """422: no start, or none that can be read. The way on is the page of free times."""
    return errors.no_time(desk.asked, desk.said, desk.found)


def _desk(asked: Asked) -> _Desk:
    found = public.found(asked.rt, asked.params["host"], asked.params["meeting"], now=asked.now)
    said = asked.speak(found.organisation, host=found.host.language)
    fixed = found.meeting.place is Place.IN_PERSON
    return _Desk(asked, found, said, found.host.zone if fixed else asked.zone or found.host.zone)
