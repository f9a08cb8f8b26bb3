"""Check this archive: python3 -I verify.py [SIZE:ROOT], with Python 3.11 or newer and nothing else. It asks nobody.

SIZE:ROOT is a head of the whole ledger that was kept elsewhere: only that shows that not all was rewritten together."""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(kind, content):
    return sha256(b"booking-service/%s/1\n" % kind + content).hexdigest()


def root_along(entry, position, size, path):  # RFC 9162, section 2.1.3.2
    index, last, found = position, size - 1, sha256(b"\0" + bytes.fromhex(entry)).digest()
    for step in map(bytes.fromhex, path):
        if last == 0:
            return "too long"
        if index & 1 or index == last:
            found = sha256(b"\1" + step + found).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = sha256(b"\1" + found + step).digest()
        index, last = index >> 1, last >> 1
    return found.hex() if last == 0 else "too short"


def problems(kept):
    manifest = json.loads((FOLDER / "manifest.json").read_bytes())
    there = {str(each.relative_to(FOLDER).as_posix()) for each in FOLDER.rglob("*") if each.is_file()}
    files = {name: (FOLDER / name).read_bytes() for name in there & set(manifest)}
    wrong = [f"{name} is missing" for name in set(manifest) - there]
    wrong += [f"{name} is no part of the archive" for name in there - set(manifest) - {"manifest.json"}]
    wrong += [f"{name} is changed" for name, content in files.items() if sha256(content).hexdigest() != manifest[name]]
    yield from sorted(wrong)
    if wrong:
        return
    head, proof, previous = json.loads(files["head.json"]), json.loads(files["proof.json"]), ""
    if kept and kept != f"{head['size']}:{head['root']}":
        yield f"the head inside is {head['size']}:{head['root']}, yours is {kept}"
    yield from stamp_problems(files, f"{head['size']}:{head['root']}".encode())
    for number, entry in enumerate(proof["entries"], 1):
        if entry["number"] != number:
            yield f"entry {number} is missing"
            return
        yield from entry_problems(entry, previous, head)
        previous = entry["hash"]


def stamp_problems(files, head):  # RFC 3161: whose signature it carries is for openssl to say
    stamp = files.get("anchors/head.tsr")
    place = stamp.find(b"\4\x20" + sha256(head).digest()) if stamp else 0
    time = re.compile(rb"\x18[\x0f-\x20](\d{14})").search(stamp or b"", max(place, 0))
    if stamp and (place < 0 or files.get("anchors/head.txt") != head or not time):
        yield "the time stamp is of something else"
    elif stamp:
        print(f"Stamped at {time[1].decode()} UTC. Whose stamp it is says, with the certificates of that server:")
        print("  openssl ts -verify -in anchors/head.tsr -data anchors/head.txt -CAfile CERTIFICATES.pem")


def entry_problems(entry, previous, head):
    name, columns = f"entry {entry['number']}", entry.get("columns")
    if root_along(entry["hash"], entry["position"], head["size"], entry["path"]) != head["root"]:
        yield f"{name} is not in the tree of this head"
    if columns is None:  # about something else: only its place in the chain is shown
        return
    if digest(b"entry", canonical(columns)) != entry["hash"] or columns["number"] != entry["number"]:
        yield f"{name} does not say what its hash was made of"
    if columns["previous"] != previous:
        yield f"{name} does not follow the one before it"
    if (
        "body" in entry
        and digest(b"detail", bytes.fromhex(entry["salt"]) + entry["body"].encode()) != columns["detail"]
    ):
        yield f"the details of {name} are not those that were written"
    text = FOLDER / "wordings" / f"{columns['wording']}.json"
    if columns["wording"] and (not text.exists() or digest(b"wording", text.read_bytes()) != columns["wording"]):
        yield f"the text that {name} names is not the one that was shown"


if __name__ == "__main__":
    found = list(problems(sys.argv[1] if len(sys.argv) > 1 else ""))
    print("\n".join(f"WRONG: {each}" for each in found) or "All is as it was written.")
    sys.exit(1 if found else 0)
