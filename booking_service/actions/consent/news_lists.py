"""The list of news: whom it is told, made by a worker, a hundred contacts in a transaction, while people may look how far it is.

Until it is whole those who are not told are in it as well: so the last of it says how far it is, and whoever comes after a death
goes on from there.
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

PIECE = 100  # contacts that are looked at in one transaction
_TURN_S = 5.0  # until others have their turn


def begin_by_itself(rt: Runtime, id: UUID) -> None:
    """Have the list made of what waited for its time; then it goes out."""
    with transaction(rt.engine) as session:
        message = messages.get(session, id, lock=True)
        if message is not None and message.state is MessageState.WAITING:
            now = rt.clock.now()
            messages.save(session, replace(message, state=MessageState.MAKING, queued_at=now))


def make(rt: Runtime, id: UUID) -> bool:
    """Go on with the list for a while. Whether there is more to do."""
    began = monotonic()
    while monotonic() - began < _TURN_S:
        if not list_on(rt, id):
            return False
    return True


def list_on(rt: Runtime, id: UUID) -> bool:
    """Look at the next hundred, in one transaction, and rest as long as that kept others from writing. Whether there are more."""
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
    """Those who are not told are counted, and taken out of it."""
    counts = messages.counts(session, message.id)
    left_out = {why: count for (outcome, why), count in counts.items() if outcome is MessageOutcome.REFUSED}
    messages.leave_out(session, message.id)
    state = MessageState.DRAFT if message.queued_at is None else MessageState.RUNNING
    messages.save(session, replace(message, state=state, left_out=left_out))
    if state is MessageState.RUNNING:
        told = sum(count for (outcome, _), count in counts.items() if outcome is MessageOutcome.OPEN)
        by = Actor(name=message.called)
        audit.record(session, AuditAct.NEWS_BEGUN, by=by, about=message.purpose, after=str(told), now=rt.clock.now())
