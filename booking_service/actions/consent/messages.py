"""Messages that staff write to one contact or to all who agreed to a purpose; also sends news (news.py).

The list is fixed when it is made. Whether a contact gets it (recipients.py) is decided when the mail is queued, and
again just before it is sent (actions/mail/to_contacts.py). A hundred contacts are queued and marked in each
transaction, so that it can be stopped, resumed, and continues after a crash.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.audit import Actor, AuditAct
from ...domain.effects import MailKind
from ...domain.errors import BookingError, NotFound
from ...domain.messages import SUBJECT_LENGTH, TEXT_LENGTH, Message, MessageOutcome, MessageState
from ...domain.purposes import Condition, Purpose, PurposeKind
from ...domain.text import one_line, several_lines
from ...runtime import Runtime
from ...storage import contacts, messages, news, outbox, purposes
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from ..access import audit
from . import mails, news_lists, recipients
from .append import known_purpose
from .find import names_of
from .mails import OwedMail
from .offers import wording_for

KIND = "message"
PIECE = 100  # contacts queued in one transaction, and the maximum waiting at a time
PAUSE = timedelta(seconds=5)  # between two pieces
LOOK_AGAIN = timedelta(minutes=1)  # until the last mails are sent
DRAFTS_KEPT = timedelta(days=1)
KEPT = timedelta(days=365)
STOPPED = "the message was stopped"
NOT_SENT = "not-sent"

log = structlog.get_logger()


class CannotBeWritten(BookingError):
    """The purpose is not for mails, not in use or without a wording; or there is nobody to write to."""


class TextRefused(BookingError):
    """Subject or text is missing or too long. `most`: maximum characters; 0 where it is missing."""

    def __init__(self, field: str, most: int) -> None:
        super().__init__(f"Write a {field}." if not most else f"The {field} is longer than {most} characters.")
        self.field = field
        self.most = most


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message in its present state. `counts`: contacts by outcome. `refused`: by reason, with those left out of the
    list.

    `now_refused`: why the only recipient of a draft would not get it; "" where they would. `everybody`: while the list
    is being made, out of how many.
    """

    message: Message
    name: str
    to: str
    everybody: int = 0
    counts: Mapping[MessageOutcome, int]
    refused: Mapping[str, int]
    now_refused: str = ""

    @property
    def listed(self) -> int:
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        return self.counts.get(MessageOutcome.OPEN, 0) + self.counts.get(MessageOutcome.QUEUED, 0)

    @property
    def will_get_it(self) -> int:
        """Of a draft: how many would get it now."""
        return 0 if self.now_refused else self.counts.get(MessageOutcome.OPEN, 0)


def purposes_to_write_to(rt: Runtime, language: str) -> list[tuple[str, str]]:
    """Purposes for mails that are in use and have a wording: slug and name."""
    with snapshot(rt.engine) as session:
        names = names_of(session, language)
        return [
            (each.slug, names.get(each.slug, each.slug))
            for each in purposes.every(session)
            if _takes_messages(session, each)
        ]


def draft(
    rt: Runtime,
    purpose: str,
    *,
    subject: str,
    text: str,
    contact_id: UUID | None = None,
    among: tuple[Condition, ...] = (),
    by: str,
    called: str,
    now: datetime,
) -> UUID:
    """Store a message and its list as a draft: for one contact, or for all who may get it and meet `among`.

    Raises UnknownPurpose, CannotBeWritten, TextRefused.
    """
    written = _written(
        rt, purpose, subject=subject, text=text, contact_id=contact_id, among=among, by=by, called=called, now=now
    )
    message, found = listed(rt, written, now=now)
    with transaction(rt.engine) as session:
        messages.save(session, message)
    for at in range(0, len(found), PIECE):
        with transaction(rt.engine) as session:
            messages.add_lines(session, message.id, found[at : at + PIECE])
    with transaction(rt.engine) as session:
        messages.save(session, replace(message, state=MessageState.DRAFT))
    return message.id


def would(
    rt: Runtime,
    purpose: str,
    *,
    subject: str,
    text: str,
    contact_id: UUID | None = None,
    among: tuple[Condition, ...] = (),
    language: str,
    now: datetime,
) -> ShownMessage:
    """What would come of a message; stores nothing. Raises UnknownPurpose, CannotBeWritten, TextRefused."""
    written = _written(
        rt, purpose, subject=subject, text=text, contact_id=contact_id, among=among, by="", called="", now=now
    )
    return look_at(rt, *listed(rt, written, now=now), language=language, now=now)


def listed(rt: Runtime, message: Message, *, now: datetime) -> tuple[Message, list[UUID]]:
    """The present recipients, and the message with the numbers of those left out, by reason."""
    if message.contact_id is not None:
        return message, [message.contact_id]
    found: list[UUID] = []
    left_out: Counter[str] = Counter()
    with snapshot(rt.engine) as session:
        for contact, why in recipients.everybody(rt, session, message, now=now):
            if why:
                left_out[why] += 1
            else:
                found.append(contact.id)
    return replace(message, left_out=dict(left_out)), found


def look_at(rt: Runtime, message: Message, found: Sequence[UUID], *, language: str, now: datetime) -> ShownMessage:
    """A preview; stores nothing."""
    with snapshot(rt.engine) as session:
        drafted, counts = replace(message, state=MessageState.DRAFT), {(MessageOutcome.OPEN, ""): len(found)}
        return _look(rt, session, drafted, counts, language=language, now=now)


def look(rt: Runtime, id: UUID, *, language: str, now: datetime) -> ShownMessage:
    """Raises NotFound."""
    with snapshot(rt.engine) as session:
        message = _found(session, id)
        return _look(rt, session, message, messages.counts(session, id), language=language, now=now)


def latest(
    rt: Runtime,
    *,
    kinds: Collection[MailKind] = (MailKind.MESSAGE,),
    drafts: bool = False,
    language: str,
    now: datetime,
    limit: int = 10,
) -> list[ShownMessage]:
    """The latest messages of these kinds that were begun, newest first; with `drafts` those too."""
    with snapshot(rt.engine) as session:
        found = messages.latest(session, kinds=kinds, drafts=drafts, limit=limit)
        return [
            _look(rt, session, each, messages.counts(session, each.id), language=language, now=now) for each in found
        ]


def start(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> Message:
    """Begin a draft, or resume a stopped message; a worker sends it. A single contact's is queued or refused at once.

    A second press does no harm. Raises NotFound.
    """
    with transaction(rt.engine) as session:
        message = _found(session, id, lock=True)
        if message.state is MessageState.PAUSED:
            message = replace(message, state=MessageState.MAKING)
            messages.save(session, message)
            have_sent(session, message, due_at=now, now=now)
            return message
        if message.state not in (MessageState.DRAFT, MessageState.STOPPED):
            return message
        message = replace(message, state=MessageState.RUNNING, queued_at=message.queued_at or now, ended_at=None)
        messages.save(session, message)
        have_sent(session, message, due_at=now, now=now)
        left = _counted(messages.counts(session, id)).get(MessageOutcome.OPEN, 0)
        act = AuditAct.NEWS_BEGUN if message.is_news else AuditAct.MESSAGE_BEGUN
        audit.record(session, act, by=by, about=message.purpose, after=str(left), now=now)
        if message.contact_id is not None and left:
            _queue(rt, session, message, [message.contact_id], now=now)
        return message


def stop(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> Message:
    """Send nothing more, not even queued mails, until it is resumed; one that has not begun is dropped.

    Raises NotFound.
    """
    with transaction(rt.engine) as session:
        message = _found(session, id, lock=True)
        if message.state is MessageState.MAKING:
            message = replace(message, state=MessageState.PAUSED)
            messages.save(session, message)
            if message.queued_at is not None:
                count = _counted(messages.counts(session, id)).get(MessageOutcome.OPEN, 0)
                audit.record(session, AuditAct.NEWS_STOPPED, by=by, about=message.purpose, after=str(count), now=now)
            return message
        if message.state not in (MessageState.RUNNING, MessageState.WAITING):
            return message
        over = MessageState.STOPPED if message.state is MessageState.RUNNING else MessageState.DONE
        message = replace(message, state=over, ended_at=now)
        messages.save(session, message)
        counts = _counted(messages.counts(session, id))
        left = counts.get(MessageOutcome.OPEN, 0) + counts.get(MessageOutcome.QUEUED, 0)
        act = AuditAct.NEWS_STOPPED if message.is_news else AuditAct.MESSAGE_STOPPED
        audit.record(session, act, by=by, about=message.purpose, after=str(left), now=now)
        return message


def have_sent(session: Session, message: Message, *, due_at: datetime, now: datetime) -> None:
    """Have a worker continue with it."""
    key = _key(message.id)
    outbox.wake(session, key, kind=KIND, lane=key, payload={"message_id": message.id.hex}, due_at=due_at, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Queue the next contacts and rest, until all mails are sent, refused or given up."""
    id = UUID(claimed.payload["message_id"])
    news_lists.begin_by_itself(rt, id)
    wait = timedelta() if news_lists.make(rt, id) else carry_on(rt, id, now=rt.clock.now())
    with transaction(rt.engine) as session:
        now = rt.clock.now()
        if wait is None:
            outbox.finish(session, claimed, now=now)
        else:
            outbox.defer(session, claimed, until=now + wait, error="")


def carry_on(rt: Runtime, id: UUID, *, now: datetime) -> timedelta | None:
    """Queue up to a hundred mails in one transaction. Returns when to look again; None: it is over, or stopped."""
    with transaction(rt.engine) as session:
        message = messages.get(session, id, lock=True)
        if message is None or message.state is not MessageState.RUNNING:
            return None
        if message.is_news:
            news.one_at_a_time(session, message.purpose)
        waiting = messages.with_outcome(session, id, MessageOutcome.QUEUED, limit=PIECE)
        room = PIECE - len(waiting)
        due = messages.with_outcome(session, id, MessageOutcome.OPEN, limit=room) if room else []
        if due:
            _queue(rt, session, message, due, now=now)
        if due or not room:
            return PAUSE
        if waiting:
            _give_up_lost(session, message, waiting, now=now)
            return LOOK_AGAIN
        messages.save(session, replace(message, state=MessageState.DONE, ended_at=now))
        return None


def refused(rt: Runtime, session: Session, owed: OwedMail, *, now: datetime) -> str:
    """Why a waiting mail is not sent: the gate's present word, or that it was stopped; "" where it is sent."""
    message = messages.get(session, UUID(owed.occasion))
    contact = contacts.get(session, owed.contact_id)
    if message is None or contact is None or messages.line(session, message.id, contact.id) is None:
        return "erased"
    if message.state is MessageState.STOPPED:
        return STOPPED
    return recipients.judged(rt, session, message, [contact], now=now)[contact.id]


def settle(session: Session, owed: OwedMail, outcome: MessageOutcome, *, why: str = "", now: datetime) -> None:
    """Store the outcome of one mail; the last one ends the message. Mails of a stopped message are queued again
    later."""
    id = UUID(owed.occasion)
    if outcome is not MessageOutcome.SENT:
        news.take_back(session, id, [owed.contact_id])
    if outcome is MessageOutcome.REFUSED and why == STOPPED:
        messages.settle(session, id, [owed.contact_id], MessageOutcome.OPEN)
        return
    messages.settle(session, id, [owed.contact_id], outcome, why=why, ended_at=now)
    if not any(
        messages.with_outcome(session, id, each, limit=1) for each in (MessageOutcome.OPEN, MessageOutcome.QUEUED)
    ):
        outbox.hasten(session, _key(id), due_at=now)


def forget(session: Session, *, now: datetime) -> None:
    """Delete drafts from yesterday, and messages that ended a year ago."""
    messages.forget(session, drafts_before=now - DRAFTS_KEPT, before=now - KEPT)


def _written(
    rt: Runtime,
    slug: str,
    *,
    subject: str,
    text: str,
    contact_id: UUID | None,
    among: tuple[Condition, ...],
    by: str,
    called: str,
    now: datetime,
) -> Message:
    subject, text = _checked("subject", one_line(subject), SUBJECT_LENGTH), several_lines(text)
    _checked("text", text, TEXT_LENGTH)
    with snapshot(rt.engine) as session:
        if not _takes_messages(session, known_purpose(session, slug)):
            raise CannotBeWritten("The purpose is not about mails, not in use, or has no text yet.")
        if contact_id is not None:
            _one(session, contact_id)
    return Message(
        id=new_id(now),
        purpose=slug,
        contact_id=contact_id,
        subject=subject,
        text=text,
        made_at=now,
        made_by=by,
        called=called,
        among=among,
    )


def _checked(field: str, text: str, most: int) -> str:
    if not text or len(text) > most:
        raise TextRefused(field, most if text else 0)
    return text


def _takes_messages(session: Session, purpose: Purpose) -> bool:
    return purpose.kind is PurposeKind.EMAIL and purpose.active and wording_for(session, purpose.slug, "") is not None


def _one(session: Session, contact_id: UUID) -> None:
    contact = contacts.get(session, contact_id)
    if contact is None:
        raise NotFound("there is no such contact")
    if not contact.address or contact.merged_into is not None:
        raise CannotBeWritten("There is no address to write to, or the contact was merged into another.")


def _queue(rt: Runtime, session: Session, message: Message, due: Sequence[UUID], *, now: datetime) -> None:
    known = contacts.of_ids(session, due)
    whys = recipients.judged(rt, session, message, list(known.values()), now=now)
    queued: list[UUID] = []
    for id in due:
        if whys[id]:
            messages.settle(session, message.id, [id], MessageOutcome.REFUSED, why=whys[id], ended_at=now)
            log.info("message_refused", message=message.id.hex, why=whys[id])
            continue
        mails.owe_again(session, known[id], _owed(message, id), now=now)
        queued.append(id)
    messages.settle(session, message.id, queued, MessageOutcome.QUEUED)
    if message.is_news:
        news.tell(session, message.purpose, queued, message_id=message.id, at=now)


def _give_up_lost(session: Session, message: Message, waiting: Sequence[UUID], *, now: datetime) -> None:
    """Mails that somebody dropped from the outbox will not be sent."""
    keys = {mails.key(_owed(message, id)): id for id in waiting}
    lost = [keys[key] for key in keys.keys() - outbox.open_keys(session, keys)]
    messages.settle(session, message.id, lost, MessageOutcome.FAILED, why=NOT_SENT, ended_at=now)
    news.take_back(session, message.id, lost)


def _owed(message: Message, contact_id: UUID) -> OwedMail:
    return OwedMail(kind=message.kind, contact_id=contact_id, occasion=message.id.hex)


def _look(
    rt: Runtime,
    session: Session,
    message: Message,
    kept: Mapping[tuple[MessageOutcome, str], int],
    *,
    language: str,
    now: datetime,
) -> ShownMessage:
    refused = Counter(message.left_out)
    for (outcome, why), count in kept.items():
        if outcome is MessageOutcome.REFUSED:
            refused[why] += count
    contact = contacts.get(session, message.contact_id) if message.contact_id else None
    draft = message.state is MessageState.DRAFT
    why_now = recipients.would(rt, session, message, contact, now=now) if contact and draft else ""
    return ShownMessage(
        message=message,
        name=names_of(session, language).get(message.purpose, message.purpose),
        to=(contact.name or contact.address) if contact else "",
        everybody=contacts.count_living(session) if message.state in (MessageState.MAKING, MessageState.PAUSED) else 0,
        counts=_counted(kept),
        refused=dict(refused),
        now_refused=why_now,
    )


def _counted(kept: Mapping[tuple[MessageOutcome, str], int]) -> dict[MessageOutcome, int]:
    counts: Counter[MessageOutcome] = Counter()
    for (outcome, _), count in kept.items():
        counts[outcome] += count
    return dict(counts)


def _key(id: UUID) -> str:
    return f"{KIND}:{id.hex}"


def _found(session: Session, id: UUID, *, lock: bool = False) -> Message:
    message = messages.get(session, id, lock=lock)
    if message is None or (message.state is MessageState.MAKING and not message.is_news):
        raise NotFound("there is no such message")
    return message
