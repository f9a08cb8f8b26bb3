"""Times held and bookings changed by programs, within the limits of whoever fills in the pages. Nothing here confirms: that is
for whoever holds the mailbox."""

import base64
import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from ...actions.access import limits
from ...actions.booking import change, show
from ...actions.booking.show import SeenBooking
from ...crypto.tokens import LinkPurpose
from ...domain.booking import BookingState
from ...domain.errors import UnknownBooking
from ...domain.meeting import shown_zone
from ...domain.networks import around
from ...domain.people import canonical_mailbox
from ...domain.text import several_lines
from ..http.forms import REASON_LENGTH
from ..http.request import PageRequest
from ..http.security import PRIVATE
from ..parts.slots import slot_value
from ..public.details_page import held_or_refused
from .formats import address, limit_headers, read_moment, shown, told_left, unreadable

_TYPED = frozenset({"start", "zone", "lang", "name", "email", "guests", "work"})
_ANSWER = "answer-"
_NO_START = "Write `start` as one of the times on offer, such as 2026-11-24T09:00:00+01:00 or 2026-11-24T08:00:00Z."


def hold(request: PageRequest) -> Response:
    """POST /api/v1/holds: what the form of the meeting type asks for, but consents, which are ticked beside their own text only."""
    form = {name: value for name, value in request.form.items() if name in _TYPED or name.startswith(_ANSWER)}
    start = read_moment(form.get("start", ""))
    if start is None:
        return unreadable(request, _NO_START)
    form |= {"start": slot_value(start), "form_key": _form_key(request, start)}
    named = {name: request.form.get(name, "") for name in ("host", "meeting")}
    made = held_or_refused(replace(request, params=named, form=form))
    if isinstance(made, Response):
        return made
    answer = _told(request, show.waiting(request.rt, made.public_id, now=request.now), status=201)
    answer.headers["Location"] = request.plain(f"/api/v1/bookings/{made.public_id}")
    left = limits.left(request.rt, "book_per_network", around(request.network)[0], now=request.now)
    answer.headers.update(told_left("book_per_network", left, now=request.now))
    return answer


def show_booking(request: PageRequest) -> Response:
    """GET /api/v1/bookings/{id}: how it stands, and nothing about who booked it."""
    request.look("waiting_per_network")
    public_id = request.params["id"]
    seen = request.known(lambda: show.waiting(request.rt, public_id, now=request.now), UnknownBooking)
    answer = _told(request, seen)
    answer.headers.update(limit_headers(request, "waiting_per_network"))
    return answer


def reschedule(request: PageRequest) -> Response:
    """POST /api/v1/bookings/{id}/reschedule, with the token of the link that its invitee was mailed."""
    start = read_moment(request.form.get("start", ""))
    if start is None:
        return unreadable(request, _NO_START)
    change.move(request.rt, _token(request), start, now=request.now)
    return _changed(request)


def cancel(request: PageRequest) -> Response:
    """POST /api/v1/bookings/{id}/cancel, as `reschedule`. What is over already is simply told."""
    reason = several_lines(request.form.get("reason", ""))
    if len(reason) > REASON_LENGTH:
        return unreadable(request, f"Shorten `reason` to {REASON_LENGTH} characters or fewer.")
    change.cancel(request.rt, _token(request), reason=reason, now=request.now)
    return _changed(request)


def _changed(request: PageRequest) -> Response:
    answer = _told(request, show.waiting(request.rt, request.params["id"], now=request.now))
    answer.headers.update(limit_headers(request, "open_link_per_network"))
    return answer


def _token(request: PageRequest) -> str:
    """Raises UnknownBooking: it is not one of this booking's; TooManyRequests."""
    request.look("open_link_per_network")
    token = request.form.get("token", "")

    def known() -> SeenBooking:
        seen = show.opened(request.rt, token, LinkPurpose.MANAGE, now=request.now)
        if seen.booking.public_id != request.params["id"]:
            raise UnknownBooking("this token is another booking's")
        return seen

    request.known(known, UnknownBooking)
    return token


def _form_key(request: PageRequest, start: datetime) -> str:
    """From the Idempotency-Key, with who sends it for whom and when: two programs that count from 1 mean different holds."""
    key = request.headers.get("idempotency-key", "")
    if not key:
        return ""
    mailbox = canonical_mailbox(request.form.get("email", ""))
    digest = hashlib.sha256("\n".join((key, request.network, mailbox, slot_value(start))).encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _told(request: PageRequest, seen: SeenBooking, *, status: int = 200) -> Response:
    booking, now = seen.booking, request.now
    zone = shown_zone(seen.meeting, seen.host.zone, kept=booking.invitee.zone)
    held = booking.state is BookingState.HELD
    over = held and not booking.blocks(now)  # its deadline decides, whether or not somebody has looked
    body: dict[str, Any] = {
        "id": booking.public_id,
        "host": seen.host.slug,
        "meeting": seen.meeting.slug,
        "state": str(BookingState.EXPIRED if over else booking.state),
        "start": shown(booking.time.start, zone),
        "end": shown(booking.time.end, zone),
        "time_zone": zone.key,
        "held_until": shown(booking.hold_until, zone) if held and not over else None,
        "keeps_time": booking.reserves and booking.blocks(now),
        "awaits": sorted(map(str, booking.awaits)) if held and not over else [],
        "page": address(request, f"/b/{booking.public_id}"),
    }
    return JSONResponse(body, status_code=status, headers=PRIVATE)
