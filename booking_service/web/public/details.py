"""The details form, and holding the chosen time."""

from starlette.responses import Response

from ...actions.booking import show
from ...actions.times import public
from ...domain.errors import BookingError
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..http.responses import see_other
from .details_form import prefilled
from .details_page import filled_in, form_page, held_or_refused, nearest, refused_page, without_time


def show_details(request: PageRequest) -> Response:
    """GET …/details?start=: the form, prefilled from the address; if the time is gone, with other times.

    Going back from a hold to the form that made it (`form_key`) leads to the hold again.
    """
    request.look("slots_per_network")
    filled = filled_in(request)
    start = read_instant(request.query.get("start", ""))
    if start is None:
        return without_time(filled)
    form_key = request.query.get("form_key", "")
    if own := show.own_hold(request.rt, filled.offering, form_key, start, now=request.now):
        return see_other(request.href(f"/b/{own}"))
    try:
        public.check_offered(request.rt, filled.offering, start, now=request.now)
    except BookingError as error:
        return refused_page(filled, dict(prefilled(request.query, filled.offering.meeting)), error, start)
    return form_page(filled, dict(prefilled(request.query, filled.offering.meeting)), start)


def show_again(request: PageRequest) -> Response:
    """POST …/details: the form in another language with its input; changes nothing."""
    request.look("slots_per_network")
    filled = filled_in(request)
    start, near = (read_instant(request.form.get(name, "")) for name in ("start", "near"))
    if start is None and near is not None:
        return form_page(filled, request.form, near, free=nearest(filled, near), taken=True)
    return form_page(filled, request.form, start) if start else without_time(filled)


def hold(request: PageRequest) -> Response:
    """POST …/hold"""
    made = held_or_refused(request)
    return made if isinstance(made, Response) else see_other(request.href(f"/b/{made.public_id}"))
