"""Answers to sensitive questions: sealed before they are written, opened only for the host of the booking.

Answers from before a question became sensitive are sealed by the worker, and removed from the event.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...crypto import keys
from ...crypto.keys import KeyRing, KeyTrouble
from ...domain.booking import Booking, BookingState, Decision, Party, advanced
from ...domain.effects import PublishBooking
from ...domain.errors import AddressUnproven, ShownBefore
from ...domain.meeting import MeetingType
from ...domain.questions import Question, SealedAnswer
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import booking_answers, bookings, meetings, outbox, reservations, timeline
from ...storage.engine import lock_host, rewrite, transaction
from ...storage.outbox import Claimed

KIND = "seal-answers"
BATCH = 100
_LATER = timedelta(seconds=10)  # a form read with the old questions is written by then (LOCK_WITHIN_MS)
_EVENT_TEXT = "event text"

Answers = tuple[tuple[str, str], ...]


def parted(
    ring: KeyRing, questions: Iterable[Question], answers: Answers, *, booking_id: UUID
) -> tuple[Answers, tuple[SealedAnswer, ...]]:
    """The answers to be stored readable, and the sensitive ones sealed for this booking; empty ones stay readable."""
    sensitive = {each.key: each for each in questions if each.sensitive}
    kept = tuple((key, text) for key, text in answers if key not in sensitive or not text)
    sealed = tuple(
        _sealed(ring, booking_id, key, text, sensitive[key].exposed(text))
        for key, text in answers
        if key in sensitive and text
    )
    return kept, sealed


def carried(ring: KeyRing, before: Booking, *, booking_id: UUID) -> tuple[SealedAnswer, ...]:
    """The sealed answers of a booking, sealed for the one that takes its place. Undecryptable ones stay so."""

    def again(each: SealedAnswer) -> SealedAnswer:
        text = _text(ring, before.id, each)
        return each if text is None else _sealed(ring, booking_id, each.key, text, each.exposed)

    return tuple(again(each) for each in before.sealed)


def reveal(rt: Runtime, booking: Booking, *, press: str = "", now: datetime) -> Mapping[str, str | None]:
    """The sealed answers of a booking in full, recorded as shown to its host; None for one that no key here decrypts.

    One `press` of a button shows them once. Raises ShownBefore; AddressUnproven: who typed them, and about whom, is
    unknown.
    """
    with transaction(rt.engine) as session:
        lock_host(session, booking.host_id)
        current = bookings.get(session, booking.id)
        if current.unproven:
            raise AddressUnproven(f"the invitee of booking {booking.id} did not confirm yet")
        for each in timeline.of_booking(session, booking.id):
            if press and each.what == Happened.REVEALED and each.detail.get("press") == press:
                raise ShownBefore("This press showed them before.", at=each.at)
        timeline.add(session, booking.id, Happened.REVEALED, by=Party.HOST, at=now, detail={"press": press})
    return {each.key: _text(rt.ring, booking.id, each) for each in current.sealed}


def opened(ring: KeyRing, booking: Booking) -> dict[str, str | None]:
    """All answers by question key, sensitive ones in clear, to be sealed elsewhere before they are written; never
    shown.

    None for one that no key here decrypts.
    """
    return {**dict(booking.answers), **{each.key: _text(ring, booking.id, each) for each in booking.sealed}}


def are(ring: KeyRing, booking: Booking, answers: Answers) -> bool:
    """Whether the booking has these answers."""
    kept = {key: text for key, text in opened(ring, booking).items() if text != ""}
    return kept == {key: text for key, text in answers if text}


def owe(session: Session, before: MeetingType | None, after: MeetingType, *, now: datetime) -> None:
    """Have earlier answers sealed where a question of this meeting type became sensitive."""
    if after.sensitive_keys - (before.sensitive_keys if before else frozenset()):
        key, payload = f"{KIND}:{after.id}", {"meeting_id": str(after.id)}
        outbox.wake(session, key, kind=KIND, lane=key, payload=payload, due_at=now + _LATER, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Seal a meeting type's readable answers to sensitive questions in batches, then purge the old text from the files.

    Coming events are written again without them.
    """
    meeting_id, now = UUID(claimed.payload["meeting_id"]), rt.clock.now()
    sealed = 0
    while count := _seal_some(rt, meeting_id, now=now):
        sealed += count
    if sealed or claimed.attempts > 1:  # an earlier attempt may have died in between
        rewrite(rt.engine)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal every stored answer with the newest key. Returns how many, and how many no key here can decrypt."""
    done, lost, after = 0, 0, UUID(int=0)
    while True:
        with transaction(rt.engine) as session:
            found = booking_answers.with_sealed(session, after=after, limit=BATCH)
            for booking in found:
                again, unread = _anew(rt.ring, booking)
                done, lost = done + sum(a != b for a, b in zip(again, booking.sealed, strict=True)), lost + unread
                booking_answers.save(session, replace(booking, sealed=again))
        if not found:
            return done, lost
        after = found[-1].id


def _anew(ring: KeyRing, booking: Booking) -> tuple[tuple[SealedAnswer, ...], int]:
    texts = [(each, _text(ring, booking.id, each)) for each in booking.sealed]
    again = tuple(
        each
        if text is None
        else replace(each, sealed=keys.reseal(ring, each.sealed, context=_context(booking.id, each.key)))
        for each, text in texts
    )
    return again, sum(text is None for _, text in texts)


def _seal_some(rt: Runtime, meeting_id: UUID, *, now: datetime) -> int:
    with transaction(rt.engine) as session:
        lock_host(session, meetings.get(session, meeting_id).host_id)
        session.expire_all()
        meeting = meetings.get(session, meeting_id)
        found = booking_answers.with_readable(session, meeting_id, meeting.sensitive_keys, limit=BATCH)
        for booking in found:
            _seal(rt, session, booking, meeting, now=now)
    return len(found)


def _seal(rt: Runtime, session: Session, booking: Booking, meeting: MeetingType, *, now: datetime) -> None:
    kept, sealed = parted(rt.ring, meeting.questions, booking.answers, booking_id=booking.id)
    after = replace(booking, answers=kept, sealed=(*booking.sealed, *sealed))
    reservations.mark_descriptions(session, booking.id, marked=_marker(rt.ring))
    if booking.state is BookingState.CONFIRMED and booking.time.end > now:
        again = advanced(after, now=booking.decided_at)
        bookings.record(session, Decision(booking=again, effects=(PublishBooking(booking.id),)), now=now)
    else:
        booking_answers.save(session, after)


def description_marks(ring: KeyRing, text: str) -> Sequence[str]:
    """Marks that stand for an event's words which may not be stored, under each key: enough to recognise them."""
    return [f"mac:{each.hex()}" for each in keys.macs(ring, _EVENT_TEXT, text.encode())]


def _marker(ring: KeyRing) -> Callable[[str], str]:
    return lambda text: description_marks(ring, text)[0]


def _sealed(ring: KeyRing, booking_id: UUID, key: str, text: str, exposed: str) -> SealedAnswer:
    return SealedAnswer(key, keys.seal(ring, text.encode(), context=_context(booking_id, key)), exposed)


def _text(ring: KeyRing, booking_id: UUID, answer: SealedAnswer) -> str | None:
    try:
        return keys.unseal(ring, answer.sealed, context=_context(booking_id, answer.key)).decode()
    except KeyTrouble:
        return None


def _context(booking_id: UUID, key: str) -> str:
    return f"booking.answer:{booking_id}:{key}"
