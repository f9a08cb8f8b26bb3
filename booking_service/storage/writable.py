"""Whether the database takes writes: one is tried, and taken back."""

from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, insert

from ..clock import monotonic, utc_now
from ..domain.errors import StorageBusy
from .engine import deciding, usable
from .tables.access import AttemptRow

TRIED_EVERY_S = 1.0  # however often it is asked for: a try keeps other writers waiting for a moment
_MUCH = (
    "-" * 128 * 1024
)  # more than the cache is allowed for the try, so that it reaches the disk before it is taken back
_SMALL_CACHE, _USUAL_CACHE = 8, -2000  # pages, and KiB: what SQLite has unless told

_lock = Lock()
_tried: WeakKeyDictionary[Engine, tuple[float, str]] = WeakKeyDictionary()


def check_writable(engine: Engine) -> None:
    """Raises StorageBusy: the database is read-only, its disk is full, or another writer holds it. Nothing stays written.

    The last answer holds for a second.
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
