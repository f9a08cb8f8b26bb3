"""Takes a schema from one revision to another, with Alembic. Imported by name, only where there is something to do: Alembic and
what it brings would otherwise stay in the memory of every process, and be waited for at every start."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """To the newest there is."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
