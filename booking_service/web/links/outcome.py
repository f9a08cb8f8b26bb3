"""The page of a booking that needs nothing more from its invitee, with links to go on."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from ...actions.booking import show
from ...actions.times.offers import nearest_slots
from ...crypto.tokens import LinkPurpose
from ...domain.booking import Party
from ...domain.errors import UnknownMeeting
from ...domain.meeting import Approval
from ..http.responses import Link, Step
from ..parts.slots import slot_value
from ..parts.when import clock_of
from .booking_page import BookingPage
from .change_links import changes, locked
from .state import ENDED, PageState
from .state_text import StateText, state_text
from .summary import PageFacts, calendar_links, facts_of
from .ticks import TicksView, ticks_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """`take_again`: where an ended hold's time is taken again; `again_says`: what that does. `in_mail`: changes are by
    mail.

    `locked`: why nothing can be changed here. `write_again`: where a blocked mailbox is unblocked. `elsewhere`: free
    times nearby. `here`: the page itself, for reloading.
    """

    state_text: StateText
    over: bool
    facts: PageFacts
    ticks: TicksView
    file: str
    calendars: tuple[Link, ...]
    changes: tuple[Link, ...]
    locked: str
    in_mail: bool
    write_again: str
    take_again: str
    again_says: str
    elsewhere: tuple[Link, ...]
    onwards: Link | None
    state: str
    poll: str
    here: str


def outcome_page(page: BookingPage, *, status: int = 200, again: str = "") -> Response:
    """`again`: where an expired hold's time is taken again."""
    over = page.state in ENDED
    take_again = again if again and page.state is PageState.EXPIRED and _free_again(page) else ""
    frame = replace(
        page.frame,
        step=None if over else _step(page),
        asks_by_mail=page.meeting.wants_doi(forced=page.seen.organisation.doi_forced),
        refresh_s=3 if page.state is PageState.WRITING else None,
    )
    return page.respond("links/outcome.html", _view(page, take_again=take_again), frame=frame, status=status)


def _view(page: BookingPage, *, take_again: str) -> OutcomeView:
    request, public_id = page.request, page.booking.public_id
    over, booked = page.state in ENDED, page.state is PageState.BOOKED
    changeable = page.proven and not over and page.now < page.booking.time.start
    return OutcomeView(
        state_text=state_text(page),
        over=over,
        facts=facts_of(page),
        ticks=ticks_of(page),
        file=request.href(f"/b/{public_id}/invite.ics") if booked else "",
        calendars=calendar_links(page) if booked else (),
        changes=changes(page) if changeable else (),
        locked=locked(page) if not over else "",
        in_mail=booked and not page.seen.silent,
        write_again=_write_again(page) if page.proven and page.seen.silent and not over else "",
        take_again=take_again,
        again_says=_again(page),
        elsewhere=_elsewhere(page) if over and not take_again and not page.seen.successor else (),
        onwards=_onwards(page) if over else None,
        state=str(page.state),
        poll="" if over or booked else request.href(f"/b/{public_id}/state.json"),
        here=request.href(request.path),
    )


def _write_again(page: BookingPage) -> str:
    return page.request.href(show.link(page.rt, page.booking, LinkPurpose.NOT_ME))


def _free_again(page: BookingPage) -> bool:
    return not page.seen.successor and show.free_again(page.rt, page.seen, now=page.now)


def _step(page: BookingPage) -> Step:
    return Step.CONFIRM if Party.INVITEE in page.booking.awaits else Step.DONE


def _elsewhere(page: BookingPage) -> tuple[Link, ...]:
    """Free times near the lost one, each with a link to its form; none where nothing can be booked."""
    lost, zone = page.booking.time.start, page.zone
    if lost <= page.now or page.meeting.one_time_only:
        return ()
    host, meeting = page.host.slug, page.meeting.slug
    try:
        free = nearest_slots(page.rt, host, meeting, to=lost, now=page.now, count=3)
    except UnknownMeeting:
        return ()
    return tuple(
        Link(
            f"{page.language.short_day(slot.start.astimezone(zone).date())}, {clock_of(slot.start, zone, page.language)}",
            page.request.href(f"/{host}/{meeting}/details", start=slot_value(slot.start), zone=zone.key),
        )
        for slot in free
    )


def _again(page: BookingPage) -> str:
    if page.meeting.approval is Approval.NONE:
        return page.language.text("Take this time again and confirm it")
    return page.language.text("Ask for this time again")


def _onwards(page: BookingPage) -> Link:
    language, request = page.language, page.request
    if page.seen.successor:
        return Link(language.text("See that booking"), request.href(f"/b/{page.seen.successor}"))
    if page.meeting.one_time_only:
        return Link(language.text("See what else can be booked"), request.href(f"/{page.host.slug}"))
    free_times = request.href(f"/{page.host.slug}/{page.meeting.slug}", zone=page.zone.key)
    return Link(language.text("See all free times"), free_times)
