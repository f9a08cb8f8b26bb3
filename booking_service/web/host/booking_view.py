"""Drawing one booking for its host: state, acts, facts, and timeline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.booking import find, show
from ...actions.booking.find import MANY, Whole
from ...domain.availability import zone_kept
from ...domain.booking import Booking, BookingState, Party
from ...domain.booking_filter import Which
from ...domain.errors import ShownBefore
from ...domain.localized_text import LocalizedText, worded
from ...domain.questions import Answered, answered
from ...domain.reservation import Reservation
from ...domain.timeline import Happened
from ...language import Language, zone_label
from ..http.forms import new_form_key
from ..http.responses import page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_acts import ActButton, acts, may_correct
from .booking_delivery import Undelivered, undelivered
from .booking_result import done
from .booking_sentence import sentence
from .booking_timeline import TimelineLine, lines
from .booking_words import Badge, badge, people, place, short_instant, title

_SAFE_LINKS = ("https://", "http://", "tel:")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why something was not done; `field`: the one concerned, if any."""

    title: str
    text: str
    field: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the facts. `settings`: where it is set up."""

    name: str
    text: LocalizedText
    hint: str = ""
    href: str = ""
    settings: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`hidden`: possibly sensitive, and not revealed; the text is its readable part."""

    question: LocalizedText
    text: str
    hidden: bool
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView:
    """`correct`: where the address can be corrected; "" where it can't. `reveal`: where hidden answers are revealed.

    Once by each `press`; `withheld`: why not yet; `revealed`: they are shown now; `before`: this press showed them
    before. `beside`: other appointments at this time.
    """

    back: str
    title: str
    badge: Badge
    sentence: str
    acts: tuple[ActButton, ...]
    done: str
    wrong: Wrong | None
    beside: tuple[str, ...]
    undelivered: Undelivered | None
    facts: tuple[Fact, ...]
    answers: tuple[Answer, ...]
    reveal: str
    withheld: str
    press: str
    revealed: bool
    before: str
    correct: str
    address: str
    line: tuple[TimelineLine, ...]
    todo: str


def own(request: SignedInRequest) -> Booking:
    """The booking in the address. Raises NotFound: none, or another host's."""
    return find.own(request.rt, request.person.host_id, request.params["id"])


def booking_page(
    request: SignedInRequest,
    booking: Booking,
    *,
    revealed: Mapping[str, str | None] | None = None,
    shown_before: ShownBefore | None = None,
    wrong: Wrong | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page of a booking already known to be this host's. `revealed`: its sealed answers in clear."""
    found, language, zone = (
        find.whole(request.rt, booking.id, language=request.language.code),
        request.language,
        request.person.zone,
    )
    latest, meeting = found.line.booking, found.line.meeting
    answers = _answers(found, language, revealed=revealed)
    base, hidden = f"/host/bookings/{booking.id}", any(each.hidden for each in answers)
    view = BookingView(
        back=request.href("/host/bookings"),
        title=people(latest, language),
        badge=badge(latest, meeting, language, zone=zone, now=request.now, undelivered=found.delivery.failed),
        sentence=sentence(latest, meeting, language, zone=zone, now=request.now),
        acts=acts(request, latest, meeting),
        done=done(request, request.query.get("did", ""), latest),
        wrong=wrong,
        beside=_beside(request, latest),
        undelivered=undelivered(latest, found.delivery, language, now=request.now),
        facts=_facts(request, found),
        answers=answers,
        reveal=request.href(f"{base}/answers") if hidden and not latest.unproven else "",
        withheld=language.text("Shown in full once the invitee has confirmed by the mailed link.")
        if hidden and latest.unproven
        else "",
        press=new_form_key(),
        revealed=revealed is not None,
        before=language.text(
            "It was shown by this press on {time}. To see it again, press again.",
            time=language.instant(shown_before.at, zone),
        )
        if shown_before
        else "",
        correct=request.href(f"{base}/address") if may_correct(latest, now=request.now) else "",
        address=wrong.typed if wrong and wrong.typed else latest.invitee.email,
        line=lines(found, language, zone=zone),
        todo=_todo(request, latest),
    )
    return page(request, "host/booking.html", view, desk_frame(request), status=status, headers=headers)


def _beside(request: SignedInRequest, booking: Booking) -> tuple[str, ...]:
    if not booking.conflicted or not booking.live or booking.time.end <= request.now:
        return ()
    language, zone = request.language, request.person.zone
    return tuple(
        f"{language.span(each.time.start, each.time.end, zone)}: "
        + (each.name or language.text("an event in your calendar “{calendar}”", calendar=each.calendar))
        for each in show.beside(request.rt, booking, now=request.now)
    )


def _facts(request: SignedInRequest, found: Whole) -> tuple[Fact, ...]:
    language, zone, booking, meeting = request.language, request.person.zone, found.line.booking, found.line.meeting
    where, email = place(meeting, language), booking.invitee.email
    facts = (
        Fact(
            language.text("What"),
            title(meeting, language),
            settings=request.href(f"/host/meetings/{meeting.slug}") if found.has_settings else "",
        ),
        _plain(
            language.text("When"),
            language.when(booking.time.start, booking.time.end, zone),
            hint=_zones(request, found),
        ),
        _plain(language.text("Where"), where, href=where if where.lower().startswith(_SAFE_LINKS) else meeting.dialled),
        _plain(language.text("Email"), email, hint=_proof(request, found), href=f"mailto:{email}"),
        _others(request, found),
        _plain(language.text("Guests"), " · ".join(booking.guests)),
        *_events(found, language),
        _plain(language.text("Reference"), str(booking.id)[:8]),
    )
    return tuple(each for each in facts if each.text.text)


def _others(request: SignedInRequest, found: Whole) -> Fact:
    """How many other bookings the person made, and where they are listed."""
    language, count = request.language, found.others
    told = language.plural("{count} other booking", "{count} other bookings", count) if count else ""
    if count >= MANY:
        told = language.text("More than {count} bookings", count=MANY)
    listed = request.href("/host/bookings", state=Which.ALL, q=found.line.booking.invitee.email)
    return _plain(language.text("By this person"), told, href=listed)


def _events(found: Whole, language: Language) -> tuple[Fact, ...]:
    """Its events in the host's calendars."""
    booked = found.line.booking.state is BookingState.CONFIRMED
    return tuple(
        _plain(
            language.text("In your calendar"),
            language.text("“{calendar}”, confirmed", calendar=each.calendar)
            if booked
            else language.text("“{calendar}”, tentative", calendar=each.calendar),
            hint=_entry(each.reservation, language),
        )
        for each in found.events
        if each.calendar and each.reservation.seen and each.reservation.gone_at is None and found.line.booking.live
    )


def _entry(reservation: Reservation, language: Language) -> str:
    name = unquote(reservation.href.rpartition("/")[2])
    if reservation.etag is None:
        return language.text("Entry {name}", name=name)
    return language.text("Entry {name}, ETag {etag}", name=name, etag=reservation.etag)


def _plain(name: str, text: str, *, hint: str = "", href: str = "") -> Fact:
    """A fact whose text is in no particular language."""
    return Fact(name, LocalizedText(text), hint, href)


def _zones(request: SignedInRequest, found: Whole) -> str:
    """The zone of times, and the invitee's where that differs."""
    language, zone, booking, host = request.language, request.person.zone, found.line.booking, found.line.host
    label = zone_label(booking.time.start, zone)
    theirs = zone_kept(booking.invitee.zone, otherwise=host.zone)
    start, end = booking.time.start, booking.time.end
    if start.astimezone(theirs).utcoffset() == start.astimezone(zone).utcoffset():
        return label
    span = f"{language.short_day(start.astimezone(theirs).date())}, {language.span(start, end, theirs)}"
    return language.text(
        "{zone}. For {name} it is {time}, {theirs}.",
        zone=label,
        name=booking.invitee.name,
        time=span,
        theirs=zone_label(start, theirs),
    )


def _proof(request: SignedInRequest, found: Whole) -> str:
    """Whether the mailbox is proven."""
    language, booking = request.language, found.line.booking
    if booking.vouched:
        return language.text("Not proven: you confirmed on behalf of the invitee")
    if not booking.asked:
        return ""
    if booking.proven:
        return _proven(found, language, zone=request.person.zone)
    return language.text("Not proven yet")


def _proven(found: Whole, language: Language, *, zone: ZoneInfo) -> str:
    """Since when it is proven, if by this booking."""
    answers = (Happened.CONFIRMED, Happened.AGREED_INVITEE)
    at = next((each.at for each in found.timeline if each.what in answers and each.by == Party.INVITEE), None)
    if at is None:
        return language.text("Proven by the mailed link")
    return language.text("Proven by the mailed link on {time}", time=language.instant(at, zone))


def _answers(found: Whole, language: Language, *, revealed: Mapping[str, str | None] | None) -> tuple[Answer, ...]:
    """Answers to removed questions may be sensitive too."""
    booking, meeting = found.line.booking, found.line.meeting

    def shown(given: Answered) -> Answer:
        label = (
            worded(given.question.label, language.code, writer=language.code)
            if given.question
            else LocalizedText(given.key)
        )
        if revealed is None and (given.text is None or given.question is None):
            return Answer(label, given.masked, hidden=True)
        if given.text is not None:
            return Answer(label, language.given(given, writer=language.code), hidden=False)
        text = (revealed or {}).get(given.key, dict(booking.answers).get(given.key))
        if text is None:
            return Answer(label, language.text("It can't be read: the key it was sealed with is gone"), hidden=False)
        return Answer(label, language.given(replace(given, text=text), writer=language.code), hidden=False)

    given = answered(meeting.questions, booking.answers, booking.sealed)
    return tuple(replace(shown(each), hint=_unkept(found, each.key, language)) for each in given)


def _unkept(found: Whole, key: str, language: Language) -> str:
    """About an answer that waits for a contact, to be kept in a profile field."""
    if key not in found.unkept:
        return ""
    return language.text(
        "Not kept in the field “{field}”: no contact has this address. It is copied there as soon as one does.",
        field=found.unkept[key],
    )


def _todo(request: SignedInRequest, booking: Booking) -> str:
    if booking.state is not BookingState.HELD or not booking.blocks(request.now):
        return ""
    until = short_instant(booking.hold_until, request.person.zone, request.language, now=request.now)
    return request.language.text("Answered by {time}, or the time is free again", time=until)
