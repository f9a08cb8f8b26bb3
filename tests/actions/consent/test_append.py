"""Writing into the ledger: chains without gaps, standings of the whole circle, and the tree over all."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import Session

from booking_service.actions.consent import append, links, merges, purpose_standings, seal
from booking_service.actions.consent.answers import Press
from booking_service.actions.consent.contacts import locked
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import verify
from booking_service.actions.privacy import more_use
from booking_service.crypto.ids import new_id
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.chain import Frontier, leaf_hash
from booking_service.domain.consent import Act, Basis, How, Standing
from booking_service.domain.consent_moves import (
    Confirmed,
    ConsentRefused,
    Declined,
    OptedOut,
    Recorded,
    Resumed,
    Reverted,
    Stopped,
    Withdrawn,
)
from booking_service.domain.errors import UnknownPurpose
from booking_service.domain.privacy import Wish
from booking_service.domain.purposes import EVERY, Part, Wording, texts_of
from booking_service.storage import contacts, ledger, ledger_tree, pending_changes, purposes, standings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.consent import StandingRow
from tests.actions.consent.people import CALLS, NEWSLETTER, TICK, TICK_AT_ONCE, People
from tests.databases import until_it_waits
from tests.world import World


def test_from_a_tick_to_double_opt_in_each_step_is_an_entry_behind_the_last(service: World, people: People) -> None:
    anna = people.contact("Anna@example.org", name="Anna")
    asked = people.say(anna, TICK)
    assert asked.entry is not None
    assert people.say(anna, TICK).entry is None
    confirmed = people.say(anna, Confirmed(asked.entry.id))
    assert (confirmed.before.basis, confirmed.after.basis) == (Basis.NONE, Basis.DOUBLE)
    first, second = people.chain(anna)
    assert (first.number, second.number, second.previous) == (1, 2, first.hash)
    assert first.previous == b""
    assert second.refers == first.id < second.id
    with snapshot(service.rt.engine) as session:
        kept = ledger.find(session, second.id)
        assert kept is not None
        assert kept.detail is not None
        assert kept.detail.optin_id == second.id.hex
        assert [each.entry.id for each in ledger.by_optin_id(session, second.id.hex)] == [second.id]
        assert [each.detail.body for each in ledger.links(session, anna) if each.detail] == [kept.detail.body] * 2
        cached = standings.of_contact(session, anna)["newsletter"]
    assert (cached.basis, cached.entry_id, cached.question) == (Basis.DOUBLE, second.id, "")
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


def test_an_address_is_one_contact_however_it_is_written_and_a_tag_makes_another(people: People) -> None:
    anna = people.contact("anna@example.org")
    assert people.contact("ANNA@example.org") == anna
    assert people.contact("anna+news@example.org") != anna
    assert people.contact(phone="+4930123456") == people.contact(phone="+4930123456")


def test_a_no_of_one_mailbox_counts_for_all_its_addresses_at_once(service: World, people: People) -> None:
    plain, tagged, other = (people.contact(each) for each in ("a@gmail.com", "a.+x@gmail.com", "b@gmail.com"))
    for each in (plain, tagged, other):
        people.double(each)
    people.say(plain, Withdrawn(How.PAGE))
    assert people.standing(tagged).basis is Basis.OUT_CONTACT
    assert people.standing(other).basis is Basis.DOUBLE
    with pytest.raises(ConsentRefused):
        people.say(tagged, Recorded(staff="bob"))
    with snapshot(service.rt.engine) as session:
        assert standings.of_contact(session, tagged)["newsletter"].basis is Basis.OUT_CONTACT
    people.double(tagged)
    assert people.standing(tagged).basis is Basis.DOUBLE
    assert people.standing(plain).basis is Basis.OUT_CONTACT
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


@pytest.mark.capability("S2-12")
def test_a_no_of_a_switchboard_is_no_no_to_mail(service: World, people: People) -> None:
    anna = people.contact("anna@example.org", phone="+4930123456")
    bob = people.contact("bob@example.org", phone="+4930123456")
    for each in (anna, bob):
        people.double(each)
        people.say(each, TICK_AT_ONCE, "calls")
    people.say(anna, Withdrawn(How.TOLD), "calls")
    assert people.standing(bob, CALLS).basis is Basis.OUT_CONTACT
    assert people.standing(bob).basis is Basis.DOUBLE
    people.say(anna, Withdrawn(How.PAGE))
    assert people.standing(bob).basis is Basis.DOUBLE
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


@pytest.mark.capability("S5-06")
def test_merged_contacts_share_their_noes_and_calls_to_their_number_but_no_mail_opt_in(
    service: World, people: People
) -> None:
    anna = people.contact("anna@example.org", phone="+4930123456")
    old = people.contact("anna@old.example.org", phone="+4930123456")
    people.double(old)
    people.say(old, TICK_AT_ONCE, "calls")
    with transaction(service.rt.engine) as session:
        circle = locked(service.rt, session, old)
        contacts.save(session, replace(circle.contact, merged_into=anna))
        append.refresh(session, locked(service.rt, session, old))
    assert people.standing(anna).basis is Basis.NONE
    assert people.standing(anna, CALLS).basis is Basis.FORM
    people.say(old, OptedOut(staff="bob"))
    assert people.standing(anna).basis is Basis.OUT_USER
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


@pytest.mark.capability("S5-06")
def test_a_no_that_the_other_said_before_is_ones_own_as_well_and_stays_once_they_are_parted(
    service: World, people: People
) -> None:
    """Merged by mistake: each press of an own no was answered as done, and counted for nothing of theirs."""
    anna, bob, eve, kim = (people.contact(f"{name}@example.org") for name in ("anna", "bob", "eve", "kim"))
    by = merges.By(staff="x", reason="taken for one person")
    for each in (anna, eve, kim):
        people.double(each)
    asked = people.say(eve, TICK).entry
    assert asked is not None
    for each in (anna, eve, kim):
        merges.merge(service.rt, each, into=bob, by=by, now=people.clock.now())
    people.say(bob, Withdrawn(How.ONE_CLICK))
    people.say(bob, Stopped())
    people.say(anna, Withdrawn(How.ONE_CLICK))
    people.say(anna, Stopped())
    people.say(eve, Declined(asked.id))
    people.say(kim, OptedOut(staff="x"))
    lengths = [len(people.chain(each)) for each in (anna, eve, kim)]
    people.say(anna, Withdrawn(How.PAGE))
    people.say(anna, Stopped())
    people.say(kim, OptedOut(staff="x"))
    assert lengths == [len(people.chain(each)) for each in (anna, eve, kim)], "the same again is nothing more"
    for each in (anna, eve, kim):
        merges.part(service.rt, each, by=by, now=people.clock.now())
    assert people.standing(anna).basis is Basis.OUT_CONTACT
    assert people.standing(anna).stopped is not None
    assert people.standing(eve).declined is not None
    assert people.standing(kim).basis is Basis.OUT_USER
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


def test_a_question_to_one_of_two_merged_contacts_is_no_question_to_the_other(service: World, people: People) -> None:
    anna, bea = (people.contact(f"{name}@example.org", phone="+4930901820") for name in "ab")
    theirs = people.say(bea, TICK, "calls").entry
    merges.merge(service.rt, bea, into=anna, by=merges.By(staff="x", reason="one person"), now=service.now)
    assert people.standing(anna, CALLS).question is None
    own = people.say(anna, TICK, "calls").entry
    assert own is not None
    assert theirs is not None
    assert (own.act, own.contact_id) == (Act.ASKED, anna)
    assert people.say(bea, Confirmed(theirs.id), "calls").after.basis is Basis.FORM
    assert people.standing(anna, CALLS).basis is Basis.FORM, "calls to the number are allowed by either"
    assert people.standing(anna, CALLS).question == own
    rests_on = people.say(anna, Confirmed(own.id), "calls").after.rests_on
    assert rests_on is not None
    assert rests_on.contact_id == anna
    service.drain()
    assert verify(service.rt, now=service.now).findings == ()


def test_a_merged_contact_allows_calls_on_its_page_while_the_other_is_asked(service: World, people: People) -> None:
    texts = texts_of({part: part.value for part in Part})
    with transaction(service.rt.engine) as session:
        wording = Wording(purpose="calls", language="en", version=1, texts=texts, made_at=service.now, made_by="x")
        purposes.add_wording(session, wording)
    anna, bea = (people.contact(f"{name}@example.org", phone="+4930901820") for name in "ab")
    people.say(bea, TICK, "calls")
    merges.merge(service.rt, bea, into=anna, by=merges.By(staff="x", reason="one person"), now=service.now)
    press = Press(page="/preferences", language="en", network="n", agent="x")
    with transaction(service.rt.engine) as session:
        contact = contacts.get(session, anna)
        assert contact is not None
        page = links.remember(service.rt, session, contact, LinkPurpose.EVERYTHING, subject=new_id(service.now))
    more_use.ask(service.rt, page, Wish.YES, purpose="calls", wording=wording.hash, press=press, now=service.now)
    service.drain()
    assert [mail.subject for mail in service.mails.to("a@example.org")] == ["Please confirm: name"]
    with snapshot(service.rt.engine) as session:
        [waits] = pending_changes.open_of(session, anna, now=service.now)
        link = links.token(service.rt, session, contact, LinkPurpose.CHANGE, subject=waits.id)
    more_use.confirm(service.rt, link, press=press, now=service.now)
    assert people.standing(anna, CALLS).basis is Basis.FORM
    assert people.chain(anna)[-1].act is Act.CONFIRMED


def test_stopping_reaches_every_purpose_and_stands_on_the_contact(service: World, people: People) -> None:
    anna = people.contact("anna@example.org")
    people.double(anna)
    people.say(anna, Stopped())
    assert people.standing(anna).stopped is not None
    with snapshot(service.rt.engine) as session:
        found = contacts.get(session, anna)
        assert found is not None
        assert found.stopped_at == service.clock.now()
    people.say(anna, Resumed())
    assert people.standing(anna).stopped is None
    people.say(anna, Withdrawn(How.ONE_CLICK), EVERY)
    assert people.standing(anna, CALLS).basis is Basis.OUT_CONTACT
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


def test_an_entry_is_never_older_than_the_one_before_it_and_ids_follow_the_chain(
    service: World, people: People
) -> None:
    anna = people.contact("anna@example.org")
    people.double(anna)
    service.clock.advance(-3600)
    people.say(anna, Withdrawn(How.PAGE))
    asked, confirmed, withdrawn = people.chain(anna)
    assert asked.at < confirmed.at
    assert withdrawn.at == confirmed.at + timedelta(microseconds=1)
    assert asked.id < confirmed.id < withdrawn.id
    assert people.standing(anna).basis is Basis.OUT_CONTACT


def test_the_worker_seals_what_waits_and_the_tree_is_that_of_all_entries(service: World, people: People) -> None:
    contacts_made = [people.contact(f"p{number}@example.org") for number in range(5)]
    for each in contacts_made:
        people.say(each, TICK)
    service.drain()
    with snapshot(service.rt.engine) as session:
        first = ledger_tree.latest_head(session)
        assert first is not None
        assert (first.size, ledger_tree.any_unsealed(session)) == (5, False)
    people.say(contacts_made[0], Withdrawn(How.PAGE))
    assert seal_due(service.rt, now=service.clock.now()) == 1
    assert seal_due(service.rt, now=service.clock.now()) == 0
    with snapshot(service.rt.engine) as session:
        leaves = list(ledger_tree.every_leaf(session))
        head = ledger_tree.latest_head(session)
    assert [each.position for each in leaves] == list(range(6))
    assert head is not None
    assert head.root == Frontier().plus(leaf_hash(each.entry_hash or b"") for each in leaves).root


def test_the_worker_seals_a_backlog_piece_by_piece_with_rests_and_leaves_what_takes_too_long(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind it wait the ends of holds, and beside it everybody who writes. A proof needs all of it at once."""
    for number in range(5):
        people.say(people.contact(f"p{number}@example.org"), TICK)
    rested = list[float]()
    monkeypatch.setattr(seal, "AT_ONCE", 2)
    monkeypatch.setattr(seal, "sleep", rested.append)
    monkeypatch.setattr(seal, "monotonic", count(0.0, 0.25).__next__)  # each piece takes a quarter of a second
    assert seal_due(service.rt, within_s=1.0, now=service.now) == 4
    assert rested == [0.25]
    assert seal_due(service.rt, now=service.now) == 1
    people.say(people.contact("p5@example.org"), TICK)
    assert seal_due(service.rt, within_s=1.0, now=service.now) == 1
    assert rested == [0.25]


def test_what_was_asked_wrongly_writes_nothing(service: World, people: People) -> None:
    anna = people.contact("anna@example.org")
    with pytest.raises(UnknownPurpose):
        people.say(anna, TICK, "nothing")
    with pytest.raises(LookupError):
        people.say(UUID(int=9), TICK)
    assert people.chain(anna) == ()
    people.say(anna, TICK)
    assert people.chain(anna)[-1].act is Act.ASKED
    assert people.standing(anna, NEWSLETTER).question is not None


def test_a_standing_is_written_for_a_whole_purpose_while_somebody_answers(service: World, people: People) -> None:
    """Whoever comes second finds a row that was not there when it looked."""
    anna, bob = (people.contact(f"{name}@example.org") for name in ("anna", "bob"))

    def everybodys() -> None:
        with transaction(service.rt.engine) as session:
            purpose_standings.write_down(service.rt, session, NEWSLETTER)

    for each in (anna, bob):
        people.say(each, Recorded(staff="bob"))
    with service.rt.engine.begin() as connection:
        connection.execute(delete(StandingRow))
    with ThreadPoolExecutor(1) as pool:
        with transaction(service.rt.engine) as session:
            append.change(service.rt, session, anna, "newsletter", Withdrawn(How.PAGE), now=service.now)
            written = pool.submit(everybodys)
            until_it_waits(service.rt.engine)
        written.result(timeout=30)
    with snapshot(service.rt.engine) as session:
        assert len(list(standings.every(session))) == 2


def test_who_answers_while_what_stands_for_all_is_written_down_is_not_overwritten_with_what_they_said_before(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes when all was read, and nothing is written yet."""
    anna, write = people.contact("anna@example.org"), standings.write
    people.say(anna, Recorded(staff="bob"))
    with ThreadPoolExecutor(2) as pool:

        def overtaken(session: Session, purpose: str, found: Sequence[tuple[UUID, Standing]]) -> None:
            monkeypatch.setattr(standings, "write", write)
            answers.append(pool.submit(people.say, anna, Withdrawn(How.PAGE)))
            wait([*answers, pool.submit(until_it_waits, service.rt.engine)], return_when=FIRST_COMPLETED)
            write(session, purpose, found)

        answers = list[Future[append.Changed]]()
        monkeypatch.setattr(standings, "write", overtaken)
        with transaction(service.rt.engine) as session:
            purpose_standings.write_down(service.rt, session, NEWSLETTER)
    assert [each.result().entry is not None for each in answers] == [True]
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


@pytest.mark.parametrize("no", [Withdrawn(How.TOLD), OptedOut(staff="bob")])
def test_a_no_to_everything_counts_again_for_what_was_agreed_to_since(
    service: World, people: People, no: Withdrawn | OptedOut
) -> None:
    anna, beside = people.contact("anna+news@example.org"), people.contact("anna@example.org")
    for _ in range(2):
        people.double(anna)
        assert people.say(anna, no, EVERY).entry is not None
        assert not people.standing(anna).granted
        assert people.say(anna, no, EVERY).entry is None, "there is nothing left to end"
        assert people.standing(beside).basis is people.standing(anna, CALLS).basis is people.standing(anna).basis
    people.say(anna, TICK)
    asked_again = people.say(anna, no, EVERY).entry
    assert (asked_again is not None) is isinstance(no, Withdrawn), (
        "a question that waits is closed by the person's own no"
    )
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


def test_nothing_but_a_no_is_said_of_every_purpose_at_once(people: People) -> None:
    """A consent is for one purpose, and so is taking an opt-out back, which records one."""
    anna = people.contact("anna@example.org")
    people.say(anna, OptedOut(staff="bob"), EVERY)
    for change in (Recorded(staff="bob"), Reverted("bob"), TICK, TICK_AT_ONCE):
        with pytest.raises(UnknownPurpose, match="name one purpose"):
            people.say(anna, change, EVERY)
    assert people.standing(anna).basis is Basis.OUT_USER


def test_a_no_to_a_question_that_was_answered_is_not_done_by_anothers_no(service: World, people: People) -> None:
    """Parted again, their yes would stand, and they were told that it had ended."""
    anna, eve = people.contact("anna@example.org"), people.contact("eve@example.org")
    by = merges.By(staff="x", reason="taken for one person")
    asked = people.say(anna, TICK).entry
    assert asked is not None
    people.say(anna, Confirmed(asked.id))
    people.say(eve, Withdrawn(How.PAGE))
    merges.merge(service.rt, anna, into=eve, by=by, now=service.now)
    with pytest.raises(ConsentRefused, match="not open any more"):
        people.say(anna, Declined(asked.id))
    ended = people.say(anna, Withdrawn(How.ONE_CLICK)).entry
    assert ended is not None
    assert people.say(anna, Declined(asked.id)).entry is None
    merges.part(service.rt, anna, by=by, now=service.now)
    assert people.standing(anna).basis is Basis.OUT_CONTACT


@pytest.mark.parametrize("back", [timedelta(milliseconds=1), timedelta(days=1)])
def test_a_no_reaches_the_whole_mailbox_though_the_clock_was_set_back_since_the_yes(
    service: World, people: People, back: timedelta
) -> None:
    """Or was said on a machine whose clock is behind."""
    anna, tagged = people.contact("anna@example.org"), people.contact("anna+x@example.org")
    people.double(anna)
    before = service.clock.advance(-1 - back.total_seconds())
    ended = people.say(tagged, Withdrawn(How.ONE_CLICK)).entry
    assert ended is not None
    assert ended.at > before
    assert people.standing(anna).basis is people.standing(tagged).basis is Basis.OUT_CONTACT
    people.double(tagged)
    assert people.standing(tagged).basis is Basis.DOUBLE, "nor is a yes lost that follows"
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()


def test_a_no_that_was_said_before_reaches_who_of_the_mailbox_agreed_since(service: World, people: People) -> None:
    """By the button of an old mail to the tagged address, while new ones come to the plain one."""
    tagged, anna = people.contact("anna+x@example.org"), people.contact("anna@example.org")
    for purpose in ("newsletter", EVERY):
        people.say(tagged, Withdrawn(How.ONE_CLICK))
        people.double(anna)
        assert people.standing(tagged).basis is Basis.OUT_CONTACT
        assert people.say(tagged, Withdrawn(How.ONE_CLICK), purpose).entry is not None
        assert people.standing(anna).basis is Basis.OUT_CONTACT
        assert people.say(tagged, Withdrawn(How.ONE_CLICK), purpose).entry is None, "the same again is nothing more"
    people.say(tagged, Stopped())
    people.say(anna, Resumed())
    assert people.say(tagged, Stopped()).entry is not None
    assert people.standing(anna).stopped is not None
    assert people.say(tagged, Stopped()).entry is None
    service.drain()
    assert verify(service.rt, now=service.clock.now()).findings == ()
