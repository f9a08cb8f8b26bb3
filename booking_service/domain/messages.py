"""Messages that staff write to one contact or to all who agreed to a purpose; news made for such lists; the
outcomes."""

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
    """The state of a message.

    `making`: the list of a news mail is still being written; then it is a draft, or goes out if it was begun. `paused`:
    stopped by somebody, can be resumed. `waiting`: begins by itself, and its list is made then.
    """

    MAKING = "making"
    PAUSED = "paused"
    WAITING = "waiting"
    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"  # by somebody; can be resumed
    DONE = "done"


class MessageOutcome(StrEnum):
    """What became of the mail to one contact."""

    OPEN = ""  # not yet its turn
    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"  # by the gate, when queued or just before sending
    FAILED = "failed"  # the mail server refused it


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`contact_id`: the only recipient; None: a list. `made_by`: the author in evidence; `called`: the author's name.

    `left_out`: how many contacts are not in the list, by the gate's reason. `among`: only contacts whose profile meets
    these conditions. Of news, `purpose` is the one that it tells of, `*` for the preferences page, and subject and text
    are empty.
    """

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
