"""Made entries and standings for tests of consent."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from booking_service.domain.consent import Act, Asked, Entry, How, Standing, standing_of
from booking_service.domain.consent_moves import Draft

START = datetime(2030, 1, 7, 9, tzinfo=UTC)
LASTS = timedelta(days=12)
ANNA, BEA = UUID(int=1), UUID(int=2)
SLUG = "newsletter"
# What stands, and what comes of it on each way: the basis, with ? for an open question beside it, ~ for one that has
# lapsed; "same" where no entry is made; or the rule that refuses. The ways: a form whose ticks are asked by mail, one
# whose ticks count at once, yes and no by the mailed link, a withdrawal; staff record, record as implied, opt out, take that
# back, ask by mail.
_TABLE = """
none        | none?      | form       | R4     | R4       | out-contact | user  | implied  | out-user | R3   | none?
none?       | same       | form       | double | declined | out-contact | user? | implied? | out-user | R3   | same
none~       | none?      | form       | R4     | R4       | out-contact | user~ | implied~ | out-user | R3   | none?
declined    | none?      | none?      | R4     | R4       | out-contact | R1    | R1       | same     | R1   | R1
declined?   | same       | same       | double | declined | out-contact | R1    | R1       | same     | R1   | R1
implied     | implied?   | form       | R4     | R4       | out-contact | user  | same     | out-user | R3   | implied?
implied?    | same       | form       | double | declined | out-contact | user? | same     | out-user | R3   | same
form        | form?      | form       | R4     | R4       | out-contact | user  | same     | out-user | R3   | form?
form?       | same       | form       | double | declined | out-contact | user? | same     | out-user | R3   | same
user        | user?      | same       | R4     | R4       | out-contact | same  | same     | out-user | R3   | user?
user?       | same       | same       | double | declined | out-contact | same  | same     | out-user | R3   | same
double      | double?    | same       | R4     | R4       | out-contact | same  | same     | out-user | R3   | R5
double?     | same       | same       | double | declined | out-contact | same  | same     | out-user | R3   | R5
out-user    | out-user?  | out-user?  | R4     | R4       | out-contact | R2    | R2       | same     | user | R2
out-user?   | same       | same       | double | declined | out-contact | R2    | R2       | same     | user?| R2
out-contact | out-contact? | out-contact? | R4 | same     | same        | R1    | R1       | same     | R1   | R1
out-contact?| same       | same       | double | out-contact | out-contact | R1 | R1       | same     | R1   | R1
stopped     | R6         | R6         | R6     | R4       | out-contact | R6    | R6       | out-user | R6   | R6
erased      | out-contact? | out-contact? | R4 | same     | same        | R7    | R7       | same     | R7   | R7
"""
MATRIX = {
    row.strip(): tuple(cell.strip() for cell in cells)
    for row, *cells in (line.split("|") for line in _TABLE.strip().splitlines())
}


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


def shown(standing: Standing, *, now: datetime) -> str:
    """As the table has it."""
    match standing.asked(now=now):
        case Asked.PENDING:
            return f"{standing.basis}?"
        case Asked.LAPSED:
            return f"{standing.basis}~"
        case Asked.DECLINED:
            return "declined"
        case _:
            return standing.basis.value
