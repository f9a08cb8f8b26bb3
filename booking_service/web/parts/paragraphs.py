"""A host's own text on a page, paragraph by paragraph."""

from ...domain.wording import Wording


def paragraphs(shown: Wording) -> tuple[Wording, ...]:
    """The parts between empty lines."""
    parts = (part.strip() for part in shown.text.split("\n\n"))
    return tuple(Wording(part, shown.foreign) for part in parts if part)
