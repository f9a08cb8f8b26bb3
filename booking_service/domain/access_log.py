"""The access log: who saw, changed or took away data that is otherwise hidden."""

from dataclasses import dataclass
from datetime import datetime

KINDS = (
    "field",
    "list",
    "proof",
    "export",
    "vault",
    "number",
    "own-page",
)  # what was seen, changed or taken; a field or list is named behind the colon


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtAccess:
    """What the log is searched for; an empty field matches every line.

    `text`: words in the reader's name, in the reason, or in the name or address of the person concerned. `what`: an
    action, or an action with its field, as in AccessLine. `since` is inclusive, `until` exclusive.
    """

    text: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERY_LINE = SoughtAccess()
