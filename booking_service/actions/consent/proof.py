"""The proof about one contact: an archive that anybody can check with plain Python.

It has what was said, word for word, in its chain, and each entry's path to the head of the ledger. Entries about other
purposes are in it by number and hash only. `templates/proof/verify.py` checks it and writes the page that people read,
so that the page can't say anything unchecked. A copy is inside; who doubts it takes the script from elsewhere, or uses
the installed program.
"""

import json
import runpy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from uuid import UUID
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as BadData

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.chain import canonical, inclusion_paths, plain
from ...domain.consent import Entry
from ...domain.errors import BookingError
from ...domain.purposes import EVERY, Wording
from ...domain.timestamps import head_text
from ...rendering import template_root
from ...runtime import Runtime
from ...storage import access_log, contacts, ledger, ledger_tree, purposes
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.ledger import ChainLink
from ...storage.ledger_tree import Stamped
from . import seal
from .append import known_purpose

FORMAT = "booking-service/proof/2"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the date of files in the zip: when it was packed must not show
_LOADING = Lock()  # only one thread at a time can run the file
_MISSHAPEN = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)


class NothingToProve(BookingError):
    """The contact has no entries, or none about this purpose."""


class NotAsWritten(BookingError):
    """An archive does not say what the ledger said, or is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`content`: a zip with everything in `folder`. `head`: SIZE:ROOT of its tree, to be kept elsewhere."""

    content: bytes
    folder: str
    head: str


def make(rt: Runtime, contact_id: UUID, *, purpose: str = "", by: str, reason: str = "", now: datetime) -> Proof:
    """The archive of one purpose or all; recorded in the access log.

    Raises NothingToProve: no entries, or the ledger itself is damaged; UnknownPurpose.
    """
    seal.seal_due(rt, now=now)
    with snapshot(rt.engine) as session:
        contact = contacts.get(session, contact_id)
        if contact is None:
            raise NothingToProve("there is no such contact")
        if purpose:
            known_purpose(session, purpose)
        links = ledger.links(session, contact.id)
        if not any(_concerns(each.entry, purpose) for each in links):
            raise NothingToProve("nothing was said that could be proven")
        files, head = _files(session, contact, links, purpose)
    with transaction(rt.engine) as session:
        access_log.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what="proof", why=reason))
    folder = f"proof-{now:%Y-%m-%d-%H%M%S}"
    return Proof(content=_zipped(files, folder), folder=folder, head=head)


def check(path: Path, *, kept: str = "") -> str:
    """What an archive proves, by this program's verifier. `path`: the zip, or its unpacked folder.

    `kept`: a head that was kept elsewhere, SIZE:ROOT. Raises NotAsWritten.
    """
    try:
        return _told(_unpacked(path), kept)[1]
    except (BadZipFile, BadData, EOFError, RuntimeError) as error:
        raise NotAsWritten(f"{path} is no archive that can be read: {error}") from error


def _told(files: Mapping[str, bytes], kept: str = "") -> tuple[bytes, str]:
    """The page made from these files, and the verifier's words. Raises NotAsWritten."""
    try:
        return _verifier()(files, kept)
    except _MISSHAPEN as error:
        raise NotAsWritten(f"WRONG: {error}") from error


@cache
def _verifier() -> Callable[[Mapping[str, bytes], str], tuple[bytes, str]]:
    """The verifier, loaded from the very file that goes into archives, so that there is only one."""
    with _LOADING:
        told: Callable[[Mapping[str, bytes], str], tuple[bytes, str]] = runpy.run_path(str(_verify_py()))["told"]
    return told


def _verify_py() -> Path:
    return template_root() / "proof" / "verify.py"


def _unpacked(path: Path) -> dict[str, bytes]:
    """The files of an archive by name. Raises NotAsWritten: no archive, or ambiguous for different programs."""
    if path.is_dir():
        return {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}
    with ZipFile(path) as archive:
        names = [each for each in archive.namelist() if not each.endswith("/")]
        if len(set(names)) < len(names) or len({each.partition("/")[0] for each in names}) != 1:
            raise NotAsWritten("WRONG: it holds a file twice, or more than one folder")
        return {each.partition("/")[2]: archive.read(each) for each in names}


def _concerns(entry: Entry, purpose: str) -> bool:
    return purpose in ("", entry.purpose) or entry.purpose == EVERY


def _files(session: Session, contact: Contact, links: list[ChainLink], purpose: str) -> tuple[dict[str, bytes], str]:
    places = ledger_tree.places(session, [each.entry.id for each in links])
    stamped = ledger_tree.latest_stamp(session)
    if stamped is not None and max(places.values(), default=0) >= stamped.head.size:
        stamped = None  # there are newer entries
    head = stamped.head if stamped is not None else ledger_tree.latest_head(session)
    if head is None:
        raise NothingToProve("nothing is sealed yet")
    leaves = ledger_tree.leaves(session, below=head.size)
    paths = inclusion_paths(leaves, set(places.values()))
    shown = [each for each in links if _concerns(each.entry, purpose)]
    texts = purposes.wordings(session, {each.entry.wording for each in shown if each.entry.wording})
    entries = []
    for each in links:
        place = places[each.entry.id]
        found = {
            "number": each.entry.number,
            "hash": each.entry.hash.hex(),
            "path": list(_steps(paths[place], place, head.size)),
        }
        entries.append(found | _said(each, texts) if _concerns(each.entry, purpose) else found)
    proof = {
        "format": FORMAT,
        "contact": contact.id.hex,
        "purpose": purpose,
        "size": head.size,
        "root": head.root.hex(),
        "entries": entries,
    }
    files = {
        "proof.json": json.dumps(proof, indent=1).encode(),
        "verify.py": _verify_py().read_bytes(),
        **(_anchor(stamped) if stamped is not None else {}),
    }
    try:
        return {"proof.html": _told(files)[0], **files}, head_text(head.size, head.root).decode()
    except NotAsWritten as error:
        raise NothingToProve(f"the ledger is not as it was written, see `consents verify`: {error}") from error


def _steps(path: Iterable[bytes], place: int, size: int) -> Iterator[str]:
    """The nodes before and after each node on the path (RFC 9162 §2.1.1), which is itself a star."""
    siblings = iter(path)
    while size > 1:
        if place ^ 1 < size:
            beside = next(siblings).hex()
            yield f"{beside}*" if place & 1 else f"*{beside}"
        place, size = place >> 1, (size + 1) >> 1


def _said(link: ChainLink, texts: Mapping[bytes, Wording]) -> dict[str, object]:
    """An entry completely: its hashed columns, its wording, and its details if they are kept."""
    found: dict[str, object] = {"columns": dict(link.entry.columns)}
    if link.entry.wording is not None and link.entry.wording in texts:
        found["text"] = _wording(texts[link.entry.wording])
    if link.detail is not None:
        found |= {"salt": link.detail.salt.hex(), "body": link.detail.body}
    return found


def _wording(text: Wording) -> str:
    """The hashed columns of a wording."""
    return canonical(
        {
            "purpose": text.purpose,
            "language": text.language,
            "version": text.version,
            "texts": text.texts,
            "made_at": plain(text.made_at),
            "made_by": text.made_by,
        }
    )


def _anchor(stamped: Stamped) -> dict[str, bytes]:
    """The head's time stamp, and what it is of, as `openssl ts -verify` takes them."""
    text = head_text(stamped.head.size, stamped.head.root)
    return {"anchors/head.txt": text, "anchors/head.tsr": stamped.stamp}


def _zipped(files: Mapping[str, bytes], folder: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(f"{folder}/{name}", _EARLIEST), content, ZIP_DEFLATED)
    return packed.getvalue()
