"""Taking a person's name and addresses out of an object in the host's calendar. What the host wrote there stays."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .lines import Line, encode, escape, has_too_many, line, lines, text_line, tidy
from .moments import Unreadable

GONE = "…"  # in the place of a name or an address among the host's own words
# What is meant for people to read (RFC 5545 §3.8.1, RFC 7986 §5); anywhere in the object, as an alarm says the title again.
_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "COMMENT", "LOCATION", "CONTACT", "X-ALT-DESC", "X-WR-CALNAME", "NAME"})
_COPIES = frozenset({"X-ALT-DESC"})  # the description once more, as HTML
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"\s+")


def without(body: bytes, *, ours: Mapping[str, str], people: Iterable[str]) -> bytes:
    """`body` without what says who was booked; every other byte of it stays, and the same bytes where nothing did.

    `ours`: texts that we wrote, and what is to stand in their place. Where one stands no more as a whole, its lines go that still
    do. `people`: full names and addresses, which go wherever they stand in a text. A name of a single word goes only out of
    what we wrote and from the front of a title, as it may be a word like any other. Whom the host invited (ATTENDEE) stays: that is their
    own mail to that person. Raises Unreadable.
    """
    if has_too_many(body):
        raise Unreadable("it has more lines than any event of ours")
    content = lines(body)
    after = list(_each(content, ours, [each for each in people if each.strip()]))
    return body if after == [each.raw for each in content] else encode("".join(after))


def said_without(text: str, *, ours: Mapping[str, str], people: Sequence[str], title: bool = False) -> str:
    """A single text, as `without` leaves it. `title`: of one line that begins with whom it is about."""
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
    """What the line is to say; None where it stays."""
    if each.name not in _TEXTS:
        return None
    before = html.unescape(_TAG.sub("\n", each.text)) if each.name in _COPIES else each.text
    text = said_without(before, ours=ours, people=people, title=each.name == "SUMMARY")
    if text == before:
        return None
    return "" if each.name in _COPIES else text


def _written(each: Line, text: str, *, needed: bool) -> str:
    """The line with another text. Another form of the same text (ALTREP) goes: it says what the old one said."""
    if not text.strip():
        if each.name == "SUMMARY" or needed:
            return text_line(each.name, GONE)
        return ""
    kept = [(name, value) for name, value in each.params.items() if name != "ALTREP"]
    return line(each.name, escape(text), kept)


def _less(text: str, before: str, now: str) -> str:
    """`text` without the lines that we wrote, each as often as we did."""
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
    """Whether both say the same; servers and clients trim and re-wrap white space."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", tidy(text)).strip()
