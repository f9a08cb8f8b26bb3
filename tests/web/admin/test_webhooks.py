"""Webhooks: a yes reaches others within seconds, with no more than was agreed to; its end too; and nothing without a yes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import (
    append,
    follow_ups,
    import_retract,
    imports,
    merges,
    phone_number,
    staff_entries,
)
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.consent.merges import By
from booking_service.crypto import keys
from booking_service.domain.audit import Actor
from booking_service.domain.consent_file import Meaning
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.follow_ups import Audience, FollowUp
from booking_service.domain.purposes import Accepts, Part, Purpose, PurposeKind
from booking_service.domain.roles import Permission, Role
from booking_service.storage import follow_ups as stored
from booking_service.storage import outbox, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.consents import TEXTS, contact_of, link_in, mails, offer, ticked
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look, read, words
from tests.web.receivers import Receiver, receiver, signed_by
from tests.web.site import Site, person, signed_in, site

WEBHOOKS = "/admin/consents/webhooks"
PARTNERS = Purpose(id=UUID(int=203), slug="partners", kind=PurposeKind.CUSTOM)
TEXTS["partners"] = {"en": {Part.NAME: "Passing on to partners", Part.BOX: "Pass my name and address on to partners."}}


@pytest.fixture
def s(tmp_path: Path, world_url: str | None) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url, webhooks={"allowed_networks": "127.0.0.0/8"}) as made:
        offer(made, PARTNERS)
        yield made


@pytest.fixture
def partner() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def added(s: Site, url: str, purpose: str = "partners") -> str:
    """The secret, as the page shows it once."""
    browser = signed_in(s, person(s, Role.ADMIN, email=f"{purpose}@example.org"))
    page = read(browser.post(WEBHOOKS, data={"purpose": purpose, "url": url}))
    assert page.status == 200
    secret = words(page.one("code"))
    assert secret not in look(browser, WEBHOOKS).text
    return secret


def first(browser: TestClient) -> str:
    """The id of the first webhook on the page."""
    return look(browser, WEBHOOKS).all("button", name="id")[0].get("value", "")


@pytest.mark.capability("S4-10", "S4-15", "S4-23", "S4-29")
def test_a_yes_is_told_at_once_signed_and_so_is_its_end_and_nothing_before(s: Site, partner: Receiver) -> None:
    secret = added(s, partner.url)
    s.confirmed(**ticked(s, "partners"))
    assert partner.got == [], "asked is not agreed"
    link = link_in(mails(s, "yes")[-1], "yes")
    s.browser.post(link, data={"purpose": "partners", "answer": "yes"})
    s.w.drain()
    [told] = partner.told
    assert told["type"] == "consent.granted"
    assert {name: told["data"][name] for name in ("purpose", "address", "name", "standing")} == {
        "purpose": "partners",
        "address": "grace@example.net",
        "name": "Grace Hopper",
        "standing": "double",
    }
    [(headers, body)] = partner.got
    assert signed_by(secret, headers, body)
    assert not signed_by(secret, headers, body + b" ")
    assert "authorization" not in headers

    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    s.w.drain()
    ended = partner.told[1]
    assert ended["type"] == "consent.ended"
    assert ended["data"].keys() == {"purpose", "contact_id", "entry_id"}, "an end lets nobody have more"
    assert ended["data"]["contact_id"] == told["data"]["contact_id"]
    s.w.drain()
    assert len(partner.got) == 2


@pytest.mark.capability("S4-29", "S4-04")
def test_what_waited_is_told_to_nobody_once_the_person_ended_it(s: Site, partner: Receiver) -> None:
    added(s, partner.url)
    partner.answers = [503]
    agreed(s, "partners")
    assert len(partner.got) == 1
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    s.w.drain()
    s.w.pass_time(hours=1)
    assert [each["type"] for each in partner.told] == ["consent.granted", "consent.ended"], (
        "the first try may have arrived, so that it hears of the end"
    )
    staff_entries.record(s.w.rt, "a@example.org", "partners", staff="x", brought={}, reason="card", now=s.w.now)
    s.w.drain()
    assert len(partner.got) == 2, "the policy wants more than that"


def test_a_try_that_fails_is_made_again_under_the_same_id_and_a_receiver_that_is_gone_is_given_up(
    s: Site, partner: Receiver
) -> None:
    added(s, partner.url)
    partner.answers = [500, 302, 204]
    agreed(s, "partners")
    s.w.pass_time(hours=1)
    s.w.pass_time(hours=1)
    ids = [headers["webhook-id"] for headers, _ in partner.got]
    times = [int(headers["webhook-timestamp"]) for headers, _ in partner.got]
    assert len(ids) == 3
    assert len(set(ids)) == 1
    assert times == sorted(set(times)), "each try says when it was made"
    partner.answers = [410]
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    s.w.drain()
    with snapshot(s.w.rt.engine) as session:
        [dead] = outbox.dead_rows(session)
    assert dead.error == f"{partner.url}: it answered 410"
    admin = signed_in(s, person(s, Role.ADMIN))
    assert "Tell others of an answer about a purpose" in look(admin, "/admin/outbox").text


def test_a_new_secret_signs_beside_the_old_one_for_a_day(s: Site, partner: Receiver) -> None:
    old = added(s, partner.url)
    browser = signed_in(s, person(s, Role.ADMIN))
    id = first(browser)
    new = words(read(browser.post(f"{WEBHOOKS}/rotate", data={"id": id})).one("code"))
    agreed(s, "partners")
    headers, body = partner.got[-1]
    assert (signed_by(old, headers, body), signed_by(new, headers, body)) == (True, True)
    s.w.clock.advance(timedelta(hours=25).total_seconds())
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    s.w.drain()
    headers, body = partner.got[-1]
    assert (signed_by(old, headers, body), signed_by(new, headers, body)) == (False, True)
    assert browser.post(f"{WEBHOOKS}/remove", data={"id": id}).status_code in (303, 403)


def test_a_fresh_key_seals_secrets_anew_also_the_one_that_signs_for_a_day_yet(s: Site, partner: Receiver) -> None:
    old = added(s, partner.url)
    browser = signed_in(s, person(s, Role.ADMIN))
    new = words(read(browser.post(f"{WEBHOOKS}/rotate", data={"id": first(browser)})).one("code"))
    fresh = keys.Key(b"k" * 43)
    both = replace(s.w.rt, ring=keys.KeyRing((fresh, *s.w.rt.ring.keys)))
    assert follow_ups.seal_anew(both) == (1, 0)
    assert follow_ups.seal_anew(both) == (0, 0)
    assert follow_ups.seal_anew(s.w.rt) == (0, 1)
    with snapshot(s.w.rt.engine) as session:
        [kept] = stored.every(session)
    opened = [
        keys.unseal(keys.KeyRing((fresh,)), each, context=follow_ups.secret_context(kept.id)).decode()
        for each in (kept.secret, kept.old_secret)
    ]
    assert opened == [new, old]


def test_what_shows_a_secret_once_and_is_sent_again_changes_nothing(s: Site, partner: Receiver) -> None:
    """As by a reload of its answer: a second webhook would be told of everything twice, and the copied secret would sign no more."""
    old = added(s, partner.url)
    browser = signed_in(s, person(s, Role.ADMIN))
    again = read(browser.post(WEBHOOKS, data={"purpose": "partners", "url": f" {partner.url} "}))
    assert again.status == 422
    assert "This address is already told about this purpose" in again.text
    assert len(look(browser, WEBHOOKS).all("button", name="id")) == 2, "a new secret, and remove, of one"
    pressed = {"id": first(browser), "mark": look(browser, WEBHOOKS).value("mark")}
    new = words(read(browser.post(f"{WEBHOOKS}/rotate", data=pressed)).one("code"))
    reloaded = read(browser.post(f"{WEBHOOKS}/rotate", data=pressed))
    assert reloaded.status == 409
    assert "It has a new secret already." in reloaded.text
    agreed(s, "partners")
    headers, body = partner.got[-1]
    assert (signed_by(old, headers, body), signed_by(new, headers, body)) == (True, True)
    pressed["mark"] = reloaded.value("mark")
    assert words(read(browser.post(f"{WEBHOOKS}/rotate", data=pressed)).one("code")) != new


def test_only_public_addresses_are_told_unless_the_operator_allows_more(tmp_path: Path, partner: Receiver) -> None:
    with site(tmp_path) as s:
        offer(s, PARTNERS)
        refused = signed_in(s, person(s, Role.ADMIN)).post(WEBHOOKS, data={"purpose": "partners", "url": partner.url})
        assert refused.status_code == 422
        assert "names their network in webhooks.allowed_networks" in read(refused).text
        hook = FollowUp(id=UUID(int=9), purpose="partners", url=partner.url, made_at=s.w.now, by="x")
        sealed = keys.seal(s.w.rt.ring, b"whsec_" + b"A" * 32, context=follow_ups.secret_context(hook.id))
        with transaction(s.w.rt.engine) as session:
            stored.save(session, replace(hook, secret=sealed))
        agreed(s, "partners")
        with snapshot(s.w.rt.engine) as session:
            [dead] = outbox.dead_rows(session)
        assert f"{partner.url}: the address may not be called" in dead.error
        assert partner.got == []


def test_only_administrators_add_webhooks_and_what_is_no_address_is_said(s: Site, partner: Receiver) -> None:
    clerk = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    assert clerk.post(WEBHOOKS, data={"purpose": "partners", "url": partner.url}).status_code == 404
    admin = signed_in(s, person(s, Role.ADMIN))
    for url in ("", "example.org", "ftp://example.org", "https://a b", "https://example.org/" + "x" * 500):
        assert admin.post(WEBHOOKS, data={"purpose": "partners", "url": url}).status_code == 422
    assert admin.post(WEBHOOKS, data={"purpose": "nothing", "url": partner.url}).status_code == 404
    for act in ("rotate", "remove"):
        assert admin.post(f"{WEBHOOKS}/{act}", data={"id": "x"}).status_code == 404
    added(s, partner.url)
    id = first(admin)
    assert (
        "It is no longer told anything."
        in look(admin, admin.post(f"{WEBHOOKS}/remove", data={"id": id}).headers["location"]).text
    )
    agreed(s, "partners")
    assert partner.got == []
    log = look(admin, "/admin/audit").text
    assert f"Webhook of “partners” added: {partner.url}" in log
    assert f"Webhook of “partners” removed: {partner.url}" in log


def test_whoever_was_told_of_an_imported_yes_is_told_when_the_import_is_taken_back(s: Site, partner: Receiver) -> None:
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(PARTNERS, accepts=Accepts.USER))
    added(s, partner.url)
    made = imports.start(s.w.rt, b"email\na@example.org\nb@example.org\n", name="x", by="x", called="x", now=s.w.now)
    imports.plan(
        s.w.rt, made.id, replace(imports.plan_of(made), purpose="partners", meaning=Meaning.GIVEN), now=s.w.now
    )
    imports.apply(s.w.rt, made.id, leave_out=False, now=s.w.now)
    s.w.drain()
    assert [each["type"] for each in partner.told] == ["consent.granted"] * 2
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "b@example.org", "partners", staff="x", theirs=True, reason="phone", now=s.w.now)
    s.w.drain()
    s.w.clock.advance(1)
    import_retract.start(s.w.rt, made.id, reason="x", by="x", called="x", actor=Actor(name="x"), now=s.w.now)
    s.w.drain()
    ends = [each["data"]["contact_id"] for each in partner.told[2:] if each["type"] == "consent.ended"]
    assert len(ends) == 2
    assert len({*ends}) == 2, "each once"


ONE_PERSON = By(staff="x", reason="one person")


@pytest.mark.capability("S4-29")
def test_a_stop_of_whom_a_contact_is_merged_with_ends_what_was_told_of_it(s: Site, partner: Receiver) -> None:
    added(s, partner.url)
    agreed(s, "partners")
    with transaction(s.w.rt.engine) as session:
        other = find_or_make(s.w.rt, session, address="old@example.org", now=s.w.now).id
    s.w.clock.advance(1)
    merges.merge(s.w.rt, other, into=contact_of(s, GRACE), by=ONE_PERSON, now=s.w.now)
    s.w.drain()
    assert [each["type"] for each in partner.told] == ["consent.granted"], "nobody says no"
    s.w.clock.advance(1)
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, other, "*", Stopped(), now=s.w.now)
    s.w.drain()
    assert [each["type"] for each in partner.told] == ["consent.granted", "consent.ended"]


@pytest.mark.capability("S4-29")
def test_a_merge_with_who_said_no_before_ends_what_was_told(s: Site, partner: Receiver) -> None:
    added(s, partner.url)
    agreed(s, "partners")
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "old@example.org", "partners", staff="x", theirs=True, reason="phone", now=s.w.now)
    merges.merge(s.w.rt, contact_of(s, "old@example.org"), into=contact_of(s, GRACE), by=ONE_PERSON, now=s.w.now)
    s.w.drain()
    assert [each["type"] for each in partner.told] == ["consent.granted", "consent.ended"]


def test_of_each_kind_of_consent_only_what_it_is_about_leaves(s: Site, partner: Receiver) -> None:
    mail = Purpose(id=UUID(int=301), slug="letters", kind=PurposeKind.EMAIL, accepts=Accepts.USER)
    calls = Purpose(id=UUID(int=302), slug="calls", kind=PurposeKind.PHONE)
    with transaction(s.w.rt.engine) as session:
        for each in (mail, calls, replace(PARTNERS, accepts=Accepts.USER)):
            purposes.save(session, each)
    for purpose in ("letters", "calls"):
        added(s, partner.url, purpose)
    brought = {"optin_who": "Anna Ott", "optin_id": "card-17"}
    staff_entries.record(s.w.rt, "a@example.org", "letters", staff="x", brought=brought, reason="card", now=s.w.now)
    staff_entries.record(s.w.rt, "+49 30 901820", "calls", staff="x", brought=brought, reason="card", now=s.w.now)
    s.w.drain()
    letters, calls_told = partner.told
    assert (letters["data"]["address"], letters["data"]["optin_id"]) == ("a@example.org", "card-17")
    assert "phone" not in letters["data"]
    assert calls_told["data"]["phone"] == "+4930901820"
    assert "address" not in calls_told["data"]


CALLS = Purpose(id=UUID(int=302), slug="calls", kind=PurposeKind.PHONE)
OLD, NEW = "+4930901820", "+4930901821"


def agreed_to_calls(s: Site, who: str) -> UUID:
    staff_entries.record(
        s.w.rt, who, CALLS.slug, staff="x", brought={"optin_who": "Anna Ott"}, reason="card", now=s.w.now
    )
    return staff_entries.id_of(s.w.rt, who)


def changed(s: Site, who: UUID, to: str) -> None:
    s.w.clock.advance(60)
    phone_number.change(s.w.rt, who, to, reason="told us", by="x", now=s.w.now)
    s.w.drain()


def test_who_was_told_of_a_yes_to_calls_hears_of_its_end_where_staff_change_the_number(
    s: Site, partner: Receiver
) -> None:
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, CALLS)
    added(s, partner.url, "calls")
    who = agreed_to_calls(s, OLD)
    s.w.drain()
    changed(s, who, NEW)
    given, ended = partner.told
    assert (given["data"]["phone"], ended["type"]) == (OLD, "consent.ended")
    assert ended["data"].keys() == {"purpose", "contact_id", "entry_id"}
    assert ended["timestamp"] > given["timestamp"]
    changed(s, who, "+4930901829")
    assert len(partner.told) == 2, "once"


def test_a_no_that_comes_with_a_number_is_told_and_who_may_still_be_called_is_not(s: Site, partner: Receiver) -> None:
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, CALLS)
        other = find_or_make(s.w.rt, session, address="b@example.org", phone="+4930901828", now=s.w.now).id
    added(s, partner.url, "calls")
    called, stays = agreed_to_calls(s, OLD), agreed_to_calls(s, NEW)
    s.w.drain()
    staff_entries.opt_out(s.w.rt, "b@example.org", "calls", staff="x", theirs=True, reason="phone", now=s.w.now)
    changed(s, other, OLD)
    changed(s, other, "")
    ends = [each["data"]["contact_id"] for each in partner.told if each["type"] == "consent.ended"]
    assert ends == [str(called)]
    assert str(stays) not in ends


def test_a_number_that_was_not_agreed_to_is_mailed_to_nobody_either(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, CALLS)
    by = Actor(name="t")
    follow_ups.add_mail(s.w.rt, "calls", Audience.PARTNER, "partner@example.org", by=by, now=s.w.now)
    who = agreed_to_calls(s, OLD)
    changed(s, who, NEW)
    assert s.w.mails.to("partner@example.org") == []
