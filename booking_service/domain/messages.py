"""What staff write to one contact, or to everybody with a consent to a purpose; news of a purpose or of the page, which is
written for them; and what came of each mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .effects import MailKind
from .purposes import Condition

SUBJECT_LENGTH = 150
TEXT_LENGTH = 10_000


class MessageState(StrEnum):
    """How far a message is. `making`: its list is still being written down, which is seen of news only; then it is a draft, or
    goes out if that was begun. `paused`: that was stopped, and can be carried on. `waiting`: it begins by itself, and its list
    is made then."""

    MAKING = "making"
    PAUSED = "paused"
    WAITING = "waiting"
    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"  # by somebody; it can be carried on
    DONE = "done"


class MessageOutcome(StrEnum):
    """What came of the mail to one contact."""

    OPEN = ""  # its turn has not come
    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"  # by the gate, when it was queued or right before it was sent
    FAILED = "failed"  # the mail server did not take it


SETTLED = (MessageOutcome.SENT, MessageOutcome.REFUSED, MessageOutcome.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`contact_id`: to whom alone it goes; None: to a list. `made_by`: as the evidence names them, `called`: as people do.
    `left_out`: how many known contacts did not come into the list, by the gate's word. `among`: only contacts whose profile
    meets this. Of news `purpose` is what it tells of, `*` for the page, and there is neither subject nor text."""

    id: UUID
    kind: MailKind = MailKind.MESSAGE
    purpose: str
    contact_id: UUID | None = None
    subject: str = ""
    text: str = ""
    made_at: datetime
    made_by: str
    called: str
    state: MessageState = MessageState.MAKING
    left_out: Mapping[str, int] = field(default_factory=dict)
    among: tuple[Condition, ...] = ()
    queued_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_news(self) -> bool:
        return self.kind is not MailKind.MESSAGE
