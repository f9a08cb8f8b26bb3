"""What only reads a database, and yet has to know everything that is in it."""

from ..runtime import Runtime
from ..storage import migrations
from .errors import CommandRefused


def refuse_other_schema(rt: Runtime) -> None:
    """Raises CommandRefused: the database was not brought up to date; SchemaTooNew, StorageBusy."""
    if lacking := migrations.pending(rt.engine):
        raise CommandRefused(
            f"The database lacks {', '.join(lacking)}: `booking-service migrate` brings it up to date."
        )
