"""What people may ask about their own data, and for how long each link to it works."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from .interval import Interval
from .localized_text import HostText

FRESH_FOR = timedelta(minutes=60)  # the link to all that is kept, opened as often as wanted
CONFIRMED_WITHIN = timedelta(hours=24)  # what was asked for on that page
LATE = timedelta(minutes=10)  # after it was asked for, a mail that could not leave before
DATA_FOR = timedelta(hours=24)
PENDING_KEPT = timedelta(days=30)  # so that an old link still says what became of it
_EVIDENCE_YEARS = 3  # after the year of the last use (§§ 195, 199 BGB)
_CALL_YEARS = 5  # from the last use (§ 7a UWG)


PUT_OFF_WITHIN_MONTHS, PUT_OFF_BY_MONTHS = 1, 2  # Art. 12(3) GDPR


class Wish(StrEnum):
    """What waits for a mailed link before it is done: more use of the data, handing it out, and an end where the organisation wants
    that confirmed too."""

    YES = "yes"  # to a purpose
    RESUME = "resume"  # the use of the data that was stopped
    DATA = "data"
    DELETE = "delete"
    KEEP = "keep"  # what a wish to be erased that waits would delete
    CHANGE = "change"  # what stands in a field of one's own
    NO = "no"  # to a purpose that stands
    NO_MAILS = "no-mails"  # to every purpose that means mails


class Mode(StrEnum):
    """How much is erased."""

    WHOLE = "whole"
    PERSONAL = "personal"  # what identifies a person; other fields stay, for statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A wish that waits. `purpose`: what a yes or no is to, `question`: what the yes answers; `cancels`: coming bookings go with the data; `request`: the one
    in the queue that it made, joined or ended, once it is done; `staff`: who passed it on, "" where it was asked for on their page.
    Of a change of a field: which by its id, the `value` that is to stand there or, of a sensitive one, that value `sealed`; it `empties` the
    field; or another one of the same field has `replaced` it."""

    id: UUID
    contact_id: UUID
    wish: Wish
    purpose: str = ""
    question: UUID | None = None
    cancels: bool = False
    request: UUID | None = None
    zone: str = "UTC"
    staff: str = ""
    field: UUID | None = None
    value: str = ""
    sealed: str = ""
    empties: bool = False
    replaced: bool = False
    made_at: datetime
    until: datetime
    done_at: datetime | None = None

    def is_open(self, *, now: datetime) -> bool:
        return self.done_at is None and now < self.until

    @property
    def forgotten(self) -> bool:
        """Whether nobody knows any more what was to stand in the field: its time was over, or what allowed to keep it was ended."""
        return self.wish is Wish.CHANGE and not (self.empties or self.value or self.sealed)

    def field_named(self, labels: Mapping[UUID, str]) -> str:
        """What the field that it changes is called, by the ids of fields; an ellipsis where that is not there any more."""
        return labels.get(self.field, "…") if self.field is not None else "…"

    def done(self, *, request: UUID | None = None, now: datetime) -> "PendingChange":
        """What was to stand in a field stands there now, and nowhere else."""
        return replace(self, request=request, value="", sealed="", done_at=now)

    def mailed_late(self, *, now: datetime) -> "PendingChange | None":
        """As it waits from now on, when its mail leaves only now: as long as if it had left at once. None: nothing changes. A yes does not
        wait longer than the question that it answers."""
        if (
            self.done_at is not None
            or self.wish is Wish.YES
            or self.replaced
            or self.forgotten
            or now - self.made_at < LATE
        ):
            return None
        return replace(self, until=now + CONFIRMED_WITHIN)

    def ends(self, purpose: str, *, mails: bool) -> bool:
        """Whether this is a no to that purpose. `mails`: it means mails."""
        return (self.wish is Wish.NO and self.purpose == purpose) or (self.wish is Wish.NO_MAILS and mails)


@dataclass(frozen=True, slots=True)
class ComingBooking:
    """What its invitee knows it by. `writer`: the language of `host`, who wrote the title."""

    title: HostText
    host: str
    writer: str
    time: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a wish to be erased comes to once it is confirmed. Of the coming bookings the `cancellable` are cancelled at once if
    it `cancels`, else they stay until they are over, as those do that begin `too_soon` for it. `after`: how long the rest
    may wait; `proof_until`: when the proof of what was agreed to goes, None where there is none. `merged`: addresses and numbers
    of the same person that go along, masked. `open`: reference and latest moment of a wish that waits already, beside which no
    other is made."""

    cancels: bool
    cancellable: tuple[ComingBooking, ...]
    too_soon: tuple[ComingBooking, ...]
    after: timedelta
    proof_until: datetime | None
    merged: tuple[str, ...] = ()
    open: tuple[str, datetime] | None = None


def put_off_until(asked_at: datetime) -> datetime:
    """Until when a wish may be put off at most: two months beyond the one in which it has to be done."""
    return _months_later(asked_at, PUT_OFF_WITHIN_MONTHS + PUT_OFF_BY_MONTHS)


def may_be_put_off(asked_at: datetime, *, now: datetime) -> bool:
    """Whoever asked has to hear of it, with the reason, within a month (Art. 12(3) GDPR)."""
    return now < _months_later(asked_at, PUT_OFF_WITHIN_MONTHS)


def _months_later(instant: datetime, months: int) -> datetime:
    """The same day of a later month, or its last day where it has no such."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = min(instant.day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def evidence_until(erased_at: datetime, *, calls: bool) -> datetime:
    """Until when the proof of what a person agreed to is kept, sealed, after all else of them is erased."""
    if calls:
        leap_day = (erased_at.month, erased_at.day) == (2, 29)
        return erased_at.replace(year=erased_at.year + _CALL_YEARS, day=28 if leap_day else erased_at.day)
    return datetime(erased_at.astimezone(UTC).year + _EVIDENCE_YEARS + 1, 1, 1, tzinfo=UTC)
