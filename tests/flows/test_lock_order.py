"""Whoever locks several things takes them in one order, so that nobody waits for one who waits for them.

In each of these somebody has what comes first; the act comes to wait for it, and they then take what comes later. An act that had
taken that before would wait for them, and they for it. On both databases: SQLite has one writer at a time.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, delete, update

from booking_service.actions.access import limits
from booking_service.actions.booking import address, change
from booking_service.actions.consent import (
    ask_by_form,
    export,
    imports,
    links,
    mails,
    merges,
    phone_number,
    profile,
    question_fields,
    reminders,
    withdrawals,
)
from booking_service.actions.consent import contacts as contact_acts
from booking_service.actions.consent.answers import Press
from booking_service.actions.consent.ask_by_form import Tick, Ticks
from booking_service.actions.consent.verify import verify
from booking_service.actions.mail import send, to_contacts
from booking_service.actions.operations import timers
from booking_service.actions.privacy import erasure, more_use, own_field_changes
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup import fields as setup_fields
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.booking import Booking, BookingState, Cause
from booking_service.domain.consent_moves import Recorded
from booking_service.domain.privacy import Mode, Wish
from booking_service.domain.purposes import Accepts, ConsentRules
from booking_service.domain.questions import Question, QuestionKind
from booking_service.mail.errors import RecipientRefused
from booking_service.storage import access, contacts, fields, meetings, outbox, pending_changes, purposes
from booking_service.storage import imports as import_rows
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import lock_host, snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.worker import perform_one
from tests.actions.consent.people import CALLS, NEWSLETTER, People
from tests.databases import until_it_waits
from tests.flows.test_races import TUESDAY_9, another_host
from tests.web.consents import TEXTS, reword
from tests.world import World, world

PRESS = Press(page="", language="en", network="n", agent="")
OFFICE = Decider(staff="office", reason="a letter")
NUMBER = "+493012345678"
Lock = Callable[[Session], object]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def w(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        offered(made)
        yield made


def offered(w: World) -> None:
    with transaction(w.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
        for at, each in enumerate((NEWSLETTER, CALLS)):
            purposes.save(session, each, position=at)
            for language, parts in TEXTS[each.slug].items():
                reword(session, each.slug, language, parts, now=w.now)


@pytest.fixture
def people(w: World) -> People:
    return People(w.rt, w.clock)


def between(w: World, first: Lock, later: Lock, act: Callable[[], object]) -> None:
    """Somebody has `first`; the act comes to wait; they take what comes `later`."""
    with ThreadPoolExecutor(1) as pool:
        with transaction(w.rt.engine) as session:
            first(session)
            acting = pool.submit(act)
            until_it_waits(w.rt.engine)
            later(session)
        acting.result(timeout=60)
    w.drain()
    assert verify(w.rt, now=w.now).findings == ()


def of(contact: UUID) -> Lock:
    return lambda session: contacts.lock(session, [contact])


def of_host(host_id: UUID) -> Lock:
    return lambda session: lock_host(session, host_id)


def kept(w: World, id: UUID) -> Contact:
    with snapshot(w.rt.engine) as session:
        found = contacts.get(session, id)
    assert found is not None
    return found


def link(w: World, id: UUID, purpose: LinkPurpose) -> str:
    with transaction(w.rt.engine) as session:
        return links.remember(w.rt, session, kept(w, id), purpose, subject=uuid4(), about={"entries": []})


def ticked(w: World, **more: object) -> Booking:
    """A hold on whose form somebody ticked the newsletter, which is counted by a worker."""
    with snapshot(w.rt.engine) as session:
        wording = purposes.current_wordings(session, "newsletter")["en"].hash
    ticks = Ticks(boxes=(Tick("newsletter", wording, "shown"),), page="/", network="n", agent="", language="en")
    return w.hold(ticks=ticks, **more)


def test_who_wants_no_more_mail_is_locked_before_the_host(w: World, people: People) -> None:
    booking, grace = w.hold(), people.contact("grace@example.org")
    token = w.token(booking, LinkPurpose.NOT_ME)
    between(w, of(grace), of_host(booking.host_id), lambda: change.not_me(w.rt, token, block=True, now=w.now))
    assert w.booking(booking.id).state is BookingState.CANCELLED


def asked(w: World) -> tuple[Booking, UUID]:
    """A hold whose invitee's address has a question from its form, and that contact."""
    booking = ticked(w)
    w.drain()
    with snapshot(w.rt.engine) as session:
        found = contacts.by_address(session, booking.invitee.email)
        assert found is not None
        assert ask_by_form.contacts_asked(session, booking.id) == {found.id}
    return booking, found.id


def corrected(w: World, booking: Booking) -> Booking:
    return address.correct_address(w.rt, booking.public_id, "hopper@example.net", now=w.now)


def test_who_was_asked_is_locked_before_the_host_where_an_address_is_corrected(w: World) -> None:
    booking, grace = asked(w)
    between(w, of(grace), of_host(booking.host_id), lambda: corrected(w, booking))
    assert w.booking(booking.id).invitee.email == "hopper@example.net"


@pytest.mark.postgres
def test_who_is_asked_while_a_correction_waits_for_the_host_is_locked_before_the_host_as_well(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    """It lets go of the host, and takes both again."""
    with world(tmp_path, database_url=migrated_postgres_url) as w, ThreadPoolExecutor(1) as pool:
        offered(w)
        booking = ticked(w)
        with transaction(w.rt.engine) as deciding:
            with transaction(w.rt.engine) as session:
                lock_host(session, booking.host_id)
                correcting = pool.submit(corrected, w, booking)
                until_it_waits(w.rt.engine)
                while perform_one(w.rt, kinds=(ask_by_form.KIND,)):
                    pass
                (grace,) = ask_by_form.contacts_asked(session, booking.id)
                contacts.lock(deciding, [grace])
            until_it_waits_for_a_contact(w)
            lock_host(deciding, booking.host_id)
        assert correcting.result(timeout=60).invitee.email == "hopper@example.net"
        w.drain()
        assert verify(w.rt, now=w.now).findings == ()


def until_it_waits_for_a_contact(w: World) -> None:
    """The host was let go of: what waits now waits for something else."""
    held = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM contact%'")
    with w.rt.engine.connect() as connection:
        for _ in range(2000):
            if connection.execute(held).scalar_one():
                return
            connection.rollback()
            connection.execute(text("SELECT pg_sleep(0.005)"))
    raise AssertionError("it did not come to wait")


def test_a_mailbox_is_shut_after_its_contact_is_locked(w: World, people: People) -> None:
    grace = people.contact("grace@example.org")
    token, mark = link(w, grace, LinkPurpose.ANSWER), limits.mailbox_marks(w.rt, "grace@example.org")[0]

    def shut(session: Session) -> None:
        access.block(session, mark, now=w.now)

    between(w, of(grace), shut, lambda: withdrawals.refuse_mail(w.rt, token, press=PRESS, now=w.now))


def test_imports_are_locked_before_who_is_erased(w: World, people: People) -> None:
    grace = people.contact("grace@example.org")
    made = imports.start(w.rt, b"email\ngrace@example.org\n", name="f", by="bob", called="Bob", now=w.now)

    def importing(session: Session) -> None:
        import_rows.get(session, made.id, lock=True)

    def erased() -> None:
        erasure.erase(w.rt, "grace@example.org", OFFICE, mode=Mode.WHOLE, now=w.now)

    between(w, importing, of(grace), erased)
    assert kept(w, grace).erased_at is not None


@pytest.mark.parametrize("act", ["wish", "erase"])
def test_the_hosts_of_all_who_are_booked_are_locked_in_the_order_of_their_ids(
    w: World, people: People, act: str
) -> None:
    """The booking with the second comes first."""
    later = another_host(w, 0)
    grace = people.contact("grace@example.org")
    first, last = w.hold(host=later), w.hold(start=TUESDAY_9 + timedelta(hours=1))
    assert first.host_id > last.host_id
    w.drain()
    more_use.ask(w.rt, link(w, grace, LinkPurpose.EVERYTHING), Wish.DELETE, cancels=True, press=PRESS, now=w.now)
    with snapshot(w.rt.engine) as session:
        (change,) = pending_changes.open_of(session, grace, now=w.now)
        token = links.token(w.rt, session, kept(w, grace), LinkPurpose.CHANGE, subject=change.id)

    def wished() -> None:
        more_use.confirm(w.rt, token, press=PRESS, now=w.now)

    def erased() -> None:
        erasure.erase(w.rt, "grace@example.org", OFFICE, mode=Mode.WHOLE, now=w.now)

    between(w, of_host(last.host_id), of_host(first.host_id), wished if act == "wish" else erased)
    ended = BookingState.CANCELLED if act == "wish" else BookingState.HELD
    assert {w.booking(each.id).state for each in (first, last)} == {ended}


def test_who_has_the_new_number_is_locked_with_who_gets_it(w: World, people: People) -> None:
    has = people.contact("grace@example.org", phone=NUMBER)
    people.say(has, Recorded(staff="bob"), CALLS.slug)
    gets = people.contact("late@example.org")
    assert has < gets
    between(w, of(has), of(gets), lambda: phone_number.change(w.rt, gets, NUMBER, reason="x", by="bob", now=w.now))
    assert kept(w, gets).phone == NUMBER


def test_circles_of_who_is_called_by_a_list_are_locked_at_once(w: World, people: People) -> None:
    merged = people.contact("grace@example.org")
    w.clock.advance(1)
    called = people.contact("late@example.org", phone=NUMBER)
    people.say(called, Recorded(staff="bob"), CALLS.slug)
    merges.merge(w.rt, merged, into=called, by=merges.By(staff="m", reason="one person"), now=w.now)
    assert merged < called

    def listed() -> None:
        assert len(list(export.lines(w.rt, CALLS.slug, everybody=False, by="bob", now=w.now))) == 1

    between(w, of(merged), of(called), listed)


def test_who_is_asked_is_locked_before_their_mail_is_done(w: World) -> None:
    """Whoever erases them deletes their mails."""
    ticked(w)
    while perform_one(w.rt, kinds=(ask_by_form.KIND,)):
        pass
    with snapshot(w.rt.engine) as session:
        grace = contacts.by_address(session, "grace@example.org")
    assert grace is not None

    def deleted(session: Session) -> None:
        session.exec(delete(OutboxRow).where(col(OutboxRow.lane).in_(mails.lanes(grace))))

    between(w, of(grace.id), deleted, lambda: perform_one(w.rt, kinds=(to_contacts.KIND,)))


def test_who_ticked_is_locked_before_their_answers_are_owed_again(w: World, people: People) -> None:
    """Whoever keeps the answers in their profile has them locked."""
    grace = people.contact("grace@example.org")
    question = Question(key="region", label="Region", kind=QuestionKind.TEXT, field="region")
    with transaction(w.rt.engine) as session:
        fields.save(session, ProfileField(id=UUID(int=301), slug="region"))
        meetings.save(session, replace(w.intro, questions=(question,)))
    booking = w.confirm(ticked(w, answers=(("region", "north"),), kept=(("region", "region"),)))
    assert not booking.owed

    def keeps(session: Session) -> None:
        session.exec(update(OutboxRow).where(col(OutboxRow.kind) == question_fields.KIND).values(error="x"))

    between(w, of(grace), keeps, lambda: perform_one(w.rt, kinds=(ask_by_form.KIND,)))


def test_what_a_link_may_ask_is_counted_after_its_contact_is_locked(w: World, people: People) -> None:
    grace = people.contact("grace@example.org")
    token = link(w, grace, LinkPurpose.EVERYTHING)

    def counted(session: Session) -> None:
        limits.use(w.rt, session, "changes_per_link", f"{grace} {LinkPurpose.EVERYTHING}", now=w.now)

    between(w, of(grace), counted, lambda: more_use.ask(w.rt, token, Wish.DATA, press=PRESS, now=w.now))


def test_who_has_a_value_is_locked_before_the_field_that_is_deleted(w: World, people: People) -> None:
    grace, field = people.contact("grace@example.org"), ProfileField(id=UUID(int=301), slug="region")
    with transaction(w.rt.engine) as session:
        fields.save(session, field)
    profile.fill_several(w.rt, grace, {"region": "north"}, now=w.now)

    def filled(session: Session) -> None:
        circle = contact_acts.locked(w.rt, session, grace)
        profile.fill(w.rt, session, circle, "region", "south", now=w.now)

    def asked(session: Session) -> None:
        fields.lock(session, "region")

    between(w, filled, asked, lambda: setup_fields.delete(w.rt, field, by=Actor(name="bob"), now=w.now))
    with snapshot(w.rt.engine) as session:
        assert fields.find(session, "region") is None


@pytest.mark.parametrize("act", ["remind", "forget"])
def test_timers_lock_whose_questions_and_wishes_they_look_after(w: World, people: People, act: str) -> None:
    _, grace = asked(w)
    with transaction(w.rt.engine) as session:
        fields.save(session, ProfileField(id=UUID(int=301), slug="region", editable=True))
    own_field_changes.ask(w.rt, link(w, grace, LinkPurpose.EVERYTHING), "region", "north", now=w.now)
    w.drain()
    w.clock.advance(timedelta(days=20).total_seconds())

    def forget() -> None:
        with transaction(w.rt.engine) as session:
            own_field_changes.forget_over(session, now=w.now)

    def remind() -> None:
        reminders.remind_due(w.rt, now=w.now)

    between(w, of(grace), lambda _: None, remind if act == "remind" else forget)


def test_the_timer_that_erases_bookings_locks_their_hosts(w: World) -> None:
    booking = w.hold()
    w.pass_time(hours=30)
    w.clock.advance(timedelta(days=900).total_seconds())
    between(w, of_host(booking.host_id), lambda _: None, lambda: timers.erase_due(w.rt, now=w.now))
    assert w.booking(booking.id).erased


def test_a_host_is_locked_before_the_mail_that_nobody_can_get(w: World) -> None:
    """Its hold is released with it."""
    w.mails.failing = [RecipientRefused("550 5.1.1 no such user")]
    booking = w.hold()
    with transaction(w.rt.engine) as session:
        claimed = outbox.claim(session, now=w.now, kinds=("mail",))
    assert claimed is not None

    def mail(session: Session) -> None:
        session.exec(update(OutboxRow).where(col(OutboxRow.id) == claimed.id).values(error="x"))

    between(w, of_host(booking.host_id), mail, lambda: send.perform(w.rt, claimed))
    assert w.booking(booking.id).cause is Cause.UNDELIVERABLE
