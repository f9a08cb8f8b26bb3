"""News of a purpose or of the page: once to each whom it concerns, never to who said no, slowly; on both databases."""

from dataclasses import replace
from threading import Barrier, Thread
from uuid import UUID

import pytest

from booking_service.actions.consent import merges, messages, news, news_lists
from booking_service.actions.consent.merges import By
from booking_service.actions.consent.messages import CannotBeWritten, ShownMessage
from booking_service.actions.privacy import erasure, own_data
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup import purposes as setup
from booking_service.domain.audit import Actor
from booking_service.domain.consent import Basis, How
from booking_service.domain.consent_moves import Declined, OptedOut, Recorded, Stopped, Withdrawn
from booking_service.domain.errors import UnknownPurpose
from booking_service.domain.messages import MessageOutcome, MessageState
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import (
    Condition,
    NewsRules,
    PageRules,
    Part,
    Purpose,
    PurposeKind,
    TellNews,
    Wording,
    texts_of,
)
from booking_service.mail.errors import RecipientRefused
from booking_service.mail.message import OutgoingMail
from booking_service.runtime import Runtime
from booking_service.storage import contacts, fields, gate_log, ledger, purposes
from booking_service.storage import news as rows
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.worker import perform_one
from tests.actions.consent.people import TICK, People
from tests.statements import statements
from tests.world import World

BOB = Actor(name="Bob")
EVENTS = Purpose(id=UUID(int=103), slug="events", kind=PurposeKind.EMAIL)
NEWS, PAGE = "New question about your data: Open evenings", "A page about your emails and data"


@pytest.fixture(autouse=True)
def texts(service: World) -> None:
    with transaction(service.rt.engine) as session:
        purposes.save(session, EVENTS, position=3)
        for slug, name in (("newsletter", "Newsletter"), ("events", "Open evenings")):
            made = texts_of({Part.NAME: name, Part.BOX: f"Yes, {name}.", Part.BENEFIT: "The best there is!"})
            purposes.add_wording(
                session,
                Wording(purpose=slug, language="en", version=1, texts=made, made_at=service.now, made_by="staff:test"),
            )


def ruled(service: World, *, tell: TellNews = TellNews.BY_HAND, region: str = "", page: bool = True) -> None:
    """Decide who is told, and when; `region`: only contacts of it."""
    conditions = (Condition("region", (region,)),) if region else ()
    with transaction(service.rt.engine) as session:
        rules = purposes.rules(session)
        rule = NewsRules(tell=tell, conditions=conditions)
        purposes.save_rules(session, replace(rules, news=rule, page=PageRules(active=page)))


def living_in(service: World, contact: UUID, region: str) -> None:
    with transaction(service.rt.engine) as session:
        if fields.find(session, "region") is None:
            fields.save(session, ProfileField(id=UUID(int=900), slug="region", labels={"en": "Region"}))
        fields.put(session, contact, UUID(int=900), value=region, locked=False)


def drafted(service: World, about: str = "events") -> UUID:
    id = news.draft(service.rt, about, by="bob", called="Bob", now=service.now)
    while news_lists.list_on(service.rt, id):
        pass
    return id


def begun(service: World, about: str = "events") -> UUID:
    id = drafted(service, about)
    messages.start(service.rt, id, by=BOB, now=service.now)
    return id


def seen(service: World, id: UUID) -> ShownMessage:
    return messages.look(service.rt, id, language="en", now=service.now)


def told(service: World, subject: str = NEWS) -> list[str]:
    return sorted(mail.to.address for mail in service.mails.sent if mail.subject == subject)


def one_mail(service: World) -> OutgoingMail:
    (mail,) = [each for each in service.mails.sent if each.subject in (NEWS, PAGE)]
    return mail


def some(people: People, count: int) -> list[UUID]:
    found = [people.contact(f"anna{number:03}@example.org") for number in range(count)]
    for each in found:
        people.double(each)
    return found


def proven(service: World, contact: UUID) -> None:
    with transaction(service.rt.engine) as session:
        found = contacts.get(session, contact)
        assert found is not None
        contacts.save(session, replace(found, proven_at=service.now))


@pytest.mark.promise("I8")
@pytest.mark.capability("S4-14")
def test_a_new_purpose_is_told_neutrally_and_nothing_is_agreed_to_by_it(service: World, people: People) -> None:
    (anna,) = some(people, 1)
    with snapshot(service.rt.engine) as session:
        before = ledger.entries(session, {anna})
    id = begun(service)
    service.drain()
    mail = one_mail(service)
    assert (mail.to.address, mail.subject) == ("anna000@example.org", NEWS)
    assert "Yes, Open evenings." in mail.text
    assert "This email does not mean that you have agreed." in mail.text
    assert "The best there is!" not in mail.text, "what one gets of it would be advertising"
    assert "See it and decide: http://localhost:8000/preferences/" in mail.text.replace("\n", " ")
    assert mail.list_unsubscribe is not None
    assert "/preferences/out/" in mail.list_unsubscribe
    with snapshot(service.rt.engine) as session:
        assert ledger.entries(session, {anna}) == before
        (passed,) = {(each.use, each.purpose, each.passed) for each in gate_log.of_contact(session, anna)}
    assert passed == ("purpose-news", "events", True)
    assert people.standing(anna, EVENTS).basis is Basis.NONE
    done = seen(service, id)
    assert (done.message.state, done.counts) == (MessageState.DONE, {MessageOutcome.SENT: 1})


@pytest.mark.promise("I8")
@pytest.mark.capability("S4-14")
def test_nobody_is_told_who_said_no_knows_it_or_can_not_be_known_to_be_theirs(service: World, people: People) -> None:
    def agreed(name: str) -> UUID:
        made = people.contact(f"{name}@example.org")
        people.double(made)
        return made

    agreed("anna")
    people.say(agreed("no"), Withdrawn(How.LINK), "events")
    people.say(agreed("ours"), OptedOut(staff="bob"), "events")
    people.say(agreed("nothing"), Withdrawn(How.LINK), "*")
    people.say(agreed("stopped"), Stopped())
    people.say(agreed("asked"), TICK, "events")
    people.say(agreed("knows"), Recorded(staff="bob"), "events")
    agreed("erased")
    erasure.erase(service.rt, "erased@example.org", Decider(), mode=Mode.WHOLE, now=service.now)
    stranger = people.contact("stranger@example.org")
    people.say(stranger, TICK)
    proven(service, people.contact("booker@example.org"))
    ended = agreed("ended")
    proven(service, ended)
    people.say(ended, Withdrawn(How.LINK))
    people.contact(phone="+493411234567")
    declined = agreed("declined")
    asked = people.say(declined, TICK, "events").entry
    assert asked is not None
    people.say(declined, Declined(asked.id), "events")
    id = drafted(service)
    look = seen(service, id)
    assert look.will_get_it == 2
    assert look.refused == {
        "said-no": 4,
        "stopped": 1,
        "knows": 2,
        "unproven": 1,
        "no-elsewhere": 1,
        "no-address": 1,
    }
    messages.start(service.rt, id, by=BOB, now=service.now)
    service.drain()
    assert told(service) == ["anna@example.org", "booker@example.org"]


@pytest.mark.capability("S4-16")
def test_the_page_is_told_once_to_whom_it_is_shown_and_to_nobody_who_said_no_to_everything(
    service: World, people: People
) -> None:
    _, eve, bob = some(people, 3)
    people.say(bob, Withdrawn(How.LINK), "*")
    people.say(eve, Withdrawn(How.LINK), "newsletter")
    proven(service, eve)
    people.say(eve, Recorded(staff="bob"), "calls")
    begun(service, news.PAGE)
    service.drain()
    assert told(service, PAGE) == ["anna000@example.org", "anna001@example.org"]
    mail = next(each for each in service.mails.sent if each.subject == PAGE)
    assert "Open the page: http://localhost:8000/preferences/" in mail.text.replace("\n", " ")
    assert mail.list_unsubscribe is None, "there is nothing to end by it"
    again = drafted(service, news.PAGE)
    assert (seen(service, again).will_get_it, seen(service, again).refused) == (0, {"told": 2, "said-no": 1})
    ruled(service, page=False)
    with pytest.raises(CannotBeWritten):
        drafted(service, news.PAGE)


@pytest.mark.capability("S4-32")
def test_a_field_of_the_profile_says_who_is_told(service: World, people: People) -> None:
    anna, eve = some(people, 2)
    living_in(service, anna, "EU")
    living_in(service, eve, "US")
    ruled(service, region="EU")
    id = begun(service)
    assert seen(service, id).refused == {"not-among": 1}
    living_in(service, people.contact("bob@example.org"), "EU")
    service.drain()
    assert told(service) == ["anna000@example.org"]
    ruled(service, tell=TellNews.NEVER)
    with pytest.raises(CannotBeWritten):
        drafted(service)
    ruled(service)
    begun(service)
    service.drain()
    assert told(service) == ["anna000@example.org", "anna001@example.org"], "all, and who was told is not told again"


def test_who_leaves_the_rule_or_says_no_while_it_waits_is_not_told(service: World, people: People) -> None:
    anna, eve, bob = some(people, 3)
    for each in (anna, eve, bob):
        living_in(service, each, "EU")
    ruled(service, region="EU")
    id = begun(service)
    assert perform_one(service.rt, kinds=(messages.KIND,))
    assert seen(service, id).counts == {MessageOutcome.QUEUED: 3}
    living_in(service, anna, "US")
    people.say(eve, Withdrawn(How.LINK), "events")
    service.drain()
    assert told(service) == ["anna002@example.org"]
    assert seen(service, id).refused == {"not-among": 1, "said-no": 1}
    living_in(service, anna, "EU")
    begun(service)
    service.drain()
    assert told(service) == ["anna000@example.org", "anna002@example.org"], "who was not told can be told later"


@pytest.mark.capability("S4-16")
def test_one_person_with_two_addresses_is_told_once(service: World, people: People) -> None:
    first, second = people.contact("anna@example.org"), people.contact("anna+post@example.org")
    old = people.contact("ann@example.net")
    for each in (first, second, old):
        people.double(each)
    merges.merge(service.rt, old, into=first, by=By(staff="bob", reason="one person"), now=service.now)
    id = begun(service)
    assert seen(service, id).refused == {"told": 1}
    service.drain()
    assert len(told(service)) == 1
    assert seen(service, drafted(service)).will_get_it == 0


def test_who_is_told_is_found_in_as_many_statements_for_many_as_for_few(service: World, people: People) -> None:
    counts = []
    for count in (2, 12):
        some(people, count)
        with statements(service.rt.engine) as asked:
            assert news.would(service.rt, "events", language="en", now=service.now).will_get_it == count
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_two_runs_at_once_tell_nobody_twice(service: World, people: People) -> None:
    some(people, 6)
    both = [drafted(service), drafted(service)]
    for id in both:
        messages.start(service.rt, id, by=BOB, now=service.now)
        messages.start(service.rt, id, by=BOB, now=service.now)
    barrier = Barrier(2)

    def queue(id: UUID) -> None:
        barrier.wait()
        messages.carry_on(service.rt, id, now=service.now)

    threads = [Thread(target=queue, args=(id,)) for id in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    service.drain()
    assert told(service) == [f"anna{number:03}@example.org" for number in range(6)]
    sums = [seen(service, id).counts for id in both]
    assert sorted(each.get(MessageOutcome.SENT, 0) for each in sums) == [0, 6]


def test_it_goes_out_slowly_is_stopped_at_once_and_carried_on(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "PIECE", 4)
    some(people, 6)
    id = begun(service)
    with statements(service.rt.engine) as asked:
        assert messages.carry_on(service.rt, id, now=service.now) == messages.PAUSE
    assert len(asked) < 45, "who is told is asked for all of a piece at once"
    assert seen(service, id).counts == {MessageOutcome.QUEUED: 4, MessageOutcome.OPEN: 2}
    assert perform_one(service.rt, kinds=("message-mail",))
    messages.stop(service.rt, id, by=BOB, now=service.now)
    service.drain()
    assert (len(told(service)), seen(service, id).message.state) == (1, MessageState.STOPPED)
    assert seen(service, drafted(service)).will_get_it == 5, "what was stopped was not told"
    messages.start(service.rt, id, by=BOB, now=service.now)
    for _ in range(3):
        service.pass_time(seconds=5)
    assert told(service) == [f"anna{number:03}@example.org" for number in range(6)]
    assert seen(service, id).message.state is MessageState.DONE


def test_what_the_mail_server_refuses_was_not_told(service: World, people: People) -> None:
    (anna,) = some(people, 1)
    id = begun(service)
    service.mails.failing = [RecipientRefused("the address was refused: 550 unknown")]
    service.drain()
    assert seen(service, id).counts == {MessageOutcome.FAILED: 1}
    with snapshot(service.rt.engine) as session:
        assert rows.of_contact(session, anna) == []
    assert seen(service, drafted(service)).will_get_it == 1


@pytest.mark.capability("S4-14", "S4-16")
def test_switched_on_it_is_told_by_itself_where_the_organisation_has_that_done(service: World, people: People) -> None:
    some(people, 2)

    def switched(active: bool) -> None:
        setup.use(service.rt, "events", active=active, by="Bob", now=service.now)

    switched(False)
    switched(True)
    assert news.latest(service.rt, language="en", now=service.now) == [], "staff begin it, where nobody decided"
    ruled(service, tell=TellNews.AT_ONCE)
    switched(True)
    assert news.latest(service.rt, language="en", now=service.now) == [], "it was on already"
    switched(False)
    switched(True)
    (waits,) = news.latest(service.rt, language="en", now=service.now)
    assert (waits.message.state, waits.listed) == (MessageState.WAITING, 0)
    service.drain()
    assert told(service) == []
    service.pass_time(minutes=15)
    assert told(service) == ["anna000@example.org", "anna001@example.org"]
    switched(False)
    switched(True)
    service.pass_time(minutes=20)
    assert len(told(service)) == 2, "once per person and purpose"


def test_what_begins_by_itself_can_be_kept_from_it(service: World, people: People) -> None:
    some(people, 1)
    ruled(service, tell=TellNews.AT_ONCE)
    setup.use(service.rt, "events", active=False, by="Bob", now=service.now)
    setup.use(service.rt, "events", active=True, by="Bob", now=service.now)
    (waits,) = news.latest(service.rt, language="en", now=service.now)
    messages.stop(service.rt, waits.message.id, by=BOB, now=service.now)
    service.pass_time(minutes=20)
    assert told(service) == []
    assert seen(service, waits.message.id).message.state is MessageState.DONE


def test_what_is_stopped_while_its_list_is_made_stays_stopped(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(people, 1)
    ruled(service, tell=TellNews.AT_ONCE)
    setup.use(service.rt, "events", active=False, by="Bob", now=service.now)
    setup.use(service.rt, "events", active=True, by="Bob", now=service.now)
    (waits,) = news.latest(service.rt, language="en", now=service.now)
    id, made = waits.message.id, news_lists.list_on

    def stopped_meanwhile(rt: Runtime, id: UUID) -> bool:
        messages.stop(service.rt, id, by=BOB, now=service.now)
        return made(rt, id)

    with monkeypatch.context() as patched:
        patched.setattr(news_lists, "list_on", stopped_meanwhile)
        service.pass_time(minutes=20)
    service.pass_time(days=2)
    assert told(service) == []
    assert seen(service, id).message.state is MessageState.PAUSED
    messages.start(service.rt, id, by=BOB, now=service.now)
    service.drain()
    assert told(service) == ["anna000@example.org"]


def test_the_list_is_made_by_the_worker_a_piece_a_transaction_stopped_and_carried_on(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news_lists, "PIECE", 2)
    some(people, 5)
    people.contact("stranger@example.org")
    twin = people.contact("anna000+post@example.org")
    people.double(twin)
    with statements(service.rt.engine) as asked:
        id = news.draft(service.rt, "events", by="bob", called="Bob", now=service.now)
    assert len(asked) < 20, "nobody is looked for"
    assert (seen(service, id).listed, seen(service, id).everybody) == (0, 7)
    for looked_at in (2, 4):
        assert news_lists.list_on(service.rt, id)
        assert seen(service, id).listed == looked_at
    messages.stop(service.rt, id, by=BOB, now=service.now)
    service.drain()
    assert (seen(service, id).message.state, seen(service, id).listed) == (MessageState.PAUSED, 4)
    messages.start(service.rt, id, by=BOB, now=service.now)
    messages.start(service.rt, id, by=BOB, now=service.now)
    service.drain()
    look = seen(service, id)
    assert (look.message.state, look.will_get_it) == (MessageState.DRAFT, 5)
    assert look.refused == {"unproven": 1, "told": 1}, "a person of two addresses, in two pieces, once"
    assert told(service) == []


def test_two_workers_that_make_one_list_leave_each_contact_in_it_once(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news_lists, "PIECE", 2)
    some(people, 6)
    people.contact("stranger@example.org")
    id = news.draft(service.rt, "events", by="bob", called="Bob", now=service.now)
    barrier = Barrier(2)

    def make() -> None:
        barrier.wait()
        while news_lists.list_on(service.rt, id):
            pass

    threads = [Thread(target=make) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    look = seen(service, id)
    assert (look.message.state, look.will_get_it, look.refused) == (MessageState.DRAFT, 6, {"unproven": 1})


@pytest.mark.capability("S3-19")
def test_who_was_told_of_what_is_in_their_data_and_goes_with_them(service: World, people: People) -> None:
    (anna,) = some(people, 1)
    begun(service)
    service.drain()
    given = own_data.given_to_staff(service.rt, "anna000@example.org", by="bob", language="en", now=service.now)
    assert [each["purpose"] for each in given["told_of"]] == ["events"]
    assert given["messages"] == [], "nobody wrote to them"
    service.pass_time(days=400)
    with snapshot(service.rt.engine) as session:
        assert [purpose for purpose, _ in rows.of_contact(session, anna)] == ["events"], "once means once"
    erasure.erase(service.rt, "anna000@example.org", Decider(), mode=Mode.WHOLE, now=service.now)
    with snapshot(service.rt.engine) as session:
        assert rows.of_contact(session, anna) == []


def test_only_what_is_in_use_and_has_a_text_can_be_told(service: World, people: People) -> None:
    assert news.subjects(service.rt, "en") == [("*", ""), ("newsletter", "Newsletter"), ("events", "Open evenings")]
    for slug in ("calls", "newsletter"):
        setup.use(service.rt, "newsletter", active=False, by="Bob", now=service.now)
        with pytest.raises(CannotBeWritten):
            drafted(service, slug)
    with pytest.raises(UnknownPurpose):
        drafted(service, "?")


def test_the_purpose_can_be_refused_out_of_the_mail_before_anything_was_agreed_to(
    service: World, people: People
) -> None:
    (anna,) = some(people, 1)
    begun(service)
    service.drain()
    people.say(anna, Withdrawn(How.ONE_CLICK), "events")
    assert people.standing(anna, EVENTS).basis is Basis.OUT_CONTACT
    assert people.standing(anna).granted, "and nothing else ends by it"
