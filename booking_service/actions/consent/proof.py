"""The proof of one contact, as an archive that a stranger checks with bare Python: what was said, word for word, in its chain,
and the way of each entry to the head of the whole ledger.

Entries about other purposes stand in it by number and hash only. It carries its own check, `verify.py`.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.chain import canonical, inclusion_paths, instant_text, plain
from ...domain.consent import Act, Entry
from ...domain.errors import BookingError
from ...domain.purposes import EVERY, Part, Wording, parts_of
from ...domain.timestamps import head_text
from ...language import language_of
from ...rendering import render, template_root
from ...runtime import Runtime
from ...storage import contacts, hosts, ledger, ledger_tree, purposes, reveals
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from ...storage.ledger import ChainLink
from ...storage.ledger_tree import Stamped
from ...storage.reveals import Reveal
from . import seal
from .append import known_purpose

FORMAT = "booking-service/proof/1"
_FACTS = ("who", "address", "phone", "source", "given_on", "optin_id", "description", "page", "reason", "staff")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a file in a zip: when it was packed is nobody's business


class NothingToProve(BookingError):
    """Nothing was ever said by this contact, or not about this purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`content`: the zip; `head`: SIZE:ROOT of the tree that it leads to, to be kept elsewhere."""

    content: bytes
    head: str


@dataclass(frozen=True, slots=True)
class EntryView:
    number: int
    what: str
    facts: tuple[tuple[str, str], ...]
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    who: str
    organisation: str
    made_at: str
    entries: tuple[EntryView, ...]
    head: str


def make(
    rt: Runtime, contact_id: UUID, *, purpose: str = "", language: str = "", by: str, reason: str = "", now: datetime
) -> Proof:
    """The archive, of one purpose or of all. That it was taken is put on record. Raises NothingToProve, UnknownPurpose."""
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
        files, head = _files(session, contact, links, purpose, language=language, now=now)
    with transaction(rt.engine) as session:
        reveals.add(session, Reveal(id=new_id(now), at=now, contact_id=contact_id, by=by, what="proof", why=reason))
    return Proof(content=_zipped(files), head=head)


def _concerns(entry: Entry, purpose: str) -> bool:
    return purpose in ("", entry.purpose) or entry.purpose == EVERY


def _files(
    session: Session, contact: Contact, links: list[ChainLink], purpose: str, *, language: str, now: datetime
) -> tuple[dict[str, bytes], str]:
    places = ledger_tree.places(session, [each.entry.id for each in links])
    stamped = ledger_tree.latest_stamp(session)
    if stamped is not None and max(places.values(), default=0) >= stamped.head.size:
        stamped = None  # something was said since
    head = stamped.head if stamped is not None else ledger_tree.latest_head(session)
    if head is None:
        raise NothingToProve("nothing is sealed yet")
    leaves = ledger_tree.leaves(session, below=head.size)
    paths = inclusion_paths(leaves, set(places.values()))
    shown = [each for each in links if _concerns(each.entry, purpose)]
    texts = purposes.wordings(session, {each.entry.wording for each in shown if each.entry.wording})
    kept = f"{head.size}:{head.root.hex()}"
    entries = [_entry(each, places, paths, whole=_concerns(each.entry, purpose)) for each in links]
    proof = {"format": FORMAT, "contact": contact.id.hex, "made_at": instant_text(now), "entries": entries}
    files = {
        "proof.json": json.dumps(proof, indent=1, ensure_ascii=True).encode(),
        "head.json": json.dumps({"size": head.size, "root": head.root.hex(), "at": instant_text(head.at)}).encode(),
        "verify.py": (template_root() / "proof" / "verify.py").read_bytes(),
        "proof.html": _page(session, contact, shown, texts, kept, language=language, now=now),
        **{f"wordings/{hash.hex()}.json": _wording(text) for hash, text in texts.items()},
        **(_anchor(stamped) if stamped is not None else {}),
        **{f"mails/{number}.txt": text for number, text in _mails(shown)},
    }
    manifest = {name: sha256(content).hexdigest() for name, content in files.items()}
    return {**files, "manifest.json": json.dumps(manifest, indent=1, sort_keys=True).encode()}, kept


def _entry(
    link: ChainLink, places: dict[UUID, int], paths: dict[int, list[bytes]], *, whole: bool
) -> dict[str, object]:
    entry = link.entry
    position = places[entry.id]
    found: dict[str, object] = {
        "number": entry.number,
        "hash": entry.hash.hex(),
        "position": position,
        "path": [each.hex() for each in paths[position]],
    }
    if whole:
        found["columns"] = dict(entry.columns)
        if link.detail is not None:
            found |= {"salt": link.detail.salt.hex(), "body": link.detail.body}
    return found


def _anchor(stamped: Stamped) -> dict[str, bytes]:
    """The time stamp of the head, and what it is of, as `openssl ts -verify` takes them."""
    text = head_text(stamped.head.size, stamped.head.root)
    return {"anchors/head.txt": text, "anchors/head.tsr": stamped.stamp}


def _wording(text: Wording) -> bytes:
    """What its hash is over."""
    return canonical(
        {
            "purpose": text.purpose,
            "language": text.language,
            "version": text.version,
            "texts": text.texts,
            "made_at": plain(text.made_at),
            "made_by": text.made_by,
        }
    ).encode()


def _mails(links: list[ChainLink]) -> list[tuple[int, bytes]]:
    """Each mail as it went, with what the server answered."""
    found = []
    for link in links:
        mail = link.body.get("mail")
        if link.entry.act is Act.MAILED and isinstance(mail, dict):
            head = f"Message-ID: {mail.get('message_id', '')}\nServer: {mail.get('answer', '')}\n\n"
            found.append((link.entry.number, (head + str(mail.get("text", ""))).encode()))
    return found


def _page(
    session: Session,
    contact: Contact,
    links: list[ChainLink],
    texts: dict[bytes, Wording],
    head: str,
    *,
    language: str,
    now: datetime,
) -> bytes:
    organisation = hosts.organisation(session)
    spoken = language_of(language or organisation.default_language)
    view = ProofView(
        who=contact.name or contact.address or contact.phone or contact.id.hex,
        organisation=organisation.name,
        made_at=f"{now:%Y-%m-%d %H:%M:%S} UTC",
        entries=tuple(_entry_view(each, texts, code=spoken.code) for each in links),
        head=head,
    )
    return render("proof/proof.html", language=spoken, view=view).encode()


def _entry_view(link: ChainLink, texts: dict[bytes, Wording], *, code: str) -> EntryView:
    entry, body = link.entry, link.body
    wording = texts.get(entry.wording) if entry.wording else None
    facts = [
        ("at", f"{entry.at:%Y-%m-%d %H:%M:%S.%f} UTC"),
        ("by", entry.by),
        ("how", entry.how.value),
        *((name, str(body[name])) for name in _FACTS if body.get(name)),
        ("hash", entry.hash.hex()),
    ]
    return EntryView(
        number=entry.number,
        what=f"{entry.purpose}: {entry.act.value}",
        facts=tuple(facts),
        text=parts_of(wording)[Part.BOX] if wording else "",
        language=wording.language if wording and wording.language != code else "",
    )


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name, _EARLIEST), content, ZIP_DEFLATED)
    return packed.getvalue()
