"""Removing a person's name and addresses from an object in the host's calendar; the host's own words stay."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .lines import Line, encode, escape, has_too_many, line, lines, text_line, tidy
from .moments import Unreadable

GONE = "…"  # takes the place of a name or address within the host's own words
# Properties that people read (RFC 5545 §3.8.1, RFC 7986 §5), anywhere in the object: alarms repeat the title.
_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "COMMENT", "LOCATION", "CONTACT", "X-ALT-DESC", "X-WR-CALNAME", "NAME"})
_COPIES = frozenset({"X-ALT-DESC"})  # the description again, as HTML
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"\s+")


def without(body: bytes, *, ours: Mapping[str, str], people: Iterable[str]) -> bytes:
    """`body` without what says who was booked. Every other byte stays; unchanged where nothing was found.

    `ours`: texts that we wrote, and their replacements; where one no longer stands as a whole, those of its lines that
    do are removed. `people`: full names and addresses, removed from every text. A name of one word is removed only from
    what we wrote and from the start of a title, as it may be an ordinary word. ATTENDEEs stay: the host invited them by
    their own mail. Raises Unreadable.
    """
    if has_too_many(body):
        raise Unreadable("it has more lines than any event of ours")
    content = lines(body)
    after = list(_each(content, ours, [each for each in people if each.strip()]))
    return body if after == [each.raw for each in content] else encode("".join(after))


def said_without(text: str, *, ours: Mapping[str, str], people: Sequence[str], title: bool = False) -> str:
    """One text as `without` leaves it. `title`: a single line that begins with the person's name."""
    for before, now in sorted(ours.items(), key=lambda each: -len(each[0])):
        if not before:
            continue
        if _same(text, before):
            return now
        left = text.replace(before, now) if before in text else text if title else _less(text, before, now)
        text = left if left == text else left.strip("\n")
    for each in people:
        text = _hidden(text, each, title=title)
    return text


def _each(content: Sequence[Line], ours: Mapping[str, str], people: Sequence[str]) -> Iterator[str]:
    inside: list[str] = []
    for each in content:
        if each.name == "BEGIN":
            inside.append(each.value.strip().upper())
        elif each.name == "END" and inside:
            inside.pop()
        text = _new(each, ours, people)
        yield each.raw if text is None else _written(each, text, needed=inside[-1:] == ["VALARM"])


def _new(each: Line, ours: Mapping[str, str], people: Sequence[str]) -> str | None:
    """The new text of a line; None where it stays."""
    if each.name not in _TEXTS:
        return None
    before = html.unescape(_TAG.sub("\n", each.text)) if each.name in _COPIES else each.text
    text = said_without(before, ours=ours, people=people, title=each.name == "SUMMARY")
    if text == before:
        return None
    return "" if each.name in _COPIES else text


def _written(each: Line, text: str, *, needed: bool) -> str:
    """The line with another text. An ALTREP is removed, as it repeats the old text."""
    if not text.strip():
        if each.name == "SUMMARY" or needed:
            return text_line(each.name, GONE)
        return ""
    kept = [(name, value) for name, value in each.params.items() if name != "ALTREP"]
    return line(each.name, escape(text), kept)


def _less(text: str, before: str, now: str) -> str:
    """`text` without the lines that we wrote, each as often as we wrote it."""
    ours = Counter(_plain(each) for each in tidy(before).split("\n")) - Counter(
        _plain(each) for each in now.split("\n")
    )
    left = []
    for each in text.split("\n"):
        if _plain(each) and ours[_plain(each)] > 0:
            ours[_plain(each)] -= 1
        else:
            left.append(each)
    return "\n".join(left)


def _hidden(text: str, who: str, *, title: bool) -> str:
    words = who.split()
    found = r"\s+".join(map(re.escape, words))
    if "@" in who:
        return re.sub(rf"(?<![\w.+-]){found}(?![\w-])", GONE, text, flags=re.IGNORECASE)
    if len(words) > 1:
        return re.sub(rf"(?<!\w){found}(?!\w)", GONE, text)
    return re.sub(rf"\A\W*{found}(?!\w)", GONE, text) if title else text


def _same(one: str, other: str) -> bool:
    """Whether both are the same text but for white space, which servers and clients change."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", tidy(text)).strip()
