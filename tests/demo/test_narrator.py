"""What the demo prints while people try it."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from booking_service.actions.access.links import token
from booking_service.actions.booking import reply
from booking_service.crypto.tokens import LinkPurpose
from booking_service.demo.narrator import Teller
from booking_service.demo.smtp_catcher import CaughtMail
from tests.world import world


def test_a_mail_is_told_after_what_it_tells_of(tmp_path: Path) -> None:
    said = StringIO()
    teller = Teller(Console(file=said))
    with world(tmp_path) as w:
        with teller.listening(w.rt):
            booking = w.hold(guests=("bob@example.org",), meeting="quick")
            teller.mail(CaughtMail(1, "booking@example.org", ("grace@example.org",), b"Subject: Quick\n call\n\n"))
            reply.decline_as_guest(w.rt, token(w.rt, booking, LinkPurpose.GUEST, guest="bob@example.org"), now=w.now)
        told = [line.strip() for line in said.getvalue().splitlines()]
    mail = "✉ to grace@example.org: Quick call"
    assert mail in told
    assert told.index(f"● booking {str(booking.id)[:8]} confirmed by the invitee") < told.index(mail)
    assert f"● booking {str(booking.id)[:8]} declined by a guest" in told
