"""Form fields for a text in one or several languages."""

from collections.abc import Mapping

from ...domain.localized_text import HostText, InLanguages
from ...domain.text import several_lines
from ...language import LANGUAGES


def written(name: str, text: HostText, *, writer: str) -> dict[str, str]:
    """The fields: one for each language, the writer's first."""
    texts = {writer: text} if isinstance(text, str) else dict(text.versions)
    codes = sorted(LANGUAGES, key=lambda code: code != writer)
    return {f"{name}.{code}": texts.get(code, "") for code in codes}


def read_text(name: str, typed: Mapping[str, str], *, writer: str) -> HostText:
    """One text for all readers if only the writer's language is filled in."""
    texts = {code: several_lines(typed.get(f"{name}.{code}", "")) for code in LANGUAGES}
    versions = tuple((code, text) for code, text in texts.items() if text)
    if [code for code, _ in versions] in ([], [writer]):
        return texts[writer]
    return InLanguages(versions)
