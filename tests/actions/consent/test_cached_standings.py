"""Whatever is said, merged, parted or erased in whatever order: lists and the report show of every contact what its entries and
the gate say."""

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session

from booking_service.actions.consent import append, gate, merges, verify
from booking_service.actions.consent.contacts import Circle, circle_of, locked
from booking_service.actions.consent.merges import By, MergeRefused
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import SYSTEM, Act, Basis, How, Standing
from booking_service.domain.consent_moves import (
    AskedByStaff,
    Change,
    Confirmed,
    ConsentRefused,
    Declined,
    Draft,
    OptedOut,
    Recorded,
    Resumed,
    Retracted,
    Reverted,
    Stopped,
    Withdrawn,
)
from booking_service.domain.contact_filter import EVER_ASKED, EXPIRED, NEVER, STANDINGS, STOPPED, Filter
from booking_service.domain.errors import ContactErased
from booking_service.domain.gate import Pass, Refusal, Refused
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import Purpose
from booking_service.runtime import Runtime
from booking_service.storage import consent_report, contact_lists, contacts, standings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.standings import CachedStanding
from booking_service.storage.tables.consent import StandingRow
from tests.actions.consent.people import CALLS, NEWSLETTER, QUESTION_LASTS, TICK, TICK_AT_ONCE, People
from tests.world import World

BOTH = (NEWSLETTER, CALLS)
STAFF = By(staff="x", reason="one person")
# Who may come: two of one mailbox, two of one number, one of neither, and one whom nothing but that number is known of.
KNOWN = (
    {"address": "anna@example.org", "phone": "+4930901820"},
    {"address": "anna+news@example.org"},
    {"address": "bea@example.org", "phone": "+4930901820"},
    {"address": "cleo@example.org", "phone": "+4930901821"},
    {"address": "dora@example.org"},
    {"phone": "+4930901820"},
)


class Town:
    """Contacts of whom something is said at random; whoever is not there yet comes with the first of it."""

    def __init__(self, people: People, seed: int) -> None:
        self.people, self.rt, self.told = people, people.rt, list[str]()
        self.random = Random(seed)  # noqa: S311 - repeatable is what is wanted
        self.ids: dict[int, UUID] = {}
        self.ever: list[UUID] = []

    def act(self) -> None:
        acts: tuple[Callable[[], None], ...] = (self._say, self._say, self._say, self._say, self._merge, self._part)
        act = self.random.choices((*acts, self._note, self._come, self._erase), weights=(4, 4, 4, 4, 3, 3, 1, 1, 0.4))[
            0
        ]
        self.people.clock.advance(self.random.choice((0, 1, 60, 86400 * 5)))
        try:
            act()
        except (ConsentRefused, MergeRefused, ContactErased) as refusal:
            self.told.append(f"    refused: {refusal}")

    def _somebody(self) -> tuple[int, UUID]:
        who = self.random.randrange(len(KNOWN))
        if who not in self.ids:
            self.told.append(f"{who} comes")
            self.ids[who] = self.people.contact(**KNOWN[who])
            self.ever.append(self.ids[who])
        return who, self.ids[who]

    def _come(self) -> None:
        self._somebody()

    def _say(self) -> None:
        who, id = self._somebody()
        purpose = self.random.choice(BOTH)
        standing = self.people.standing(id, purpose)
        own = [each for each in self.people.chain(id) if each.purpose == purpose.slug]
        changes: list[Change] = [TICK, TICK_AT_ONCE, Withdrawn(How.PAGE), OptedOut(staff="x"), Reverted(staff="x")]
        changes += [Recorded(staff="x"), Recorded(staff="x", implied=True), Stopped(), Resumed()]
        changes += [AskedByStaff(staff="x", lasts=QUESTION_LASTS)]
        for asked in (each for each in own if each.act is Act.ASKED):
            changes += [Confirmed(asked.id), Declined(asked.id)]
        if standing.rests_on is not None and standing.rests_on.act is Act.RECORDED:
            changes.append(Retracted("staff:x", standing.rests_on))
        if standing.question is not None:
            changes.append(Retracted(SYSTEM, standing.question, How.FORM))
        change = self.random.choice(changes)
        self.told.append(f"{who} {type(change).__name__} {purpose.slug}")
        with transaction(self.rt.engine) as session:
            append.change(self.rt, session, id, purpose.slug, change, now=self.people.clock.now())

    def _merge(self) -> None:
        (one, one_id), (two, two_id) = self._somebody(), self._somebody()
        self.told.append(f"{one} merged into {two}")
        merges.merge(self.rt, one_id, into=two_id, by=STAFF, now=self.people.clock.now())

    def _part(self) -> None:
        who, id = self._somebody()
        self.told.append(f"{who} parted")
        merges.part(self.rt, id, by=STAFF, now=self.people.clock.now())

    def _note(self) -> None:
        """What changes no standing."""
        who, id = self._somebody()
        self.told.append(f"{who} was mailed")
        with transaction(self.rt.engine) as session:
            circle = locked(self.rt, session, id)
            note = Draft(purpose="calls", act=Act.USED, by=SYSTEM, how=How.TIMER)
            append.append(session, circle, note, now=self.people.clock.now())

    def _erase(self) -> None:
        who, id = self._somebody()
        theirs = self.random.random() < 0.5
        self.told.append(f"{who} erased, {'at their wish' if theirs else 'by staff'}")
        del self.ids[who]
        with transaction(self.rt.engine) as session:
            contact = contacts.get(session, id)
            assert contact is not None
            decider = Decider(staff="x", theirs=theirs, reason="a letter")
            now = self.people.clock.now()
            erasure.erase_in(self.rt, session, contact, decider, mode=Mode.WHOLE, now=now, noted=False)

    def wrong(self) -> list[str]:
        """Where lists, the report and the gate don't say of somebody what the entries do."""
        now = self.people.clock.now()
        with snapshot(self.rt.engine) as session:
            rows = contacts.of_ids(session, self.ever).values()
            circles = {
                each.id: circle_of(self.rt, session, each)
                for each in rows
                if each.merged_into is None and each.erased_at is None
            }
            counted = consent_report.counts(session, BOTH, now=now)
            return self._wrong_rows(session) + [
                each for purpose in BOTH for each in _wrong_lists(self.rt, session, circles, purpose, counted, now=now)
            ]

    def _wrong_rows(self, session: Session) -> list[str]:
        found = []
        for row in contacts.of_ids(session, self.ever).values():
            circle, shown = circle_of(self.rt, session, row), standings.of_contact(session, row.id)
            for purpose in BOTH:
                holds = CachedStanding.of(circle.standing(purpose))
                if shown.get(purpose.slug, CachedStanding()) != holds:
                    found.append(f"{row.called or row.id} {purpose.slug}: {shown.get(purpose.slug)}, not {holds}")
        return found


def _wrong_lists(
    rt: Runtime,
    session: Session,
    circles: Mapping[UUID, Circle],
    purpose: Purpose,
    counted: Mapping[str, Mapping[str, int]],
    *,
    now: datetime,
) -> list[str]:
    due = {id: _listed_under(circle.standing(purpose), purpose, now=now) for id, circle in circles.items()}
    by_gate = gate.would_all(rt, session, circles, gate.way_out(purpose), purpose.slug, now=now)
    wrong = [f"{id}: the gate says {each}" for id, each in by_gate.items() if not _agree(each, due[id])]
    for standing in (each for each in STANDINGS if each != EVER_ASKED):
        wanted = Filter(purpose=purpose.slug, standing=standing)
        listed = {*contact_lists.ids(session, wanted, purpose, now=now, limit=len(KNOWN))}
        expected = {id for id, under in due.items() if standing in under}
        if listed != expected:
            wrong.append(f"{purpose.slug}, {standing}: {listed} are listed, not {expected}")
        if standing != NEVER and counted[purpose.slug].get(standing, 0) != len(expected):
            wrong.append(f"{purpose.slug}, {standing}: the report counts {counted[purpose.slug].get(standing, 0)}")
    return wrong


def _listed_under(standing: Standing, purpose: Purpose, *, now: datetime) -> set[str]:
    if standing.stopped is not None:
        return {STOPPED}
    asked = standing.asked(now=now)
    under = {asked.value} if asked else set()
    if standing.basis is not Basis.NONE:
        over = standing.expired(lasts=purpose.lasts, now=now)
        under.add(EXPIRED if over else standing.basis.value)
    return under or {NEVER}


def _agree(decided: Pass | Refusal, under: set[str]) -> bool:
    """Whether the gate refuses whom lists have as stopped, and says so; of who wished to be erased it says that."""
    why = decided.why if isinstance(decided, Refusal) else None
    return why in (Refused.STOPPED, Refused.ERASED) if STOPPED in under else why is not Refused.STOPPED


@pytest.mark.parametrize("seed", [2, 3, 8, 9])
def test_lists_show_what_the_entries_say_after_whatever_was_done(service: World, people: People, seed: int) -> None:
    town = Town(people, seed)
    for _ in range(40):
        town.act()
        wrong = town.wrong()
        assert wrong == [], "\n".join([*town.told[-12:], *wrong])
    service.drain()
    assert verify.verify(service.rt, now=service.now).findings == ()


def test_whoever_comes_to_a_mailbox_that_said_no_is_shown_with_it_before_anything_is_said(
    service: World, people: People
) -> None:
    anna = people.contact("anna@example.org")
    people.say(anna, Withdrawn(How.PAGE))
    again = people.contact("anna+news@example.org")
    with snapshot(service.rt.engine) as session:
        assert standings.of_contact(session, again)["newsletter"].basis is Basis.OUT_CONTACT
    assert verify.verify(service.rt, now=service.now).findings == ()


def test_who_is_the_same_person_as_one_who_stopped_is_listed_and_counted_as_stopped_until_they_are_parted_or_it_is_lifted(
    service: World, people: People
) -> None:
    """A message was refused to them, while the report had them among those whom it would reach."""
    anna, bea = people.contact("anna@example.org"), people.contact("bea@example.org")
    for each in (anna, bea):
        people.double(each)

    def stopped() -> tuple[list[UUID], Mapping[str, int]]:
        wanted, now = Filter(purpose="newsletter", standing=STOPPED), people.clock.now()
        with snapshot(service.rt.engine) as session:
            listed = contact_lists.ids(session, wanted, NEWSLETTER, now=now, limit=9)
            return listed, consent_report.counts(session, BOTH, now=now)["newsletter"]

    merges.merge(service.rt, bea, into=anna, by=STAFF, now=people.clock.now())
    people.say(bea, Stopped())
    assert stopped() == ([anna], {STOPPED: 1})
    people.say(anna, Resumed())
    assert stopped() == ([], {Basis.DOUBLE.value: 1})
    people.say(bea, Resumed())
    people.say(bea, Stopped())
    assert stopped() == ([anna], {STOPPED: 1})
    merges.part(service.rt, bea, by=STAFF, now=people.clock.now())
    assert stopped() == ([bea], {Basis.DOUBLE.value: 1, STOPPED: 1})
    service.drain()
    assert verify.verify(service.rt, now=service.now).findings == ()


def test_a_stop_that_lists_do_not_show_is_found(service: World, people: People) -> None:
    people.say(people.contact("anna@example.org"), Stopped())
    with service.rt.engine.begin() as connection:
        connection.execute(update(StandingRow).values(stopped_at=None))
    assert "standing" in [each.kind for each in verify.verify(service.rt, now=service.now).findings]
