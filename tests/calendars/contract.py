"""What every calendar behind the port does, whoever serves it. Each server's file inherits this and names its deviations.

`traits` says what the server is known to keep of the contract, in the words of the probe; a server that does better or
worse than its traits turns a test red.
"""

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from calendars.dav.probe import Probed, probe
from calendars.errors import CalendarError, Precondition, TokenRefused, UidTaken
from calendars.ical import ics
from calendars.ical.lines import lines
from calendars.model import Capabilities, Event, EventStatus, Period
from calendars.port import Calendar

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
WINDOW = Period(datetime(2027, 2, 20, tzinfo=UTC), datetime(2027, 3, 20, tzinfo=UTC))
STAMP = datetime(2027, 1, 1, tzinfo=UTC)


def body_of(uid: str, *, start: datetime = NOON, summary: str = "Hold: Intro call", sequence: int = 0) -> bytes:
    """A hold of one hour as the service writes it."""
    return ics.build(
        Event(
            uid=uid,
            time=Period(start, start + timedelta(hours=1)),
            status=EventStatus.TENTATIVE,
            summary=summary,
            sequence=sequence,
            stamped_at=STAMP,
            marks={"X-BOOKING-REVISION": "1"},
        )
    )


def foreign(uid: str, *rows: str) -> bytes:
    """Somebody else's event with these content lines for its time."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody//EN", "BEGIN:VEVENT", f"UID:{uid}")
    tail = ("DTSTAMP:20270101T000000Z", "SUMMARY:Theirs", "END:VEVENT", "END:VCALENDAR", "")
    return "\r\n".join((*head, *rows, *tail)).encode()


def new_uid() -> str:
    return str(uuid.uuid4())


def put(calendar: Calendar, uid: str | None = None, *, start: datetime = NOON) -> tuple[str, str]:
    """A hold on the server: its UID and the href the server knows it by."""
    uid = uid or new_uid()
    calendar.create(f"{uid}.ics", body_of(uid, start=start))
    stored = calendar.get(f"{uid}.ics")
    assert stored is not None
    return uid, stored.href


def etag_of(calendar: Calendar, href: str) -> str:
    stored = calendar.get(href)
    assert stored is not None
    assert stored.etag is not None
    return stored.etag


def seen(calendar: Calendar, href: str) -> ics.OurEvent | None:
    """The event that stands there, None where nothing does."""
    stored = calendar.get(href)
    return None if stored is None else ics.read(stored.body)


def uids(bodies: Sequence[bytes]) -> set[str]:
    return {line.text for body in bodies for line in lines(body) if line.name == "UID"}


class CalendarContract:
    traits = Capabilities()

    def test_what_was_created_stands_as_it_was_written(self, calendar: Calendar) -> None:
        uid = new_uid()
        etag = calendar.create(f"{uid}.ics", body_of(uid, summary="Grüße; aus, Köln"))
        stored = calendar.get(f"{uid}.ics")
        assert stored is not None
        event = ics.read(stored.body)
        assert event is not None
        assert (event.uid, event.summary, event.status) == (uid, "Grüße; aus, Köln", EventStatus.TENTATIVE)
        assert event.time == Period(NOON, NOON + timedelta(hours=1))
        assert event.marks["X-BOOKING-REVISION"] == "1"
        assert stored.etag is not None
        assert etag == (stored.etag if self.traits.etag_on_put else None)
        assert (stored.body == body_of(uid, summary="Grüße; aus, Köln")) is self.traits.keeps_bytes

    def test_nothing_stands_where_nothing_was_put(self, calendar: Calendar) -> None:
        assert calendar.get(f"{new_uid()}.ics") is None

    def test_a_bare_name_and_the_full_path_are_the_same_object(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        assert href.startswith("/")
        assert href.endswith(f"/{uid}.ics")
        bare, full = calendar.get(f"{uid}.ics"), calendar.get(href)
        assert bare == full

    def test_creating_never_overwrites(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        other = body_of(uid, summary="Second")
        if not self.traits.create_guard:
            calendar.create(href, other)
            overwritten = seen(calendar, href)
            assert overwritten is not None
            assert overwritten.summary == "Second"
            return
        with pytest.raises(Precondition):
            calendar.create(href, other)
        event = seen(calendar, href)
        assert event is not None
        assert event.summary == "Hold: Intro call"

    def test_a_uid_stands_only_once(self, calendar: Calendar) -> None:
        uid, _ = put(calendar)
        if not self.unique_uids:
            return
        with pytest.raises(UidTaken):
            calendar.create("another-name.ics", body_of(uid))
        assert calendar.get("another-name.ics") is None

    unique_uids = True

    def test_replacing_with_the_right_etag_changes_the_object(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        before = etag_of(calendar, href)
        etag = calendar.replace(href, body_of(uid, summary="Intro call", sequence=1), etag=before)
        event = seen(calendar, href)
        assert event is not None
        assert (event.summary, event.sequence) == ("Intro call", 1)
        assert etag_of(calendar, href) != before
        assert etag in (None, etag_of(calendar, href))

    def test_replacing_with_a_stale_etag_changes_nothing(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        stale = etag_of(calendar, href)
        calendar.replace(href, body_of(uid, summary="The host's"), etag=stale)
        if not self.traits.update_guard:
            return  # SOGo refuses this one and brings back what is gone
        with pytest.raises(Precondition):
            calendar.replace(href, body_of(uid, summary="Ours"), etag=stale)
        event = seen(calendar, href)
        assert event is not None
        assert event.summary == "The host's"

    def test_replacing_what_is_gone_does_not_bring_it_back(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        etag = etag_of(calendar, href)
        assert calendar.delete(href, etag=None)
        if not self.traits.update_guard:
            return
        with pytest.raises(Precondition):
            calendar.replace(href, body_of(uid), etag=etag)
        assert calendar.get(href) is None

    def test_deleting_with_a_stale_etag_deletes_nothing(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        stale = etag_of(calendar, href)
        calendar.replace(href, body_of(uid, summary="The host's"), etag=stale)
        if not self.traits.delete_guard:
            assert calendar.delete(href, etag=stale) is True
            return
        with pytest.raises(Precondition):
            calendar.delete(href, etag=stale)
        assert calendar.get(href) is not None

    def test_what_was_deleted_is_gone_and_deleting_again_is_calm(self, calendar: Calendar) -> None:
        _, href = put(calendar)
        assert calendar.delete(href, etag=etag_of(calendar, href)) is True
        assert calendar.get(href) is None
        assert calendar.delete(href, etag=None) is False

    def test_a_snapshot_shows_what_touches_the_window_and_no_more(self, calendar: Calendar) -> None:
        inside, _ = put(calendar)
        before, _ = put(calendar, start=WINDOW.start - timedelta(days=300))
        after, _ = put(calendar, start=WINDOW.end + timedelta(days=300))
        shapes = {
            "allday": ("DTSTART;VALUE=DATE:20270305", "DTEND;VALUE=DATE:20270306"),
            "floating": ("DTSTART:20270306T090000", "DTEND:20270306T100000"),
            "weekly": ("DTSTART:20250303T090000Z", "DTEND:20250303T100000Z", "RRULE:FREQ=WEEKLY"),
            "over": ("DTSTART:20270101T000000Z", "DTEND:20270601T000000Z"),
        }
        for name, rows in shapes.items():
            calendar.create(f"{name}.ics", foreign(name, *rows))
        found = uids([each.body for each in calendar.snapshot(WINDOW).objects])
        assert found == {inside, *shapes}
        assert before not in found
        assert after not in found

    def test_an_empty_calendar_is_an_empty_snapshot(self, calendar: Calendar) -> None:
        snapshot = calendar.snapshot(WINDOW)
        assert list(snapshot.objects) == []
        assert (snapshot.token is not None) is self.traits.sync

    def test_changes_go_on_where_the_snapshot_ended(self, calendar: Calendar) -> None:
        kept_uid, kept = put(calendar)
        _, gone = put(calendar)
        token = self.token(calendar)
        self.let_the_token_age()
        new_uid_, new = put(calendar)
        calendar.replace(kept, body_of(kept_uid, summary="Moved"), etag=etag_of(calendar, kept))
        calendar.delete(gone, etag=None)
        changes = calendar.changes(token)
        assert {each.href for each in changes.changed} == {new, kept}
        assert uids([each.body for each in changes.changed]) == {kept_uid, new_uid_}
        assert list(changes.gone) == [gone]
        assert {each.href: each.etag for each in changes.changed} == {
            href: etag_of(calendar, href) for href in (new, kept)
        }

    def test_nothing_changed_is_no_change(self, calendar: Calendar) -> None:
        put(calendar)
        token = self.token(calendar)
        if self.repeats_changes:
            return
        changes = calendar.changes(token)
        assert (list(changes.changed), list(changes.gone), list(changes.same)) == ([], [], [])
        again = calendar.changes(changes.token)
        assert (list(again.changed), list(again.gone)) == ([], [])

    repeats_changes = False

    def test_a_token_may_be_used_twice(self, calendar: Calendar) -> None:
        token = self.token(calendar)
        self.let_the_token_age()
        _, href = put(calendar)
        first, second = calendar.changes(token), calendar.changes(token)
        assert [each.href for each in first.changed] == [each.href for each in second.changed] == [href]

    def test_our_own_last_write_is_named_but_not_fetched(self, calendar: Calendar) -> None:
        token = self.token(calendar)
        self.let_the_token_age()
        ours, href = put(calendar)
        _, other = put(calendar)
        changes = calendar.changes(token, known={f"{ours}.ics": etag_of(calendar, href), other: '"another"'})
        assert list(changes.same) == [href]
        assert [each.href for each in changes.changed] == [other]

    def test_what_came_and_went_between_two_pulls_is_not_there(self, calendar: Calendar) -> None:
        token = self.token(calendar)
        self.let_the_token_age()
        _, href = put(calendar)
        calendar.delete(href, etag=None)
        changes = calendar.changes(token)
        assert list(changes.changed) == []
        assert set(changes.gone) <= {href}

    def test_a_foreign_token_is_refused_or_answered_with_everything(self, calendar: Calendar) -> None:
        _, href = put(calendar)
        if self.traits.token_errors:
            with pytest.raises(TokenRefused):
                calendar.changes("bogus")
        else:
            assert href in {each.href for each in calendar.changes("bogus").changed}

    def test_the_listing_names_every_object_with_its_etag(self, calendar: Calendar) -> None:
        hrefs = [put(calendar)[1] for _ in range(3)]
        assert calendar.listing() == {href: etag_of(calendar, href) for href in hrefs}

    def test_an_empty_calendar_lists_nothing(self, calendar: Calendar) -> None:
        assert calendar.listing() == {}

    def test_what_is_gone_is_left_out_of_what_is_fetched(self, calendar: Calendar) -> None:
        (uid, href), (_, gone) = put(calendar), put(calendar)
        calendar.delete(gone, etag=None)
        found = calendar.fetch([gone, href, f"{new_uid()}.ics"])
        assert [each.href for each in found] == [href]
        assert uids([each.body for each in found]) == {uid}
        assert calendar.fetch([]) == []

    def test_more_than_a_hundred_objects_are_fetched_whole(self, calendar: Calendar) -> None:
        hrefs = [put(calendar)[1] for _ in range(103)]
        assert {each.href for each in calendar.fetch(hrefs)} == set(hrefs)

    def test_a_character_that_xml_forbids_hides_nothing(self, calendar: Calendar) -> None:
        """Nor what has it, where a server takes it. DAViCal says once more what the token had already seen."""
        (uid, href), token, names = put(calendar), self.token(calendar), {f"beside-{number}" for number in range(5)}
        self.let_the_token_age()
        odd = body_of("odd").replace(b"SUMMARY:Hold", b"SUMMARY:Ho\x0bld\xff")
        taken = created(calendar, "odd.ics", odd)
        for name in names:
            put(calendar, name)
        expected = {*names, "odd"} if taken else names
        assert expected <= uids([each.body for each in calendar.changes(token).changed]) <= {*expected, uid}
        assert uids([each.body for each in calendar.snapshot(WINDOW).objects]) == {*expected, uid}
        assert uids([each.body for each in calendar.fetch([href, "odd.ics"])]) == ({uid, "odd"} if taken else {uid})

    def test_an_event_is_found_by_its_uid_and_by_no_part_of_it(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        put(calendar, f"{uid}-longer")
        found = calendar.find(uid)
        assert found is not None
        assert found.href == href
        assert calendar.find(uid[:12]) is None

    @pytest.mark.parametrize("name", ["two%20words.ics", "ada%40example.org.ics", "d.o.t.s.ics", "gr%C3%BC%C3%9Fe.ics"])
    def test_an_href_is_used_as_the_server_spells_it(self, calendar: Calendar, name: str) -> None:
        uid = new_uid()
        calendar.create(name, body_of(uid))
        (href,) = calendar.listing()
        event = seen(calendar, href)
        assert event is not None
        assert event.uid == uid
        assert [each.href for each in calendar.fetch([href])] == [href]
        assert calendar.delete(href, etag=etag_of(calendar, href))
        assert calendar.listing() == {}

    def test_of_twelve_who_create_at_once_one_wins(self, calendar: Calendar) -> None:
        if not self.traits.create_guard:
            return
        uid = new_uid()
        won = at_once(12, lambda i: created(calendar, f"{uid}.ics", body_of(uid, summary=f"Writer {i}")))
        assert sum(won) == 1
        event = seen(calendar, f"{uid}.ics")
        assert event is not None
        assert event.summary == f"Writer {won.index(True)}"

    def test_forty_threads_share_one_calendar(self, calendar: Calendar) -> None:
        names = [new_uid() for _ in range(40)]
        outcomes = at_once(40, lambda i: put(calendar, names[i])[0] == names[i])
        assert all(outcomes)
        assert len(calendar.listing()) == 40

    def test_the_probe_finds_what_is_known_and_leaves_nothing(self, calendar: Probed) -> None:
        result = probe(calendar, now=STAMP)
        assert result.capabilities == self.traits
        assert result.writable
        assert calendar.listing() == {}

    def token(self, calendar: Calendar) -> str:
        token = calendar.snapshot(WINDOW).token
        assert token is not None
        return token

    def let_the_token_age(self) -> None:
        """For servers whose tokens are seconds of a clock."""


def created(calendar: Calendar, href: str, body: bytes) -> bool:
    """Whether this writer was told that it created the object. Losers of a race may hear 412, 423 or 500."""
    with suppress(CalendarError):
        calendar.create(href, body)
        return True
    return False


def at_once(count: int, act: Callable[[int], bool]) -> list[bool]:
    """`act` in `count` threads that begin together."""
    gate = Barrier(count)

    def begun(index: int) -> bool:
        gate.wait(timeout=30)
        return act(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begun, range(count)))
