"""Ids as they stand in addresses, forms and commands."""

from uuid import UUID

from .errors import NotFound


def read_id(written: str) -> UUID:
    """The id that was written. Raises NotFound: it is no UUID, so nothing has it."""
    try:
        return UUID(written)
    except ValueError as error:
        raise NotFound("this is no id") from error
