"""The page of a meeting type: its free times, from which a booking begins."""

from starlette.responses import Response

from ...actions.times.offers import Offering, find_offering
from ...domain.wording import worded
from ..http.page_cache import cached
from ..http.request import PageRequest
from .pick import pick_page
from .times import Errand


def show(request: PageRequest) -> Response:
    """GET /{host}/{meeting}"""
    offering = find_offering(request.rt, request.params["host"], request.params["meeting"], now=request.now)
    request.look("slots_per_network")
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
