"""The page of a meeting type: its free times, from which a booking begins."""

from starlette.responses import Response

from ...actions.times.offers import Offering, find_offering
from ...domain.wording import worded
from ..http.page_cache import cached
from ..http.parsing import read_instant
from ..http.request import PageRequest
from .details_form import prefilled
from .pick import pick_page
from .times import Errand, errand_with


def show(request: PageRequest) -> Response:
    """GET /{host}/{meeting}; with `name`, `email` or answers in the address they are filled in on the next page."""
    offering = find_offering(request.rt, request.params["host"], request.params["meeting"], now=request.now)
    request.look("slots_per_network")
    if filled_in := prefilled(request.query, offering.meeting):
        language = request.choose_language(offering.organisation, host=offering.host.language)
        start = read_instant(request.query.get("start", ""))
        return pick_page(request, offering, errand_with(request, offering, language, filled_in, start=start), language)
    if request.one_time is not None:
        return _free_times(request, offering)
    return cached(request, offering, lambda: _free_times(request, offering))


def _free_times(request: PageRequest, offering: Offering) -> Response:
    language = request.choose_language(offering.organisation, host=offering.host.language)
    base = f"/{offering.host.slug}/{offering.meeting.slug}"
    errand = Errand(
        base=base,
        action=f"{base}/details",
        method="get",
        button=language.text("Continue"),
        title=worded(offering.meeting.title, language.code, writer=offering.host.language),
    )
    return pick_page(request, offering, errand, language)
