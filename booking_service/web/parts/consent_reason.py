"""The reason of a ledger entry in words."""

import re

from ...language import Language

_IMPORTED = re.compile(r"import (.+), line (\d{1,9})")


def reason_words(kept: str, language: Language) -> str:
    """What staff wrote, unchanged; an import's reason, stored in English, in the reader's language."""
    found = _IMPORTED.fullmatch(kept)
    return language.text("import {file}, line {line}", file=found[1], line=found[2]) if found else kept
