"""Mails that are owed: sent once, in order, from the state at the moment of sending, or dropped, or tried again."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import icalendar
import pytest

from booking_service.actions.booking import address as address_actions
from booking_service.actions.booking import change, expire, find, hold
from booking_service.actions.mail import send
from booking_service.crypto.tokens import LinkPurpose, hash_of
from booking_service.domain import transitions as rules
from booking_service.domain.booking import Booking, BookingState, Cause, Party
from booking_service.domain.interval import Interval
from booking_service.mail.errors import MailError, RecipientRefused, TransportDown, TryLater, UnsafeMessage
from booking_service.mail.message import OutgoingMail, assemble, verify
from booking_service.mail.transport import retry_after
from booking_service.storage import access, bookings, outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import perform_one
from tests.world import MONDAY, World

GRACE, ALAN, ADA = "grace@example.org", "alan@example.org", "ada@example.org"


def subjects(w: World, address: str) -> list[str]:
    return [mail.subject for mail in w.mails.to(address)]


def happened(w: World, booking: Booking, what: str) -> list[dict[str, str]]:
    return [dict(entry.detail) for entry in find.timeline_of(w.rt, booking.id) if entry.what == what]


def waiting(w: World) -> list[tuple[str, str]]:
    """What the outbox still has of mails: the word for how it stands, and what is said about it."""
    with snapshot(w.rt.engine) as session:
        rows = [row for row in outbox.open_rows(session) if row.kind in ("mail", "alarm")]
        return [("dead" if row.dead_at else "waiting", row.error) for row in rows]


def event_of(mail: OutgoingMail) -> icalendar.Event:
    assert mail.calendar is not None
    (event,) = icalendar.Calendar.from_ical(mail.calendar.body.decode()).walk("VEVENT")
    return event


def move(w: World, booking: Booking, **later: float) -> Booking:
    start = w.booking(booking.id).time.start + timedelta(**later)
    return change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), start, now=w.now)


def cancel(w: World, booking: Booking, reason: str = "") -> Booking:
    return change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason=reason, now=w.now)


def test_the_whole_way_of_a_booking_is_told_to_everybody_whom_it_concerns(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    assert subjects(w, GRACE) == ["Please confirm: Tue 8 Jan, 03:00 with Ada Lovelace"]
    assert subjects(w, ALAN) == subjects(w, ADA) == []
    w.confirm(booking)
    w.drain()
    assert subjects(w, GRACE)[1:] == subjects(w, ALAN) == ["Intro call with Ada Lovelace"]
    assert subjects(w, ADA) == ["Booked by Grace Hopper: Tue 8 Jan, 09:00"]
    move(w, booking, hours=1)
    w.drain()
    cancel(w, booking, "My train is late")
    w.drain()
    assert [s.split(":")[0] for s in subjects(w, GRACE)[2:]] == ["Moved to Tue 8 Jan, 04", "Cancelled"]
    assert [s.split(":")[0] for s in subjects(w, ALAN)[1:]] == ["Moved to Tue 8 Jan, 04", "Cancelled"]
    assert [s.split(":")[0] for s in subjects(w, ADA)[1:]] == [
        "Moved by Grace Hopper to Tue 8 Jan, 10",
        "Cancelled by Grace Hopper",
    ]
    assert "My train is late" in w.mails.to(ADA)[-1].text
    for mail in w.mails.sent:
        verify(assemble(mail).as_bytes(), mail)


def test_invitations_follow_the_event_under_one_uid_with_rising_sequence(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.confirm(booking)
    w.drain()
    move(w, booking, hours=1)
    w.drain()
    cancel(w, booking)
    w.drain()
    uid = w.reservation(booking).uid
    for address in (GRACE, ALAN):
        invitations = [mail for mail in w.mails.to(address) if mail.calendar]
        assert [mail.calendar.method for mail in invitations if mail.calendar] == ["REQUEST", "REQUEST", "CANCEL"]
        assert {str(event_of(mail)["UID"]) for mail in invitations} == {uid}
        assert [int(event_of(mail)["SEQUENCE"]) for mail in invitations] == [1, 2, 3]
        assert event_of(invitations[1])["DTSTART"].dt == MONDAY + timedelta(days=1, hours=1)
    assert not [mail for mail in w.mails.to(ADA) if mail.calendar]


def test_each_recipient_has_one_thread(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.confirm(booking)
    w.drain()
    move(w, booking, hours=1)
    w.drain()
    for address in (GRACE, ALAN, ADA):
        first, *later = w.mails.to(address)
        assert first.in_reply_to is None
        assert {mail.in_reply_to for mail in later} == {first.message_id}


def test_what_was_mailed_is_on_the_timeline_without_an_address(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.confirm(booking)
    w.drain()
    mailed = happened(w, booking, "mailed")
    assert [(each["kind"], each["to"]) for each in mailed] == [
        ("confirm-booking", "invitee"),
        ("booked", "invitee"),
        ("booked", "guest"),
        ("host-booked", "host"),
    ]
    assert [each["message_id"] for each in mailed] == [mail.message_id for mail in w.mails.sent]
    assert {each["answer"] for each in mailed} == {"250 kept"}
    said = str([entry.detail for entry in find.timeline_of(w.rt, booking.id)])
    assert not [address for address in (GRACE, ALAN, ADA) if address in said]


def test_a_mail_that_could_not_be_handed_over_is_tried_again_and_stays_the_same_mail(w: World) -> None:
    w.mails.failing = [TryLater("450 greylisted"), TransportDown("no connection")]
    w.hold()
    w.drain()
    assert waiting(w) == [("waiting", "450 greylisted")]
    w.pass_time(minutes=1)
    assert waiting(w) == [("waiting", "No mail leaves: no connection")]
    w.pass_time(minutes=4)
    assert w.mails.sent == []
    w.pass_time(minutes=1)
    assert len(w.mails.to(GRACE)) == 1
    assert waiting(w) == []


def test_a_mail_sent_twice_because_nobody_recorded_it_has_one_message_id(w: World) -> None:
    w.hold()
    with transaction(w.rt.engine) as session:
        claimed = outbox.claim(session, now=w.now, kinds=("mail",))
    assert claimed is not None
    send.perform(w.rt, claimed)
    send.perform(w.rt, claimed)  # as after a crash between the two steps
    first, second = w.mails.to(GRACE)
    assert first.message_id == second.message_id


def test_after_two_days_a_mail_is_given_up_and_stays_visible(w: World) -> None:
    last = next(attempt for attempt in count(1) if retry_after(attempt) is None)
    booking = w.hold(meeting="quick")
    w.mails.failing = [TransportDown("no connection")] * 2
    for attempts in (last - 1, last):
        with transaction(w.rt.engine) as session:
            claimed = outbox.claim(session, now=w.now + timedelta(hours=2), kinds=("mail",))
        assert claimed is not None
        send.perform(w.rt, replace(claimed, attempts=attempts))
    assert sorted(waiting(w)) == [
        ("dead", "No mail leaves: no connection"),
        ("waiting", "No mail leaves: no connection"),
    ]
    assert [d["error"] for d in happened(w, booking, "mail-dead")] == ["TransportDown"]
    assert w.booking(booking.id).state is BookingState.CONFIRMED


def test_a_hold_whose_address_is_refused_is_released_and_says_so(w: World) -> None:
    w.mails.failing = [RecipientRefused(f"the address was refused: 550 5.1.1 <{GRACE}>: no such user")]
    booking = w.hold()
    w.drain()
    over = w.booking(booking.id)
    assert (over.state, over.cause) == (BookingState.CANCELLED, Cause.UNDELIVERABLE)
    assert w.calendar.events() == []
    assert w.mails.sent == []
    (dead,) = happened(w, booking, "mail-dead")
    assert dead["answer"] == "the address was refused: 550 5.1.1 <…>: no such user"


def test_a_later_refusal_takes_nothing_away_from_who_has_the_link(w: World) -> None:
    booking = w.hold()
    w.drain()
    w.mails.failing = [RecipientRefused("552 mailbox full")]
    address_actions.resend(w.rt, booking.public_id, now=w.now)
    w.drain()
    assert w.booking(booking.id).state is BookingState.HELD
    assert w.confirm(booking).state is BookingState.CONFIRMED


def test_a_refused_invitation_leaves_the_booking_alone(w: World) -> None:
    booking = w.hold()
    w.drain()
    w.mails.failing = [RecipientRefused("550 no"), RecipientRefused("550 no")]
    w.confirm(booking)
    w.drain()
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert len(happened(w, booking, "mail-dead")) == 2


def test_a_hold_whose_question_cannot_be_composed_is_released_and_says_so(w: World) -> None:
    """Nobody can mend it by hand, so nothing waits for a person."""
    w.mails.failing = [UnsafeMessage("another header")]
    booking = w.hold()
    w.drain()
    over = w.booking(booking.id)
    assert (over.state, over.cause) == (BookingState.CANCELLED, Cause.UNDELIVERABLE)
    assert w.calendar.events() == []
    assert waiting(w) == []
    assert [(d["error"], d["answer"]) for d in happened(w, booking, "mail-dead")] == [
        ("UnsafeMessage", "another header")
    ]


def test_a_mail_that_cannot_be_composed_for_an_attendee_leaves_the_booking_alone(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.mails.failing = [UnsafeMessage("another header"), UnsafeMessage("another header")]
    w.confirm(booking)
    w.drain()
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert [d["to"] for d in happened(w, booking, "mail-dead")] == ["invitee", "guest"]
    assert waiting(w) == []


def test_a_mail_to_the_host_that_cannot_be_composed_waits_for_a_person(w: World) -> None:
    booking = w.hold(meeting="quick")
    while not w.mails.sent:
        perform_one(w.rt)
    w.mails.failing = [UnsafeMessage("another header")]
    w.drain()
    assert waiting(w) == [("dead", "another header")]
    assert w.booking(booking.id).state is BookingState.CONFIRMED


def test_the_question_is_not_sent_once_it_is_answered_or_too_late(w: World) -> None:
    w.mails.failing = [TryLater("450")]
    booking = w.hold()
    w.drain()
    w.confirm(booking)
    w.pass_time(minutes=1)
    assert [d["why"] for d in happened(w, booking, "mail-dropped")] == ["decided"]
    assert subjects(w, GRACE) == ["Intro call with Ada Lovelace"]

    w.mails.failing = [TransportDown("down")] * 6
    late = w.hold(start=MONDAY + timedelta(days=1, hours=4))
    w.drain()
    for _ in range(18):  # the hold lives twice as long at most while its mail waits
        w.pass_time(minutes=10)
    assert "Please confirm" not in "".join(subjects(w, GRACE))
    assert [d["kind"] for d in happened(w, late, "mail-dropped")] == ["confirm-booking"]
    assert subjects(w, GRACE)[-1].startswith("Your hold has ended")


def test_a_corrected_address_gets_the_question_and_the_old_one_nothing_more(w: World) -> None:
    w.mails.failing = [TryLater("450")]
    booking = w.hold()
    w.drain()
    address_actions.correct_address(w.rt, booking.public_id, "grace@navy.example", now=w.now)
    w.pass_time(minutes=2)
    assert w.mails.to(GRACE) == []
    (asked,) = w.mails.to("grace@navy.example")
    assert w.token(booking, LinkPurpose.CONFIRM) in asked.text
    assert asked.in_reply_to is None


def test_a_resend_while_the_first_still_waits_makes_one_mail(w: World) -> None:
    w.mails.failing = [TryLater("450")]
    booking = w.hold()
    w.drain()
    address_actions.resend(w.rt, booking.public_id, now=w.now)
    w.pass_time(minutes=2)
    assert len(w.mails.to(GRACE)) == 1
    assert [d["why"] for d in happened(w, booking, "mail-dropped")] == ["replaced"]


def test_moved_before_the_invitation_left_makes_one_invitation_for_the_new_time(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.mails.failing = [TryLater("450")] * 3
    w.confirm(booking)
    w.drain()
    move(w, booking, hours=1)
    w.pass_time(minutes=2)
    for address in (GRACE, ALAN):
        invitation = w.mails.to(address)[-1]
        assert invitation.subject == "Intro call with Ada Lovelace"  # they never heard of another time
        assert event_of(invitation)["DTSTART"].dt == MONDAY + timedelta(days=1, hours=1)
        assert len([mail for mail in w.mails.to(address) if mail.calendar]) == 1
    assert subjects(w, ADA) == ["Booked by Grace Hopper: Tue 8 Jan, 10:00"]


def test_an_invitation_that_never_left_is_not_taken_back(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.confirm(booking)
    cancel(w, booking)
    w.drain()
    assert subjects(w, ALAN) == []
    last = w.mails.to(GRACE)[-1]
    assert last.subject.startswith("Cancelled")
    assert last.calendar is None


def test_an_invitation_that_may_have_left_is_taken_back(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.mails.failing = [TryLater("the connection broke")] * 3
    w.confirm(booking)
    w.drain()
    cancel(w, booking)
    w.pass_time(minutes=2)
    for address in (GRACE, ALAN):
        last = w.mails.to(address)[-1]
        assert last.calendar is not None
        assert last.calendar.method == "CANCEL"


def test_nothing_is_told_while_a_newer_decision_is_being_written(w: World) -> None:
    booking = w.confirm(w.hold(meeting="quick"))
    later = Interval(booking.time.start + timedelta(hours=1), booking.time.end + timedelta(hours=1))
    with transaction(w.rt.engine) as session:  # as after a crash before the calendar was written
        decision = rules.move(booking, later, by=Party.INVITEE, meeting=w.quick, taken=(), now=w.now)
        bookings.record(session, decision, now=w.now)
    with transaction(w.rt.engine) as session:
        claimed = outbox.claim(session, now=w.now, kinds=("mail",))
    assert claimed is not None
    send.perform(w.rt, claimed)
    assert w.mails.sent == []
    assert ("waiting", "a newer decision is being written") in waiting(w)
    w.settle()
    (told,) = w.mails.to(GRACE)
    assert event_of(told)["DTSTART"].dt == later.start


def test_an_ended_hold_is_told_with_what_is_free_near_it(w: World) -> None:
    booking = w.hold()
    w.drain()
    for _ in range(6):
        w.pass_time(minutes=10)
    ended = w.mails.to(GRACE)[-1]
    assert ended.subject.startswith("Your hold has ended")
    assert f"/c/{w.token(booking, LinkPurpose.CONFIRM)}" in ended.text
    assert ended.text.count("/ada/intro/details?start=2030-01-08T") == 3


def test_an_ended_hold_whose_time_somebody_else_took_offers_the_others_only(w: World) -> None:
    booking = w.hold()
    w.drain()
    for _ in range(5):
        w.pass_time(minutes=11)
    w.mails.failing = [TryLater("450")]
    w.pass_time(minutes=6)
    w.hold(meeting="quick", start=booking.time.start)
    w.pass_time(minutes=2)
    ended = next(mail for mail in w.mails.to(GRACE) if mail.subject.startswith("Your hold"))
    assert "Somebody else has taken it in the meantime." in ended.text
    assert f"/c/{w.token(booking, LinkPurpose.CONFIRM)}" not in ended.text


def test_who_took_the_time_again_is_not_told_that_it_ended(w: World) -> None:
    booking = w.hold()
    w.drain()
    for _ in range(5):
        w.pass_time(minutes=11)
    w.clock.advance(300)
    expire.expire_due(w.rt, now=w.now)
    hold.take_again(w.rt, w.token(booking, LinkPurpose.CONFIRM), network="n", now=w.now)
    w.drain()
    assert "Your hold has ended" not in "".join(subjects(w, GRACE))
    assert [d["why"] for d in happened(w, booking, "mail-dropped")] == ["decided"]


def test_a_mailbox_that_wants_no_mail_gets_none(w: World) -> None:
    other = w.hold(invitee=replace(w.hold().invitee, email=ALAN), start=MONDAY + timedelta(days=2))
    w.drain()
    change.not_me(w.rt, w.token(other, LinkPurpose.NOT_ME), block=True, now=w.now)
    booking = w.hold(guests=("Alan+x@example.org",), start=MONDAY + timedelta(days=3))
    w.drain()
    w.confirm(booking)
    w.drain()
    assert subjects(w, "Alan+x@example.org") == []
    assert [d["why"] for d in happened(w, booking, "mail-dropped")] == ["blocked"]


def test_every_link_in_a_mail_opens_something(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.confirm(booking)
    w.drain()
    found = 0
    with snapshot(w.rt.engine) as session:
        for mail in w.mails.sent:
            for word in mail.text.split():
                purpose, _, token = word.removeprefix("http://localhost:8000/").partition("/")
                if word.startswith("http") and purpose in set(LinkPurpose):
                    link = access.find_link(session, hash_of(token))
                    assert link is not None
                    assert link.purpose == purpose
                    found += 1
    assert found == 4  # confirm, not me, manage, decline


@pytest.mark.parametrize(
    "error", [TryLater("450"), TransportDown("down"), RecipientRefused("550"), UnsafeMessage("no")]
)
def test_a_host_whose_mail_fails_is_no_trouble_for_the_invitee(w: World, error: MailError) -> None:
    booking = w.hold(meeting="quick")
    while not w.mails.sent:
        perform_one(w.rt)
    w.mails.failing = [error]
    w.drain()
    assert [mail.to.address for mail in w.mails.sent] == [GRACE]
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert len(waiting(w)) == 1
