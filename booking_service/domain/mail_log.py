"""The mail log: who was sent what, and what the mail server answered. It never holds the text."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT = timedelta(days=30)


class Outcome(StrEnum):
    """How the latest try ended, or that none is needed any more. Stored, so the spellings never change."""

    ACCEPTED = "accepted"
    LATER = "later"  # it will be tried again
    FAILED = "failed"  # it will not be tried again
    DROPPED = "dropped"  # after a failed try it was no longer true, or somebody dropped it


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMail:
    """One mail. `at`: its latest try. `answer`: the mail server's, without addresses. `number`: 0 until it is
    stored."""

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
    """A position in the log, which is read from the newest mail on."""

    at: datetime
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtMail:
    """What the log is searched for: part of an address or Message-ID, some kinds of mail, an outcome."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    outcome: Outcome | None = None
