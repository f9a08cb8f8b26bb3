"""An in-process LRU cache. Whatever makes an entry outdated must be part of its key."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any


class Cache:
    """A bounded LRU cache, safe to share among threads. Two threads may compute the same entry."""

    def __init__(self, *, most: int = 512) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        """The entry of this key; None where there is none."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
