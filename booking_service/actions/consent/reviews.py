"""Purposes whose review is due."""

from datetime import date

from ...runtime import Runtime
from ...storage import purposes
from ...storage.engine import snapshot
from .find import names_of


def due(rt: Runtime, *, language: str, today: date) -> tuple[tuple[str, str], ...]:
    """Their slugs, and their names in the reader's language; one statement where none is due."""
    with snapshot(rt.engine) as session:
        wanted = [each.slug for each in purposes.every(session) if each.review_due(today)]
        names = names_of(session, language) if wanted else {}
        return tuple((slug, names[slug]) for slug in wanted)
