"""The log of who saw what is otherwise hidden, or took it away."""

from dataclasses import dataclass
from datetime import datetime

KINDS = (
    "field",
    "list",
    "proof",
    "export",
    "vault",
    "number",
)  # what was seen, taken or changed; which field, or list, stands behind a colon


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtAccess:
    """Which lines: what is not said does not matter. `text`: words in the name of who it was, in the reason, or in name or address
    of whom it was about; `what`: a kind, or one thing of it, as lines have it; `until`: exclusive."""

    text: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERY_LINE = SoughtAccess()
