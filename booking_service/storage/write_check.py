"""Whether the database can be written to: a write is tried and rolled back."""

from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, insert

from ..clock import monotonic, utc_now
from ..domain.errors import StorageBusy
from .engine import deciding, usable
from .tables.access import AttemptRow

TRIED_EVERY_S = 1.0  # at most, as a try holds up other writers for a moment
_MUCH = (
    "-" * 128 * 1024
)  # more than the cache may hold for the try, so that it reaches the disk before it is rolled back
_SMALL_CACHE, _USUAL_CACHE = 8, -2000  # pages, and KiB: SQLite's default

_lock = Lock()
_tried: WeakKeyDictionary[Engine, tuple[float, str]] = WeakKeyDictionary()


def check_writable(engine: Engine) -> None:
    """Try to write. Raises StorageBusy: the database is read-only, full, or locked by another writer.

    The answer is cached for a second.
    """
    with _lock:
        tried_at, refusal = _tried.get(engine, (float("-inf"), ""))
        if monotonic() - tried_at >= TRIED_EVERY_S:
            refusal = _refusal(engine)
            _tried[engine] = (monotonic(), refusal)
    if refusal:
        raise StorageBusy(refusal)


def _refusal(engine: Engine) -> str:
    try:
        with usable(), deciding(engine).connect() as connection:
            _try(connection)
    except StorageBusy as error:
        return str(error)
    return ""


def _try(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    try:
        if sqlite:
            connection.exec_driver_sql(f"PRAGMA cache_size = {_SMALL_CACHE}")
        connection.execute(insert(AttemptRow).values(rule="tried", who=_MUCH, at=utc_now()))
    finally:
        connection.rollback()
        if sqlite:
            connection.exec_driver_sql(f"PRAGMA cache_size = {_USUAL_CACHE}")
            connection.rollback()
