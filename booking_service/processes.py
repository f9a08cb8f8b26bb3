"""Long work in several processes of one machine: copies of this one, each with connections of its own.

A copy ends with the process that asked for it, however that ends: it reads the end of their pipe, or misses its parent.
"""

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import active_count
from typing import Any, NamedTuple, TypeVar

from .jobs import tried

MOST = 4
_AHEAD = 2  # parts that a copy has been given at a time, so that it never waits for the next
_LOOKS_EVERY = 1.0  # seconds between two looks whether the parent still runs, while waiting for its turn

Turn = AbstractContextManager[object]
Part = TypeVar("Part")
Done = TypeVar("Done")


class CopyEnded(Exception):
    """A copy was ended before its work was done, so that the whole of it can't be done."""


class _Copy(NamedTuple):
    process: BaseProcess
    pipe: "Connection[Any, Any]"


@contextmanager
def copies(
    work: Callable[[Turn, Part], Done], *, let_go: Callable[[], None]
) -> Iterator[Callable[[Sequence[Part]], Iterator[Done]] | None]:
    """What does `work` for many parts, on all cores but no more than MOST, and returns what came of them in their order.

    None where one process has to do it: only one core, other threads (a copy would keep their locks for good), no
    forking, or no memory for a lock that processes share. `work` enters the Turn around what one process at a time may
    do. `let_go`: closes what no two processes may use, such as connections, before there are any copies. Iterating
    raises CopyEnded, and what `work` raised.
    """
    made = _made(work, let_go) if _may_be_several() else []
    try:
        yield partial(_in_order, made) if made else None
    finally:
        _end(made)


def _may_be_several() -> bool:
    return sys.platform == "linux" and _cores() > 1 and active_count() == 1


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def _made(work: Callable[[Turn, Part], Done], let_go: Callable[[], None]) -> list[_Copy]:
    """Ctrl-C, which a terminal sends to all of them, stays blocked in the copies: this process ends them."""
    forking, made = multiprocessing.get_context("fork"), list[_Copy]()
    let_go()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        turn = _Turn(forking.Lock(), os.getpid())
        for _ in range(min(_cores(), MOST)):
            ours, theirs = forking.Pipe()
            own_ends = [each.pipe for each in made] + [ours]
            process = forking.Process(target=_serve, args=(work, turn, theirs, own_ends), daemon=True)
            made.append(_Copy(process, ours))
            process.start()
            theirs.close()
    except (OSError, ImportError):  # no /dev/shm for the lock, or no room for another process
        _end(made)
        return []
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    return made


class _Turn:
    """The lock of all copies. Whoever waits for it ends once the parent has ended, as its holder may have."""

    def __init__(self, lock: Any, parent: int) -> None:
        self._lock, self._parent = lock, parent

    def __enter__(self) -> None:
        while not self._lock.acquire(timeout=_LOOKS_EVERY):
            if os.getppid() != self._parent:
                sys.exit()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _serve(
    work: Callable[[Turn, Part], Done],
    turn: Turn,
    pipe: "Connection[Any, Any]",
    of_parent: "Sequence[Connection[Any, Any]]",
) -> None:
    """In a copy: do one part after the other until the parent closes the pipe or has ended."""
    for each in of_parent:  # inherited; open here, the end of the parent would not be seen
        each.close()
    try:
        while True:
            pipe.send(_outcome(work, turn, pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _outcome(work: Callable[[Turn, Part], Done], turn: Turn, part: Part) -> Done | Exception:
    """An exception loses its traceback on its way, which a note keeps."""
    came_to = tried(partial(work, turn, part))
    if isinstance(came_to, Exception):
        came_to.add_note("".join(traceback.format_exception(came_to)))
    return came_to


def _in_order(made: Sequence[_Copy], parts: Sequence[Part]) -> Iterator[Any]:
    left, ahead = iter(enumerate(parts)), len(made) * _AHEAD
    for at, part in islice(left, ahead):
        _give(made[at % len(made)], part)
    for at in range(len(parts)):
        came_to = _received(made, made[at % len(made)])
        if isinstance(came_to, Exception):
            raise came_to
        for later, part in islice(left, 1):
            _give(made[later % len(made)], part)
        yield came_to


def _give(copy: _Copy, part: object) -> None:
    try:
        copy.pipe.send(part)
    except OSError as error:
        raise CopyEnded from error


def _received(made: Sequence[_Copy], copy: _Copy) -> Any:
    """Waits for all of them, as one that was ended may have had the lock that this one waits for."""
    ready = wait([copy.pipe, *(each.process.sentinel for each in made)])
    if copy.pipe not in ready:
        raise CopyEnded
    try:
        return copy.pipe.recv()
    except (EOFError, OSError) as error:
        raise CopyEnded from error


def _end(made: Sequence[_Copy]) -> None:
    for each in made:
        each.pipe.close()
    for process in (each.process for each in made if each.process.pid is not None):
        process.terminate()
        process.join()
