"""Another time for a booking: by its manage link, and for a hold also from its waiting page."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.booking import change as actions
from ...actions.booking import show
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import Purpose
from ...domain.booking import Booking, BookingState
from ...domain.errors import BookingError, StorageBusy, TooLate, TooManyMoves, UnknownBooking
from ...language import Language
from ..http import errors
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..http.responses import see_other
from ..parts.when import when
from ..public.pick import pick_page
from ..public.times import Errand
from .change_links import locked
from .manage import manage_page
from .opened import language_for, opened, waited_for
from .outcome import outcome_page
from .state import ENDED, state_of
from .summary import zone_for


@dataclass(frozen=True, slots=True)
class _Door:
    """By which way somebody came. `proven`: by the manage link, which a waiting page is not."""

    base: str
    proven: bool
    seen: Callable[[], SeenBooking]


def show_move(request: PageRequest) -> Response:
    """GET /m/{token}/move: the page of free times, among them those that this booking gives up."""
    return _show(request, _by_link(request))


def move(request: PageRequest) -> Response:
    """POST /m/{token}/move"""
    return _move(request, _by_link(request), actions.move, request.params["token"])


def show_move_of_hold(request: PageRequest) -> Response:
    """GET /b/{id}/move"""
    return _show(request, _by_waiting(request))


def move_hold(request: PageRequest) -> Response:
    """POST /b/{id}/move"""
    return _move(request, _by_waiting(request), actions.move_hold, request.params["id"])


def _by_link(request: PageRequest) -> _Door:
    return _Door(f"/m/{request.params['token']}", True, lambda: opened(request, Purpose.MANAGE))


def _by_waiting(request: PageRequest) -> _Door:
    return _Door(f"/b/{request.params['id']}", False, lambda: waited_for(request))


def _show(request: PageRequest, door: _Door) -> Response:
    seen = door.seen()
    language, state = language_for(request, seen), state_of(seen, now=request.now)
    confirmed = seen.booking.state is BookingState.CONFIRMED
    if state in ENDED or (confirmed and not door.proven):
        return outcome_page(request, seen, state, language, proven=door.proven)
    if why := locked(request, seen, language, moving=True):
        return manage_page(request, seen, state, language, locked=why, proven=door.proven)
    return _times(request, door, seen, language)


def _move(request: PageRequest, door: _Door, act: Callable[..., Booking], key: str) -> Response:
    start = read_instant(request.form.get("start", ""))
    if start is None:
        door.seen()  # refuses who has no such link
        return see_other(request.href(f"{door.base}/move"))
    try:
        act(request.rt, key, start, now=request.now)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _refused(request, door, error)
    return see_other(request.href(door.base, did="moved"))


def _refused(request: PageRequest, door: _Door, error: BookingError | StorageBusy) -> Response:
    """The page of free times once more, which says why, and that the present time still stands."""
    if request.wants_json:
        return errors.answer(request, error)
    seen = door.seen()
    language, state = language_for(request, seen), state_of(seen, now=request.now)
    if state in ENDED:
        return outcome_page(request, seen, state, language, proven=door.proven, status=410)
    if isinstance(error, TooLate | TooManyMoves):
        why = locked(request, seen, language, moving=True)
        return manage_page(request, seen, state, language, locked=why, proven=door.proven, status=409)
    title, text = errors.words(error, language, request=request, zone=zone_for(request, seen))
    notice = (title, f"{text} {language.text('Your present time is still yours.')}")
    status, headers = errors.status_of(error), errors.retry(error, now=request.now)
    return _times(request, door, seen, language, notice=notice, status=status, headers=headers)


def _times(
    request: PageRequest,
    door: _Door,
    seen: SeenBooking,
    language: Language,
    *,
    notice: tuple[str, str] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    request.look("slots_per_network")
    zone = zone_for(request, seen)
    current = when(seen.booking.time, zone, seen.host, language)
    errand = Errand(
        base=f"{door.base}/move",
        action=f"{door.base}/move",
        method="post",
        button=language.text("Take this time instead"),
        title=language.text("Choose another time"),
        current=f"{current.full} · {current.zone}",
        back=request.href(door.base),
        zone=zone,
        day=seen.booking.time.start.astimezone(zone).date(),
        private=True,
        step=None,
        notice=notice,
    )
    offering = show.offering_of(request.rt, seen, now=request.now)
    return pick_page(request, offering, errand, language, but=seen.booking, status=status, headers=headers)
