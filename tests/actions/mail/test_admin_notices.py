"""Administrators are mailed what waits for them: once, one mail a day at most but for floods, and only while it is so."""

from datetime import timedelta

from booking_service.actions.access import people
from booking_service.actions.access.admin_needs import QUIET
from booking_service.actions.operations import outbox_effects
from booking_service.actions.operations.checks import checks
from booking_service.config.notation import read_rates
from booking_service.domain.audit import Actor
from booking_service.domain.roles import Role
from booking_service.mail.errors import RecipientRefused
from booking_service.storage import operations
from booking_service.storage.engine import transaction
from tests.flows.test_budget import HALF, TUESDAY_9, limited, of
from tests.world import MONDAY, World

OFFICE, TEAM = "office@example.org", "team@example.org"
SUBJECT = "The booking service needs you"
REFUSED = (RecipientRefused("no such mailbox"), RecipientRefused("no such mailbox"))  # to the invitee, and to the host


def staffed(w: World) -> World:
    for email, role in ((OFFICE, Role.ADMIN), (TEAM, Role.STAFF)):
        people.add(w.rt, email, role=role, name="Office", zone="UTC", language="en", by=Actor(name="test"), now=w.now)
    return w


def give_up(w: World, *, days: int) -> None:
    """A mail to the host that nobody takes; and the next look at the clock."""
    w.mails.failing = [*REFUSED]
    w.hold(meeting="quick", start=MONDAY + timedelta(days=days))
    w.drain()
    w.pass_time(seconds=30)


def told(w: World) -> list[str]:
    return [mail.text for mail in w.mails.sent if mail.subject == SUBJECT and mail.to.address == OFFICE]


def test_what_was_given_up_is_mailed_to_administrators_once_and_to_nobody_else(w: World) -> None:
    give_up(staffed(w), days=1)
    assert [mail.to.address for mail in w.mails.sent if mail.subject == SUBJECT] == [OFFICE]
    assert "1 task could not be done and was given up" in told(w)[0]
    assert "http://localhost:8000/host" in told(w)[0]
    w.pass_time(days=3)
    assert len(told(w)) == 1


def test_what_is_given_up_within_a_day_is_one_more_mail_the_day_after(w: World) -> None:
    give_up(staffed(w), days=1)
    give_up(w, days=2)
    give_up(w, days=3)
    assert len(told(w)) == 1
    w.pass_time(seconds=QUIET.total_seconds())
    assert "3 tasks could not be done and were given up" in told(w)[1]


def test_what_was_looked_after_before_the_next_mail_is_in_none(w: World) -> None:
    give_up(staffed(w), days=1)
    give_up(w, days=2)
    outbox_effects.drop(w.rt, [], dead=True, by="Office", now=w.now)
    w.pass_time(seconds=QUIET.total_seconds())
    assert len(told(w)) == 1


def test_backups_that_stopped_are_mailed_about_once_until_there_is_one_again(w: World) -> None:
    staffed(w).pass_time(days=9)
    assert told(w) == []  # whether one was ever made is for who sets the service up
    for _ in range(2):
        with transaction(w.rt.engine) as session:
            operations.note(session, operations.BACKUP, at=w.now, detail={})
        w.pass_time(days=2)
        before = len(told(w))
        w.pass_time(seconds=60)
        w.pass_time(days=5)
        assert len(told(w)) == before + 1
        assert "The last backup was made on" in told(w)[-1]
    assert len(told(w)) == 2


def test_a_notice_that_could_not_be_sent_causes_no_other(w: World) -> None:
    w.mails.failing = [*REFUSED]
    staffed(w).hold(meeting="quick", start=MONDAY + timedelta(days=1))
    w.drain()
    w.mails.failing = [RecipientRefused("no such mailbox")]
    w.pass_time(seconds=30)
    w.pass_time(days=4)
    assert [mail.to.address for mail in w.mails.tried if mail.subject == SUBJECT] == [OFFICE]
    assert told(w) == []


def asks(w: World, *names: str, at: int = 0) -> None:
    for number, name in enumerate(names):
        w.hold(start=TUESDAY_9 + (at + number) * HALF, invitee=of(name), network=f"10.0.0.{at + number}")
    w.drain()
    w.pass_time(seconds=30)


def test_half_of_the_mails_of_an_hour_alarm_administrators_at_once_and_once_for_each_rise(w: World) -> None:
    tight = limited(w, confirmation_mails=read_rates("6 per h"), confirmation_mails_of_newcomers=())
    give_up(staffed(tight), days=3)  # the first mail to somebody who proved nothing
    assert len(told(tight)) == 1
    asks(tight, "alan")
    assert len(told(tight)) == 1
    asks(tight, "grace", at=1)
    assert len(told(tight)) == 2
    assert "Of at most 6 emails asking strangers to confirm, 3 have been sent or are waiting." in told(tight)[-1]
    warned = [each.sentence for each in checks(tight.rt, now=tight.now) if each.subject == "attack"]
    assert warned == ["Of at most 6 emails asking strangers to confirm, 3 have been sent or are waiting."]
    asks(tight, "edith", at=2)
    tight.pass_time(hours=1)  # holds end, each of which is a mail
    tight.pass_time(hours=2)
    assert len(told(tight)) == 2
    assert "attack" not in [each.subject for each in checks(tight.rt, now=tight.now)]
    tight.pass_time(hours=6)
    asks(tight, "emmy", "mary", "ruth", at=5)
    assert len(told(tight)) == 3


def test_many_more_requests_that_nobody_confirms_than_are_booked_alarm_administrators(w: World) -> None:
    asks(staffed(w), *(f"n{number}" for number in range(11)))
    w.pass_time(hours=2)
    assert "Within 24 hours 11 requests were not confirmed in time, and only 0 were booked." in told(w)[0]
    w.pass_time(hours=3)
    assert len(told(w)) == 1
