"""I12: the process dies before any single effect of erasing somebody, and the restart ends what was begun."""

import gc
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.consent import verify
from booking_service.actions.privacy import decisions
from booking_service.domain.booking import Booking
from booking_service.domain.consent import How
from booking_service.domain.privacy import Mode
from booking_service.pools import HostPools
from booking_service.storage import contacts, ledger
from booking_service.storage.engine import snapshot
from calendars.memory import MemoryCalendar
from tests.flows.conftest import Bench
from tests.flows.crashes import CountedCalendar, CountedTransport, Killed, Steps, transactions_counted
from tests.web.consents import NEWSLETTER, contact_of, offer
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.site import Site, site

HERS = ("grace@", "Grace", "Hopper", "The compiler")


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was left of Grace: right after the death, and in the end. `steps`: what was done until then."""

    steps: Steps
    erased: bool
    rows_after_death: str
    kept_in_the_end: bytes
    event_in_the_end: str
    last_mails: int
    passed_on: bool
    ledger_is_whole: bool


@pytest.mark.promise("I12")
@pytest.mark.parametrize("passed_on", [False, True], ids=["by-her-press", "by-staff"])
@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.extended)])
def test_dying_while_somebody_is_erased_heals_at_the_restart(stride: int, passed_on: bool, bench: Bench) -> None:
    """Until then all of her is there, or nothing; afterwards nothing is, in no file and in no calendar.

    Before each effect in the extended run, before each third in every run.
    """
    whole = erasing(bench, passed_on=passed_on, die_at=None)
    assert {"a transaction commits", "replace is asked", "a mail is sent"} <= set(whole.steps.taken)
    for number in range(1, len(whole.steps.taken) + 1, stride):
        seen = erasing(bench, passed_on=passed_on, die_at=number)
        before = f"before {number}, {whole.steps.taken[number - 1]}"
        assert seen.steps.died, before
        left = [each for each in HERS if each in seen.rows_after_death]
        assert left == ([] if seen.erased else list(HERS)), f"{before}: half of her is left"
        assert [each for each in HERS if each.encode() in seen.kept_in_the_end] == [], before
        assert "Grace" not in seen.event_in_the_end, before
        assert seen.last_mails == 1, before
        assert seen.passed_on == passed_on, before
        assert seen.ledger_is_whole, before


def erasing(bench: Bench, *, passed_on: bool, die_at: int | None) -> Erasure:
    """Her wish falls due in a process that dies; another one goes on with what is left. `passed_on`: by staff, whom she told."""
    calendar, steps = MemoryCalendar(), Steps(die_at=die_at)
    with site(bench.folder, calendar=calendar, engine=bench.engine) as s:
        booking = known(s)
        grace = contact_of(s, GRACE)
        if not passed_on:
            wished(s)
        mortal = replace(
            s.w.rt,
            transport=CountedTransport(s.w.mails, steps),
            open_calendar=lambda *_: CountedCalendar(calendar, steps),
            pools=HostPools(),
        )
        s.w.clock.advance(timedelta(days=8).total_seconds())
        if passed_on:
            decisions.pass_on(s.w.rt, GRACE, mode=Mode.WHOLE, staff="t", called="Vera", reason="A letter.", now=s.w.now)
        with transactions_counted(s.w.rt.engine, steps), suppress(Killed):
            mortal_world = replace(s.w, rt=mortal)
            mortal_world.drain()
            mortal_world.pass_time(seconds=6)
        mortal.pools.close()
        gc.collect()  # a dead process holds no connection, which would keep the log of before from being emptied
        with snapshot(s.w.rt.engine) as session:
            left = contacts.get(session, grace)
        rows = repr({name: kept for name, kept in s.rows().items() if name != "contact_link"})
        s.w.drain()
        for _ in range(3):
            s.w.pass_time(seconds=95)
        return Erasure(
            steps,
            erased=left is None or left.erased_at is not None,
            rows_after_death=rows,
            kept_in_the_end=every_file(s),
            event_in_the_end=event_of(s, booking),
            last_mails=len({each.message_id for each in s.w.mails.to(GRACE) if "is being deleted" in each.subject}),
            passed_on=evidence(s, grace) == (How.TOLD, "Vera", "A letter."),
            ledger_is_whole=verify.verify(s.w.rt, now=s.w.now).findings == (),
        )


def known(s: Site) -> Booking:
    """Grace booked, and agreed to the newsletter."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    [booking] = s.w.all_bookings()
    return booking


def wished(s: Site) -> None:
    """She confirmed from her mailbox that she wants to be deleted."""
    s.browser.post(f"{fresh(s)}/delete")
    s.w.drain()
    assert s.browser.post(changes(s)[-1]).status_code == 303
    s.w.drain()


def evidence(s: Site, contact_id: UUID) -> tuple[How, object, object]:
    """How the last entry says that she asked, who passed it on, and why."""
    with snapshot(s.w.rt.engine) as session:
        last = ledger.links(session, contact_id)[-1]
    return last.entry.how, last.body.get("staff"), last.body.get("reason")


def event_of(s: Site, booking: Booking) -> str:
    return repr([each for each in s.w.calendar.events() if each.uid == s.w.reservation(booking).uid])


def every_file(s: Site) -> bytes:
    """Every byte on the disk of the service, but its keys."""
    kept = [path for path in Path(s.w.rt.settings.data_dir).rglob("*") if path.is_file() and path.name != "secret.key"]
    return b"".join(path.read_bytes() for path in kept)
