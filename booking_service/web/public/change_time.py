"""Choosing another time while filling in the details; the input is carried along."""

from starlette.responses import Response

from ..http.parsing import read_instant
from ..http.request import PageRequest
from .details_form import typed
from .offering import offering_of
from .pick import pick_page
from .times import errand_with


def change_time(request: PageRequest) -> Response:
    """POST …/times: changes nothing. The input travels in the form, never in an address."""
    request.look("slots_per_network")
    offering = offering_of(request)
    language = request.choose_language(offering.organisation, host=offering.host.language)
    start = read_instant(request.form.get("start", "") or request.form.get("near", ""))
    errand = errand_with(request, offering, language, typed(request.form, offering.meeting), start=start)
    return pick_page(request, offering, errand, language)
