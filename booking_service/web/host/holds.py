"""A host's open holds, for sending mails again or releasing several at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from starlette.responses import Response

from ...actions.booking import open_holds
from ...actions.booking.inbox import InboxLine
from ...domain.booking import Booking
from ...domain.ids import read_id
from ...domain.localized_text import LocalizedText
from ...language import Language
from ..http.forms import REASON_LENGTH, too_long
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .booking_acts import ActButton, acts_in_list
from .booking_delivery import link_sent
from .booking_reason import reason_of
from .booking_result import done_in_list
from .booking_words import Badge, badge, half_within, people, title

HOLDS = "/host/bookings/holds"
_FIELD = "hold-"  # before the booking's id, as of repeated names only the first counts


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    """`field`: the name of its box. `mail`: the delivery of the link."""

    field: str
    name: str
    when: str
    what: LocalizedText
    mail: str
    href: str
    badge: Badge
    ticked: bool
    acts: tuple[ActButton, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsView:
    """`pace`: how soon people confirm, if known. `more`: not all are shown. `nothing_ticked`: a button was pressed
    without a tick."""

    done: str
    count: int
    lines: tuple[HoldLine, ...]
    pace: str
    more: str
    nothing_ticked: bool
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """The question before several times are released. `fields`: names of the boxes. `to_tell`: some invitees want no
    mail."""

    title: str
    names: tuple[str, ...]
    to_tell: bool
    fields: tuple[str, ...]
    button: str
    reason: str
    wrong: str
    action: str
    back: str


def show(request: SignedInRequest) -> Response:
    """GET /host/bookings/holds?ticked="""
    return _page(request)


def act(request: SignedInRequest) -> Response:
    """POST /host/bookings/holds: send the ticked ones' mails again, or ask before releasing them."""
    host_id, ids = request.host_id, _ids(request)
    if request.form.get("all"):
        ids = [each.booking.id for each in open_holds.open_holds(request.rt, host_id, now=request.now).lines]
    if not ids:
        return _page(request, nothing_ticked=True, status=422)
    match request.form.get("do", ""):
        case "resend":
            sent = open_holds.resend(request.rt, host_id, ids, now=request.now)
            return see_other(request.href(HOLDS, sent=str(sent), of=str(len(ids))))
        case "release":
            return _release(request, host_id, ids)
        case _:
            return _question(request, open_holds.owned(request.rt, host_id, ids))


def _release(request: SignedInRequest, host_id: UUID, ids: Sequence[UUID]) -> Response:
    reason = reason_of(request)
    if len(reason) > REASON_LENGTH:
        wrong = too_long(request.language, REASON_LENGTH, len(reason))
        return _question(request, open_holds.owned(request.rt, host_id, ids), wrong=wrong)
    released = open_holds.release(request.rt, host_id, ids, reason=reason, now=request.now)
    return see_other(request.href(HOLDS, released=str(released.count), told=str(released.told), of=str(len(ids))))


def _ids(request: SignedInRequest) -> list[UUID]:
    """The ticked bookings. Raises NotFound: one is no id."""
    return [read_id(name.removeprefix(_FIELD)) for name in request.form if name.startswith(_FIELD)]


def _page(request: SignedInRequest, *, nothing_ticked: bool = False, status: int = 200) -> Response:
    found = open_holds.open_holds(request.rt, request.host_id, now=request.now)
    language = request.language
    view = HoldsView(
        done=_done(request) or done_in_list(request),
        count=found.count,
        lines=tuple(_line(request, each) for each in found.lines),
        pace=half_within(found.half_within, language),
        more=language.text("Showing the {count} that end first.", count=open_holds.AT_MOST)
        if found.count > len(found.lines)
        else "",
        nothing_ticked=nothing_ticked,
        action=request.href(HOLDS),
    )
    return page(request, "host/holds.html", view, desk_frame(request), status=status)


def _line(request: SignedInRequest, line: InboxLine) -> HoldLine:
    booking, language, zone = line.booking, request.language, request.person.zone
    return HoldLine(
        field=f"{_FIELD}{booking.id}",
        name=people(booking, language),
        when=language.when(booking.time.start, booking.time.end, zone),
        what=title(line.meeting, language),
        mail=link_sent(line.delivery, language, zone=zone, now=request.now),
        href=request.href(f"/host/bookings/{booking.id}"),
        badge=badge(booking, line.meeting, language, zone=zone, now=request.now, undelivered=line.delivery.failed),
        ticked=request.query.get("ticked") == "all",
        acts=acts_in_list(request, booking, line.meeting, back="holds"),
    )


def _done(request: SignedInRequest) -> str:
    """What was just done to how many, and to how many of the ticked ones not."""
    language = request.language
    for name, text in (("sent", _sent), ("released", _released)):
        done, of = request.query.get(name, ""), request.query.get("of", "")
        if done.isascii() and done.isdigit() and of.isascii() and of.isdigit() and len(done + of) < 9:
            count, rest = int(done), int(of) - int(done)
            told = text(request, count)
            left = language.plural("{count} was left as it is.", "{count} were left as they are.", rest)
            return f"{told} {left}" if rest > 0 else told
    return ""


def _sent(request: SignedInRequest, count: int) -> str:
    return request.language.plural(
        "{count} email is on its way again.", "{count} emails are on their way again.", count
    )


def _released(request: SignedInRequest, count: int) -> str:
    """With the number of invitees that are mailed, if the address says so."""
    language, said = request.language, request.query.get("told", "")
    freed = language.plural("{count} time released.", "{count} times released.", count)
    if not (said.isascii() and said.isdigit() and len(said) < 9 and count):
        return freed
    told = int(said)
    if told >= count:
        return language.plural(
            "{count} time released; its invitee will be told by email.",
            "{count} times released; their invitees will be told by email.",
            count,
        )
    if not told:
        nobody = language.text("No email is sent about it: it is not wanted, or none was sent before.")
        return f"{freed} {nobody}"
    some = language.plural(
        "{count} invitee will be told by email; the others want no email, or have not been written to yet.",
        "{count} invitees will be told by email; the others want no email, or have not been written to yet.",
        told,
    )
    return f"{freed} {some}"


def _hears_nothing(booking: Booking, language: Language, *, unwanted: bool) -> str:
    if unwanted:
        return " · " + language.text("wants no email")
    return "" if booking.asked else " · " + language.text("has not been written to yet, and will not be told")


def _question(request: SignedInRequest, asked: Sequence[Booking], *, wrong: str = "") -> Response:
    """The question after a press; changes nothing."""
    language, zone = request.language, request.person.zone
    live = [each for each in asked if each.blocks(request.now)]
    if not live:
        return see_other(request.href(HOLDS))
    unwanted = open_holds.wanting_no_mail(request.rt, live)
    view = ReleaseView(
        title=language.plural("Release {count} time?", "Release {count} times?", len(live)),
        names=tuple(
            f"{people(each, language)}: {language.when(each.time.start, each.time.end, zone)}"
            f"{_hears_nothing(each, language, unwanted=each.id in unwanted)}"
            for each in live
        ),
        to_tell=bool(unwanted),
        fields=tuple(f"{_FIELD}{each.id}" for each in live),
        button=language.plural("Release {count} time", "Release {count} times", len(live)),
        reason=reason_of(request),
        wrong=wrong,
        action=request.href(HOLDS),
        back=request.href(HOLDS),
    )
    frame = replace(desk_frame(request), here=request.href(HOLDS))
    return page(request, "host/holds_release.html", view, frame, status=422 if wrong else 200)
