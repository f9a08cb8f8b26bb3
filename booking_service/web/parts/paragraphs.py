"""A host's own text in paragraphs."""

from ...domain.localized_text import LocalizedText


def paragraphs(shown: LocalizedText) -> tuple[LocalizedText, ...]:
    """The parts between empty lines."""
    parts = (part.strip() for part in shown.text.split("\n\n"))
    return tuple(LocalizedText(part, shown.foreign) for part in parts if part)
