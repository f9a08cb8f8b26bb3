"""Explanations of calendar errors in the reader's language."""

from ...actions.setup.calendars import Explanation
from ...language import Language


def in_words(explanation: Explanation, language: Language) -> tuple[str, str]:
    """What happened, and what to do about it."""
    return language.text(explanation.sentence), language.text(explanation.remedy)
