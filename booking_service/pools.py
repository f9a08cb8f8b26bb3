"""Thread pools for calendar servers, so that one host's dead server stops nobody else's page (bulkhead)."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Lock
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")
_ASIDE = 4  # threads


class HostPool:
    """A bounded pool: each host gets at most `per_host` threads, and only one once half the pool is busy.

    So a few hosts with stalling servers leave the rest for others.
    """

    def __init__(self, name: str, *, threads: int, per_host: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads, self._per_host = threads, per_host
        self._running: Counter[UUID] = Counter()
        self._lock = Lock()

    def submit(self, host_id: UUID, work: Callable[[], T]) -> Future[T] | None:
        """Run `work` soon; None where the host's share is used, and the worker must do it later.

        Logging and tracing continue those of the caller.
        """
        with self._lock:
            share = self._per_host if self._running.total() < self._threads // 2 else min(1, self._per_host)
            if self._running[host_id] >= share:
                return None
            self._running[host_id] += 1
        future = self._executor.submit(copy_context().run, work)
        future.add_done_callback(lambda _: self._over(host_id))
        return future

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _over(self, host_id: UUID) -> None:
        with self._lock:
            self._running[host_id] -= 1
            if not self._running[host_id]:
                del self._running[host_id]


class HostPools:
    """Three pools: one for work, one for what such work does side by side (so it never waits for its own kind), one
    aside.

    The last is small, for work that no page waits for.
    """

    def __init__(self, *, threads: int = 16, per_host: int = 4) -> None:
        self._works = HostPool("calendar", threads=threads, per_host=per_host)
        self._beside = HostPool("calendar-beside", threads=threads, per_host=per_host)
        self._aside = HostPool("calendar-aside", threads=_ASIDE, per_host=1)

    def submit(self, host_id: UUID, work: Callable[[], T]) -> Future[T] | None:
        """As `HostPool.submit`."""
        return self._works.submit(host_id, work)

    def aside(self, host_id: UUID, work: Callable[[], T]) -> Future[T] | None:
        """As `submit`, for long work: one at a time for each host."""
        return self._aside.submit(host_id, work)

    def side_by_side(self, host_id: UUID, works: Sequence[Callable[[], T]]) -> list[T]:
        """Run these at once, as far as the host's share allows. Returns the results in order.

        Raises what the first failing one raised, in their order, once all are done.
        """
        rest = [(work, self._beside.submit(host_id, work)) for work in works[1:]]
        try:
            first = [work() for work in works[:1]]
        finally:
            wait([future for _, future in rest if future is not None])
        return first + [work() if future is None else future.result() for work, future in rest]

    def close(self) -> None:
        self._works.close()
        self._beside.close()
        self._aside.close()
