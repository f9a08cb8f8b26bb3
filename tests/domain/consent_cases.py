"""Made entries and standings for tests of consent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from booking_service.domain.consent import Act, Entry, How, Standing, standing_of
from booking_service.domain.consent_moves import Draft

START = datetime(2030, 1, 7, 9, tzinfo=UTC)
LASTS = timedelta(days=12)
ANNA, BEA = UUID(int=1), UUID(int=2)
SLUG = "newsletter"


class Chain:
    """One contact's entries, an hour apart unless an instant is given."""

    def __init__(self, contact: UUID = ANNA) -> None:
        self.contact, self.entries = contact, list[Entry]()

    def add(self, act: Act, **changes: Any) -> Entry:
        number = len(self.entries) + 1
        known: dict[str, Any] = {
            "id": UUID(int=self.contact.int * 10_000 + number),
            "contact_id": self.contact,
            "number": number,
            "purpose": SLUG,
            "by": "contact",
            "how": How.FORM,
            "at": START + timedelta(hours=number),
            "previous": self.entries[-1].hash if self.entries else b"",
        }
        self.entries.append(Entry(act=act, **{**known, **changes}).sealed())
        return self.entries[-1]

    def write(self, draft: Draft, *, at: datetime) -> Entry:
        return self.add(
            draft.act,
            purpose=draft.purpose,
            by=draft.by,
            how=draft.how,
            implied=draft.implied,
            until=draft.until,
            refers=draft.refers,
            at=at,
        )

    @property
    def standing(self) -> Standing:
        return standing_of(self.entries, purpose=SLUG)
