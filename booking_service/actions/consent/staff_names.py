"""Names of staff in the evidence and in logs."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import staff_id
from ...storage import people


def names(session: Session, written: Iterable[str]) -> dict[str, str]:
    """Names by `staff:id` or bare id, as written; anything that is no person here (as at the command line) as it
    stands."""
    plain = {each: staff_id(each) or each for each in written}
    ids = {text: id for text in plain.values() if (id := _id(text))}
    known = people.names(session, set(ids.values()))
    return {each: known.get(ids[text], text) if text in ids else text for each, text in plain.items()}


def _id(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None
