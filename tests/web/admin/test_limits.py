"""Current limits, and the switch for times of attack: one for everybody, ended by itself, on record."""

from datetime import timedelta

from booking_service.actions.access import attack
from booking_service.actions.operations.checks import checks
from booking_service.domain.roles import Role
from tests.statements import statements
from tests.web.admin.test_status import STATEMENTS
from tests.web.page_reader import look
from tests.web.site import Site, browser_of, person, signed_in

HOUR = timedelta(hours=1)


def test_the_switch_is_set_shown_and_ends_by_itself(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    page = look(admin, "/admin/limits")
    assert "Under attack? Off" in page.text
    assert "limits.book_per_network" in page.text
    assert "10000 per 1 min" in page.text or "10000 per min" in page.text
    assert "hold.share_of_horizon" in page.text
    with statements(s.w.rt.engine) as seen:
        look(admin, "/admin/limits")
    assert len(seen) <= STATEMENTS
    answer = admin.post("/admin/limits", data={"switch": "on", "hours": "24"})
    assert answer.status_code == 303
    shown = look(admin, answer.headers["location"])
    assert "Under attack? On" in shown.text
    assert "It is on." in shown.text
    assert "On since 09:00, until Tuesday 8 January, 09:00. Set by Mary Somerville" in shown.text
    found = attack.show(s.w.rt)
    assert found is not None
    assert found.until == s.w.now + 24 * HOUR
    assert "“Under attack” is on until Tuesday 8 January, 09:00" in look(admin, "/host").text
    assert [each.subject for each in checks(s.w.rt, now=s.w.now)].count("attack") == 1
    assert "“Under attack” is on until 2030-01-08 08:00 UTC" in look(admin, "/admin/status").text
    assert "“Under attack” switched on until 2030-01-08 08:00 UTC" in look(admin, "/admin/audit").text
    s.w.clock.advance(24 * 3600)
    over = look(signed_in(s, person(s, Role.ADMIN, email="second@example.org")), "/admin/limits")
    assert "Under attack? Off" in over.text
    assert "Last on from Monday 7 January, 09:00 to 09:00." in over.text
    assert "attack" not in [each.subject for each in checks(s.w.rt, now=s.w.now)]


def test_it_is_switched_off_once_and_nonsense_changes_nothing(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    for wrong in ({}, {"switch": "on"}, {"switch": "on", "hours": "9999"}, {"switch": "up", "hours": "1"}):
        assert admin.post("/admin/limits", data=wrong).status_code == 303
    assert attack.show(s.w.rt) is None
    admin.post("/admin/limits", data={"switch": "on", "hours": "1"})
    s.w.clock.advance(60)
    admin.post("/admin/limits", data={"switch": "on", "hours": "6"})
    found = attack.show(s.w.rt)
    assert found is not None
    assert found.until - found.since == 6 * HOUR + timedelta(minutes=1)
    for _ in range(2):
        assert admin.post("/admin/limits", data={"switch": "off"}).headers["location"] == "/admin/limits?did=off"
    over = attack.show(s.w.rt)
    assert over is not None
    assert not over.on(s.w.now)
    assert look(admin, "/admin/audit").text.count("“Under attack” switched off") == 1


def test_who_is_no_administrator_neither_sees_nor_sets_it(s: Site) -> None:
    staff = signed_in(s, person(s, Role.STAFF))
    assert staff.get("/admin/limits").status_code == 404
    assert staff.post("/admin/limits", data={"switch": "on", "hours": "1"}).status_code == 404
    assert browser_of(s.w).post("/admin/limits", data={"switch": "on", "hours": "1"}).status_code in (303, 401)
    assert attack.show(s.w.rt) is None
