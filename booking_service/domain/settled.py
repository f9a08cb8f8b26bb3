"""What of a chain still counts for a standing, once the person said no."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from .consent import CONTACT, FOLDED, Act, Entry
from .purposes import EVERY

_STOPS = frozenset({Act.STOPPED, Act.RESUMED})
_SETTLING = frozenset({Act.WITHDRAWN, Act.ERASED})  # of a person's own: nothing before it counts any more, but a stop
_PURPOSE, _ACT, _BY = (Entry._fields.index(name) for name in ("purpose", "act", "by"))

T = TypeVar("T", bound=Sequence[Any])


def counting(latest_first: Iterable[T], *, purpose: str) -> list[T]:
    """Of a chain that is read from its end, what its contact's standing for a purpose depends on, in its order: from their own
    last no on, and stops before it. Only what `closed` names can be older. Takes rows too, in the order of Entry's fields."""
    found, settled = list[T](), False
    for each in latest_first:
        act = each[_ACT]
        if each[_PURPOSE] in (purpose, EVERY) and act in (_STOPS if settled else FOLDED):
            found.append(each)
            settled = settled or (act in _SETTLING and each[_BY] == CONTACT)
    return found[::-1]
