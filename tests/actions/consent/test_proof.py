"""The proof of one contact: verified by bare Python elsewhere, and every tampering found."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from booking_service.actions.consent import proof
from booking_service.actions.consent.proof import NothingToProve
from booking_service.domain.chain import Frontier, inclusion_path, inclusion_paths
from booking_service.domain.consent import How
from booking_service.domain.consent_moves import Confirmed, Recorded, Ticked, Withdrawn
from booking_service.domain.purposes import Part, Wording, texts_of
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import QUESTION_LASTS, People
from tests.world import World


def interpreters() -> list[str]:
    """Every Python of this machine that a stranger may have, from 3.11 on."""
    named = [f"python3.{minor}" for minor in range(11, 20)]
    installed = Path(os.environ.get("PYENV_ROOT", "/nowhere")).glob("versions/*/bin/python3.??")
    found = [path for name in named if (path := shutil.which(name))] + sorted(map(str, installed))
    asked = "import sys; sys.exit(sys.version_info < (3, 11))"
    return [each for each in found if subprocess.run([each, "-I", "-c", asked], capture_output=True).returncode == 0]


INTERPRETERS = interpreters()


def unpacked(content: bytes, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    with ZipFile(BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


def verified(folder: Path, *arguments: str, by: str = INTERPRETERS[0]) -> tuple[int, str]:
    """As a stranger checks it: bare Python, isolated from whatever is installed."""
    command = [by, "-I", "-W", "error", "verify.py", *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    return ran.returncode, ran.stdout.strip()


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
    for interpreter in INTERPRETERS:
        assert verified(folder, by=interpreter) == (0, "All is as it was written.")
    assert verified(folder, made.head) == (0, "All is as it was written.")
    code, words = verified(folder, "9:" + "0" * 64)
    assert (code, words) == (1, f"WRONG: the head inside is {made.head}, yours is 9:{'0' * 64}")
    page = (folder / "proof.html").read_text()
    assert "Ja, schicken Sie mir &lt;Post&gt;." in page
    assert "Anna Ött" in page
    assert "bob@example.org" not in made.content.decode("latin-1") + page + (folder / "proof.json").read_text()
    other = unpacked(
        proof.make(service.rt, anna, purpose="calls", by="x", now=people.clock.now()).content, tmp_path / "calls"
    )
    assert verified(other) == (0, "All is as it was written.")
    assert (
        "anna@example.org"
        not in (other / "proof.json").read_text() + (other / "proof.html").read_text().partition("</h1>")[2]
    )
    assert not (other / "wordings").exists()
    with pytest.raises(NothingToProve):
        proof.make(service.rt, people.contact("new@example.org"), by="x", now=people.clock.now())


def again(folder: Path) -> None:
    """Whoever tampers mends the manifest as well."""
    names = [each for each in folder.rglob("*") if each.is_file() and each.name != "manifest.json"]
    manifest = {str(each.relative_to(folder)): sha256(each.read_bytes()).hexdigest() for each in names}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def changed(change: Callable[[list[Any]], object]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        kept = json.loads((folder / "proof.json").read_text())
        change(kept["entries"])
        (folder / "proof.json").write_text(json.dumps(kept))
        again(folder)

    return act


def rewritten(name: str, old: str, new: str, *, manifest: bool) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        for path in folder.glob(name):
            text = path.read_text()
            assert old in text
            path.write_text(text.replace(old, new, 1))
        if manifest:
            again(folder)

    return act


TAMPERINGS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a byte of the page": (rewritten("proof.html", "Ja", "Ha", manifest=False), "proof.html is changed"),
    "a file beside": (lambda folder: (folder / "x").write_text("x") and None, "x is no part of the archive"),
    "a file gone": (lambda folder: (folder / "head.json").rename(folder.parent / "head"), "head.json is missing"),
    "the act": (
        changed(lambda e: e[0]["columns"].update(act="given")),
        "entry 1 does not say what its hash was made of",
    ),
    "the body": (
        changed(lambda e: e[0].update(body=e[0]["body"].replace("Anna", "Hanna"))),
        "the details of entry 1 are not those that were written",
    ),
    "the text": (rewritten("wordings/*.json", "Ja", "Ha", manifest=True), "the text that entry 1 names"),
    "the root": (rewritten("head.json", '"root": "', '"root": "00', manifest=True), "entry 1 is not in the tree"),
    "an entry gone": (changed(lambda e: e.pop(1)), "entry 2 is missing"),
    "an order": (changed(lambda e: e.__setitem__(slice(0, 2), e[1::-1])), "entry 1 is missing"),
    "a hash": (changed(lambda e: e[1].update(hash="0" * 64)), "entry 2 is not in the tree"),
    "a path": (changed(lambda e: e[0]["path"].pop()), "entry 1 is not in the tree"),
}


@pytest.mark.promise("I9")
@pytest.mark.capability("S1-06")
def test_every_tampering_with_a_proof_is_found(service: World, people: People, tmp_path: Path) -> None:
    made = proof.make(service.rt, said(service, people), by="x", now=people.clock.now())
    for name, (tamper, told) in TAMPERINGS.items():
        folder = unpacked(made.content, tmp_path / "proof")
        tamper(folder)
        code, words = verified(folder)
        assert told in words, name
        assert code == 1, name


def test_the_paths_of_many_leaves_are_those_of_each() -> None:
    for size in range(1, 40):
        leaves = [sha256(bytes([each])).digest() for each in range(size)]
        found = inclusion_paths(leaves, range(size))
        assert Frontier().plus(leaves).root
        for position in range(size):
            assert found[position] == list(inclusion_path(leaves, position)), (size, position)
