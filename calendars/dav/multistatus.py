"""What WebDAV servers answer (RFC 4918 §13, RFC 6578 §3): read strictly, so that nonsense is never taken for "empty"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import etree

from ..errors import Malformed, TooLarge

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"

# Twenty megabytes of empty elements or attributes are millions of nodes and a gigabyte in any parser; a listing of 100,000
# objects has 1.2 million tags.
MAX_TAGS = 1_500_000
MAX_ATTRIBUTES = 800_000

# Possessive, so that no crafted run of comments makes it try twice.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(<\?xml\s[^>]*+>)?+(?>\s++|<!--.*?-->|<\?.*?\?>)*+(<[^\s>/]*+)", re.DOTALL)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_STATUS = re.compile(r"\s*HTTP/\d(?:\.\d)?\s+(\d{3})\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of the answer. `href` is its path as the server spelled it; `props` are those it has."""

    href: str
    status: int
    props: Mapping[str, etree._Element]

    def text(self, name: str) -> str | None:
        """The text of a property, None where it is absent or empty."""
        found = self.props.get(name)
        return (found.text or "").strip() or None if found is not None else None

    def hrefs(self, name: str) -> list[str]:
        """The addresses inside a property (current-user-principal, calendar-home-set)."""
        found = self.props.get(name)
        return [] if found is None else [href.text.strip() for href in found.iter(f"{DAV}href") if href.text]

    def names(self, name: str) -> frozenset[str]:
        """The elements inside a property, at any depth (resourcetype, privileges, reports)."""
        found = self.props.get(name)
        return frozenset() if found is None else frozenset(str(each.tag) for each in found.iterdescendants())

    @property
    def etag(self) -> str | None:
        return strong_etag(self.text(f"{DAV}getetag"))


@dataclass(frozen=True, slots=True)
class Multistatus:
    """`token` is where a sync goes on; `cut_short`: the server sent only a part, the token leads to the rest."""

    entries: Sequence[Entry]
    token: str | None = None
    cut_short: bool = False

    @property
    def first(self) -> Entry:
        if not self.entries:
            raise Malformed("the server said nothing about what was asked")
        return self.entries[0]


def refuse_bombs(body: bytes) -> None:
    """No document type, no encoding but UTF-8, no millions of tags: what expands in a parser does not get there."""
    if body.count(b"<") > MAX_TAGS or body.count(b"=") > MAX_ATTRIBUTES:
        raise TooLarge("the server's answer has more parts than any calendar")
    prolog = _PROLOG.match(body)
    if prolog is None or prolog.group(2).startswith(b"<!"):
        raise Malformed("the server's answer is not the XML of a calendar")
    encoding = _ENCODING.search(prolog.group(1) or b"")
    if encoding is not None and encoding.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise Malformed("the server's answer is in an encoding that is not read")


def read(tree: etree._Element | None) -> Multistatus:
    """The answer's resources. Raises Malformed where it is none, or says of a part that the server failed at it."""
    if tree is None or tree.tag != f"{DAV}multistatus":
        raise Malformed("the server did not answer as a calendar server does")
    parts = list(tree.iterchildren(f"{DAV}response"))
    whole = [part for part in parts if not _is_cut_mark(part)]
    token = (tree.findtext(f"{DAV}sync-token") or "").strip() or None
    return Multistatus([_entry(part) for part in whole], token, cut_short=len(whole) < len(parts))


def strong_etag(text: str | None) -> str | None:
    """A strong entity tag with its quotes (RFC 9110 §8.8.3); None for a weak one, which no precondition can use."""
    tag = (text or "").strip()
    if not tag or tag[:2].upper() == "W/":
        return None
    return tag if tag.startswith('"') else f'"{tag}"'  # a few servers forget the quotes


def path_of(href: str) -> str:
    """The path of an href, spelled as it was; servers behind proxies put other hosts before it."""
    return href if href.startswith("/") else urlsplit(href).path or "/"


def same_resource(href: str, other: str) -> bool:
    """Whether two hrefs mean one resource, however their characters are escaped."""
    return unquote(path_of(href)).rstrip("/") == unquote(path_of(other)).rstrip("/")


def _entry(part: etree._Element) -> Entry:
    href = (part.findtext(f"{DAV}href") or "").strip()
    if not href:
        raise Malformed("the server's answer names no resource")
    stats = list(part.iterchildren(f"{DAV}propstat"))
    status = part.findtext(f"{DAV}status")
    props: dict[str, etree._Element] = {}
    for stat in stats:
        if _is_found(_code(stat.findtext(f"{DAV}status"))):
            props.update({str(each.tag): each for prop in stat.iterchildren(f"{DAV}prop") for each in prop})
    if status is None and not stats:
        raise Malformed("the server's answer says nothing of a resource")
    return Entry(path_of(href), 200 if status is None else _code(status), props)


def _is_found(code: int) -> bool:
    """4xx: the resource has no such property, or not for us. Anything above says that the server failed at it."""
    if code >= 500:
        raise Malformed("the server failed at a part of its answer")
    return 200 <= code < 300


def _is_cut_mark(part: etree._Element) -> bool:
    """RFC 6578 §3.6: a bare 507 for the collection itself marks an answer that was cut short."""
    status = part.findtext(f"{DAV}status")
    return status is not None and part.find(f"{DAV}propstat") is None and _code(status) == 507


def _code(status: str | None) -> int:
    match = _STATUS.match(status or "")
    if match is None:
        raise Malformed("the server's answer has a part without a status")
    return int(match.group(1))
