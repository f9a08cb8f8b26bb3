"""What staff and the person see of somebody whose details were taken off the ledger, as nothing needed them any more."""

from datetime import timedelta
from pathlib import Path

from booking_service.actions.consent import proof
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.privacy import entry_details, own_data, vault
from booking_service.domain.roles import Permission, Role
from tests.web.consents import NEWSLETTER, contact_of, link_in, mails, offer, standing
from tests.web.own_pages import GRACE, agreed, fresh, start
from tests.web.page_reader import look
from tests.web.site import Site, person, signed_in

TAKEN_OFF = "Details removed, as nothing needs them any more"


def test_pages_proof_and_data_say_so_the_no_stands_and_they_may_agree_anew(s: Site, tmp_path: Path) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    s.w.pass_time(days=31)
    s.w.drain()
    assert entry_details.forget_due(s.w.rt, now=s.w.now) == 1
    seal_due(s.w.rt, now=s.w.now)

    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    shown = look(staff, f"/admin/consents/contacts/{contact_of(s, GRACE)}").text
    assert TAKEN_OFF in shown
    assert "Opted out by the person" in shown
    given = own_data.given_to_staff(s.w.rt, GRACE, by="staff:t", language="en", now=s.w.now)
    assert {each["detail"] for each in given["entries"]} == {None}
    made = proof.make(s.w.rt, contact_of(s, GRACE), by="staff:t", now=s.w.now)
    archive = tmp_path / "proof.zip"
    archive.write_bytes(made.content)
    assert "DETAILS ERASED" in proof.check(archive, kept=made.head)
    [sealed] = vault.open_(s.w.rt, GRACE, by="staff:t", why="a complaint", now=s.w.now)
    assert any('"network"' in each["body"] for each in sealed["details"])
    assert "Grace" in look(staff, "/admin/consents/access").text

    s.browser.post(fresh(s), data=start(s))
    s.w.drain()
    s.browser.post(link_in(mails(s, "change")[-1], "change"))
    assert standing(s).granted
    s.w.clock.advance(timedelta(days=400).total_seconds())
    assert entry_details.forget_due(s.w.rt, now=s.w.now) == 0
