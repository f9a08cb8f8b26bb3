"""Messages that staff write: to one contact, or to everybody with a consent to a purpose.

The list is fixed when it is made. The gate is asked when a mail is queued, and again right before it is sent
(actions/mail/to_contacts.py). A list is queued a hundred contacts at a time, each marked in the transaction that queues
them, so that it can be stopped, carried on, and goes on after a crash where it was.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.audit import Actor, AuditAct
from ...domain.effects import MailKind
from ...domain.errors import BookingError, NotFound
from ...domain.gate import Refusal
from ...domain.messages import SUBJECT_LENGTH, TEXT_LENGTH, Message, MessageOutcome, MessageState
from ...domain.purposes import Purpose, PurposeKind
from ...domain.text import one_line, several_lines
from ...runtime import Runtime
from ...storage import contacts, messages, outbox, purposes
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from ..access import audit
from . import gate, mails
from .append import known_purpose
from .find import names_of
from .mails import Owed
from .offers import wording_for

KIND = "message"
PIECE = 100  # contacts whose mails are queued in one transaction, and the most that wait at a time
PAUSE = timedelta(seconds=5)  # between two pieces
LOOK_AGAIN = timedelta(minutes=1)  # for the last mails
DRAFTS_KEPT = timedelta(days=1)
KEPT = timedelta(days=365)
STOPPED = "the message was stopped"
NO_ADDRESS, MERGED, NOT_SENT = "no-address", "merged", "not-sent"

log = structlog.get_logger()


class CannotBeWritten(BookingError):
    """The purpose is no list of mails, is not in use, or has no text yet; or there is nobody to write to."""


class TextRefused(BookingError):
    """Subject or text is missing or too long. `field`: which one; `most`: characters, 0 where it is missing."""

    def __init__(self, field: str, most: int) -> None:
        super().__init__(f"Write a {field}." if not most else f"The {field} is longer than {most} characters.")
        self.field = field
        self.most = most


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A message as it stands. `counts`: its contacts by what came of them; `refused`: those of them, and those who did not
    come into the list, by why; `now_refused`: why the one contact of a draft would not get it, "" where they would."""

    message: Message
    name: str
    to: str
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
        """Of a draft: how many as things stand."""
        return 0 if self.now_refused else self.counts.get(MessageOutcome.OPEN, 0)


def purposes_to_write_to(rt: Runtime, language: str) -> list[tuple[str, str]]:
    """Purposes of mails that are in use and have a text, by slug and name."""
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
    by: str,
    called: str,
    now: datetime,
) -> UUID:
    """Write a message down with its list, to be looked at and begun: for one contact, or for all who may get it now.

    Raises UnknownPurpose, CannotBeWritten, TextRefused.
    """
    message, found = _made(
        rt, purpose, subject=subject, text=text, contact_id=contact_id, by=by, called=called, now=now
    )
    with transaction(rt.engine) as session:
        messages.save(session, message)
    for some in _in_pieces(found):
        with transaction(rt.engine) as session:
            messages.add_lines(session, message.id, some)
    with transaction(rt.engine) as session:
        messages.save(session, replace(message, state=MessageState.DRAFT))
    return message.id


def would(
    rt: Runtime, purpose: str, *, subject: str, text: str, contact_id: UUID | None = None, language: str, now: datetime
) -> Look:
    """What would come of a message, of which nothing is kept. Raises UnknownPurpose, CannotBeWritten, TextRefused."""
    message, found = _made(rt, purpose, subject=subject, text=text, contact_id=contact_id, by="", called="", now=now)
    with snapshot(rt.engine) as session:
        return _look(
            rt,
            session,
            replace(message, state=MessageState.DRAFT),
            {(MessageOutcome.OPEN, ""): len(found)},
            language=language,
            now=now,
        )


def look(rt: Runtime, id: UUID, *, language: str, now: datetime) -> Look:
    """Raises NotFound."""
    with snapshot(rt.engine) as session:
        message = _found(session, id)
        return _look(rt, session, message, messages.counts(session, id), language=language, now=now)


def latest(rt: Runtime, *, language: str, now: datetime, limit: int = 10) -> list[Look]:
    """Messages that were begun, the newest first."""
    with snapshot(rt.engine) as session:
        found = messages.latest(session, limit=limit)
        return [
            _look(rt, session, each, messages.counts(session, each.id), language=language, now=now) for each in found
        ]


def start(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> Message:
    """Begin a draft, or carry on what was stopped; a worker sends it. What goes to one contact is queued, or refused, at once.
    A second press does no harm. Raises NotFound."""
    with transaction(rt.engine) as session:
        message = _found(session, id, lock=True)
        if message.state not in (MessageState.DRAFT, MessageState.STOPPED):
            return message
        message = replace(message, state=MessageState.RUNNING, queued_at=message.queued_at or now, ended_at=None)
        messages.save(session, message)
        key = _key(id)
        outbox.wake(session, key, kind=KIND, lane=key, payload={"message_id": id.hex}, due_at=now, now=now)
        left = _counted(messages.counts(session, id)).get(MessageOutcome.OPEN, 0)
        audit.record(session, AuditAct.MESSAGE_BEGUN, by=by, about=message.purpose, after=str(left), now=now)
        if message.contact_id is not None and left:
            _queue(rt, session, message, [message.contact_id], now=now)
        return message


def stop(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> Message:
    """Send nothing more of it, not even what is queued, until it is carried on. Raises NotFound."""
    with transaction(rt.engine) as session:
        message = _found(session, id, lock=True)
        if message.state is not MessageState.RUNNING:
            return message
        message = replace(message, state=MessageState.STOPPED, ended_at=now)
        messages.save(session, message)
        counts = _counted(messages.counts(session, id))
        left = counts.get(MessageOutcome.OPEN, 0) + counts.get(MessageOutcome.QUEUED, 0)
        audit.record(session, AuditAct.MESSAGE_STOPPED, by=by, about=message.purpose, after=str(left), now=now)
        return message


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Queue the next of a list and rest, until all of it is sent, refused or given up."""
    wait = carry_on(rt, UUID(claimed.payload["message_id"]), now=rt.clock.now())
    with transaction(rt.engine) as session:
        now = rt.clock.now()
        if wait is None:
            outbox.finish(session, claimed, now=now)
        else:
            outbox.defer(session, claimed, until=now + wait, error="")


def carry_on(rt: Runtime, id: UUID, *, now: datetime) -> timedelta | None:
    """Queue up to a hundred mails in one transaction. When to look again; None: it is over, or was stopped."""
    with transaction(rt.engine) as session:
        message = messages.get(session, id, lock=True)
        if message is None or message.state is not MessageState.RUNNING:
            return None
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


def refused(rt: Runtime, session: Session, owed: Owed, *, now: datetime) -> str:
    """Why a mail that waited is not sent after all: the gate's word at this moment, or that it was stopped; "" for nothing."""
    message = messages.get(session, UUID(owed.occasion))
    if message is None or messages.line(session, message.id, owed.contact_id) is None:
        return "erased"
    if message.state is MessageState.STOPPED:
        return STOPPED
    decided = gate.ask(rt, session, owed.contact_id, MailKind.MESSAGE, message.purpose, now=now)
    return decided.word if isinstance(decided, Refusal) else ""


def settle(session: Session, owed: Owed, outcome: MessageOutcome, *, why: str = "", now: datetime) -> None:
    """What came of one mail; who is the last of a list has it ended. What was stopped takes its turn again when it is
    carried on."""
    id = UUID(owed.occasion)
    if outcome is MessageOutcome.REFUSED and why == STOPPED:
        messages.settle(session, id, [owed.contact_id], MessageOutcome.OPEN)
        return
    messages.settle(session, id, [owed.contact_id], outcome, why=why, ended_at=now)
    if not any(
        messages.with_outcome(session, id, each, limit=1) for each in (MessageOutcome.OPEN, MessageOutcome.QUEUED)
    ):
        outbox.hasten(session, _key(id), due_at=now)


def forget(session: Session, *, now: datetime) -> None:
    """Drafts of yesterday, and what is over for a year."""
    messages.forget(session, drafts_before=now - DRAFTS_KEPT, before=now - KEPT)


def _made(
    rt: Runtime,
    slug: str,
    *,
    subject: str,
    text: str,
    contact_id: UUID | None,
    by: str,
    called: str,
    now: datetime,
) -> tuple[Message, list[UUID]]:
    subject, text = _checked("subject", one_line(subject), SUBJECT_LENGTH), several_lines(text)
    _checked("text", text, TEXT_LENGTH)
    with snapshot(rt.engine) as session:
        purpose = known_purpose(session, slug)
        if not _takes_messages(session, purpose):
            raise CannotBeWritten("The purpose is not about mails, not in use, or has no text yet.")
        if contact_id is not None:
            _one(session, contact_id)
            found, left_out = [contact_id], Counter[str]()
        else:
            found, left_out = _everybody(rt, session, slug, now=now)
    message = Message(
        id=new_id(now),
        purpose=slug,
        contact_id=contact_id,
        subject=subject,
        text=text,
        made_at=now,
        made_by=by,
        called=called,
        left_out=dict(left_out),
    )
    return message, found


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


def _everybody(rt: Runtime, session: Session, slug: str, *, now: datetime) -> tuple[list[UUID], Counter[str]]:
    """Who may get it now, and how many known contacts may not, by why."""
    found: list[UUID] = []
    left_out: Counter[str] = Counter()
    for contact, _, decided in gate.everybody(rt, session, MailKind.MESSAGE, slug, now=now):
        why = decided.word if isinstance(decided, Refusal) else "" if contact.address else NO_ADDRESS
        if why:
            left_out[why] += 1
        else:
            found.append(contact.id)
    return found, left_out


def _queue(rt: Runtime, session: Session, message: Message, due: Sequence[UUID], *, now: datetime) -> None:
    known = contacts.of_ids(session, due)
    decided = gate.ask_all(rt, session, list(known.values()), MailKind.MESSAGE, message.purpose, now=now)
    queued: list[UUID] = []
    for id in due:
        answer, contact = decided[id], known[id]
        why = answer.word if isinstance(answer, Refusal) else _out_of_reach(contact)
        if why:
            messages.settle(session, message.id, [id], MessageOutcome.REFUSED, why=why, ended_at=now)
            log.info("message_refused", message=message.id.hex, why=why)
            continue
        mails.owe_again(session, contact, _owed(message, id), now=now)
        queued.append(id)
    messages.settle(session, message.id, queued, MessageOutcome.QUEUED)


def _out_of_reach(contact: Contact) -> str:
    return MERGED if contact.merged_into is not None else "" if contact.address else NO_ADDRESS


def _give_up_lost(session: Session, message: Message, waiting: Sequence[UUID], *, now: datetime) -> None:
    """Mails that somebody took out of the outbox by hand will not leave any more."""
    keys = {mails.key(_owed(message, id)): id for id in waiting}
    lost = [keys[key] for key in keys.keys() - outbox.open_keys(session, keys)]
    messages.settle(session, message.id, lost, MessageOutcome.FAILED, why=NOT_SENT, ended_at=now)


def _owed(message: Message, contact_id: UUID) -> Owed:
    return Owed(kind=MailKind.MESSAGE, contact_id=contact_id, occasion=message.id.hex)


def _look(
    rt: Runtime,
    session: Session,
    message: Message,
    kept: Mapping[tuple[MessageOutcome, str], int],
    *,
    language: str,
    now: datetime,
) -> Look:
    refused = Counter(message.left_out)
    for (outcome, why), count in kept.items():
        if outcome is MessageOutcome.REFUSED:
            refused[why] += count
    contact = contacts.get(session, message.contact_id) if message.contact_id else None
    why_now = (
        _now_refused(rt, session, message, contact, now=now) if contact and message.state is MessageState.DRAFT else ""
    )
    return Look(
        message=message,
        name=names_of(session, language).get(message.purpose, message.purpose),
        to=(contact.name or contact.address) if contact else "",
        counts=_counted(kept),
        refused=dict(refused),
        now_refused=why_now,
    )


def _now_refused(rt: Runtime, session: Session, message: Message, contact: Contact, *, now: datetime) -> str:
    decided = gate.would(rt, session, contact, MailKind.MESSAGE, message.purpose, now=now)
    return decided.word if isinstance(decided, Refusal) else _out_of_reach(contact)


def _counted(kept: Mapping[tuple[MessageOutcome, str], int]) -> dict[MessageOutcome, int]:
    counts: Counter[MessageOutcome] = Counter()
    for (outcome, _), count in kept.items():
        counts[outcome] += count
    return dict(counts)


def _key(id: UUID) -> str:
    return f"{KIND}:{id.hex}"


def _in_pieces(found: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (found[at : at + PIECE] for at in range(0, len(found), PIECE))


def _found(session: Session, id: UUID, *, lock: bool = False) -> Message:
    message = messages.get(session, id, lock=lock)
    if message is None or message.state is MessageState.MAKING:
        raise NotFound("there is no such message")
    return message
