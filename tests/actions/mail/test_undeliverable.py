"""An address that a server refuses while its owner mends it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from booking_service.actions.booking import address as actions
from booking_service.domain.booking import BookingState
from booking_service.mail.errors import RecipientRefused
from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered
from booking_service.worker import drain
from tests.world import KeptMails, World

MENDED = "grace@navy.example"


@dataclass
class SlowToRefuse:
    """Refuses every address but the mended one, and only after `meanwhile` happened."""

    mails: KeptMails
    meanwhile: Callable[[], object]

    def send(self, mail: OutgoingMail) -> Delivered:
        if mail.to.address == MENDED:
            return self.mails.send(mail)
        self.meanwhile()
        raise RecipientRefused("550 5.1.1 no such user")


def test_a_refusal_that_comes_after_the_address_was_corrected_releases_nothing(w: World) -> None:
    booking = w.hold()

    def correct() -> None:
        actions.correct_address(w.rt, booking.public_id, MENDED, now=w.now)

    drain(replace(w.rt, transport=SlowToRefuse(w.mails, correct)))
    assert w.booking(booking.id).state is BookingState.HELD
    assert len(w.mails.to(MENDED)) == 1
    assert w.confirm(booking).state is BookingState.CONFIRMED
