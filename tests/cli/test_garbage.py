"""What a command imports is not looked through for garbage, and what it works with is."""

import subprocess
import sys

_ASKED = """
import gc
gc.disable()
from booking_service.cli.commands import load
load("version")
print(gc.isenabled(), gc.get_freeze_count() > 0)
"""


def test_garbage_is_collected_again_once_the_command_is_there() -> None:
    said = subprocess.run([sys.executable, "-c", _ASKED], check=True, capture_output=True, text=True).stdout
    assert said.split() == ["True", "True"]
