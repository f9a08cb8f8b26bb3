"""Verifying the evidence: chains, hashes, commitments, copies, wordings, tree, heads, guards, and the cache.

The owner of a database can rewrite all of it consistently; only a head kept elsewhere reveals that.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from ...domain import timestamps
from ...domain.chain import Frontier, commitment, leaf_hash
from ...domain.consent import Act, Entry
from ...runtime import Runtime
from ...storage import ledger, ledger_guards, ledger_tree, purposes, standings
from ...storage.engine import snapshot
from ...storage.ledger import ChainLink, KeptDetail
from ...storage.ledger_tree import Head, Leaf
from ...storage.standings import CachedStanding
from . import all_standings, purpose_standings
from .all_standings import Standings

SEALED_WITHIN = timedelta(minutes=10)
_NAMED = "\0"
_LETTING_GO = frozenset({Act.ERASED, Act.FORGOTTEN})


class FindingKind(StrEnum):
    """What can be wrong."""

    LINK = "link"
    HASH = "hash"
    DETAIL = "detail"
    COPY = "copy"
    WORDING = "wording"
    LEAF = "leaf"
    HEAD = "head"
    STAMP = "stamp"
    UNSEALED = "unsealed"
    GUARD = "guard"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """The first fault of its kind."""

    kind: FindingKind
    sentence: str
    entry_id: UUID | None = None
    contact_id: UUID | None = None


class KeptHead(NamedTuple):
    """A head that was kept outside the database."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """The findings, and the head as computed from the leaves, to be kept elsewhere."""

    findings: tuple[LedgerFinding, ...]
    size: int
    root: bytes


@dataclass(slots=True)
class _Findings:
    """The first finding of each kind."""

    found: dict[FindingKind, LedgerFinding] = field(default_factory=dict)

    def add(self, kind: FindingKind, sentence: str, *, entry: UUID | None = None, contact: UUID | None = None) -> None:
        self.found.setdefault(kind, LedgerFinding(kind, sentence, entry, contact))


def verify(rt: Runtime, *, now: datetime, kept: KeptHead | None = None) -> Verified:
    """Verify everything as of one instant, without changing anything."""
    with snapshot(rt.engine) as session:
        return verify_in(rt, session, now=now, kept=kept)


def verify_in(rt: Runtime, session: Session, *, now: datetime, kept: KeptHead | None = None) -> Verified:
    """As `verify`, within a transaction."""
    findings = _Findings()
    for name in ledger_guards.missing(session):
        findings.add(FindingKind.GUARD, f"The guard {name} is missing: the database would let evidence be changed.")
    wordings = _wordings(session, findings)
    unreadable = ledger.unreadable(session)
    for id, contact in unreadable.items():
        findings.add(FindingKind.HASH, f"Entry {id} says what no entry says.", entry=id, contact=contact)
    chains = _checked(session, wordings, frozenset(unreadable.values()), findings)
    if unreadable or standings.any_unreadable(session):
        findings.add(
            FindingKind.STANDING, "What lists show can't be compared: an entry or a row of theirs is not readable."
        )
    else:
        behind = purpose_standings.waiting(session)
        shown = [each for each in purposes.every(session) if each.slug not in behind]
        _cache(session, all_standings.folded(rt, session, chains, shown), behind, findings)
    for _ in chains:  # check the remaining chains too
        pass
    tree = _tree(session, kept, findings)
    _stamps(session, findings)
    _places(session, findings, now=now)
    return Verified(tuple(findings.found.values()), tree.size, tree.root)


def _checked(
    session: Session, wordings: frozenset[bytes], unreadable: frozenset[UUID], findings: _Findings
) -> Iterator[list[Entry]]:
    """Every chain, after it was checked: all are read once, for this and for what else needs them."""
    for _, chain in groupby(ledger.every_link(session, besides=unreadable), key=_contact):
        links = list(chain)
        _chain(links, wordings, findings)
        yield [link.entry for link in links]


def _contact(link: ChainLink) -> UUID:
    return link.entry.contact_id


def _wordings(session: Session, findings: _Findings) -> frozenset[bytes]:
    known = set()
    for hash, wording in purposes.every_wording(session):
        known.add(hash)
        if wording.hash != hash:
            what = f"{wording.purpose}, {wording.language}, version {wording.version}"
            findings.add(FindingKind.WORDING, f"The wording {what} is not what its hash says.")
    return frozenset(known)


def _chain(chain: Sequence[ChainLink], wordings: frozenset[bytes], findings: _Findings) -> None:
    """Check one contact's chain."""
    let_go = max((each.entry.number for each in chain if each.entry.act in _LETTING_GO), default=0)
    before: Entry | None = None
    for place, (entry, detail) in enumerate(chain, 1):
        for kind, words in _faults(before, entry, detail, place, let_go=let_go > entry.number, wordings=wordings):
            sentence = words.replace(_NAMED, f"ntry {place} of contact {entry.contact_id}")
            findings.add(kind, sentence, entry=entry.id, contact=entry.contact_id)
        before = entry


def _faults(
    before: Entry | None,
    entry: Entry,
    detail: KeptDetail | None,
    place: int,
    *,
    let_go: bool,
    wordings: frozenset[bytes],
) -> Iterator[tuple[FindingKind, str]]:
    """The faults of one entry, in words without its name."""
    broken = _broken_link(before, entry, place)
    if broken:
        yield FindingKind.LINK, f"E{_NAMED} {broken}."
    if entry.hash != entry.due_hash:
        yield FindingKind.HASH, f"E{_NAMED} is not what its hash says."
    wrong = _wrong_detail(entry, detail, let_go=let_go)
    if wrong:
        yield FindingKind.DETAIL, f"The detail of e{_NAMED} {wrong}."
    if detail is not None and not _copied(entry, detail):
        yield FindingKind.COPY, f"What e{_NAMED} is found by is not what its detail says."
    if entry.wording is not None and entry.wording not in wordings:
        yield FindingKind.WORDING, f"The wording that e{_NAMED} names is not there."


def _broken_link(before: Entry | None, entry: Entry, place: int) -> str:
    """What does not fit; "" where all does."""
    if entry.number != place:
        return f"has the number {entry.number}"
    if entry.previous != (before.hash if before else b""):
        return "does not name the one before it"
    if before is not None and entry.at < before.at:
        return "is older than the one before it"
    return ""


def _wrong_detail(entry: Entry, detail: KeptDetail | None, *, let_go: bool) -> str:
    """What does not fit; "" where all does."""
    if detail is None:
        return "" if entry.detail is None or let_go else "is gone, and nothing says that it was erased"
    if entry.detail != commitment(salt=detail.salt, body=detail.body):
        return "is not what was committed to"
    return ""


def _copied(entry: Entry, detail: KeptDetail) -> bool:
    body = ledger.read_body(detail.body)
    given_on = detail.given_on.isoformat() if detail.given_on else ""
    stated = (body.get("source", ""), body.get("given_on", ""), body.get("optin_id", entry.id.hex))
    return stated == (detail.source, given_on, detail.optin_id)


def _tree(session: Session, kept: KeptHead | None, findings: _Findings) -> Frontier:
    """The tree over the present leaves, compared with each earlier head and the one kept outside."""
    heads = ledger_tree.every_head(session)
    due = next(heads, None)
    tree, new = Frontier(), list[bytes]()
    for size, leaf in enumerate(ledger_tree.every_leaf(session), 1):
        _leaf(leaf, size - 1, findings)
        new.append(leaf.leaf)
        if size in (due.size if due else 0, kept.size if kept else 0):
            tree, new = tree.plus(new), []
            if due is not None and due.size == size:
                _same(due, tree, findings)
                due = next(heads, None)
            if kept is not None and kept.size == size and kept.root != tree.root:
                findings.add(
                    FindingKind.HEAD, f"The first {size} entries are not those of the head that was kept elsewhere."
                )
    unnamed, tree = bool(new), tree.plus(new)
    if unnamed:
        findings.add(FindingKind.HEAD, f"The tree has {tree.size} places, but no head says so.")
    largest = max((each.size for each in (due, *heads) if each), default=0)
    for size, which in ((largest, "a head"), (kept.size if kept else 0, "the head that was kept elsewhere")):
        if size > tree.size:
            sentence = f"The tree has {tree.size} places, but {which} says {size}: its end is gone."
            findings.add(FindingKind.HEAD, sentence)
    return tree


def _stamps(session: Session, findings: _Findings) -> None:
    for each in ledger_tree.every_stamp(session):
        try:
            timestamps.check(each.stamp, timestamps.head_text(each.head.size, each.head.root))
        except timestamps.NotStamped as error:
            findings.add(FindingKind.STAMP, f"The time stamp of the head of {each.head.size} entries: {error}.")


def _leaf(leaf: Leaf, position: int, findings: _Findings) -> None:
    if leaf.position != position:
        findings.add(FindingKind.LEAF, f"Place {position} of the tree is empty.")
    if leaf.entry_hash is None:
        findings.add(FindingKind.LEAF, f"The entry at place {leaf.position} of the tree is gone.", entry=leaf.entry_id)
    elif leaf.leaf != leaf_hash(leaf.entry_hash):
        findings.add(FindingKind.LEAF, f"Place {leaf.position} of the tree is not of its entry.", entry=leaf.entry_id)


def _same(head: Head, tree: Frontier, findings: _Findings) -> None:
    if head.root != tree.root or head.frontier != tree.stored:
        findings.add(FindingKind.HEAD, f"The head of {head.size} entries is not that of the tree.")


def _places(session: Session, findings: _Findings, *, now: datetime) -> None:
    lost = ledger_tree.without_place(session)
    if lost is not None:
        findings.add(FindingKind.LEAF, f"Entry {lost} is not in the tree, and does not wait for its place.", entry=lost)
    waits = ledger_tree.oldest_unsealed(session)
    if waits is not None and waits[1] + SEALED_WITHIN < now:
        sentence = f"Entry {waits[0]} waits for its place since {waits[1]:%Y-%m-%d %H:%M} UTC: a worker has to run."
        findings.add(FindingKind.UNSEALED, sentence, entry=waits[0])


def _cache(
    session: Session, folded: Iterable[tuple[UUID, Standings]], besides: Collection[str], findings: _Findings
) -> None:
    """Compare the cache with the entries, except for purposes in `besides`, which are being rewritten.

    Contacts without a row have only noes about every purpose.
    """
    cached = _by_contact(row for row in standings.every(session) if row[1] not in besides)
    waiting = next(cached, None)
    apart: dict[UUID, dict[str, CachedStanding]] = {}
    for contact, held in folded:
        while waiting is not None and waiting[0] < contact:
            apart[waiting[0]] = waiting[1]
            waiting = next(cached, None)
        shown = apart.pop(contact, {})
        if waiting is not None and waiting[0] == contact:
            shown, waiting = waiting[1], next(cached, None)
        _compare(contact, shown, {slug: CachedStanding.of(each) for slug, each in held.items()}, findings)
    for contact, shown in [*apart.items(), *([waiting] if waiting else []), *cached]:
        _compare(contact, shown, {}, findings)


def _compare(
    contact: UUID, shown: Mapping[str, CachedStanding], held: Mapping[str, CachedStanding], findings: _Findings
) -> None:
    nothing = CachedStanding()
    for purpose in {*shown, *held}:
        if shown.get(purpose, nothing) != held.get(purpose, nothing):
            sentence = f"Lists show something else for contact {contact} and {purpose} than its entries say."
            findings.add(FindingKind.STANDING, sentence, contact=contact)


def _by_contact(
    rows: Iterable[tuple[UUID, str, CachedStanding]],
) -> Iterator[tuple[UUID, dict[str, CachedStanding]]]:
    for contact, group in groupby(rows, key=lambda row: row[0]):
        yield contact, {purpose: cached for _, purpose, cached in group}
