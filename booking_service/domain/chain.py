"""Evidence that anybody can check: canonical JSON, commitments, hashes of entries and wordings, one tree over all
entries.

A hash covers every column but itself. Personal details enter only as a salted commitment, so that they can be erased
without breaking the chain. The tree is that of RFC 9162 §2.1, over the hashes of entries.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

HASH_BYTES = 32
SALT_BYTES = 32
_DETAIL = b"booking-service/detail/1\n"
_ENTRY = b"booking-service/entry/1\n"
_WORDING = b"booking-service/wording/1\n"
_LEAF, _NODE = b"\x00", b"\x01"  # RFC 9162 §2.1.1: so that no leaf can be passed off as a node

_ONE_SPELLING = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)

Plain = Mapping[str, object]


def canonical(value: Plain) -> str:
    """JSON with exactly one spelling: sorted keys, no blanks, ASCII.

    Raises TypeError: anything but text, integers and objects of these, which could be spelt in several ways.
    """
    _refuse_ambiguous(value)
    return _ONE_SPELLING.encode(value)


def instant_text(instant: datetime) -> str:
    """An aware instant as the evidence spells it: UTC, six digits of a second, Z."""
    return f"{instant.astimezone(UTC).isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


def plain(value: UUID | bytes | datetime | bool | int | str | None) -> int | str:
    """A column's value in canonical JSON: ids and hashes in lower-case hex, None as "", booleans as 1 and 0."""
    match value:
        case None:
            return ""
        case bool():
            return int(value)
        case UUID() | bytes():
            return value.hex if isinstance(value, UUID) else value.hex()
        case datetime():
            return instant_text(value)
        case _:
            return value


def commitment(*, salt: bytes, body: str) -> bytes:
    """A hash that binds an entry to its personal part, and reveals nothing once salt and body are erased."""
    return sha256(_DETAIL + salt + body.encode()).digest()


def entry_hash(columns: Plain) -> bytes:
    """The hash of an entry: over all its columns but the hash, each made `plain`."""
    return spelt_hash(canonical(columns))


def spelt_hash(spelling: str) -> bytes:
    """As `entry_hash`, from columns that are spelt as canonical JSON already."""
    return sha256(_ENTRY + spelling.encode()).digest()


def quoted(text: str) -> str:
    """A text as it stands in canonical JSON."""
    return json.encoder.encode_basestring_ascii(text)


def wording_hash(columns: Plain) -> bytes:
    """The hash of a wording: over all its columns but the hash, each made `plain`."""
    return sha256(_WORDING + canonical(columns).encode()).digest()


def leaf_hash(entry: bytes) -> bytes:
    """The tree's leaf for an entry with this hash."""
    return sha256(_LEAF + entry).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a growing tree: `peaks` are the roots of its full subtrees, largest first, one for each 1 bit
    of `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has {self.size.bit_count()} peaks, not {len(self.peaks)}")

    @classmethod
    def read(cls, size: int, stored: bytes) -> "Frontier":
        """Read the peaks, stored one after the other. Raises ValueError: their number does not fit `size`."""
        return cls(size, tuple(stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES)))

    @property
    def stored(self) -> bytes:
        return b"".join(self.peaks)

    def plus(self, leaves: Iterable[bytes]) -> "Frontier":
        """The tree with these leaves appended: about one join of two peaks for each leaf."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            joined, full = leaf, size
            while full & 1:
                joined, full = _node(peaks.pop(), joined), full >> 1
            peaks.append(joined)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The tree's root (RFC 9162 §2.1.1); the hash of the empty string for an empty tree."""
        if not self.peaks:
            return sha256(b"").digest()
        *larger, root = self.peaks
        for peak in reversed(larger):
            root = _node(peak, root)
        return root


def inclusion_path(leaves: Sequence[bytes], position: int) -> Iterator[bytes]:
    """The hashes that lead from the leaf at `position` to the root, lowest first (RFC 9162 §2.1.3.1)."""
    if len(leaves) < 2:
        return
    half = _largest_power_below(len(leaves))
    if position < half:
        yield from inclusion_path(leaves[:half], position)
        yield Frontier().plus(leaves[half:]).root
    else:
        yield from inclusion_path(leaves[half:], position - half)
        yield Frontier().plus(leaves[:half]).root


def inclusion_paths(leaves: Sequence[bytes], positions: Collection[int]) -> dict[int, list[bytes]]:
    """The paths of several leaves in one pass, level by level; the last node of an odd level moves up unchanged."""
    paths: dict[int, list[bytes]] = {position: [] for position in positions}
    level, height = list(leaves), 0
    while len(level) > 1:
        for position, path in paths.items():
            beside = (position >> height) ^ 1
            if beside < len(level):
                path.append(level[beside])
        odd = level[len(level) - 1 :] if len(level) & 1 else []
        level = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)] + odd
        height += 1
    return paths


def root_along(path: Iterable[bytes], *, leaf: bytes, position: int, size: int) -> bytes | None:
    """The root that a path leads to (RFC 9162 §2.1.3.2); None where its length does not fit this tree."""
    index, last, root = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            root = _node(sibling, root)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            root = _node(root, sibling)
        index, last = index >> 1, last >> 1
    return root if last == 0 else None


def _largest_power_below(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()


def _refuse_ambiguous(value: object) -> None:
    match value:
        case bool() | float() | None:
            raise TypeError(f"{value!r} has no one spelling in canonical JSON")
        case int() | str():
            return
        case Mapping():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise TypeError(f"the key {key!r} is no text")
                if type(inner) is not str and type(inner) is not int:
                    _refuse_ambiguous(inner)
        case _:
            raise TypeError(f"{type(value).__name__} has no place in canonical JSON")
