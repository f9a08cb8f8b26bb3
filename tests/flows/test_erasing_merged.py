"""Contacts that are merged are one person: whichever of them is erased, all of them are. On both databases."""

import json
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest

from booking_service.actions.consent import merges, staff_entries, verify
from booking_service.actions.consent.merges import By, MergeProblem, MergeRefused
from booking_service.actions.consent.staff_entries import UnknownContact
from booking_service.actions.operations.consistency import audit_all
from booking_service.actions.operations.nightly_audit import in_words
from booking_service.actions.privacy import decisions, erasure, erasure_journal, staff_acts, vault
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup.file.apply import apply
from booking_service.actions.setup.file.read import parse
from booking_service.domain.consent import Act
from booking_service.domain.people import Invitee
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts, fields, ledger, privacy_requests
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import snapshot, transaction
from tests.databases import until_it_waits
from tests.flows.test_erasing_races import where
from tests.web.consents import NEWSLETTER, contact_of, link_in, mails, offer
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.page_reader import look
from tests.web.site import Site, person, signed_in, site

OLD, OLDER, SISTER = "grace@old.example.org", "hopper@older.example.org", "mary@example.org"
FIELDS = """
[fields.town]
label = "Town"

[fields.region]
label = "Region"
personal = false
"""
BY = By(staff="t", reason="one person")
OFFICE = Decider(staff="office", reason="a letter")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def s(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with site(tmp_path, database_url=url) as made:
        yield made


def recorded(s: Site, address: str) -> UUID:
    brought = {"optin_who": "Grace Hopper", "optin_source": f"fair {address}", "optin_date": "2024-05-01"}
    staff_entries.record(s.w.rt, address, "newsletter", staff="t", brought=brought, reason="card", now=s.w.now)
    return contact_of(s, address)


def merged(s: Site) -> dict[str, UUID]:
    """The oldest is merged into the old one, that into the one with the booking; another is nobody of theirs."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    ids = {GRACE: contact_of(s, GRACE), **{each: recorded(s, each) for each in (OLD, OLDER, SISTER)}}
    merges.merge(s.w.rt, ids[OLDER], into=ids[OLD], by=BY, now=s.w.now)
    merges.merge(s.w.rt, ids[OLD], into=ids[GRACE], by=BY, now=s.w.now)
    s.w.drain()
    return ids


def called(address: str) -> Invitee:
    return Invitee(name="Grace Hopper", email=address, language="en", zone="Europe/Berlin")


def kept(s: Site, id: UUID) -> Contact:
    with snapshot(s.w.rt.engine) as session:
        found = contacts.get(session, id)
    assert found is not None
    return found


def times_erased(s: Site, id: UUID) -> int:
    with snapshot(s.w.rt.engine) as session:
        return sum(each.entry.act is Act.ERASED for each in ledger.links(session, id))


def all_are_erased(s: Site, ids: dict[str, UUID], *, in_file: Collection[str] = (GRACE, OLD, OLDER)) -> None:
    """Nothing stays of the three but what a coming meeting needs, and their proof, which each address opens for itself."""
    s.w.drain()
    for address in (GRACE, OLD, OLDER):
        gone = kept(s, ids[address])
        assert (gone.address, gone.mailbox, gone.phone, gone.name, gone.erased_at) == ("", "", "", "", s.w.now)
        assert times_erased(s, ids[address]) == 1
        [sealed] = vault.open_(s.w.rt, address, by="t", why="a complaint", now=s.w.now)
        assert (sealed["contact"], sealed["address"]) == (ids[address].hex, address)
    assert where(s, OLD, OLDER) == set()
    assert where(s, GRACE) == {"booking", "reservation"}
    lines = erasure_journal.journal(s.w.rt.settings).read_text().splitlines()
    assert sorted(json.loads(each)["contact"] for each in lines) == sorted(str(ids[a]) for a in in_file)
    assert kept(s, ids[SISTER]).address == SISTER
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.parametrize("mode", [*Mode])
@pytest.mark.parametrize("who", [GRACE, OLD, OLDER])
def test_whichever_of_them_is_erased_all_are_once(s: Site, who: str, mode: Mode) -> None:
    ids = merged(s)
    would = erasure.erase(s.w.rt, who, OFFICE, mode=mode, now=s.w.now, dry_run=True)
    assert set(would.merged) == {GRACE, OLD, OLDER} - {who}
    assert kept(s, ids[who]).address == who
    erased = erasure.erase(s.w.rt, who, OFFICE, mode=mode, now=s.w.now)
    assert erased == would
    assert (erased.contact_id, erased.coming) == (ids[who], 1)
    all_are_erased(s, ids)
    for address in (GRACE, OLD, OLDER):
        with pytest.raises(UnknownContact):
            erasure.erase(s.w.rt, address, OFFICE, mode=mode, now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        again = erasure.erase_in(s.w.rt, session, kept(s, ids[who]), OFFICE, mode=mode, now=s.w.now)
    assert (again.details, again.merged) == (0, ())
    assert [times_erased(s, ids[each]) for each in (GRACE, OLD, OLDER)] == [1, 1, 1]


def test_what_goes_along_is_said_before_the_press_and_each_address_gets_a_last_mail(s: Site) -> None:
    """Behind a link that may be forwarded the other addresses are masked; staff see them."""
    ids = merged(s)
    s.browser.post(f"{fresh(s, OLD)}/delete")
    s.w.drain()
    own = look(s.browser, f"{fresh(s)}/delete").text
    s.browser.post(f"{fresh(s)}/delete")
    s.w.drain()
    [mail] = mails(s, "change")
    [asked] = changes(s)
    page = look(s.browser, asked).text
    for said in (own, mail.text, mail.html, page):
        assert "What we hold about you under g•••@old.example.org, h•••@older.example.org goes with them." in said
        assert OLD not in said
        assert OLDER not in said
    [of_the_other] = [each for each in s.w.mails.to(OLD) if "/preferences/change/" in each.text]
    s.browser.post("/preferences/change/" + of_the_other.text.partition("/preferences/change/")[2].split()[0])
    s.browser.post(asked)
    s.w.drain()
    with snapshot(s.w.rt.engine) as session:
        wish = privacy_requests.open_of(session, ids[GRACE])
        assert privacy_requests.open_of(session, ids[OLD]) is not None
    assert wish is not None
    queue = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    would = erasure.erase(s.w.rt, GRACE, OFFICE, mode=Mode.WHOLE, now=s.w.now, dry_run=True)
    follows = look(queue, f"/admin/consents/requests/{wish.id}").text
    assert f"What is kept of {OLD}, {OLDER} is included" in follows
    assert f"The proof of {would.details} steps of their consents" in follows
    decisions.do_now(s.w.rt, wish.id, mode=Mode.WHOLE, staff="t", now=s.w.now)
    s.w.drain()
    for _ in range(2):
        s.w.pass_time(seconds=6)
        s.w.drain()
    for address, others in ((GRACE, "g•••@old.example.org"), (OLD, "g•••@example.net"), (OLDER, "g•••@example.net")):
        last = s.w.mails.to(address)[-1]
        assert last.subject == "Your data is being deleted", address
        assert f"What we hold about you under {others}" in last.text
    assert where(s, OLD, OLDER) == set()
    with snapshot(s.w.rt.engine) as session:
        assert privacy_requests.waiting(session) == []
    s.w.pass_time(days=8)
    s.w.drain()
    assert [times_erased(s, ids[each]) for each in (GRACE, OLD, OLDER)] == [1, 1, 1]
    assert kept(s, ids[SISTER]).address == SISTER
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_who_is_merged_while_the_erasing_waits_goes_along_and_nobody_is_merged_with_who_is_erased(s: Site) -> None:
    ids = merged(s)
    begun, sister = Event(), kept(s, ids[SISTER])
    with ThreadPoolExecutor(1) as pool:
        with transaction(s.w.rt.engine) as session:
            contacts.lock(session, [ids[SISTER], ids[GRACE]])
            contacts.save(session, replace(sister, merged_into=ids[GRACE]))
            erasing = pool.submit(
                lambda: (begun.set(), erasure.erase(s.w.rt, OLD, OFFICE, mode=Mode.WHOLE, now=s.w.now))[1]
            )
            assert begun.wait(30)
            until_it_waits(s.w.rt.engine)
        assert set(erasing.result(timeout=60).merged) == {GRACE, OLDER, SISTER}
    late = recorded(s, "late@example.org")
    with pytest.raises(MergeRefused) as refusal:
        merges.merge(s.w.rt, late, into=ids[GRACE], by=BY, now=s.w.now)
    assert refusal.value.why is MergeProblem.ERASED
    assert where(s, OLD, OLDER, SISTER) == set()
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.parametrize("mode", [*Mode])
def test_bookings_guests_fields_and_events_of_the_others_go_too(s: Site, mode: Mode) -> None:
    ids = merged(s)
    apply(s.w.rt, parse(FIELDS, env={}, folder=Path()), by="test", now=s.w.now)
    staff_acts.fill(s.w.rt, OLD, "town", "Arlington", now=s.w.now)
    staff_acts.fill(s.w.rt, OLDER, "region", "Saxony", now=s.w.now)
    past = s.w.confirm(s.w.hold(meeting="quick", invitee=called(OLD), start=s.w.now + timedelta(days=2)))
    invited = s.w.hold(meeting="quick", invitee=called(SISTER), guests=(OLDER,), start=s.w.now + timedelta(days=3))
    s.w.drain()
    s.w.pass_time(days=4)
    erased = erasure.erase(s.w.rt, GRACE, OFFICE, mode=mode, now=s.w.now)
    assert (erased.bookings, erased.events, erased.coming, erased.values) == (2, 3, 0, 2)
    assert s.w.booking(past.id).erased
    assert s.w.booking(invited.id).guests == ()
    with snapshot(s.w.rt.engine) as session:
        values = [fields.visible(session, ids[each]) for each in (OLD, OLDER)]
    assert values == [{}, {} if mode is Mode.WHOLE else {"region": "Saxony"}]
    for _ in range(4):
        s.w.pass_time(seconds=31)
        s.w.drain()
    assert where(s, OLD, OLDER, "Arlington") == set()
    assert not any(each.encode() in body for body in s.w.calendar.bodies() for each in (OLD, OLDER))
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def outlived(s: Site) -> dict[UUID | None, str]:
    return {each.contact_id: in_words(each) for each in audit_all(s.w.rt, now=s.w.now) if each.question == "Q17"}


def erased_alone(s: Site, id: UUID) -> None:
    """As versions did that took only the one that was asked for."""
    with transaction(s.w.rt.engine) as session:
        assert erasure.erase_again(s.w.rt, session, [id], now=s.w.now) == 1


@pytest.mark.parametrize("first", [GRACE, OLD, OLDER])
def test_who_outlived_the_erasing_of_an_earlier_version_is_named_by_the_audit_and_erased_by_id(
    s: Site, first: str
) -> None:
    ids = merged(s)
    assert outlived(s) == {}
    erased_alone(s, ids[first])
    found, others = outlived(s), [each for each in (GRACE, OLD, OLDER) if each != first]
    assert set(found) == {ids[each] for each in others}
    for id, told in found.items():
        assert told.startswith(f"Q17 contact {id} is merged with {ids[first]}, who was erased on 2030-01-07")
        assert "@" not in told
    erased = erasure.erase(s.w.rt, str(ids[others[0]]), OFFICE, mode=Mode.WHOLE, now=s.w.now)
    assert erased.merged == (others[1],), "also by way of one that is erased already"
    for each in others:
        with pytest.raises(UnknownContact):
            erasure.erase(s.w.rt, str(ids[each]), OFFICE, mode=Mode.WHOLE, now=s.w.now)
    all_are_erased(s, ids, in_file={*others})
    assert outlived(s) == {}


def test_who_was_parted_before_the_erasing_and_is_merged_again_by_a_backup_is_parted_and_stays(s: Site) -> None:
    ids = merged(s)
    erased_alone(s, ids[GRACE])
    for each in (OLDER, OLD):
        merges.part(s.w.rt, staff_entries.id_of(s.w.rt, each), by=BY, now=s.w.now)
    assert outlived(s) == {}
    assert [kept(s, ids[each]).address for each in (OLD, OLDER)] == [OLD, OLDER]
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_who_took_their_own_wish_back_since_is_not_erased_by_that_of_another_address(s: Site) -> None:
    ids = merged(s)
    for each in (OLD, GRACE):
        s.browser.post(f"{fresh(s, each)}/delete")
        s.w.drain()
        s.browser.post(link_in(mails(s, "change", each)[-1], "change"))
        s.w.drain()
    s.browser.post(fresh(s), data={"act": "keep"})
    s.w.drain()
    s.browser.post(link_in(mails(s, "change", GRACE)[-1], "change"))
    s.w.drain()
    with snapshot(s.w.rt.engine) as session:
        [waits] = privacy_requests.waiting(session)
    assert waits.contact_id == ids[OLD]
    queue = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    assert f"What is kept of {OLDER} is included" in look(queue, f"/admin/consents/requests/{waits.id}").text
    s.w.clock.advance((waits.due_at - s.w.now).total_seconds())
    for _ in range(3):
        s.w.drain()
        s.w.pass_time(seconds=6)
    assert [kept(s, ids[each]).address for each in (GRACE, OLD, OLDER)] == [GRACE, "", ""]
    assert [times_erased(s, ids[each]) for each in (GRACE, OLD, OLDER)] == [0, 1, 1]
    last = s.w.mails.to(OLD)[-1].text
    assert "What we hold about you under h•••@older.example.org goes with it." in last
    assert set(outlived(s)) == {ids[GRACE]}, "people say whether it is one person"
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_what_breaks_off_before_it_is_on_disk_is_done_whole_the_next_time(s: Site) -> None:
    """The file of erasures can't be written, which is the last step."""
    ids = merged(s)
    erasure_journal.journal(s.w.rt.settings).mkdir()
    with pytest.raises(OSError, match=erasure_journal.FILE_NAME):
        erasure.erase(s.w.rt, OLD, OFFICE, mode=Mode.WHOLE, now=s.w.now)
    assert [kept(s, ids[each]).address for each in (GRACE, OLD, OLDER)] == [GRACE, OLD, OLDER]
    erasure_journal.journal(s.w.rt.settings).rmdir()
    erasure.erase(s.w.rt, OLD, OFFICE, mode=Mode.WHOLE, now=s.w.now)
    all_are_erased(s, ids)
