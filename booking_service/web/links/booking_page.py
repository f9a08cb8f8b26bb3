"""What all pages about one booking share: the request, the booking, and its reader."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.booking.show import SeenBooking
from ...domain.booking import Booking
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...language import Language
from ...runtime import Runtime
from ..http.request import PageRequest
from ..http.responses import Frame, page
from .state import PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPage:
    """A request for a page about one booking.

    `language`, `zone`: the host's where the link was mailed to the host, else the invitee's. `proven`: the reader came
    by a link that proves who they are, so names, addresses and answers are shown in full.
    """

    request: PageRequest
    seen: SeenBooking
    language: Language
    zone: ZoneInfo
    state: PageState
    proven: bool

    @property
    def booking(self) -> Booking:
        return self.seen.booking

    @property
    def host(self) -> Host:
        return self.seen.host

    @property
    def meeting(self) -> MeetingType:
        return self.seen.meeting

    @property
    def rt(self) -> Runtime:
        return self.request.rt

    @property
    def now(self) -> datetime:
        return self.request.now

    @property
    def frame(self) -> Frame:
        """The frame of this page; `replace` sets the step in the booking."""
        framed = Frame.of_host(self.host, self.seen.organisation, self.language, private=True)
        return replace(framed, here=self.href()) if self.request.method == "POST" else framed

    def href(self, act: str = "", *, did: str = "") -> str:
        """The address of the page or one of its acts. `did`: what was just done."""
        return self.request.href(self.request.page_path + act, did=did)

    def respond(
        self,
        template: str,
        view: object,
        *,
        frame: Frame | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        return page(self.request, template, view, frame or self.frame, status=status, headers=headers)
