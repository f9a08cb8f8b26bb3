"""Moving the events of coming bookings to the present target calendar: the question, and the progress."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.calendar import move_event
from ...actions.calendar.move_event import EventsElsewhere, MoveProgress
from ...language import Language
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame

MOVE = "/host/calendars/move"
_EACH_S = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveView:
    """`running`: how many are left. `wrong`: how many were given up, and why. `places`: how many would go where.

    Each is "" for none; `button`: "" where nothing can be moved.
    """

    title: str
    running: str
    wrong: str
    done: str
    places: tuple[str, ...]
    button: str
    action: str
    back: str


def show(request: SignedInRequest) -> Response:
    """GET /host/calendars/move; reloads itself while events are being moved."""
    found = move_event.elsewhere(request.rt, request.host_id, now=request.now)
    progress, language = move_event.progress(request.rt, request.host_id), request.language
    asks = found.count > progress.waiting
    view = MoveView(
        title=_title(found, progress, language),
        running=_running(progress, language),
        wrong=_wrong(progress, language),
        done=_done(request, found, progress),
        places=_places(found, language) if asks else (),
        button=_button(found.count, language) if asks else "",
        action=request.href(MOVE),
        back=request.href("/host/calendars"),
    )
    headers = {"Refresh": _EACH_S} if progress.waiting else {}
    return page(request, "host/calendar_move.html", view, desk_frame(request), headers=headers)


def begin(request: SignedInRequest) -> Response:
    """POST /host/calendars/move: move all of them. A second press changes nothing."""
    move_event.begin(request.rt, request.host_id, now=request.now)
    return see_other(request.href(MOVE, did="begun"))


def _title(found: EventsElsewhere, progress: MoveProgress, language: Language) -> str:
    if progress.waiting:
        return language.text("Events are being moved")
    if found.count:
        return language.plural("Move {count} event?", "Move {count} events?", found.count)
    return language.text("There are no events to move")


def _running(progress: MoveProgress, language: Language) -> str:
    if not progress.waiting:
        return ""
    return language.plural(
        "{count} event is still to be moved. You may leave this page.",
        "{count} events are still to be moved. You may leave this page.",
        progress.waiting,
    )


def _wrong(progress: MoveProgress, language: Language) -> str:
    if not progress.given_up:
        return ""
    return language.plural(
        "{count} event could not be moved and stays where it is. The server said: {reason}",
        "{count} events could not be moved and stay where they are. The server said last: {reason}",
        progress.given_up,
        reason=progress.reason,
    )


def _done(request: SignedInRequest, found: EventsElsewhere, progress: MoveProgress) -> str:
    if request.query.get("did") != "begun" or found.count or progress.waiting:
        return ""
    return request.language.text("Every event is where it belongs.")


def _places(found: EventsElsewhere, language: Language) -> tuple[str, ...]:
    return tuple(
        language.plural(
            "{count} event goes into “{calendar}”", "{count} events go into “{calendar}”", count, calendar=name
        )
        for name, count in sorted(found.to.items())
    )


def _button(count: int, language: Language) -> str:
    return language.plural("Move {count} event", "Move {count} events", count)
