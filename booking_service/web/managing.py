"""The page behind the manage link: what is booked, another time for it, or none. Each change is a page and a POST."""

from dataclasses import dataclass

from starlette.responses import Response

from ..actions import booking as actions
from ..actions import views
from ..actions.offers import Offering
from ..actions.views import Seen, StorageBusy
from ..domain.booking import BookingState
from ..domain.errors import BookingError, TooLate, TooManyMoves, UnknownBooking
from ..domain.text import NOTE_LENGTH, several_lines
from ..language import Language
from ..tokens import Purpose
from . import errors
from .answers import page, see_other
from .asked import Asked, read_instant
from .confirming import opened, said_for
from .outcome import Facts, Way, facts_of, outcome_page
from .pick import Way as PickWay
from .pick import pick_page
from .wording import ENDED, State, state_of, when, zone_for

_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageView:
    """`done`: what was just done. `locked`: why it can't be changed here any more, and whom to write to."""

    title: str
    facts: Facts
    held: str
    changes: tuple[Way, ...]
    locked: str
    file: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelView:
    facts: Facts
    action: str
    back: str
    reason: str
    wrong: str


def show(asked: Asked) -> Response:
    """GET /m/{token}"""
    seen = opened(asked, Purpose.MANAGE)
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    if state in ENDED:
        return outcome_page(asked, seen, state, said, owner=True)
    return _manage(asked, seen, state, said)


def show_cancel(asked: Asked) -> Response:
    """GET /m/{token}/cancel: nothing is cancelled before the button there is pressed."""
    seen = opened(asked, Purpose.MANAGE)
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    if state in ENDED:
        return outcome_page(asked, seen, state, said, owner=True)
    if locked := _locked(asked, seen, said):
        return _manage(asked, seen, state, said, locked=locked)
    return _cancel_page(asked, seen, said)


def cancel(asked: Asked) -> Response:
    """POST /m/{token}/cancel"""
    token = asked.params["token"]
    reason = several_lines(asked.form.get("reason", "")[: 2 * NOTE_LENGTH])
    if len(reason) > _REASON_LENGTH:
        seen = opened(asked, Purpose.MANAGE)
        said = said_for(asked, seen)
        wrong = said.text("Shorten this to {most} characters or fewer: it has {count} now", most=_REASON_LENGTH,
                          count=len(reason))  # fmt: skip
        return _cancel_page(asked, seen, said, reason=reason, wrong=wrong, status=422)
    try:
        actions.cancel(asked.rt, token, reason=reason, now=asked.now)
    except TooLate:
        return _too_late(asked, 409)
    except BookingError as error:
        if isinstance(error, UnknownBooking):
            raise
    return see_other(asked.href(f"/m/{token}"))


def show_move(asked: Asked) -> Response:
    """GET /m/{token}/move: the page of free times, this booking's own among them."""
    seen = opened(asked, Purpose.MANAGE)
    return _move_page(asked, seen, f"/m/{asked.params['token']}")


def move(asked: Asked) -> Response:
    """POST /m/{token}/move"""
    token = asked.params["token"]
    start = read_instant(asked.form.get("start", ""))
    if start is None:
        return see_other(asked.href(f"/m/{token}/move"))
    try:
        actions.move(asked.rt, token, start, now=asked.now)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _not_moved(asked, opened(asked, Purpose.MANAGE), f"/m/{token}", error)
    return see_other(asked.href(f"/m/{token}", did="moved"))


def show_move_of_hold(asked: Asked) -> Response:
    """GET /b/{id}/move: another time for a hold, from its waiting page."""
    seen = views.waiting(asked.rt, asked.params["id"])
    return _move_page(asked, seen, f"/b/{asked.params['id']}")


def move_hold(asked: Asked) -> Response:
    """POST /b/{id}/move"""
    public_id = asked.params["id"]
    start = read_instant(asked.form.get("start", ""))
    if start is None:
        return see_other(asked.href(f"/b/{public_id}/move"))
    try:
        actions.move_hold(asked.rt, public_id, start, now=asked.now)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _not_moved(asked, views.waiting(asked.rt, public_id), f"/b/{public_id}", error)
    return see_other(asked.href(f"/b/{public_id}", did="moved"))


def _move_page(asked: Asked, seen: Seen, base: str) -> Response:
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    owner = base.startswith("/m/")
    if state in ENDED or (not owner and seen.booking.state is BookingState.CONFIRMED):
        return outcome_page(asked, seen, state, said, owner=owner)
    if locked := _locked(asked, seen, said, moving=True):
        return _manage(asked, seen, state, said, locked=locked, owner=owner)
    return _times(asked, seen, base, said)


def _not_moved(asked: Asked, seen: Seen, base: str, error: BookingError | StorageBusy) -> Response:
    """The page of free times once more, which says why, and that the old time stands."""
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    if state in ENDED:
        return outcome_page(asked, seen, state, said, owner=base.startswith("/m/"), status=410)
    if isinstance(error, TooLate | TooManyMoves):
        locked = _locked(asked, seen, said, moving=True)
        return _manage(asked, seen, state, said, locked=locked, owner=base.startswith("/m/"), status=409)
    title, text = errors.words(error, said, asked=asked, zone=zone_for(asked, seen))
    notice = (title, f"{text} {said.text('Your present time is still yours.')}")
    return _times(
        asked, seen, base, said, notice=notice, status=errors.status_of(error), headers=errors.retry(error, now=asked.now)
    )  # fmt: skip


def _times(
    asked: Asked, seen: Seen, base: str, said: Language, *, notice: tuple[str, str] | None = None, status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    zone = zone_for(asked, seen)
    current = when(seen.booking.time, zone, seen.host, said)
    way = PickWay(
        base=f"{base}/move", action=f"{base}/move", method="post", button=said.text("Take this time instead"),
        title=said.text("Choose another time"), current=f"{current.full} · {current.zone}", back=asked.href(base),
        zone=zone, private=True, step=None, notice=notice,
    )  # fmt: skip
    found = Offering(seen.organisation, seen.host, seen.meeting)
    return pick_page(asked, found, way, said, but=seen.booking.id, status=status, headers=headers)


def _manage(
    asked: Asked, seen: Seen, state: State, said: Language, *, locked: str = "", owner: bool = True, status: int = 200
) -> Response:
    token = asked.params.get("token", "")
    locked = locked or _locked(asked, seen, said)
    movable = not _locked(asked, seen, said, moving=True)
    changes = (
        *((Way(said.text("Reschedule"), asked.href(f"/m/{token}/move")),) if movable else ()),
        *(
            (Way(said.text("Cancel booking"), asked.href(f"/m/{token}/cancel")),)
            if not _locked(asked, seen, said)
            else ()
        ),
    )
    booked = state is State.BOOKED
    view = ManageView(
        title=said.text("Your booking") if seen.booking.state is BookingState.CONFIRMED else said.text("Your hold"),
        facts=facts_of(seen, zone_for(asked, seen), said, confirmed=booked, owner=owner),
        held="" if seen.booking.state is BookingState.CONFIRMED else said.text("It is not confirmed yet."),
        changes=changes if owner else (),
        locked=locked,
        file=asked.href(f"/b/{seen.booking.public_id}/invite.ics") if booked else "",
        done=said.text("Moved. An email with the new time is on its way.") if asked.query.get("did") == "moved" else "",
    )
    return page(
        asked, "booking/manage.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", status=status, private=True,
    )  # fmt: skip


def _cancel_page(
    asked: Asked, seen: Seen, said: Language, *, reason: str = "", wrong: str = "", status: int = 200
) -> Response:
    base = f"/m/{asked.params['token']}"
    facts = facts_of(seen, zone_for(asked, seen), said, confirmed=False, owner=True)
    view = CancelView(
        facts=facts, action=asked.href(f"{base}/cancel"), back=asked.href(base), reason=reason, wrong=wrong
    )
    return page(
        asked, "booking/cancel.html", view, said=said, organisation=seen.organisation, brand=seen.host.name,
        home=f"/{seen.host.slug}", status=status, private=True,
    )  # fmt: skip


def _too_late(asked: Asked, status: int) -> Response:
    seen = opened(asked, Purpose.MANAGE)
    said = said_for(asked, seen)
    return _manage(asked, seen, state_of(seen, now=asked.now), said, status=status)


def _locked(asked: Asked, seen: Seen, said: Language, *, moving: bool = False) -> str:
    """Why the invitee can't change it here, with whom to write to; nothing while they can."""
    contact = seen.organisation.contact or seen.host.email
    if asked.now >= seen.booking.time.start - seen.meeting.change_until:
        return said.text("It is too close to the start to be changed here. Please write to {contact}.", contact=contact)
    if moving and seen.booking.moves >= seen.meeting.moves_at_most:
        return said.text("It can't be rescheduled again. You can cancel it, or write to {contact}.", contact=contact)
    return ""
