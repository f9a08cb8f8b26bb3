"""What people can request about their own data, and how long each link to it works."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from .interval import Interval
from .localized_text import HostText

FRESH_FOR = timedelta(minutes=60)  # the link to the preferences page, which may be opened repeatedly
CONFIRMED_WITHIN = timedelta(hours=24)  # the link that confirms a request made there
LATE = timedelta(minutes=10)  # a mail that left more than this after the request was delayed
DATA_FOR = timedelta(hours=24)
PENDING_KEPT = timedelta(days=30)  # so that an old link still says what became of the request
_EVIDENCE_YEARS = 3  # after the year of the last use (§§ 195, 199 BGB)
_CALL_YEARS = 5  # from the last use (§ 7a UWG)


PUT_OFF_WITHIN_MONTHS, PUT_OFF_BY_MONTHS = 1, 2  # Art. 12(3) GDPR


class Wish(StrEnum):
    """What waits for confirmation by a mailed link: more use of the data, handing it out, and an end where the policy
    asks for it."""

    YES = "yes"  # yes to a purpose
    RESUME = "resume"  # lift the stop of all use
    DATA = "data"
    DELETE = "delete"
    KEEP = "keep"  # keep the data after all: takes back a wish to be erased
    CHANGE = "change"  # change a field of the own profile
    NO = "no"  # no to a purpose that stands
    NO_MAILS = "no-mails"  # no to all purposes for mails


class Mode(StrEnum):
    """How much is erased."""

    WHOLE = "whole"
    PERSONAL = "personal"  # what identifies the person; other fields stay, for statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A request that waits for its link.

    `purpose`: that a yes or no is about. `question`: that the yes answers. `cancels`: coming bookings are cancelled
    with the erasure. `request`: the one that it made, joined or ended in the queue, once done. `staff`: who passed it
    on, "" where the person asked on their page; with what goes on record, their name `called` and the `reason`. Of a
    change of a field: `field` and the new `value`, or `sealed` that
    value of a sensitive field; `empties`: the field becomes empty; `replaced`: by a later change of the same field.
    """

    id: UUID
    contact_id: UUID
    wish: Wish
    purpose: str = ""
    question: UUID | None = None
    cancels: bool = False
    request: UUID | None = None
    zone: str = "UTC"
    staff: str = ""
    called: str = ""
    reason: str = ""
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
        """Whether the new value is no longer stored: it expired, or the consent that allows to keep it was ended."""
        return self.wish is Wish.CHANGE and not (self.empties or self.value or self.sealed)

    def field_named(self, labels: Mapping[UUID, str]) -> str:
        """The label of the field that it changes; an ellipsis where that was deleted. `labels`: by id of the field."""
        return labels.get(self.field, "…") if self.field is not None else "…"

    def done(self, *, request: UUID | None = None, now: datetime) -> "PendingChange":
        """The request as done; a new value now stands in the field and no longer here."""
        return replace(self, request=request, value="", sealed="", done_at=now)

    def mailed_late(self, *, now: datetime) -> "PendingChange | None":
        """The request with the time that it has left if its mail leaves only now: as much as if that had left at once.

        None: nothing changes. A yes never waits longer than the question that it answers.
        """
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
        """Whether this is a no to that purpose. `mails`: the purpose is one for mails."""
        return (self.wish is Wish.NO and self.purpose == purpose) or (self.wish is Wish.NO_MAILS and mails)


@dataclass(frozen=True, slots=True)
class ComingBooking:
    """A coming booking as its invitee knows it. `writer`: the language of `host`, who wrote the title."""

    title: HostText
    host: str
    writer: str
    time: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePreview:
    """What a wish to be erased will do once it is confirmed.

    `cancellable`: coming bookings that are cancelled at once if it `cancels`; otherwise they stay until they are over,
    as do those that start `too_soon`. `after`: how long the rest may take. `proof_until`: when the proof of consents
    goes; None where there is none. `merged`: masked addresses and numbers of the same person that are erased too.
    `open`: reference and deadline of an earlier wish, which takes the place of this one.
    """

    cancels: bool
    cancellable: tuple[ComingBooking, ...]
    too_soon: tuple[ComingBooking, ...]
    after: timedelta
    proof_until: datetime | None
    merged: tuple[str, ...] = ()
    open: tuple[str, datetime] | None = None


def put_off_until(asked_at: datetime) -> datetime:
    """The latest instant to which a request can be put off: two months after its deadline."""
    return _months_later(asked_at, PUT_OFF_WITHIN_MONTHS + PUT_OFF_BY_MONTHS)


def may_be_put_off(asked_at: datetime, *, now: datetime) -> bool:
    """Whether putting off is still possible: the person must hear of it, with the reason, within a month (Art. 12(3)
    GDPR)."""
    return now < _months_later(asked_at, PUT_OFF_WITHIN_MONTHS)


def _months_later(instant: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    day = min(instant.day, monthrange(year, month + 1)[1])
    return instant.replace(year=year, month=month + 1, day=day)


def evidence_until(erased_at: datetime, *, calls: bool) -> datetime:
    """Until when the sealed proof of a person's consents is kept after everything else is erased."""
    if calls:
        leap_day = (erased_at.month, erased_at.day) == (2, 29)
        return erased_at.replace(year=erased_at.year + _CALL_YEARS, day=28 if leap_day else erased_at.day)
    return datetime(erased_at.astimezone(UTC).year + _EVIDENCE_YEARS + 1, 1, 1, tzinfo=UTC)
