"""Pictures of hosts and the organisation's logo: one for each owner."""

from uuid import UUID

from sqlmodel import Session, col, delete, select

from ..domain.pictures import Picture
from .tables.picture import PictureRow


def put(session: Session, owner: UUID, picture: Picture | None) -> None:
    """Replace the owner's picture; None deletes it."""
    if picture is not None:
        session.merge(PictureRow(owner=owner, name=picture.name, content=picture.content))
    else:
        session.exec(delete(PictureRow).where(col(PictureRow.owner) == owner))


def named(session: Session, name: str) -> Picture | None:
    """The picture of this name, whoever's it is."""
    row = session.exec(select(PictureRow).where(PictureRow.name == name).limit(1)).first()
    return Picture(row.name, row.content) if row else None


def every(session: Session) -> list[Picture]:
    """All that are shown."""
    return [Picture(row.name, row.content) for row in session.exec(select(PictureRow).order_by(col(PictureRow.name)))]
