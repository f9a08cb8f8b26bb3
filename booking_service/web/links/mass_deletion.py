"""The page where a host says what became of many bookings whose events vanished from their calendar at once."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.calendar import mass_deletion
from ...actions.calendar.mass_deletion import LandslideQuestion
from ...actions.times import public as views
from ...domain.booking import Booking
from ...domain.people import Organisation
from ...language import Language, zone_label
from ..http.request import Asked
from ..http.responses import page, see_other


@dataclass(frozen=True, slots=True, kw_only=True)
class LandslideView:
    """`rows`: the bookings it is about. `over`: it was answered just now."""

    title: str
    text: str
    rows: tuple[str, ...]
    gone: str
    restore: str
    over: bool = False


def show(asked: Asked) -> Response:
    """GET /a/{token}, where the link is about a calendar. Raises UnknownBooking."""
    if asked.query.get("did") in {"gone", "restored"}:
        return _over(asked, asked.query["did"])
    question = mass_deletion.question(asked.rt, asked.params["token"], now=asked.now)
    said = language_of(asked, question)
    text = said.text(
        "These events stood in your calendar “{calendar}” and are gone. Nobody was told yet.",
        calendar=question.calendar,
    )
    view = LandslideView(
        title=said.text("Many bookings are gone from your calendar"), text=text,
        rows=tuple(_row(each, question, said) for each in question.bookings), gone=asked.href(f"{asked.path}/gone"),
        restore=asked.href(f"{asked.path}/restore"),
    )  # fmt: skip
    host = question.host
    return _page(asked, said, question.organisation, view, brand=host.name, home=f"/{host.slug}")


def gone(asked: Asked) -> Response:
    """POST /a/{token}/gone: their bookings are cancelled, each invitee is told."""
    return _answered(asked, mass_deletion.believe, "gone")


def restore(asked: Asked) -> Response:
    """POST /a/{token}/restore: they are written again."""
    return _answered(asked, mass_deletion.restore, "restored")


def _answered(asked: Asked, act: Callable[..., object], did: str) -> Response:
    """The page that follows knows the host no more, and speaks their language all the same."""
    token = asked.params["token"]
    said = language_of(asked, mass_deletion.question(asked.rt, token, now=asked.now))
    act(asked.rt, token, now=asked.now)
    return see_other(asked.href(f"/a/{token}", did=did, lang=said.code))


def language_of(asked: Asked, question: LandslideQuestion) -> Language:
    code = question.host.language
    return asked.speak(question.organisation, stored=code, host=code)


def _row(booking: Booking, question: LandslideQuestion, said: Language) -> str:
    time, zone = booking.time, question.host.zone
    return f"{said.when(time.start, time.end, zone)}, {zone_label(time.start, zone)}: {booking.invitee.name}"


def _over(asked: Asked, did: str) -> Response:
    """Once it is answered the link asks nothing more, and proves nothing either:
    the page only says what was pressed."""
    organisation = views.organisation(asked.rt)
    said = asked.speak(organisation)
    text = (
        said.text("The bookings are cancelled, and each invitee is told.")
        if did == "gone"
        else said.text("The events are being written again.")
    )
    view = LandslideView(title=said.text("Done"), text=text, rows=(), gone="", restore="", over=True)
    return _page(asked, said, organisation, view)


def _page(
    asked: Asked, said: Language, organisation: Organisation, view: LandslideView, *, brand: str = "", home: str = "/"
) -> Response:
    return page(
        asked, "booking/landslide.html", view, said=said, organisation=organisation, brand=brand, home=home, private=True,
    )  # fmt: skip
