"""Whether the database can be written to."""

from collections.abc import Iterator

from ...domain.errors import StorageBusy
from ...domain.sentences import Sentence
from ...runtime import Runtime
from ...storage.write_check import check_writable
from .findings import Check, Level


def try_write(rt: Runtime) -> Iterator[Check]:
    """What keeps the database from being written, by a write that is rolled back; only where it can be read at all."""
    try:
        check_writable(rt.engine)
    except StorageBusy as error:
        yield unusable(error)


def unusable(error: StorageBusy) -> Check:
    found = Sentence("The database can't be used: {error}.", error=error)
    advice = Sentence("Look at the database's own log, its disk and its rights; database_url says where it is.")
    return Check("database", Level.PROBLEM, found, advice)
