"""Contacts that say things, for tests of the ledger."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from booking_service.actions.consent import append, contacts
from booking_service.actions.consent.append import Changed
from booking_service.actions.consent.contacts import circle_of
from booking_service.domain.consent import Detail, Entry, Standing
from booking_service.domain.consent_moves import Change, Confirmed, Draft, Ticked
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.runtime import Runtime
from booking_service.storage import contacts as rows
from booking_service.storage.engine import snapshot, transaction
from tests.world import StillClock

NEWSLETTER = Purpose(id=UUID(int=101), slug="newsletter", kind=PurposeKind.EMAIL)
CALLS = Purpose(id=UUID(int=102), slug="calls", kind=PurposeKind.PHONE)
QUESTION_LASTS = timedelta(days=12)
TICK = Ticked(by_mail=True, lasts=QUESTION_LASTS)
TICK_AT_ONCE = Ticked(by_mail=False, lasts=QUESTION_LASTS)


@dataclass(frozen=True, slots=True)
class People:
    rt: Runtime
    clock: StillClock

    def contact(self, address: str = "", **more: str) -> UUID:
        with transaction(self.rt.engine) as session:
            made = contacts.find_or_make(self.rt, session, address=address, now=self.clock.now(), **more)
            return made.id

    def say(self, contact: UUID, change: Change, purpose: str = "newsletter", **detail: object) -> Changed:
        """In a transaction of its own, a second after what was said before."""
        self.clock.advance(1)
        part = Detail(**detail) if detail else Detail(who="Anna", address="anna@example.org")  # type: ignore[arg-type]
        with transaction(self.rt.engine) as session:
            return append.change(self.rt, session, contact, purpose, change, detail=part, now=self.clock.now())

    def append(self, session: Session, contact: UUID, draft: Draft) -> Entry:
        """Put an entry there that the rules are not asked about."""
        circle = contacts.locked(self.rt, session, contact)
        return append.append(session, circle, draft, now=self.clock.now()).own[-1]

    def double(self, contact: UUID, purpose: str = "newsletter") -> Changed:
        """Ticked, and confirmed by the mailed link."""
        asked = self.say(contact, TICK, purpose).entry
        assert asked is not None
        return self.say(contact, Confirmed(asked.id), purpose)

    def standing(self, contact: UUID, purpose: Purpose = NEWSLETTER) -> Standing:
        with snapshot(self.rt.engine) as session:
            found = rows.get(session, contact)
            assert found is not None
            return circle_of(self.rt, session, found).standing(purpose)

    def chain(self, contact: UUID) -> tuple[Entry, ...]:
        with snapshot(self.rt.engine) as session:
            found = rows.get(session, contact)
            assert found is not None
            return circle_of(self.rt, session, found).own
