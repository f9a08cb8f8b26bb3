"""Set-up is done: link, QR code, and a test booking of the host's own."""

from dataclasses import dataclass
from uuid import uuid4

from markupsafe import Markup
from starlette.responses import Response

from ...actions.booking.hold import HoldForm, hold_slot
from ...actions.setup import welcome
from ...actions.setup.welcome import WelcomeProgress
from ...domain.availability import local_date
from ...domain.errors import BookingError, NotFound
from ...domain.meeting import MeetingType
from ...domain.people import Host, Invitee
from ..http import errors, refusal_words
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.qr import qr_svg
from .welcome_steps import WELCOME, next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """`wrong`: title and text of why no test could be booked."""

    link: str
    href: str
    first: str
    qr: Markup
    email: str
    test: str
    today: str
    wrong: tuple[str, str] | None


def show(request: SignedInRequest) -> Response:
    """GET /host/welcome/done"""
    return _page(request)


def book_test(request: SignedInRequest) -> Response:
    """POST /host/welcome/test: hold the first free time for the host, and lead to the invitee's page."""
    found = welcome.progress(request.rt, request.host_id)
    meeting = _meeting(found)
    start = welcome.first_free(request.rt, found.host, meeting, now=request.now) if meeting else None
    if meeting is None or start is None:
        language = request.language
        wrong = (
            language.text("There is no free time now"),
            language.text("Check your hours and calendars, and try again."),
        )
        return _page(request, wrong=wrong, status=409)
    host, person = found.host, request.person
    form = HoldForm(
        host=host.slug,
        meeting=meeting.slug,
        start=start,
        invitee=Invitee(
            name=request.language.text("Test of {name}", name=person.name),
            email=person.email,
            language=request.language.code,
            zone=host.zone.key,
        ),
        form_key=uuid4().hex[:22],
        network=request.network,
        test=True,
    )
    try:
        booking = hold_slot(request.rt, form, now=request.now)
    except NotFound:
        raise
    except BookingError as error:
        wrong = refusal_words.words(error, request.language, request=request, zone=person.zone)
        return _page(request, wrong=wrong, status=errors.status_of(error))
    return see_other(request.plain(f"/b/{booking.public_id}"))


def _page(request: SignedInRequest, *, wrong: tuple[str, str] | None = None, status: int = 200) -> Response:
    found = welcome.progress(request.rt, request.host_id)
    meeting = _meeting(found)
    if meeting is None or found.target is None:
        return see_other(request.href(next_step(found)))
    path = f"/{found.host.slug}/{meeting.slug}"
    link = f"{request.rt.settings.base_url or ''}{path}"
    view = DoneView(
        link=link,
        href=request.plain(path),
        first=_first_free(request, found.host, meeting),
        qr=qr_svg(link, request.language.text("QR code of your link")),
        email=request.person.email,
        test=request.href(f"{WELCOME}/test"),
        today=request.href("/host"),
        wrong=wrong,
    )
    return page(request, "host/welcome_done.html", view, desk_frame(request), status=status)


def _meeting(found: WelcomeProgress) -> MeetingType | None:
    return next((each for each in found.meetings if each.active), None)


def _first_free(request: SignedInRequest, host: Host, meeting: MeetingType) -> str:
    language = request.language
    first = welcome.first_free(request.rt, host, meeting, now=request.now)
    if first is None:
        return language.text("We are reading your calendar. Your free times will show in a moment.")
    today = local_date(request.now, host.zone)
    if local_date(first, host.zone) == today:
        return language.text("Your first free time is today, {time}.", time=language.clock(first, host.zone))
    return language.text("Your first free time is {time}.", time=language.instant(first, host.zone, today=today))
