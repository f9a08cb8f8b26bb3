"""What the running of the service keeps in mind of itself."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from .columns import Row, instant, json_column


class OperationRow(Row, table=True):
    """The latest of one kind of operation: a backup that was made, one that was put back. `detail`: what it came to."""

    __tablename__ = "operation"

    name: str = Field(primary_key=True)
    at: datetime = instant()
    detail: dict[str, Any] = json_column()
