"""Modules that are imported when they are first needed, so that a process answers sooner.

Only three places may name one: the doors of the web (`web/app.py`), the worker (`server/late_start.py`), and calendar
clients (`bootstrap.py`). All other imports stand at the top.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from types import ModuleType

_ONE_AT_A_TIME = RLock()  # otherwise two threads could see a half-initialised module of an import cycle


def late_import(name: str) -> ModuleType:
    """The module of this full name. Concurrent imports wait for each other."""
    with _ONE_AT_A_TIME:
        return import_module(name)


def imported(name: str) -> ModuleType | None:
    """The module, if it was imported already."""
    with _ONE_AT_A_TIME:
        return sys.modules.get(name)


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Suspend garbage collection during large imports, and exempt the imported objects from it later.

    They are no garbage, and searching them takes a fifth of the import time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
