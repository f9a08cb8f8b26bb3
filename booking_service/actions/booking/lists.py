"""Lists of a host's bookings: filtered, searched, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.audit import Actor, AuditAct
from ...domain.booking import Booking
from ...domain.booking_filter import BookingFilter, ListCursor, Which, answers_to_search, folded, matches, near
from ...domain.meeting import MeetingType
from ...domain.people import canonical_mailbox, is_mail_address
from ...runtime import Runtime
from ...storage import booking_lists, meetings
from ...storage.booking_lists import SearchedBooking
from ...storage.engine import snapshot, transaction
from ..access import audit
from .inbox import InboxLine, lines_of

PAGE = 25
COUNTED_TO = 1000
SEARCHED = 10_000
EXPORTED_AT_MOST = 10_000
_AT_ONCE = 500  # bookings read by one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingList:
    """One page. `count`: of the whole list, and `before`: of the pages before this one, each up to COUNTED_TO + 1.
    `further`: where the next page begins.

    `searched_all`: no older bookings were left out of the search. Where nothing was found: `all_states` is the number
    in any state, `meant` a name that was probably meant.
    """

    lines: tuple[InboxLine, ...]
    count: int
    before: int = 0
    further: ListCursor | None
    searched_all: bool = True
    all_states: int = 0
    meant: str = ""


def meetings_of(rt: Runtime, host_id: UUID) -> list[MeetingType]:
    """The meeting types to filter by."""
    with snapshot(rt.engine) as session:
        return meetings.of_host(session, host_id, deleted=True)


def listed(
    rt: Runtime,
    host_id: UUID,
    wanted: BookingFilter,
    *,
    kinds: Sequence[MeetingType],
    after: ListCursor | None = None,
    now: datetime,
) -> BookingList:
    """The page after `after`, by six statements at most. `kinds`: the host's meeting types."""
    with snapshot(rt.engine) as session:
        found = _searched if wanted.text else _all
        return found(session, host_id, wanted, {each.id: each for each in kinds}, after=after, now=now)


def export(
    rt: Runtime, host_id: UUID, wanted: BookingFilter, *, kinds: Sequence[MeetingType], by: Actor, now: datetime
) -> Iterator[InboxLine]:
    """The whole list, at most EXPORTED_AT_MOST, read in portions as it is consumed; recorded in the audit log first.

    Each portion is as of its reading: neither the reader nor concurrent bookings wait for the whole.
    """
    by_id = {each.id: each for each in kinds}
    with snapshot(rt.engine) as session:
        if wanted.text:
            searched, _ = _read(session, host_id, wanted, now=now)
            matching = _matching(searched, wanted, by_id)[:EXPORTED_AT_MOST]
            found, count = [each.place.id for each in matching], len(matching)
        else:
            found, count = None, booking_lists.count(session, host_id, wanted, now=now, most=EXPORTED_AT_MOST)
    with transaction(rt.engine) as session:
        audit.record(session, AuditAct.BOOKINGS_EXPORTED, by=by, after=str(count), now=now)
    read = _all_of(rt, found) if found is not None else _all_in(rt, host_id, wanted, now=now)
    return (
        InboxLine(each, by_id[each.meeting_type_id].for_booking(each.id))
        for part in read
        for each in part
        if each.meeting_type_id in by_id
    )


def _all_of(rt: Runtime, ids: Sequence[UUID]) -> Iterator[list[Booking]]:
    for at in range(0, len(ids), _AT_ONCE):
        with snapshot(rt.engine) as session:
            part = booking_lists.of_ids(session, ids[at : at + _AT_ONCE])
        yield part


def _all_in(rt: Runtime, host_id: UUID, wanted: BookingFilter, *, now: datetime) -> Iterator[list[Booking]]:
    after: ListCursor | None = None
    for at in range(0, EXPORTED_AT_MOST, _AT_ONCE):
        limit = min(_AT_ONCE, EXPORTED_AT_MOST - at)
        with snapshot(rt.engine) as session:
            part = booking_lists.page_of(session, host_id, wanted, now=now, after=after, limit=limit)
        yield part
        if len(part) < limit:
            return
        after = _place(part[-1])


def _all(
    session: Session,
    host_id: UUID,
    wanted: BookingFilter,
    kinds: dict[UUID, MeetingType],
    *,
    after: ListCursor | None,
    now: datetime,
) -> BookingList:
    page = booking_lists.page_of(session, host_id, wanted, now=now, after=after, limit=PAGE + 1)
    count = booking_lists.count(session, host_id, wanted, now=now, most=COUNTED_TO + 1)
    everything = BookingFilter(which=Which.ALL)
    return BookingList(
        lines=lines_of(session, page[:PAGE], kinds),
        count=count,
        before=_before(session, host_id, wanted, after, now=now),
        further=_place(page[PAGE - 1]) if len(page) > PAGE else None,
        all_states=0 if count else booking_lists.count(session, host_id, everything, now=now, most=COUNTED_TO + 1),
    )


def _before(session: Session, host_id: UUID, wanted: BookingFilter, after: ListCursor | None, *, now: datetime) -> int:
    if after is None:
        return 0
    return booking_lists.count(session, host_id, wanted, now=now, most=COUNTED_TO + 1, until=after)


def _searched(
    session: Session,
    host_id: UUID,
    wanted: BookingFilter,
    kinds: dict[UUID, MeetingType],
    *,
    after: ListCursor | None,
    now: datetime,
) -> BookingList:
    read, searched_all = _read(session, host_id, wanted, now=now)
    found = _matching(read, wanted, kinds)
    if not found:
        everything, _ = _read(session, host_id, BookingFilter(which=Which.ALL, text=wanted.text), now=now)
        elsewhere = _matching(everything, wanted, kinds)
        meant = "" if elsewhere else near(wanted.text, (each.name for each in everything))
        return BookingList(
            lines=(), count=0, further=None, searched_all=searched_all, all_states=len(elsewhere), meant=meant
        )
    behind = [each.place for each in found if _is_behind(each.place, after, wanted)]
    rest = behind[: PAGE + 1]
    return BookingList(
        lines=lines_of(session, booking_lists.of_ids(session, [each.id for each in rest[:PAGE]]), kinds),
        count=len(found),
        before=len(found) - len(behind),
        further=rest[PAGE - 1] if len(rest) > PAGE else None,
        searched_all=searched_all,
    )


def _read(
    session: Session, host_id: UUID, wanted: BookingFilter, *, now: datetime
) -> tuple[list[SearchedBooking], bool]:
    """What is searched: all bookings of an exact address, else the first SEARCHED of the list; and whether that is all."""
    if is_mail_address(wanted.text):
        mailbox = canonical_mailbox(wanted.text)
        of_address = booking_lists.entries(session, host_id, wanted, mailbox=mailbox, now=now, limit=SEARCHED + 1)
        if of_address:
            return of_address[:SEARCHED], len(of_address) <= SEARCHED
    some = booking_lists.entries(session, host_id, wanted, now=now, limit=SEARCHED + 1)
    return some[:SEARCHED], len(some) <= SEARCHED


def _matching(
    read: Sequence[SearchedBooking], wanted: BookingFilter, kinds: dict[UUID, MeetingType]
) -> list[SearchedBooking]:
    if is_mail_address(wanted.text):
        mailbox = canonical_mailbox(wanted.text)
        if of_address := [each for each in read if canonical_mailbox(each.email) == mailbox]:
            return of_address
    words = folded(wanted.text).split()
    return [each for each in read if matches(words, _looked_through(each, kinds[each.meeting_id]))]


def _looked_through(entry: SearchedBooking, meeting: MeetingType) -> tuple[str, ...]:
    """The texts that are searched; of sensitive answers only their readable ends."""
    answers = answers_to_search(entry.answers, plain=meeting.plain_keys)
    return (entry.name, entry.email, *answers, *entry.exposed)


def _is_behind(place: ListCursor, after: ListCursor | None, wanted: BookingFilter) -> bool:
    return after is None or (place > after if wanted.soonest_first else place < after)


def _place(booking: Booking) -> ListCursor:
    return ListCursor(booking.time.start, booking.id)
