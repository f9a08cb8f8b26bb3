"""Networks that are shut out by hand: no time is held from there, what was mailed works, and they are let in again."""

from datetime import timedelta
from typing import Any

from booking_service.actions.access import network_blocks
from booking_service.actions.operations.timers import each_half_minute
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.booking import BookingState
from booking_service.domain.network_blocks import (
    LONGEST,
    MOST,
    REASON_LENGTH,
    BlockRefused,
    NotBlocked,
    read_network,
)
from booking_service.domain.roles import Role
from booking_service.storage import operations
from booking_service.storage.engine import snapshot
from tests.statements import statements
from tests.web.host.test_share import made
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site, browser_of, person, person_of_host, signed_in

THERE, ELSEWHERE = "203.0.113.7", "198.51.100.7"
BLOCKED = {"network": "203.0.113.9/24", "reason": "floods Ada", "days": "7"}
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def shut_out(s: Site, network: str = "203.0.113.0/24", *, lasts: timedelta | None = None) -> None:
    network_blocks.block(s.w.rt, network, reason="a flood", lasts=lasts, by=Actor(name="Mary"), now=s.w.now)


def test_a_network_is_blocked_and_let_in_by_the_page_and_both_stand_in_the_audit_log(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN), address=ELSEWHERE)
    assert "Nobody." in look(admin, "/admin/limits").text
    answer = admin.post("/admin/limits/block", data=BLOCKED)
    assert answer.status_code == 303
    shown = look(admin, answer.headers["location"])
    assert "Saved. No time can be held from there; mailed links still work." in shown.text
    assert "203.0.113.0/24" in shown.text
    assert "“floods Ada”" in shown.text
    assert "Until Monday 14 January, 09:00" in shown.text
    assert browser_of(s.w, address=THERE).post("/ada/intro/hold", data=s.form()).status_code == 403
    assert s.w.calendar.events() == []
    again = admin.post("/admin/limits/let-in", data={"network": "203.0.113.0/24"})
    assert "Times can be held from there again." in look(admin, again.headers["location"]).text
    assert browser_of(s.w, address=THERE).post("/ada/intro/hold", data=s.form()).status_code == 303
    log = look(admin, "/admin/audit").text
    assert "No time can be held from 203.0.113.0/24 until 2030-01-14 08:00 UTC" in log
    assert "Times can be held from 203.0.113.0/24 again" in log
    admin.post("/admin/limits/let-in", data={"network": "203.0.113.0/24"})
    assert look(admin, "/admin/audit").text.count("Times can be held from 203.0.113.0/24 again") == 1


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN), address=ELSEWHERE)
    for changed, said in (
        ({"network": "nonsense"}, "Enter an address or a network"),
        ({"network": "0.0.0.0/0"}, "This is too wide"),
        ({"network": "::/0"}, "This is too wide"),
        ({"network": "127.0.0.1"}, "This is the machine of the service"),
        ({"network": "::1"}, "This is the machine of the service"),
        ({"reason": " "}, "Say why, in 200 characters at most"),
        ({"reason": "x" * 201}, "Say why, in 200 characters at most"),
        ({"days": "9999"}, "Choose how long"),
    ):
        page = read(admin.post("/admin/limits/block", data={**BLOCKED, "days": "30", **changed}))
        assert page.status == 422, changed
        assert said in page.text, changed
        typed = {**BLOCKED, **changed}
        assert page.one("input", id="network").get("value") == typed["network"]
        assert page.one("input", id="reason").get("value") == typed["reason"].strip()
        assert "days" in changed or page.all("option", selected="")[-1].get("value") == "30"
        assert network_blocks.listed(s.w.rt, now=s.w.now) == ()


def test_ones_own_network_is_blocked_only_by_who_says_that_it_is_meant(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN), address=THERE)
    asked = read(admin.post("/admin/limits/block", data=BLOCKED))
    assert asked.status == 422
    assert "You are in this network yourself" in asked.text
    assert asked.one("input", id="own").get("name") == "own"
    assert network_blocks.listed(s.w.rt, now=s.w.now) == ()
    assert admin.post("/admin/limits/block", data={**BLOCKED, "own": "y"}).status_code == 303
    assert look(admin, "/admin/limits").status == 200
    assert admin.post("/admin/limits/let-in", data={"network": "203.0.113.0/24"}).status_code == 303


def test_who_is_no_administrator_blocks_nobody_and_lets_nobody_in(s: Site) -> None:
    staff = signed_in(s, person(s, Role.STAFF))
    assert staff.post("/admin/limits/block", data=BLOCKED).status_code == 404
    shut_out(s)
    assert staff.post("/admin/limits/let-in", data={"network": "203.0.113.0/24"}).status_code == 404
    assert len(network_blocks.listed(s.w.rt, now=s.w.now)) == 1


def test_who_is_refused_reads_what_to_do_and_keeps_what_was_typed(s: Site) -> None:
    shut_out(s)
    browser = browser_of(s.w, address=THERE)
    for path in ("/ada", "/ada/intro", f"/ada/intro/details?start={TUESDAY_9}"):
        assert browser.get(path).status_code == 200, path
    page = read(browser.post("/ada/intro/hold", data=s.form()))
    assert page.status == 403
    assert "No time can be held from your network" in page.text
    assert "write to or phone the person you want to meet" in page.text
    assert page.one("input", id="name").get("value") == "Grace Hopper"
    assert s.w.calendar.events() == []
    s.w.drain()
    assert s.w.mails.to("grace@example.net") == []
    assert browser_of(s.w, address=ELSEWHERE).post("/ada/intro/hold", data=s.form()).status_code == 303


def test_a_program_gets_problem_details(s: Site) -> None:
    shut_out(s)
    typed = {**s.form(), "host": "ada", "meeting": "intro"}
    answer = browser_of(s.w, address=THERE).post("/api/v1/holds", json=typed, headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("application/problem+json")
    found = answer.json()
    assert found["type"].endswith("network-blocked")
    assert found["title"] == "No time can be held from your network"
    assert "write to or phone" in found["detail"]


def test_of_ipv6_the_64_around_an_address_is_blocked_and_ipv4_in_ipv6_is_itself(s: Site) -> None:
    shut_out(s, "2001:db8:7:1::5")
    shut_out(s, "::ffff:192.0.2.1")
    assert [str(each.network) for each in network_blocks.listed(s.w.rt, now=s.w.now)] == [
        "192.0.2.1/32",
        "2001:db8:7:1::/64",
    ]
    for address, status in (("2001:db8:7:1::99", 403), ("192.0.2.1", 403), ("2001:db8:7:2::99", 303)):
        answer = browser_of(s.w, address=address).post("/ada/intro/hold", data=s.form())
        assert answer.status_code == status, address


def test_of_a_translators_addresses_one_visitor_is_blocked_and_not_all_that_come_by_it(s: Site) -> None:
    """A server that has IPv6 alone is shown IPv4 visitors within one /64."""
    shut_out(s, "64:ff9b::5db8:d822")
    (found,) = network_blocks.listed(s.w.rt, now=s.w.now)
    assert str(found.network) == "93.184.216.34/32"
    for address, status in (("64:ff9b::5db8:d822", 403), ("93.184.216.34", 403), ("64:ff9b::808:808", 303)):
        answer = browser_of(s.w, address=address).post("/ada/intro/hold", data=s.form())
        assert answer.status_code == status, address


def test_links_that_were_mailed_work_from_a_blocked_network(s: Site) -> None:
    """Confirming, moving, cancelling, taking again what ended, one-time links, and the page with one's own data."""
    held, lapsing = s.hold(), s.hold(form_key="l" * 22, start="2030-01-08T10:00:00Z", email="max@example.net")
    one_time = made(s, signed_in(s, person_of_host(s, s.w.host)))
    shut_out(s)
    there = browser_of(s.w, address=THERE)
    assert there.post(s.link(held, LinkPurpose.CONFIRM)).status_code == 303
    manage = s.link(held, LinkPurpose.MANAGE)
    moved = there.post(f"{manage}/move", data={"start": "2030-01-08T12:00:00Z"})
    assert moved.status_code == 303
    assert there.post(f"{manage}/cancel").status_code == 303
    assert s.booking(held.public_id).state is BookingState.CANCELLED
    s.w.pass_time(hours=2)
    assert s.booking(lapsing.public_id).state is BookingState.EXPIRED
    assert there.post(f"{s.link(lapsing, LinkPurpose.CONFIRM)}/again").status_code == 303
    invited = s.form(start="2030-01-08T13:00:00Z", form_key="o" * 22, email="alan@example.net")
    assert there.post(f"{one_time}/hold", data=invited).status_code == 303
    assert there.post("/preferences", data={"email": "max@example.net"}).status_code < 400


def test_a_block_ends_by_itself_and_leaves_nothing_behind(s: Site) -> None:
    shut_out(s, lasts=DAY)
    shut_out(s, "192.0.2.0/24")
    s.w.clock.advance(24 * 3600)
    assert [str(each.network) for each in network_blocks.listed(s.w.rt, now=s.w.now)] == ["192.0.2.0/24"]
    each_half_minute(s.w.rt, now=s.w.now)
    with snapshot(s.w.rt.engine) as session:
        kept = operations.noted(session, operations.BLOCKS)
    assert kept is not None
    assert [each["network"] for each in kept.detail["blocks"]] == ["192.0.2.0/24"]


def test_the_same_network_again_is_one_block_as_said_last(s: Site) -> None:
    shut_out(s, lasts=DAY)
    shut_out(s, lasts=3 * DAY)
    (found,) = network_blocks.listed(s.w.rt, now=s.w.now)
    assert found.until == s.w.now + 3 * DAY


def test_a_block_lasts_a_year_at_most_its_reason_is_short_and_there_are_a_hundred(s: Site) -> None:
    def why(**changes: Any) -> NotBlocked | None:
        usual = {"written": "203.0.113.0/24", "reason": "x", "lasts": DAY, "by": Actor(name="Mary"), "now": s.w.now}
        try:
            network_blocks.block(s.w.rt, **{**usual, **changes})
        except BlockRefused as refused:
            return refused.why
        return None

    assert [why(lasts=each) for each in (LONGEST, LONGEST + SECOND, 0 * DAY, SECOND)] == [
        *(None, NotBlocked.LENGTH),
        *(NotBlocked.LENGTH, None),
    ]
    assert [why(reason="x" * each) for each in (REASON_LENGTH, REASON_LENGTH + 1)] == [None, NotBlocked.REASON]
    for number in range(1, MOST):
        assert why(written=f"10.0.{number}.0/24") is None
    assert why(written="198.51.100.0/24") is NotBlocked.TOO_MANY
    assert why(reason="it goes on") is None, "in place of the one that stands"


def test_a_hold_costs_no_statement_more(s: Site) -> None:
    """What reads the offer brings the blocks; pages, which are shown to everybody, do without."""
    shut_out(s)
    browser = browser_of(s.w, address=ELSEWHERE)
    with statements(s.w.rt.engine) as seen:
        assert browser.get("/ada/intro").status_code == 200
    assert not [sql for sql, values in seen if operations.BLOCKS in str(values)]
    with statements(s.w.rt.engine) as seen:
        assert browser.post("/ada/intro/hold", data=s.form()).status_code == 303
    (sql,) = [sql for sql, values in seen if operations.BLOCKS in str(values)]
    assert "offers_version" in sql


def test_what_can_be_let_in_is_named_as_it_was_blocked() -> None:
    assert read_network(" 203.0.113.9/24 ") == read_network("203.0.113.0/24")
