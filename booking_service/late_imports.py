"""Modules that are imported once they are wanted, so that a process answers before it knows everything.

Whoever names one here keeps it and all that only it needs out of the start: the doors of the web (`web/app.py`), the worker
(`server/late_start.py`), calendar clients (`bootstrap.py`). Those are all; everything else imports at its top.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from types import ModuleType

_ONE_AT_A_TIME = RLock()  # two threads in one cycle of a library's modules would see one of them half made


def late_import(name: str) -> ModuleType:
    """The module of this whole name; whoever comes while another is imported waits for that first."""
    with _ONE_AT_A_TIME:
        return import_module(name)


def imported(name: str) -> ModuleType | None:
    """The module if anybody wanted it so far."""
    with _ONE_AT_A_TIME:
        return sys.modules.get(name)


@contextmanager
def kept_for_good() -> Iterator[None]:
    """While much is imported: nothing of it is garbage, and looking for some takes a fifth of the time; nor is it looked
    through later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
