"""Everybody at once, in memory and on a real server. After every step each promise holds; healed and at rest nothing is
missing and nothing left.

The default run is the same each time. BOOKING_LONG=minutes plays other games each time, for that long.
"""

import pytest

from calendars.expander import Expander
from tests.flows.conftest import Bench
from tests.flows.game.distant import distance
from tests.flows.game.machine import play
from tests.flows.game.table import in_memory, on_a_server


@pytest.mark.timeout(0)
def test_everybody_at_once(bench: Bench, expander: Expander) -> None:
    fired = play(in_memory(bench, expander), rounds=3, steps=40)
    print(sorted(fired.items()))


@pytest.mark.server
@pytest.mark.timeout(0)
def test_everybody_at_once_on_radicale(bench: Bench, expander: Expander) -> None:
    with distance(bench.folder / "radicale") as far:
        fired = play(on_a_server(bench, expander, far), rounds=1, steps=30)
    print(sorted(fired.items()))
