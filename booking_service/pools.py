"""Threads for calendar servers, so that one host's dead server stops nobody else's page (bulkhead)."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


class HostPools:
    """A bounded pool, of which one host gets at most `per_host` threads at a time, and one once half of it is running.

    So a few hosts whose servers stall leave the rest for all others.
    """

    def __init__(self, *, threads: int = 16, per_host: int = 4) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="calendar")
        self._threads, self._per_host = threads, per_host
        self._running: Counter[UUID] = Counter()
        self._lock = Lock()

    def submit(self, host_id: UUID, work: Callable[[], T]) -> Future[T] | None:
        """Run `work` soon; None where the host has its share running already, and the worker must do it later."""
        with self._lock:
            share = self._per_host if self._running.total() < self._threads // 2 else min(1, self._per_host)
            if self._running[host_id] >= share:
                return None
            self._running[host_id] += 1
        future = self._executor.submit(work)
        future.add_done_callback(lambda _: self._over(host_id))
        return future

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _over(self, host_id: UUID) -> None:
        with self._lock:
            self._running[host_id] -= 1
            if not self._running[host_id]:
                del self._running[host_id]
