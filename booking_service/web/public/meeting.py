"""The page of a meeting type with its free times, where a booking begins."""

from starlette.responses import Response

from ...actions.booking.statistics import note_view
from ...actions.times.offers import Offering
from ...domain.localized_text import worded
from ..http.page_cache import cached
from ..http.parsing import read_instant
from ..http.request import PageRequest
from .details_form import prefilled
from .offering import offering_of
from .pick import pick_page
from .times import Errand, errand_with

_CARRIED_ON = frozenset({"day", "month", "zone", "lang"})


def show(request: PageRequest) -> Response:
    """GET /{host}/{meeting}; `name`, `email` and answers in the address prefill the next page."""
    offering = offering_of(request)
    request.look("slots_per_network")
    if _is_new(request):
        note_view(request.rt, offering, now=request.now)
    if filled_in := prefilled(request.query, offering.meeting):
        language = request.choose_language(offering.organisation, host=offering.host.language)
        start = read_instant(request.query.get("start", ""))
        return pick_page(request, offering, errand_with(request, offering, language, filled_in, start=start), language)
    if request.one_time is not None:
        return _free_times(request, offering)
    return cached(request, offering, lambda: _free_times(request, offering))


def _is_new(request: PageRequest) -> bool:
    """Whether this is a new view: not another day or month, no prefetch, and nobody who objects to being counted."""
    asked_not_to_be = request.headers.get("dnt") == "1" or request.headers.get("sec-gpc") == "1"
    guessed = "prefetch" in request.headers.get("sec-purpose", "")
    moved_on = not _CARRIED_ON.isdisjoint(request.query)
    return request.method == "GET" and not (asked_not_to_be or guessed or moved_on)


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
