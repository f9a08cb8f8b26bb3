"""Pictures that pages show."""

from uuid import UUID

from sqlmodel import Field

from .columns import Row


class PictureRow(Row, table=True):
    """One for each owner: a host's id, or the nil UUID for the organisation. `name`: a digest of its content, in its
    address."""

    __tablename__ = "picture"

    owner: UUID = Field(primary_key=True)
    name: str = Field(index=True)
    content: bytes
