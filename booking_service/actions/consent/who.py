"""Who of the staff is meant where the evidence or a log names somebody."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import staff_id
from ...storage import people


def names(session: Session, written: Iterable[str]) -> dict[str, str]:
    """What those are called, by `staff:id` or the id alone, as it is written. Whoever is no person here, such as somebody at the
    machine, is called by what stands there."""
    plain = {each: staff_id(each) or each for each in written}
    ids = {text: id for text in plain.values() if (id := _id(text))}
    known = people.names(session, set(ids.values()))
    return {each: known.get(ids[text], text) if text in ids else text for each, text in plain.items()}


def _id(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None
