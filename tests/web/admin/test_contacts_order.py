"""Contacts are listed in the order of their latest change, page by page, however it came about."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import find, merges, phone_number, profile, staff_entries
from booking_service.actions.consent.append import append
from booking_service.actions.consent.contacts import locked
from booking_service.actions.consent.merges import By
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import SYSTEM, Act, How
from booking_service.domain.consent_moves import Draft
from booking_service.domain.contact_filter import Filter
from booking_service.domain.privacy import Mode
from booking_service.storage import contacts
from booking_service.storage.engine import transaction
from tests.web.admin.test_contacts import CONTACTS, clerk, of, recorded, rows
from tests.web.admin.test_imports import mended, planned, sent
from tests.web.admin.test_stored_data import with_fields
from tests.web.consents import NEWSLETTER, offer
from tests.web.links.test_sensitive_fields import INSURANCE
from tests.web.page_reader import look
from tests.web.site import Site

ANNA, BOB, EVE = (f"{name}@example.org" for name in ("anna", "bob", "eve"))
REASON = "told us on the phone"


@pytest.fixture
def three(s: Site) -> Site:
    """Eve was changed last, Anna first."""
    offer(s, NEWSLETTER, INSURANCE)
    with_fields(s)
    for address in (ANNA, BOB, EVE):
        recorded(s, address)
    s.w.clock.advance(60)
    return s


@pytest.fixture
def desk(s: Site) -> TestClient:
    return clerk(s)


def listed(s: Site, desk: TestClient) -> list[str]:
    """The whole list, as the page and the command have it."""
    on_page = list(rows(look(desk, CONTACTS)))
    by_command = [each.contact.address for each in find.listed(s.w.rt, Filter(purpose="newsletter"), now=s.w.now)]
    assert on_page == by_command
    return on_page


def ended(s: Site, _: TestClient) -> None:
    staff_entries.opt_out(s.w.rt, ANNA, "newsletter", staff="x", theirs=False, reason=REASON, now=s.w.now)


def numbered(s: Site, _: TestClient) -> None:
    phone_number.change(s.w.rt, of(s, ANNA), "+4930901820", reason=REASON, by="x", now=s.w.now)


def filled(s: Site, _: TestClient) -> None:
    profile.fill_several(s.w.rt, of(s, ANNA), {"region": "EU"}, now=s.w.now)


def brought(s: Site, desk: TestClient) -> None:
    base = sent(desk, f"email;Region\n{ANNA};EU\n".encode())
    desk.post(f"{base}/check", data={**mended(planned(desk, base, c1="field:region")), "do": "apply"})
    s.w.drain()


@pytest.mark.capability("S3-10", "S4-15")
@pytest.mark.parametrize("change", [ended, numbered, filled, brought])
def test_who_was_changed_last_comes_first(
    three: Site, desk: TestClient, change: Callable[[Site, TestClient], None]
) -> None:
    assert listed(three, desk) == [EVE, BOB, ANNA]
    change(three, desk)
    assert listed(three, desk) == [ANNA, EVE, BOB]


@pytest.mark.capability("S5-06")
def test_who_was_merged_or_erased_is_in_no_list_and_comes_first_once_parted(three: Site, desk: TestClient) -> None:
    merges.merge(three.w.rt, of(three, ANNA), into=of(three, BOB), by=By(staff="x", reason=REASON), now=three.w.now)
    assert listed(three, desk) == [BOB, EVE]
    three.w.clock.advance(60)
    merges.part(three.w.rt, of(three, ANNA), by=By(staff="x", reason=REASON), now=three.w.now)
    assert set(listed(three, desk)[:2]) == {ANNA, BOB}
    whole = Decider(staff="x", reason="a letter")
    erasure.erase(three.w.rt, BOB, whole, mode=Mode.WHOLE, now=three.w.now)
    assert listed(three, desk) == [ANNA, EVE]


def test_a_mail_that_went_moves_nobody(three: Site, desk: TestClient) -> None:
    with transaction(three.w.rt.engine) as session:
        circle = locked(three.w.rt, session, of(three, ANNA))
        went = Draft(purpose="newsletter", act=Act.MAILED, by=SYSTEM, how=How.TIMER, refers=circle.own[0].id)
        append(session, circle, went, now=three.w.now)
    assert listed(three, desk) == [EVE, BOB, ANNA]


def test_who_is_changed_while_pages_are_turned_leaves_nobody_out_and_shows_nobody_twice(
    s: Site, desk: TestClient
) -> None:
    offer(s, NEWSLETTER, INSURANCE)
    for each in range(60):
        recorded(s, f"n{each}@example.org")
    first = look(desk, CONTACTS)
    for address in ("n59@example.org", "n40@example.org", "n35@example.org", "n10@example.org"):
        s.w.clock.advance(1)
        staff_entries.opt_out(s.w.rt, address, "newsletter", staff="x", theirs=False, reason=REASON, now=s.w.now)
    second = look(desk, first.links()["Next ›"])
    third = look(desk, second.links()["Next ›"])
    seen = [name for page in (first, second, third) for name in rows(page)]
    assert seen == [f"n{each}@example.org" for each in reversed(range(60)) if each != 10]
    assert next(iter(rows(look(desk, CONTACTS)))) == "n10@example.org"
    assert "Next ›" not in third.links()


def test_of_many_who_came_at_one_instant_pages_leave_nobody_out(s: Site, desk: TestClient) -> None:
    offer(s, NEWSLETTER, INSURANCE)
    everybody = [f"n{each}@example.org" for each in range(60)]
    for address in everybody:
        staff_entries.record(s.w.rt, address, "newsletter", staff="import", brought={}, reason="list", now=s.w.now)
    page = look(desk, CONTACTS)
    seen = [*rows(page)]
    while "Next ›" in page.links():
        page = look(desk, page.links()["Next ›"])
        seen += rows(page)
    assert sorted(seen) == sorted(everybody)


def test_a_list_of_all_purposes_is_in_one_order(three: Site) -> None:
    recorded(three, BOB, "insurance")
    found = [(each.contact.address, each.held.purpose) for each in find.listed(three.w.rt, Filter(), now=three.w.now)]
    assert [address for address, _ in found] == [BOB, BOB, EVE, ANNA]
    assert {purpose for _, purpose in found[:2]} == {"newsletter", "insurance"}


def test_what_was_written_down_late_moves_nobody_back(three: Site, desk: TestClient) -> None:
    with transaction(three.w.rt.engine) as session:
        contacts.note_change(session, {of(three, EVE): three.w.now - timedelta(days=1)})
    assert listed(three, desk) == [EVE, BOB, ANNA]


@pytest.mark.parametrize("after", ["", "x", "20300107T080000.000000_", "_0", f"{'9' * 40}_{'0' * 32}"])
def test_an_address_that_leads_behind_nowhere_shows_the_first_page(three: Site, desk: TestClient, after: str) -> None:
    assert list(rows(look(desk, f"{CONTACTS}?after={after}"))) == [EVE, BOB, ANNA]
