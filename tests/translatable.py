"""Which texts of the program are translated, as Babel's extraction asks for them (babel.cfg).

An extractor of our own, as Babel's for Python would take SQL for texts, and overlooks what stands in an f-string.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

Found = tuple[int, str, str | tuple[str, ...], list[str]]
_ARGUMENTS = {"text": 1, "plural": 2, "Sentence": 1, "CountedSentence": 2}


def texts(file: BinaryIO, keywords: Any, comment_tags: Any, options: Mapping[str, str]) -> Iterator[Found]:
    """(line, gettext's name of the call, its texts, comments) of each `.text("…")`, `.plural("…", "…")`, Sentence,
    CountedSentence, DiscoveryStep and Explanation."""
    for call in _calls(file.read()):
        match call.func, literals(call):
            case ast.Attribute(attr="text"), [text]:
                yield call.lineno, "gettext", text, []
            case ast.Attribute(attr="plural"), [one, many]:
                yield call.lineno, "ngettext", (one, many), []
            case ast.Name(id="Sentence"), [text]:
                yield call.lineno, "gettext", text, []
            case ast.Name(id="CountedSentence"), [one, many]:
                yield call.lineno, "ngettext", (one, many), []
            case ast.Name(id="_limit" | "Field"), _:
                yield from ((call.lineno, "gettext", text, []) for text in _descriptions(call))
            case ast.Name(id="DiscoveryStep"), [*_, text]:
                yield call.lineno, "gettext", text, []
            case ast.Name(id="Explanation"), [*sentences]:
                yield from ((call.lineno, "gettext", sentence, []) for sentence in sentences)


def unspeakable(source: bytes) -> Iterator[str]:
    """What is given to `.text`, `.plural` and sentences that no extraction can read, as it is not written out there."""
    for call in _calls(source):
        if len(literals(call)) < _ARGUMENTS.get(_called(call), 0):
            yield ast.unparse(call)


def literals(call: ast.Call) -> list[str]:
    """The texts that the call begins with: at most as many as it takes texts."""
    most = 0 if isinstance(call.func, ast.Attribute) else len(call.args)
    most = _ARGUMENTS.get(_called(call), most)
    return [each.value for each in call.args[:most] if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _descriptions(call: ast.Call) -> list[str]:
    """What a setting is, in its words."""
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "description")]
    return [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _called(call: ast.Call) -> str:
    """The method or the class."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id="Sentence" | "CountedSentence" as name):
            return name
    return ""


def _calls(source: bytes) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
