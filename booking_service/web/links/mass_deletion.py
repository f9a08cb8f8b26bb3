"""The page on which a host answers after a mass deletion of events."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.calendar import mass_deletion
from ...actions.calendar.mass_deletion import MassDeletionQuestion
from ...actions.times import public
from ...domain.booking import Booking
from ...language import Language, zone_label
from ..http.request import PageRequest
from ..http.responses import Frame, page, see_other


@dataclass(frozen=True, slots=True, kw_only=True)
class MassDeletionView:
    """`rows`: the bookings concerned. `over`: it was just answered."""

    title: str
    text: str
    rows: tuple[str, ...]
    gone: str
    restore: str
    over: bool = False


def show(request: PageRequest) -> Response:
    """GET /a/{token}, for a link about a calendar. Raises UnknownBooking."""
    if request.query.get("did") in {"gone", "restored"}:
        return _over(request, request.query["did"])
    question = mass_deletion.question(request.rt, request.params["token"], now=request.now)
    language = _language_for(request, question)
    text = language.text(
        "These events were in your calendar “{calendar}” and are gone. Nobody has been told yet.",
        calendar=question.calendar,
    )
    view = MassDeletionView(
        title=language.text("Many bookings are gone from your calendar"),
        text=text,
        rows=tuple(_row(each, question, language) for each in question.bookings),
        gone=request.href(f"{request.path}/gone"),
        restore=request.href(f"{request.path}/restore"),
    )
    frame = Frame.of_host(question.host, question.organisation, language, private=True)
    return page(request, "links/mass_deletion.html", view, frame)


def gone(request: PageRequest) -> Response:
    """POST /a/{token}/gone: cancel the bookings and tell the invitees."""
    return _answered(request, mass_deletion.believe, "gone")


def restore(request: PageRequest) -> Response:
    """POST /a/{token}/restore: write the events again."""
    return _answered(request, mass_deletion.restore, "restored")


def _answered(request: PageRequest, act: Callable[..., object], did: str) -> Response:
    """Act, and lead to a page that no longer knows the host, so its address carries the language."""
    token = request.params["token"]
    language = _language_for(request, mass_deletion.question(request.rt, token, now=request.now))
    act(request.rt, token, now=request.now)
    return see_other(request.href(f"/a/{token}", did=did, lang=language.code))


def _language_for(request: PageRequest, question: MassDeletionQuestion) -> Language:
    code = question.host.language
    return request.choose_language(question.organisation, stored=code, host=code)


def _row(booking: Booking, question: MassDeletionQuestion, language: Language) -> str:
    time, zone = booking.time, question.host.zone
    return f"{language.when(time.start, time.end, zone)}, {zone_label(time.start, zone)}: {booking.invitee.name}"


def _over(request: PageRequest, did: str) -> Response:
    """What was pressed. After the answer the link asks nothing and proves nothing."""
    organisation = public.organisation(request.rt)
    language = request.choose_language(organisation)
    text = (
        language.text("The bookings are cancelled, and each invitee is told.")
        if did == "gone"
        else language.text("The events are being written again.")
    )
    view = MassDeletionView(title=language.text("Done"), text=text, rows=(), gone="", restore="", over=True)
    frame = Frame(language=language, organisation=organisation, private=True)
    return page(request, "links/mass_deletion.html", view, frame)
