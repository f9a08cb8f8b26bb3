"""The proof of one contact: verified by bare Python elsewhere, and every tampering found."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import text

from booking_service.actions.consent import merges, proof
from booking_service.actions.consent.merges import By
from booking_service.actions.consent.proof import NotAsWritten, NothingToProve
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider, Mode
from booking_service.domain.chain import Frontier, inclusion_path, inclusion_paths
from booking_service.domain.consent import How
from booking_service.domain.consent_moves import Confirmed, Recorded, Ticked, Withdrawn
from booking_service.domain.purposes import Part, Wording, texts_of
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import QUESTION_LASTS, People
from tests.actions.consent.test_verify import guards_taken_away
from tests.world import World


def interpreters() -> list[str]:
    """Every Python of this machine that a stranger may have, from 3.11 on."""
    named = [f"python3.{minor}" for minor in range(11, 20)]
    installed = Path(os.environ.get("PYENV_ROOT", "/nowhere")).glob("versions/*/bin/python3.??")
    found = [path for name in named if (path := shutil.which(name))] + sorted(map(str, installed))
    asked = "import sys; sys.exit(sys.version_info < (3, 11))"
    return [each for each in found if subprocess.run([each, "-I", "-c", asked], capture_output=True).returncode == 0]


INTERPRETERS = interpreters()


def unpacked(content: bytes, parent: Path) -> Path:
    """Into a folder of its own, as whoever unpacks it beside other things has it."""
    shutil.rmtree(parent, ignore_errors=True)
    with ZipFile(BytesIO(content)) as archive:
        archive.extractall(parent)
    [folder] = parent.iterdir()
    return folder


def verified(folder: Path, *arguments: str, by: str = INTERPRETERS[0]) -> tuple[int, str]:
    """As a stranger checks it: bare Python, isolated from whatever is installed."""
    command = [by, "-I", "-W", "error", "verify.py", *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in ran.stderr
    return ran.returncode, (ran.stdout + ran.stderr).strip()


def said(service: World, people: People) -> Any:
    """Somebody ticked, confirmed, gave their number, and ended the first; others said things in between."""
    texts = texts_of({Part.NAME: "Newsletter", Part.BOX: "Ja, schicken Sie mir <Post>."})
    wording = Wording(
        purpose="newsletter", language="de", version=1, texts=texts, made_at=people.clock.now(), made_by="x"
    )
    with transaction(service.rt.engine) as session:
        purposes.add_wording(session, wording)
    anna, bob = people.contact("anna@example.org"), people.contact("bob@example.org")
    tick = Ticked(by_mail=True, lasts=QUESTION_LASTS, wording=wording.hash)
    asked = people.say(anna, tick, who="Anna Ött", address="anna@example.org", page="/ada/intro").entry
    people.double(bob)
    assert asked is not None
    people.say(anna, Confirmed(asked.id, wording.hash))
    people.say(anna, Recorded(staff="x"), "calls", source="card", given_on=date(2025, 1, 2))
    people.double(people.contact("eve@example.org"))
    people.say(anna, Withdrawn(How.PAGE))
    return anna


@pytest.mark.capability("S1-06")
def test_a_stranger_checks_a_proof_with_nothing_but_python(service: World, people: People, tmp_path: Path) -> None:
    anna = said(service, people)
    made = proof.make(service.rt, anna, by="staff:x", now=people.clock.now())
    assert made.head.startswith("8:")
    folder = unpacked(made.content, tmp_path / "proof")
    assert folder.name == made.folder == f"proof-{people.clock.now():%Y-%m-%d-%H%M%S}"
    assert len((folder / "verify.py").read_text().splitlines()) <= 80  # as it is to be read before it is trusted
    for interpreter in INTERPRETERS:
        code, words = verified(folder, made.head, by=interpreter)
        assert (code, words.splitlines()[-1]) == (0, "What is shown is as it was written.")
        assert "\n4 entries: 0 by number only, 0 without details\n" in words
    code, words = verified(folder)
    assert (code, words.splitlines()[-1]) == (0, "What is shown is as it was written, if that head is right.")
    code, words = verified(folder, "9:" + "0" * 64)
    assert (code, words) == (1, f"WRONG: the head inside is {made.head}, yours is 9:{'0' * 64}")
    with pytest.raises(NothingToProve):
        proof.make(service.rt, people.contact("new@example.org"), by="x", now=people.clock.now())


def test_what_is_read_is_what_the_verifier_says_line_by_line(service: World, people: People, tmp_path: Path) -> None:
    """Who, what, when, how and by which text; and the page is no other than that."""
    made = proof.make(service.rt, said(service, people), by="x", now=people.clock.now())
    folder = unpacked(made.content, tmp_path / "proof")
    words = verified(folder)[1]
    asked = words[words.index("\n1. newsletter: asked\n") : words.index("\n2. newsletter: confirmed\n")]
    for line in (
        "by: contact",
        "how: form",
        "address: anna@example.org",
        "page: /ada/intro",
        "who: Anna Ött",
        "text box: Ja, schicken Sie mir <Post>.",
        "text name: Newsletter",
    ):
        assert f"\n   {line}\n" in f"{asked}\n", line
    assert re.search(r"\n   at: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n", asked)
    assert "\n4. newsletter: withdrawn\n" in words
    page = (folder / "proof.html").read_text()
    assert "<Post>" not in page
    shown = unescape(page.partition('pre-wrap">')[2].removesuffix("</pre>\n"))
    assert words.startswith(shown)
    assert "bob@example.org" not in made.content.decode("latin-1") + page + (folder / "proof.json").read_text()


def test_of_one_purpose_it_says_how_much_is_by_number_only(service: World, people: People, tmp_path: Path) -> None:
    anna = said(service, people)
    for purpose, hidden in (("calls", 3), ("newsletter", 1)):
        made = proof.make(service.rt, anna, purpose=purpose, by="x", now=people.clock.now())
        folder = unpacked(made.content, tmp_path / "proof")
        code, words = verified(folder, made.head)
        assert (code, words.count("BY NUMBER ONLY: about another purpose, as whoever made this archive says")) == (
            0,
            hidden,
        )
        assert f"\n4 entries: {hidden} by number only, 0 without details\n" in words
        assert ("anna@example.org" in "".join(each.read_text() for each in folder.iterdir())) == (purpose != "calls")


def test_of_who_was_erased_it_says_that_details_are_gone(service: World, people: People, tmp_path: Path) -> None:
    anna = said(service, people)
    erasure.erase(service.rt, "anna@example.org", Decider(staff="x", reason="asked"), mode=Mode.WHOLE, now=service.now)
    made = proof.make(service.rt, anna, by="x", now=people.clock.now())
    folder = unpacked(made.content, tmp_path / "proof")
    for interpreter in INTERPRETERS:
        code, words = verified(folder, made.head, by=interpreter)
        assert (code, words.count("\n   DETAILS ERASED\n")) == (0, 4)
        assert "\n5 entries: 0 by number only, 4 without details\n" in words
        assert "Anna" not in words


def test_of_a_merged_contact_it_shows_its_own_chain(service: World, people: People, tmp_path: Path) -> None:
    anna, old = said(service, people), people.contact("old@example.org")
    people.double(old)
    merges.merge(service.rt, old, into=anna, by=By(staff="bob", reason="one person"), now=service.now)
    for contact, purpose in ((anna, ""), (old, ""), (old, "newsletter"), (anna, "calls")):
        made = proof.make(service.rt, contact, purpose=purpose, by="x", now=people.clock.now())
        code, words = verified(unpacked(made.content, tmp_path / "proof"), made.head)
        assert (code, ". *: merged\n" in words, f"Contact {contact.hex}" in words) == (0, True, True)


def test_a_mail_stands_in_it_as_it_went_and_what_is_typed_can_pass_for_nothing_else(
    service: World, people: People, tmp_path: Path
) -> None:
    """Line ends, what a terminal obeys and what is read from right to left are shown as what they are."""
    sent = {"message_id": "<1@x>", "answer": "250 OK", "text": "Dear\n9. newsletter: withdrawn\nEnd"}
    anna = people.contact("anna@example.org")
    people.say(anna, Recorded(staff="x"), who="A\n1. calls: given \x1b[2J \u202eevil\u2028", mail=sent)
    made = proof.make(service.rt, anna, by="x", now=people.clock.now())
    code, words = verified(unpacked(made.content, tmp_path / "proof"), made.head)
    assert code == 0
    assert "\n   who: A\n      | 1. calls: given \\u001b[2J \\u202eevil\\u2028\n" in words
    assert "\n   mail text: Dear\n      | 9. newsletter: withdrawn\n      | End\n" in words
    assert "\n   mail answer: 250 OK\n" in words


@dataclass(frozen=True)
class Archive:
    """One that is tampered with, and the entries of somebody else's of the same ledger."""

    folder: Path
    others: list[dict[str, Any]]

    def change(self, change: Callable[[dict[str, Any]], object]) -> None:
        kept = json.loads((self.folder / "proof.json").read_text())
        change(kept)
        (self.folder / "proof.json").write_text(json.dumps(kept, indent=1))


Tampering = Callable[[Archive], object]


def entries(change: Callable[[list[Any]], object]) -> Tampering:
    return lambda archive: archive.change(lambda kept: change(kept["entries"]))


def top(**changes: object) -> Tampering:
    return lambda archive: archive.change(lambda kept: kept.update(changes))


def put(name: str, old: str, new: str) -> Tampering:
    def act(archive: Archive) -> None:
        path = archive.folder / name
        stood = path.read_text()
        assert old in stood
        path.write_text(stood.replace(old, new, 1))

    return act


def added(name: str) -> Tampering:
    def act(archive: Archive) -> None:
        (archive.folder / name).parent.mkdir(exist_ok=True)
        (archive.folder / name).write_text("forged")

    return act


def hide(at: int, *names: str) -> Tampering:
    return entries(lambda e: [e[at].pop(each, None) for each in names or ("columns", "text", "salt", "body")])


def of_somebody_else(archive: Archive) -> None:
    """Their question and yes, before an entry that is only a number."""

    def change(kept: dict[str, Any]) -> None:
        last = {each: kept["entries"][2][each] for each in ("number", "hash", "path")}
        kept.update(purpose="newsletter", entries=[*archive.others[:2], last])

    archive.change(change)


def moved(at: int) -> Tampering:
    """The first letters of a body as the end of a longer salt: the same bytes under the same hash."""

    def change(e: list[Any]) -> None:
        e[at].update(salt=e[at]["salt"] + e[at]["body"][:5].encode().hex(), body=e[at]["body"][5:])

    return entries(change)


def under_other_names(shown: str, column: str) -> Tampering:
    """An entry that was never written: the root that it leads to stands where `shown` is read, and the true one in its place."""

    def change(kept: dict[str, Any]) -> None:
        columns = kept["entries"][0]["columns"] | {"wording": "", "detail": "", column: kept["root"]}
        spelt = b"booking-service/entry/1\n" + json.dumps(columns, sort_keys=True, separators=(",", ":")).encode()
        entry = {"number": 1, "hash": sha256(spelt).hexdigest(), "path": [], "columns": columns}
        root = sha256(b"\0" + bytes.fromhex(entry["hash"])).hexdigest()
        made = kept | {shown: kept["root"], "root": root, "entries": [entry]}
        names = [{shown: "root", "root": shown}.get(each, each) for each in kept]
        kept.clear()
        kept.update({each: made[each] for each in names})

    return lambda archive: (archive.change(change), (archive.folder / "proof.html").unlink())


def twice(archive: Archive) -> None:
    put("proof.json", '   "body": ', '   "body": "{\\"who\\":\\"Forged\\"}",\n   "body": ')(archive)


FORGERIES: dict[str, tuple[Tampering, str]] = {
    "a name on the page": (put("proof.html", "Anna Ött", "Zoe Ött"), "proof.html: not what proof.json says"),
    "a no that is a yes on the page": (put("proof.html", "withdrawn", "confirmed"), "proof.html: not what"),
    "a mail that never went": (
        added("mails/2.txt"),
        "mails/2.txt: not what proof.json says, or no part of the archive",
    ),
    "a file beside": (added("x"), "x: not what proof.json says, or no part"),
    "a no as something else": (hide(3), "entry 4 is not shown, in an archive about everything"),
    "somebody else's yes": (of_somebody_else, "entry 1 is of another chain"),
    "nothing": (top(entries=[]), "none is shown, or one twice"),
    "numbers only": (
        lambda a: a.change(
            lambda kept: kept.update(
                purpose="x", entries=[{k: e[k] for k in ("number", "hash", "path")} for e in kept["entries"]]
            )
        ),
        "none is shown, or one twice",
    ),
    "a key twice": (twice, "it is of another format"),
    "details left out": (hide(0, "salt", "body"), "the details of entry 1 are others"),
    "a salt left out": (hide(0, "salt"), "entry 1 is missing or not whole"),
    "a text left out": (hide(0, "text"), "the text of entry 1 is not the one that was shown"),
    "a body that begins in its salt": (moved(0), "the details of entry 1 are others"),
    "an unknown key": (entries(lambda e: e[0].update(note="!")), "entry 1 is missing or not whole"),
    "an unknown key above": (top(note="!"), "too many values to unpack"),
    "another root where the contact is read": (under_other_names("contact", "contact_id"), "it is of another format"),
    "another root where the purpose is read": (under_other_names("purpose", "purpose"), "it is of another format"),
    "another format": (top(format="booking-service/proof/3"), "it is of another format"),
    "another purpose": (top(purpose="calls"), "entry 1 is about another purpose"),
    "another contact": (top(contact="0" * 32), "entry 1 is of another chain"),
    "a size that is text": (top(size="8:x\nWhat is shown is as it was written."), "Unknown format code"),
    "no proof": (lambda a: (a.folder / "proof.json").write_text("[1]"), "'list' object has no attribute"),
    "no proof at all": (lambda a: (a.folder / "proof.json").unlink(), "'proof.json'"),
    "the act": (
        entries(lambda e: e[0]["columns"].update(act="given")),
        "entry 1 does not say what its hash was made of",
    ),
    "the body": (
        entries(lambda e: e[0].update(body=e[0]["body"].replace("Anna", "Hanna"))),
        "the details of entry 1 are others",
    ),
    "the text": (
        entries(lambda e: e[0].update(text=e[0]["text"].replace("Ja", "Ha"))),
        "the text of entry 1 is not the one",
    ),
    "the root": (top(root="0" * 64), "the head inside is 8:0000"),
    "an entry gone": (entries(lambda e: e.pop(1)), "entry 2 is missing"),
    "an entry gone, the rest renumbered": (
        entries(lambda e: (e.pop(1), [each.update(number=at) for at, each in enumerate(e, 1)])),
        "entry 2 is of another chain",
    ),
    "an order": (entries(lambda e: e.__setitem__(slice(0, 2), e[1::-1])), "entry 1 is missing"),
    "an entry twice": (entries(lambda e: e.append(e[3] | {"number": 5})), "none is shown, or one twice"),
    "a hash": (entries(lambda e: e[1].update(hash="0" * 64)), "entry 2 is not in the tree"),
    "a path": (entries(lambda e: e[0]["path"].pop()), "entry 1 is not in the tree"),
    "a stamp of nothing": (added("anchors/head.tsr"), "anchors/head.tsr: not what proof.json says"),
    "another head to be stamped": (added("anchors/head.txt"), "anchors/head.txt: not what proof.json says"),
}


@pytest.mark.promise("I9")
@pytest.mark.capability("S1-06")
def test_every_forged_proof_is_found(service: World, people: People, tmp_path: Path) -> None:
    """By who knows the true head, and whatever else the forger made fit."""
    anna = said(service, people)
    bob = proof.make(service.rt, people.contact("bob@example.org"), by="x", now=people.clock.now())
    others = json.loads((unpacked(bob.content, tmp_path / "bob") / "proof.json").read_text())["entries"]
    made = proof.make(service.rt, anna, by="x", now=people.clock.now())
    for name, (tamper, told) in FORGERIES.items():
        folder = unpacked(made.content, tmp_path / "proof")
        tamper(Archive(folder, others))
        code, words = verified(folder, made.head)
        assert told in words, name
        assert words.startswith("WRONG: "), name
        assert "What is shown" not in words.partition("\n")[2], name
        assert code == 1, name
        with pytest.raises(NotAsWritten, match="WRONG"):
            proof.check(folder, kept=made.head)


@pytest.mark.promise("I9")
def test_what_leads_into_an_entry_by_number_is_checked_too(service: World, people: People, tmp_path: Path) -> None:
    """Another entry of the ledger in the place of a hidden one breaks the chain; a hidden no is at least counted."""
    anna = said(service, people)
    bob = proof.make(service.rt, people.contact("bob@example.org"), by="x", now=people.clock.now())
    others = json.loads((unpacked(bob.content, tmp_path / "bob") / "proof.json").read_text())["entries"]
    made = proof.make(service.rt, anna, purpose="newsletter", by="x", now=people.clock.now())
    folder = unpacked(made.content, tmp_path / "proof")
    archive = Archive(folder, others)
    entries(lambda e: e[2].update({each: others[0][each] for each in ("hash", "path")}))(archive)
    assert verified(folder, made.head) == (1, "WRONG: entry 4 does not follow the one before it")
    folder = unpacked(made.content, tmp_path / "proof")
    hide(3)(Archive(folder, others))
    assert "proof.html: not what proof.json says" in verified(folder, made.head)[1]
    (folder / "proof.html").unlink()
    assert "\n4 entries: 2 by number only, 0 without details\n" in verified(folder, made.head)[1]


def test_the_program_checks_an_archive_by_its_own_verifier(service: World, people: People, tmp_path: Path) -> None:
    """Also one whose copy says that all is well, and not what two programs would unpack in two ways."""
    made = proof.make(service.rt, said(service, people), by="x", now=people.clock.now())
    path = tmp_path / "proof.zip"
    path.write_bytes(made.content)
    assert proof.check(path, kept=made.head).endswith("\n\nWhat is shown is as it was written.")
    assert proof.check(path).endswith(", if that head is right.")
    folder = unpacked(made.content, tmp_path / "proof")
    assert proof.check(folder, kept=made.head) == proof.check(path, kept=made.head)
    put("proof.html", "withdrawn", "confirmed")(Archive(folder, []))
    (folder / "verify.py").write_text("print('What is shown is as it was written.')")
    assert verified(folder, made.head)[0] == 0
    with pytest.raises(NotAsWritten, match=r"proof\.html"):
        proof.check(folder, kept=made.head)
    for name in (f"{made.folder}/proof.html", "elsewhere/proof.html"):
        path.write_bytes(made.content)
        with (
            pytest.warns(UserWarning, match="Duplicate") if made.folder in name else nullcontext(),
            ZipFile(path, "a") as archive,
        ):
            archive.writestr(name, "forged")
        with pytest.raises(NotAsWritten, match="a file twice, or more than one folder"):
            proof.check(path)
    for content in (b"", b"PK", made.content[:200], made.content[:200] + b"x" * 40 + made.content[240:]):
        path.write_bytes(content)
        with pytest.raises(NotAsWritten):
            proof.check(path)


def test_of_a_ledger_that_was_tampered_with_no_proof_is_made(service: World, people: People) -> None:
    anna = said(service, people)
    with service.rt.engine.begin() as connection:
        guards = guards_taken_away(connection)
        connection.execute(text("UPDATE ledger_detail SET body = replace(body, 'Anna', 'Hanna')"))
        for guard in guards:
            connection.exec_driver_sql(guard)
    with pytest.raises(
        NothingToProve, match="the ledger is not as it was written, see `consents verify`: WRONG: the details"
    ):
        proof.make(service.rt, anna, by="x", now=people.clock.now())


def test_the_paths_of_many_leaves_are_those_of_each() -> None:
    for size in range(1, 40):
        leaves = [sha256(bytes([each])).digest() for each in range(size)]
        found = inclusion_paths(leaves, range(size))
        assert Frontier().plus(leaves).root
        for position in range(size):
            assert found[position] == list(inclusion_path(leaves, position)), (size, position)
