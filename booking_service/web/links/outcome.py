"""The page of a booking that needs nothing more from its invitee: it stands, or it is over. Calm, with a way on."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.booking import show
from ...actions.booking.show import SeenBooking
from ...actions.times.offers import nearest_slots
from ...domain.booking import Party
from ...domain.errors import UnknownMeeting
from ...domain.meeting import Approval
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import Link, Step, page
from ..parts.slots import slot_value
from ..parts.when import clock_of
from .change_links import changes, locked
from .state import ENDED, State
from .state_text import StateText, state_text
from .summary import PageFacts, calendar_links, facts_of, zone_for


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """`take_again`: where the one button goes that takes an ended hold's time again, `again_says` what it does.
    `locked`: why nothing can be changed here any more. `elsewhere`: free times nearby. `here`: the page itself, to ask
    again."""

    state_text: StateText
    over: bool
    facts: PageFacts
    file: str
    calendars: tuple[Link, ...]
    changes: tuple[Link, ...]
    locked: str
    take_again: str
    again_says: str
    elsewhere: tuple[Link, ...]
    onwards: Link | None
    state: str
    poll: str
    here: str


def outcome_page(
    request: PageRequest,
    seen: SeenBooking,
    state: State,
    language: Language,
    *,
    proven: bool,
    status: int = 200,
    again: str = "",
) -> Response:
    """`proven`: the reader proved to hold the mailbox. `again`: where an expired hold's time can be taken again."""
    over = state in ENDED
    take_again = again if again and state is State.EXPIRED and _free_again(request, seen) else ""
    view = _view(request, seen, state, language, proven=proven, take_again=take_again)
    return page(
        request,
        "links/outcome.html",
        view,
        language=language,
        organisation=seen.organisation,
        brand=seen.host.name,
        home=f"/{seen.host.slug}",
        status=status,
        private=True,
        step=None if over else _step(seen),
        asks_by_mail=seen.meeting.wants_doi(forced=seen.organisation.doi_forced),
        refresh_s=3 if state is State.WRITING else None,
        here=request.href("/".join(request.path.split("/")[:3])) if request.method == "POST" else None,
    )


def _view(
    request: PageRequest, seen: SeenBooking, state: State, language: Language, *, proven: bool, take_again: str
) -> OutcomeView:
    zone, public_id = zone_for(request, seen), seen.booking.public_id
    over, booked = state in ENDED, state is State.BOOKED
    return OutcomeView(
        state_text=state_text(seen, state, language, proven=proven),
        over=over,
        facts=facts_of(seen, zone, language, state, proven=proven),
        file=request.href(f"/b/{public_id}/invite.ics") if booked else "",
        calendars=tuple(Link(name, href) for name, href in calendar_links(seen, language)) if booked else (),
        changes=changes(request, seen, language)
        if proven and not over and request.now < seen.booking.time.start
        else (),
        locked=locked(request, seen, language) if not over else "",
        take_again=take_again,
        again_says=_again(seen, language),
        elsewhere=_elsewhere(request, seen, zone, language) if over and not take_again and not seen.successor else (),
        onwards=_onwards(request, seen, language, zone) if over else None,
        state=str(state),
        poll="" if over or booked else request.href(f"/b/{public_id}/state.json"),
        here=request.href(request.path),
    )


def _free_again(request: PageRequest, seen: SeenBooking) -> bool:
    return not seen.successor and show.free_again(request.rt, seen, now=request.now)


def _step(seen: SeenBooking) -> Step:
    return Step.CONFIRM if Party.INVITEE in seen.booking.awaits else Step.DONE


def _elsewhere(request: PageRequest, seen: SeenBooking, zone: ZoneInfo, language: Language) -> tuple[Link, ...]:
    """Free times around the lost one, each straight to its details. None where nothing can be booked any more."""
    if seen.booking.time.start <= request.now:
        return ()
    host, meeting = seen.host.slug, seen.meeting.slug
    try:
        free = nearest_slots(request.rt, host, meeting, to=seen.booking.time.start, now=request.now, count=3)
    except UnknownMeeting:
        return ()
    return tuple(
        Link(
            f"{language.short_day(slot.start.astimezone(zone).date())}, {clock_of(slot.start, zone)}",
            request.href(f"/{host}/{meeting}/details", start=slot_value(slot.start), zone=zone.key),
        )
        for slot in free
    )


def _again(seen: SeenBooking, language: Language) -> str:
    if seen.meeting.approval is Approval.NONE:
        return language.text("Take this time again and confirm it")
    return language.text("Ask for this time again")


def _onwards(request: PageRequest, seen: SeenBooking, language: Language, zone: ZoneInfo) -> Link:
    if seen.successor:
        return Link(language.text("See that booking"), request.href(f"/b/{seen.successor}"))
    return Link(
        language.text("See all free times"), request.href(f"/{seen.host.slug}/{seen.meeting.slug}", zone=zone.key)
    )
