"""The mail log: who was sent what, and what the other server said. Never the text itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT = timedelta(days=30)


class Outcome(StrEnum):
    """How the latest try ended, or that no further one is needed; stored, so a spelling stays."""

    ACCEPTED = "accepted"
    LATER = "later"  # it is tried again
    FAILED = "failed"  # and it is not tried again
    DROPPED = "dropped"  # after a try that failed it had nothing true to say any more, or somebody dropped it


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMail:
    """One mail. `at`: its latest try; `answer`: what the other server said to that, without addresses; `number`: its own in
    the log, 0 before it stands there."""

    at: datetime
    kind: str
    address: str
    outcome: Outcome
    answer: str
    tries: int
    message_id: str
    number: int = 0

    @property
    def place(self) -> "MailCursor":
        return MailCursor(self.at, self.number)


@dataclass(frozen=True, slots=True, order=True)
class MailCursor:
    """Where a mail stands in the log, which is read from the newest on."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtMail:
    """What is looked for: part of an address or a Message-ID, any of some kinds, an outcome."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    outcome: Outcome | None = None
