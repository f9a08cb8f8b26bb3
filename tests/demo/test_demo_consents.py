"""What the demo shows of consents."""

from pathlib import Path

import pytest

from booking_service.actions.booking import change
from booking_service.actions.consent import dossier, find, imports, verify
from booking_service.actions.consent.import_check import LineVerdict
from booking_service.actions.privacy import requests
from booking_service.crypto.tokens import LinkPurpose
from booking_service.demo import consents
from booking_service.domain.contact_filter import Filter
from tests.world import world

STANDINGS = {
    "grace": "double",
    "mary": "user",
    "charles": "implied",
    "annabella": "form",
    "alan": "none, pending",
    "augustus": "none, lapsed",
    "luigi": "none, declined",
    "sophia": "out-user",
    "john": "out-contact",
    "william": "double, expired",
    "joseph": "double",
    "karl-heinz": "double",
}


@pytest.mark.promise("I9")
def test_the_demo_has_contacts_in_every_standing_an_import_that_waits_and_a_deletion_that_is_due(
    tmp_path: Path,
) -> None:
    with world(tmp_path) as w:
        for _ in range(2):  # the second start finds all of it there
            consents.make(w.rt, now=w.now)
        w.drain()
        assert verify.verify(w.rt, now=w.now).findings == ()
        found = find.listed(w.rt, Filter(purpose="newsletter"), now=w.now)
        assert {each.contact.address.partition("@")[0]: each.held.word for each in found} == STANDINGS
        why_not = {each.contact.address.partition("@")[0]: each.held.refusal for each in found}
        for name in ("grace", "karl-heinz"):
            [shown] = [each.contact.id for each in found if each.contact.address.startswith(f"{name}@")]
            [newsletter] = [
                each
                for each in dossier.show(w.rt, shown, language="en", now=w.now).purposes
                if each.name == "Newsletter"
            ]
            assert newsletter.shown is not None, "what they agreed to can be read out"
        assert (why_not["grace"], why_not["william"], why_not["joseph"]) == ("", "expired", "stopped")
        [waiting] = imports.latest(w.rt)
        counts = imports.look(w.rt, waiting.id).counts
        assert (counts[LineVerdict.NEW], counts[LineVerdict.SAME], counts[LineVerdict.WRONG]) == (2, 1, 1)
        [due] = requests.waiting(w.rt)
        assert due.contact.name == "Karl-Heinz Müller"
        w.pass_time(days=4)
        for _ in range(2):  # its last mail, then the rest
            w.pass_time(minutes=1)
        assert requests.waiting(w.rt) == []
        assert verify.verify(w.rt, now=w.now).findings == ()


def test_who_wants_no_mail_any_more_since_before_there_were_purposes_is_in_every_list(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        token = w.token(w.hold(), LinkPurpose.NOT_ME)
        change.not_me(w.rt, token, block=True, now=w.now)
        consents.make(w.rt, now=w.now)
        w.drain()
        assert verify.verify(w.rt, now=w.now).findings == ()
