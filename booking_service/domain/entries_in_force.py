"""Which entries of a chain still count for a standing, once the person has said no."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from .consent import CONTACT, FOLDED, Act, Entry
from .purposes import EVERY

_STOPS = frozenset({Act.STOPPED, Act.RESUMED})
_SETTLING = frozenset({Act.WITHDRAWN, Act.ERASED})  # by the person: no entry before it counts, except a stop
_PURPOSE, _ACT, _BY = (Entry._fields.index(name) for name in ("purpose", "act", "by"))

T = TypeVar("T", bound=Sequence[Any])


def counting(latest_first: Iterable[T], *, purpose: str) -> list[T]:
    """The entries that a standing for a purpose depends on, in chain order: from the person's last no on, and earlier
    stops.

    Only `Standing.closed` can depend on older ones. Takes rows too, whose columns are in the order of Entry's fields.
    """
    found, settled = list[T](), False
    for each in latest_first:
        act = each[_ACT]
        if each[_PURPOSE] in (purpose, EVERY) and act in (_STOPS if settled else FOLDED):
            found.append(each)
            settled = settled or (act in _SETTLING and each[_BY] == CONTACT)
    return found[::-1]
