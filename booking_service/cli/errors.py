"""Every error that ends a command, as a sentence that says what to do next."""

from sqlalchemy.exc import SQLAlchemyError

from calendars.errors import CalendarError, explain

from ..actions.access.people import PersonRefused
from ..actions.calendar.accounts import TwoTargets, UnknownCalendar
from ..actions.operations.backup import BackupRefused
from ..actions.setup.file.read import SetupRefused
from ..actions.setup.hosts import HostRefused
from ..config.sources import ConfigError
from ..crypto.keys import KeyTrouble
from ..domain.errors import BookingError, NotFound, StorageBusy, TooManyRequests, UnknownHost
from ..storage.engine import DriverMissing
from ..storage.migrations import RestoreUnfinished, SchemaTooNew
from .refusals import PROBLEMS, WRONG_USE, CommandRefused

EXPECTED = (
    CommandRefused,
    ConfigError,
    SetupRefused,
    HostRefused,
    PersonRefused,
    UnknownHost,
    UnknownCalendar,
    TwoTargets,
    CalendarError,
    BookingError,
    KeyTrouble,
    StorageBusy,
    DriverMissing,
    SchemaTooNew,
    RestoreUnfinished,
    BackupRefused,
    SQLAlchemyError,
    OSError,
)


def sentences(error: Exception) -> tuple[str, ...]:
    match error:
        case ConfigError() | SetupRefused():
            return error.problems
        case CalendarError():
            explained = explain(error)
            return (f"{explained.sentence} {explained.remedy}",)
        case TooManyRequests():
            return (
                f"That was asked for too often (limits.{error}). It can be done again at {error.again_at:%H:%M:%S} UTC.",
            )
        case SchemaTooNew():
            return (f"{error}. Start the version that was used last, or restore a backup from before it.",)
        case RestoreUnfinished():
            return (f"{error}. Take an empty database, and run `booking-service backup restore` once more.",)
        case StorageBusy():
            why = _first_line(getattr(error.__cause__, "orig", None) or error)
            return (f"The database can't be used now: {why}. Try again; `booking-service check` says more.",)
        case SQLAlchemyError():
            return (f"The database can't be used: {_first_line(getattr(error, 'orig', None) or error)}",)
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return (f"{where}{error.strerror or error}",)
        case _:
            return (str(error),)


def exit_code(error: Exception) -> int:
    match error:
        case CommandRefused():
            return error.code
        case ConfigError() | HostRefused() | PersonRefused() | NotFound() | UnknownHost() | UnknownCalendar():
            return WRONG_USE
        case _:
            return PROBLEMS


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
