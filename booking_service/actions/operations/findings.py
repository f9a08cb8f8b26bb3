"""What a check of one thing came to, in words for an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    UNKNOWN = "unknown"  # could not be looked at, which says nothing good
    WARNING = "warning"  # works, and should be looked at
    PROBLEM = "problem"  # something does not work


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do about it ("" where nothing needs to be done). `details`: what the
    sentence counts, one by one."""

    subject: str
    level: Level
    sentence: str
    remedy: str = ""
    details: Sequence[str] = ()
