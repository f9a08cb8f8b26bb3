"""What staff see of the reminders of a question that waits, in the list and on the contact's page."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from booking_service.domain.roles import Permission, Role
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.web.consents import NEWSLETTER, contact_of, mails, offer, ticked
from tests.web.page_reader import look
from tests.web.site import Site, person, signed_in

CONTACTS, GRACE = "/admin/consents/contacts", "grace@example.net"


def seen(s: Site, browser: TestClient) -> tuple[str, str]:
    """The list and the contact's page."""
    return look(browser, CONTACTS).text, look(browser, f"{CONTACTS}/{contact_of(s, GRACE)}").text


@pytest.mark.capability("S2-07")
def test_staff_see_how_often_a_question_was_asked_again_and_when_it_is_once_more(s: Site) -> None:
    offer(s)
    s.confirmed(**ticked(s))
    clerk = person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}))
    for text in seen(s, signed_in(s, clerk)):
        assert "sked on 7 January 2030" in text
        assert "next reminder on 10 January 2030" in text
        assert "reminded" not in text
    for day, told in (
        (3, "reminded once · next reminder on 13 January 2030"),
        (6, "reminded 2 times · next reminder on 16 January 2030"),
        (9, "reminded 3 times · "),
    ):
        s.w.pass_time(days=3)
        assert len(mails(s, "yes")) == 1 + day // 3
        for text in seen(s, signed_in(s, clerk)):
            assert told in text
    assert not any("next reminder" in text for text in seen(s, signed_in(s, clerk))), "three are the most"


def test_no_reminder_is_announced_that_does_not_come(s: Site) -> None:
    offer(s)
    s.hold(**ticked(s))
    s.w.drain()
    browser = signed_in(s, person(s, Role.STAFF))
    assert not any("next reminder" in text for text in seen(s, browser)), "the address has shown nothing"
    with transaction(s.w.rt.engine) as session:
        purposes.save_rules(session, replace(purposes.rules(session), remind_unproven=True))
    assert all("next reminder on 10 January 2030" in text for text in seen(s, browser))
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, active=False))
    assert not any("next reminder" in text for text in seen(s, browser)), "it is not in use any more"
