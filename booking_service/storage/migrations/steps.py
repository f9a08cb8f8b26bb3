"""Applies Alembic's migrations. Imported only when there is something to apply.

Alembic and its imports would otherwise cost memory in every process, and time at every start.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Upgrade to the newest revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
