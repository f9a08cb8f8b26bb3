"""Threads for calendar servers: what a few stalled ones leave for all others."""

from threading import Barrier, Event
from uuid import UUID

import pytest

from booking_service.pools import HostPools


@pytest.mark.parametrize(("stalled", "left"), [(1, 12), (4, 6), (8, 2)])
def test_hosts_whose_servers_stall_leave_threads_for_others(stalled: int, left: int) -> None:
    """Each of them asks for as much as it can get."""
    over, pools = Event(), HostPools(threads=16, per_host=4)
    try:
        taken = [pools.submit(UUID(int=n), lambda: over.wait(30)) for n in range(stalled) for _ in range(8)]
        assert sum(each is not None for each in taken) == 16 - left
        asked = pools.submit(UUID(int=99), lambda: "at once")
        assert asked is not None
        assert asked.result(timeout=10) == "at once"
    finally:
        over.set()
        pools.close()


def test_works_side_by_side_run_at_once_and_come_back_in_their_order() -> None:
    """Each waits for the others: one after the other, none would ever end."""
    together, pools = Barrier(3, timeout=10), HostPools()
    try:
        works = [lambda n=n: (together.wait(), n)[1] for n in range(3)]
        assert pools.side_by_side(UUID(int=1), works) == [0, 1, 2]
    finally:
        pools.close()


def test_side_by_side_every_work_is_over_before_a_failure_is_told() -> None:
    done, pools = Event(), HostPools()

    def fail() -> None:
        raise ValueError("the first")

    try:
        with pytest.raises(ValueError, match="the first"):
            pools.side_by_side(UUID(int=1), [fail, done.set])
        assert done.is_set()
    finally:
        pools.close()


def test_what_finds_no_thread_is_done_all_the_same() -> None:
    pools = HostPools(threads=1, per_host=1)
    try:
        assert pools.side_by_side(UUID(int=1), [lambda n=n: n for n in range(5)]) == list(range(5))
    finally:
        pools.close()
