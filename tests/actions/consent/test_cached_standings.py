"""Whatever is said, merged, parted or erased in whatever order: lists show of every contact what its entries say."""

from collections.abc import Callable
from random import Random
from uuid import UUID

import pytest

from booking_service.actions.consent import append, merges, verify
from booking_service.actions.consent.contacts import circle_of, locked
from booking_service.actions.consent.merges import By, MergeRefused
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import SYSTEM, Act, Basis, How
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
from booking_service.domain.errors import ContactErased
from booking_service.domain.privacy import Mode
from booking_service.storage import contacts, standings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.standings import CachedStanding
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
        """Where lists show something else than the entries say."""
        found = []
        with snapshot(self.rt.engine) as session:
            for row in contacts.of_ids(session, self.ever).values():
                circle, shown = circle_of(self.rt, session, row), standings.of_contact(session, row.id)
                for purpose in BOTH:
                    holds = CachedStanding.of(circle.standing(purpose))
                    if shown.get(purpose.slug, CachedStanding()) != holds:
                        found.append(f"{row.called or row.id} {purpose.slug}: {shown.get(purpose.slug)}, not {holds}")
        return found


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
