"""Who watches a game: what must hold after every step, and once everything has healed and come to rest.

What an auditor sees without knowing who did what is in tests/invariants.py. Here is what only somebody knows who saw the
host act, opened pages, and looks at the calendar between two steps.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.booking import confirm, find
from booking_service.actions.calendar.host_notices import TELL_AFTER
from booking_service.actions.times.offers import find_slots
from booking_service.crypto.tokens import LinkPurpose, token_for
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.errors import HoldExpired
from booking_service.domain.interval import Interval
from booking_service.storage import bookings, calendars, outbox
from booking_service.storage.engine import snapshot
from tests import invariants
from tests.flows.crashes import CountedCalendar, CountedTransport, Steps, transactions_counted
from tests.flows.game.players import HostsClient
from tests.flows.game.table import Table
from tests.web.site import browser_of

PRIVATE_PAGES: tuple[tuple[LinkPurpose | None, str], ...] = (
    (LinkPurpose.CONFIRM, ""),
    (None, ""),
    (LinkPurpose.MANAGE, ""),
    (None, "/state.json"),
    (LinkPurpose.NOT_ME, ""),
    (LinkPurpose.MANAGE, "/cancel"),
    (LinkPurpose.STOP, ""),
    (LinkPurpose.MANAGE, "/move"),
    (None, "/move"),
    (LinkPurpose.ACT, ""),
)
UNREADABLE = "We can't read your calendar"


@dataclass
class Referee:
    table: Table
    host: HostsClient
    outages: set[tuple[UUID, datetime]] = field(default_factory=set)
    looked: Steps = field(default_factory=Steps)
    turns: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.browser = self._browser()

    def after_every_step(self) -> None:
        known = self.table.meet()
        invariants.always(self.table.w)
        self._nobody_is_surprised()
        self._what_is_done_stands(known)
        self._an_ended_hold_is_refused(known)
        self._looking_changes_nothing(known)
        self._the_host_is_told_once()
        self._only_the_host_ends_it(known)
        self._titles_are_kept()

    def at_rest(self) -> None:
        self.after_every_step()
        invariants.at_rest(self.table.w)
        self._the_page_is_open()
        self._the_host_has_the_last_word(self.table.meet())

    def _nobody_is_surprised(self) -> None:
        """Nothing ever ended in an error that its action does not know."""
        assert [each for each in self.table.log if each["log_level"] in ("error", "critical")] == []

    def _what_is_done_stands(self, known: list[Booking]) -> None:
        """I2, after every step: where nobody is about to write, and nothing happened in the calendars since we last read
        them, they show exactly what was decided."""
        if not self.table.all_read():
            return
        with snapshot(self.table.w.rt.engine) as session:
            waiting = {row.key for row in outbox.open_rows(session)}
        for booking in known:
            r, unswept = self.table.w.reservation(booking), booking.live and not booking.blocks(self.table.w.now)
            unproven = r.unshown > 0  # written on a server's word alone, which the next pull is to show
            at_work = bookings.publish_key(r.id) in waiting or unproven
            if not at_work and not unswept and booking.time.end > self.table.w.now:
                invariants.stands_as_decided(self.table.w, booking, r)
                self.table.note("found as decided")

    def _an_ended_hold_is_refused(self, known: list[Booking]) -> None:
        """I3: by its link itself, whether or not anybody swept."""
        w = self.table.w
        for booking in known:
            if booking.state is BookingState.HELD and booking.hold_until <= w.now:
                with pytest.raises(HoldExpired):
                    confirm.confirm(w.rt, w.token(booking, LinkPurpose.CONFIRM), network="referee", now=w.now)
                self.table.note("an ended hold refused")

    @contextmanager
    def ended_holds_go(self) -> Iterator[None]:
        """I3: whatever happened before, a minute of service is enough for the event of what had ended."""
        over = [each for each in self.table.meet() if not each.blocks(self.table.w.now)]
        yield
        for booking in over:
            assert self.table.standing(booking) is None, f"I3: its event still stands: {booking}"
            self.table.note("gone within a minute")

    def _looking_changes_nothing(self, known: list[Booking]) -> None:
        """I5: one address after the other, by one method after the other; and no calendar or mail server is asked."""
        turn = next(self.turns)
        method = ("GET", "HEAD", "OPTIONS")[turn % 3]
        address = self._address(turn, known[turn % len(known)] if known else None)
        with transactions_counted(self.table.w.rt.engine, self.looked):
            answer = self.browser.request(method, address)
        assert answer.status_code < 500 or answer.status_code == 503
        assert self.looked.taken == [], f"I5: {method} {address} did something: {self.looked.taken}"

    def _address(self, turn: int, booking: Booking | None) -> str:
        public = ("/ada", "/ada/intro", "/ada/quick", "/api/v1/slots?host=ada&meeting=intro", "/readyz")
        if booking is None or turn % 4 == 0:
            return public[turn // 4 % len(public)]
        purpose, below = PRIVATE_PAGES[turn // 4 % len(PRIVATE_PAGES)]
        if purpose is None:
            return f"/b/{booking.public_id}{below}"
        ring = self.table.w.rt.ring
        return (
            f"/{purpose}/{token_for(ring, purpose=purpose, subject=booking.id, generation=booking.generation)}{below}"
        )

    def _browser(self) -> TestClient:
        """Of a service whose every request to a calendar, and every mail, is counted."""
        rt, looked = self.table.w.rt, self.looked
        counted = replace(
            rt,
            transport=CountedTransport(rt.transport, looked),
            open_calendar=lambda account, url: CountedCalendar(rt.open_calendar(account, url), looked, reads=True),
        )
        return browser_of(replace(self.table.w, rt=counted))

    def notice_outages(self) -> None:
        """Those that last: what the host is told of, once each."""
        w = self.table.w
        with snapshot(w.rt.engine) as session:
            failing = [each for each in calendars.every(session) if each.failing_since is not None]
        self.outages |= {(each.id, each.failing_since) for each in failing if w.now - each.failing_since >= TELL_AFTER}

    def _the_host_is_told_once(self) -> None:
        """I6: of each outage that lasted, and of nothing else."""
        self.notice_outages()
        told = {mail.message_id for mail in self.table.w.mails.sent if mail.subject == UNREADABLE}
        assert len(told) <= len(self.outages), "I6: told twice"
        self.table.fired["the host was told of an outage"] += len(told) == len(self.outages) > 0

    def _only_the_host_ends_it(self, known: list[Booking]) -> None:
        """I7: what ended on the host's word ended by what the host did; and a deletion that was seen is never undone."""
        for booking in known:
            if booking.cancelled_by is Party.HOST:
                uid = self.table.w.reservation(booking).uid
                assert uid in self.host.ended, f"I7: cancelled, and the host had done nothing: {booking}"

    def _titles_are_kept(self) -> None:
        if not self.table.guarded:
            return
        for each in self.table.at.values():
            for event in each.events():
                if event.uid in self.host.titles:
                    assert event.summary == self.host.titles[event.uid], "I7: the host's title is lost"

    def _the_page_is_open(self) -> None:
        """I6: it heals by itself."""
        w = self.table.w
        for kind in ("intro", "quick"):
            page = find_slots(w.rt, "ada", kind, Interval(w.now, w.now + timedelta(days=7)), now=w.now)
            assert page.closed is None, f"I6: still closed: {page.closed}"

    def _the_host_has_the_last_word(self, known: list[Booking]) -> None:
        """I7: a time that the host gave, and that nobody changed since, is the booking's."""
        for booking in known:
            uid = self.table.w.reservation(booking).uid
            if not booking.live or uid not in self.host.meant or not self.table.guarded:
                continue
            meant = self.host.meant[uid]
            since = find.timeline_of(self.table.w.rt, booking.id)[meant.entries :]
            if not any(each.what in ("moved", "moved-back") and each.by != Party.HOST for each in since):
                time = Interval(meant.time.start, meant.time.end)
                assert booking.time == time, f"I7: the host moved it to {time}: {booking}"
                self.table.note("the host had the last word")
