"""What the service remembers about its own operation."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from .columns import Row, instant, json_column


class OperationRow(Row, table=True):
    """The latest operation of one kind, such as a backup. `detail`: its result."""

    __tablename__ = "operation"

    name: str = Field(primary_key=True)
    at: datetime = instant()
    detail: dict[str, Any] = json_column()
