"""Whether the service is being flooded, and whether attack mode is on."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from ...domain.sentences import Sentence
from ...storage import operations
from ...storage.operations import Noted
from ..access import attack, flood
from .findings import Check, Level

_ADVICE = Sentence(
    "Do the mails arrive? If they do and that many requests are not genuine, `booking-service attack "
    "on` makes holds harder to get."
)


def attacked(noted: Mapping[str, Noted], *, now: datetime) -> Iterator[Check]:
    found = attack.attack_of(noted.get(operations.ATTACK))
    is_on = found is not None and found.on(now)
    if found is not None and is_on:
        until = f"{found.until:%Y-%m-%d %H:%M} UTC"  # as in logs, whatever the language
        on = Sentence("“Under attack” is on until {until}, set by {who}.", until=until, who=found.by)
        advice = Sentence("Holds last 15 minutes and need a computation. `booking-service attack off` ends it sooner.")
        yield Check("attack", Level.WARNING, on, advice)
    for sign in flood.signs(noted.get(operations.FLOOD), now=now):
        yield Check("attack", Level.WARNING, sign, None if is_on else _ADVICE)
