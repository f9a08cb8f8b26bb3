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
from ..http.request import Asked
from ..http.responses import see_other
from ..parts.when import when
from ..public.pick import pick_page
from ..public.times import Errand
from .change_links import locked
from .manage import manage_page
from .opened import opened, said_for, waited_for
from .outcome import outcome_page
from .state import ENDED, state_of
from .summary import zone_for


@dataclass(frozen=True, slots=True)
class _Door:
    """By which way somebody came. `proven`: by the manage link, which a waiting page is not."""

    base: str
    proven: bool
    seen: Callable[[], SeenBooking]


def show_move(asked: Asked) -> Response:
    """GET /m/{token}/move: the page of free times, among them those that this booking gives up."""
    return _show(asked, _by_link(asked))


def move(asked: Asked) -> Response:
    """POST /m/{token}/move"""
    return _move(asked, _by_link(asked), actions.move, asked.params["token"])


def show_move_of_hold(asked: Asked) -> Response:
    """GET /b/{id}/move"""
    return _show(asked, _by_waiting(asked))


def move_hold(asked: Asked) -> Response:
    """POST /b/{id}/move"""
    return _move(asked, _by_waiting(asked), actions.move_hold, asked.params["id"])


def _by_link(asked: Asked) -> _Door:
    return _Door(f"/m/{asked.params['token']}", True, lambda: opened(asked, Purpose.MANAGE))


def _by_waiting(asked: Asked) -> _Door:
    return _Door(f"/b/{asked.params['id']}", False, lambda: waited_for(asked))


def _show(asked: Asked, door: _Door) -> Response:
    seen = door.seen()
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    confirmed = seen.booking.state is BookingState.CONFIRMED
    if state in ENDED or (confirmed and not door.proven):
        return outcome_page(asked, seen, state, said, proven=door.proven)
    if why := locked(asked, seen, said, moving=True):
        return manage_page(asked, seen, state, said, locked=why, proven=door.proven)
    return _times(asked, door, seen, said)


def _move(asked: Asked, door: _Door, act: Callable[..., Booking], key: str) -> Response:
    start = read_instant(asked.form.get("start", ""))
    if start is None:
        door.seen()  # refuses who has no such link
        return see_other(asked.href(f"{door.base}/move"))
    try:
        act(asked.rt, key, start, now=asked.now)
    except UnknownBooking:
        raise
    except (BookingError, StorageBusy) as error:
        return _refused(asked, door, error)
    return see_other(asked.href(door.base, did="moved"))


def _refused(asked: Asked, door: _Door, error: BookingError | StorageBusy) -> Response:
    """The page of free times once more, which says why, and that the present time still stands."""
    if asked.wants_json:
        return errors.answer(asked, error)
    seen = door.seen()
    said, state = said_for(asked, seen), state_of(seen, now=asked.now)
    if state in ENDED:
        return outcome_page(asked, seen, state, said, proven=door.proven, status=410)
    if isinstance(error, TooLate | TooManyMoves):
        why = locked(asked, seen, said, moving=True)
        return manage_page(asked, seen, state, said, locked=why, proven=door.proven, status=409)
    title, text = errors.words(error, said, asked=asked, zone=zone_for(asked, seen))
    notice = (title, f"{text} {said.text('Your present time is still yours.')}")
    status, headers = errors.status_of(error), errors.retry(error, now=asked.now)
    return _times(asked, door, seen, said, notice=notice, status=status, headers=headers)


def _times(
    asked: Asked, door: _Door, seen: SeenBooking, said: Language, *, notice: tuple[str, str] | None = None,
    status: int = 200, headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    asked.look("slots_per_network")
    zone = zone_for(asked, seen)
    current = when(seen.booking.time, zone, seen.host, said)
    errand = Errand(
        base=f"{door.base}/move", action=f"{door.base}/move", method="post", button=said.text("Take this time instead"),
        title=said.text("Choose another time"), current=f"{current.full} · {current.zone}", back=asked.href(door.base),
        zone=zone, day=seen.booking.time.start.astimezone(zone).date(), private=True, step=None, notice=notice,
    )  # fmt: skip
    found = show.found_of(asked.rt, seen, now=asked.now)
    return pick_page(asked, found, errand, said, but=seen.booking, status=status, headers=headers)
