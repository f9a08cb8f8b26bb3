"""Another time while the details are filled in: the page of free times, which carries along what was typed."""

from starlette.responses import Response

from ...actions.times.offers import find_offering
from ...domain.wording import worded
from ..http.parsing import read_instant
from ..http.request import PageRequest
from ..parts.slots import slot_value
from .details_form import typed
from .pick import pick_page
from .times import Errand


def change_time(request: PageRequest) -> Response:
    """POST …/times: changes nothing. What was typed travels in the form, never in an address."""
    request.look("slots_per_network")
    offering = find_offering(request.rt, request.params["host"], request.params["meeting"], now=request.now)
    language = request.choose_language(offering.organisation, host=offering.host.language)
    base = f"/{offering.host.slug}/{offering.meeting.slug}"
    start = read_instant(request.form.get("start", "") or request.form.get("near", ""))
    zone = request.zone or offering.host.zone
    day = start.astimezone(zone).date() if start else None
    errand = Errand(
        base=f"{base}/times",
        action=f"{base}/details",
        method="post",
        button=language.text("Continue"),
        title=worded(offering.meeting.title, language.code, writer=offering.host.language),
        zone=zone,
        day=day,
        private=True,
        start=start,
        kept=(*typed(request.form, offering.meeting), *((("start", slot_value(start)),) if start else ())),
        here=base,
    )
    return pick_page(request, offering, errand, language)
