"""The list of recipients of news, made by a worker, a hundred contacts per transaction.

Until it is complete, those who are not told are in it as well: its last contact says how far it is, and from there it
continues after a crash.
"""

from dataclasses import replace
from time import monotonic, sleep
from uuid import UUID

from sqlmodel import Session

from ...domain.audit import Actor, AuditAct
from ...domain.messages import Message, MessageOutcome, MessageState
from ...runtime import Runtime
from ...storage import messages
from ...storage.engine import transaction
from ..access import audit
from . import recipients

PIECE = 100  # contacts judged in one transaction
_TURN_S = 5.0  # until other effects have their turn


def begin_by_itself(rt: Runtime, id: UUID) -> None:
    """Make the list of scheduled news when its time has come; then it is sent."""
    with transaction(rt.engine) as session:
        message = messages.get(session, id, lock=True)
        if message is not None and message.state is MessageState.WAITING:
            now = rt.clock.now()
            messages.save(session, replace(message, state=MessageState.MAKING, queued_at=now))


def make(rt: Runtime, id: UUID) -> bool:
    """Continue with the list for a while. Returns whether there is more to do."""
    began = monotonic()
    while monotonic() - began < _TURN_S:
        if not list_on(rt, id):
            return False
    return True


def list_on(rt: Runtime, id: UUID) -> bool:
    """Judge the next hundred in one transaction, then rest. Returns whether there are more."""
    with transaction(rt.engine) as session:
        message, locked = messages.get(session, id, lock=True), monotonic()
        if message is None or not message.is_news or message.state is not MessageState.MAKING:
            return False
        if _look_at_some(rt, session, message) < PIECE:
            _is_whole(rt, session, message)
            return False
    sleep(monotonic() - locked)
    return True


def _look_at_some(rt: Runtime, session: Session, message: Message) -> int:
    after = messages.last_listed(session, message.id)
    whys = recipients.piece(rt, session, message, after=after, limit=PIECE, now=rt.clock.now())
    messages.add_lines(session, message.id, list(whys))
    for why in set(whys.values()) - {""}:
        out = [each for each, its in whys.items() if its == why]
        messages.settle(session, message.id, out, MessageOutcome.REFUSED, why=why)
    return len(whys)


def _is_whole(rt: Runtime, session: Session, message: Message) -> None:
    """Complete the list: count those who are not told, and remove them."""
    counts = messages.counts(session, message.id)
    left_out = {why: count for (outcome, why), count in counts.items() if outcome is MessageOutcome.REFUSED}
    messages.leave_out(session, message.id)
    state = MessageState.DRAFT if message.queued_at is None else MessageState.RUNNING
    messages.save(session, replace(message, state=state, left_out=left_out))
    if state is MessageState.RUNNING:
        told = sum(count for (outcome, _), count in counts.items() if outcome is MessageOutcome.OPEN)
        by = Actor(name=message.called)
        audit.record(session, AuditAct.NEWS_BEGUN, by=by, about=message.purpose, after=str(told), now=rt.clock.now())
