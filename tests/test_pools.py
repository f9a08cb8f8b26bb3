"""Threads for calendar servers: what a few stalled ones leave for all others."""

from threading import Event
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
