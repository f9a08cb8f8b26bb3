"""Multistatus responses (RFC 4918 §13, RFC 6578 §3), read strictly, so that nonsense is never taken for "empty"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import etree

from ..errors import Malformed, TooLarge

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"

GONE = frozenset({404, 410})

# Twenty megabytes of empty elements or attributes are millions of nodes and a gigabyte in any parser; a listing of
# 100,000 objects has 1.2 million tags.
MAX_TAGS = 1_500_000
MAX_ATTRIBUTES = 800_000

# Possessive quantifiers, so that a crafted run of comments causes no backtracking.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(<\?xml\s[^>]*+>)?+(?>\s++|<!--.*?-->|<\?.*?\?>)*+(<[^\s>/]*+)", re.DOTALL)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']", re.IGNORECASE)
_STATUS = re.compile(r"\s*HTTP/\d(?:\.\d)?\s+(\d{3})\b")


@dataclass(frozen=True, slots=True)
class DavResource:
    """One resource of the response. `href`: its path as the server spelt it. `props`: those that it has.

    `failed`: the server failed on some properties, so a missing one may exist after all; asking for it raises
    Malformed.
    """

    href: str
    status: int
    props: Mapping[str, etree._Element]
    failed: bool = False

    def found(self, name: str) -> etree._Element | None:
        """A property as it was sent; None where the resource has none."""
        found = self.props.get(name)
        if found is None and self.failed:
            raise Malformed("the server failed at a part of its answer")
        return found

    def text(self, name: str) -> str | None:
        """The text of a property, None where it is absent or empty."""
        return _text(self.found(name))

    def hrefs(self, name: str) -> list[str]:
        """The addresses inside a property (current-user-principal, calendar-home-set)."""
        found = self.found(name)
        return [] if found is None else [href.text.strip() for href in found.iter(f"{DAV}href") if href.text]

    def names(self, name: str) -> frozenset[str]:
        """The names of the elements inside a property, at any depth (resourcetype, privileges, reports)."""
        found = self.found(name)
        return frozenset() if found is None else frozenset(str(each.tag) for each in found.iterdescendants())

    @property
    def gone(self) -> bool:
        """Whether the server says that the resource does not exist."""
        return self.status in GONE

    @property
    def etag(self) -> str | None:
        return strong_etag(_text(self.props.get(f"{DAV}getetag")))

    @property
    def data(self) -> bytes:
        """calendar-data (RFC 4791 §9.6); empty where the response has none, which says nothing about the object."""
        text = _text(self.props.get(f"{CALDAV}calendar-data")) if self.status < 300 else None
        return (text or "").encode()


@dataclass(frozen=True, slots=True)
class Multistatus:
    """`token`: where the next sync starts. `cut_short`: only a part was sent; in a sync the token leads to the rest."""

    entries: Sequence[DavResource]
    token: str | None = None
    cut_short: bool = False

    @property
    def first(self) -> DavResource:
        if not self.entries:
            raise Malformed("the server said nothing about what was asked")
        return self.entries[0]


def refuse_bombs(body: bytes) -> None:
    """Raises Malformed: a document type, an encoding but UTF-8, or millions of tags, all of which expand in a
    parser."""
    if body.count(b"<") > MAX_TAGS or body.count(b"=") > MAX_ATTRIBUTES:
        raise TooLarge("the server's answer has more parts than any calendar")
    prolog = _PROLOG.match(body)
    if prolog is None or prolog.group(2).startswith(b"<!"):
        raise Malformed("the server's answer is not the XML of a calendar")
    encoding = _ENCODING.search(prolog.group(1) or b"")
    if encoding is not None and encoding.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise Malformed("the server's answer is in an encoding that is not read")


def read(tree: etree._Element | None) -> Multistatus:
    """The resources of the response. Raises Malformed: it is no multistatus, or a part of it says nothing."""
    if tree is None or tree.tag != f"{DAV}multistatus":
        raise Malformed("the server did not answer as a calendar server does")
    parts = list(tree.iterchildren(f"{DAV}response"))
    whole = [part for part in parts if not _is_cut_mark(part)]
    token = (tree.findtext(f"{DAV}sync-token") or "").strip() or None
    entries = [entry for part in whole for entry in _entries(part)]
    return Multistatus(entries, token, cut_short=len(whole) < len(parts))


def strong_etag(text: str | None) -> str | None:
    """A strong entity tag with its quotes (RFC 9110 §8.8.3); None for a weak one, which no precondition can use."""
    tag = (text or "").strip()
    if not tag or tag[:2].upper() == "W/":
        return None
    return tag if tag.startswith('"') else f'"{tag}"'  # some servers leave out the quotes


def path_of(href: str) -> str:
    """The path of an href, spelt as it was; servers behind proxies prefix other hosts."""
    try:
        return href if href.startswith("/") else urlsplit(href).path or "/"
    except ValueError as error:
        raise Malformed("the server's answer names what is no address") from error


def same_resource(href: str, other: str) -> bool:
    """Whether two hrefs mean one resource, however their characters are escaped."""
    return unquote(path_of(href)).rstrip("/") == unquote(path_of(other)).rstrip("/")


def _entries(part: etree._Element) -> list[DavResource]:
    """The resources of a `response`: one, or several that share a status (RFC 4918 §14.24)."""
    hrefs = [href for each in part.iterchildren(f"{DAV}href") if (href := (each.text or "").strip())]
    if not hrefs:
        raise Malformed("the server's answer names no resource")
    stats = [(_code(each.findtext(f"{DAV}status")), each) for each in part.iterchildren(f"{DAV}propstat")]
    status = part.findtext(f"{DAV}status")
    if status is None and not stats:
        raise Malformed("the server's answer says nothing of a resource")
    given = [each for code, stat in stats if code < 300 for prop in stat.iterchildren(f"{DAV}prop") for each in prop]
    props = {str(each.tag): each for each in given}
    code = 200 if status is None else _code(status)
    # 4xx: the property does not exist, or is not for us. From 500 on: the server failed.
    failed = code >= 500 or any(code >= 500 for code, _ in stats)
    return [DavResource(path_of(href), code, props, failed) for href in hrefs]


def _is_cut_mark(part: etree._Element) -> bool:
    """A bare 507 for the collection itself marks a truncated response (RFC 6578 §3.6)."""
    status = part.findtext(f"{DAV}status")
    return status is not None and part.find(f"{DAV}propstat") is None and _code(status) == 507


def _text(found: etree._Element | None) -> str | None:
    return None if found is None else (found.text or "").strip() or None


def _code(status: str | None) -> int:
    match = _STATUS.match(status or "")
    if match is None:
        raise Malformed("the server's answer has a part without a status")
    return int(match.group(1))
