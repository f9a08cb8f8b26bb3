"""Check this archive: python3 -I verify.py [SIZE:ROOT], with Python 3.11 or newer and nothing else. It asks nobody.
SIZE:ROOT is a head of the whole ledger that was kept elsewhere: only that shows that not all was rewritten together."""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def digest(kind, content):
    return sha256(b"booking-service/%s/1\n" % kind + content).hexdigest()


def root_along(leaf, position, size, path):  # RFC 9162, section 2.1.1: the left part is the largest power of two below
    if size == 1 or not path:
        return leaf if size == 1 and position == 0 and not path else b"of no such place"
    left = 1 << (size - 1).bit_length() - 1
    if position < left:
        return sha256(b"\1" + root_along(leaf, position, left, path[:-1]) + path[-1]).digest()
    return sha256(b"\1" + path[-1] + root_along(leaf, position - left, size - left, path[:-1])).digest()


def problems(kept):
    files = {each.relative_to(FOLDER).as_posix(): each.read_bytes() for each in FOLDER.rglob("*") if each.is_file()}
    listed = json.loads(files.pop("manifest.json"))
    wrong = [f"{name} is missing" for name in set(listed) - set(files)]
    wrong += [f"{name} is no part of the archive" for name in set(files) - set(listed)]
    wrong += [f"{each} is changed" for each in files if listed.get(each) not in (None, sha256(files[each]).hexdigest())]
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
    stamp, imprint = files.get("anchors/head.tsr"), re.escape(b"\4\x20" + sha256(head).digest())
    time = re.search(imprint + rb".*?\x18[\x0f-\x20](\d{14})", stamp or b"", re.DOTALL)
    if stamp and (files.get("anchors/head.txt") != head or not time):
        yield "the time stamp is of something else"
    elif stamp:
        print(f"Stamped at {time[1].decode()} UTC. Whose stamp it is says, with the certificates of that server:")
        print("  openssl ts -verify -in anchors/head.tsr -data anchors/head.txt -CAfile CERTIFICATES.pem")


def entry_problems(entry, previous, head):
    name, columns = f"entry {entry['number']}", entry.get("columns")
    leaf, path = sha256(b"\0" + bytes.fromhex(entry["hash"])).digest(), [bytes.fromhex(each) for each in entry["path"]]
    if root_along(leaf, entry["position"], head["size"], path).hex() != head["root"]:
        yield f"{name} is not in the tree of this head"
    if columns is None:  # about something else: only its place in the chain is shown
        return
    canonical = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    if digest(b"entry", canonical) != entry["hash"] or columns["number"] != entry["number"]:
        yield f"{name} does not say what its hash was made of"
    if columns["previous"] != previous:
        yield f"{name} does not follow the one before it"
    detail = bytes.fromhex(entry.get("salt", "")) + entry.get("body", "").encode()
    if "body" in entry and digest(b"detail", detail) != columns["detail"]:
        yield f"the details of {name} are not those that were written"
    text = FOLDER / "wordings" / f"{columns['wording']}.json"
    if columns["wording"] and (not text.exists() or digest(b"wording", text.read_bytes()) != columns["wording"]):
        yield f"the text that {name} names is not the one that was shown"


if __name__ == "__main__":
    found = list(problems(sys.argv[1] if len(sys.argv) > 1 else ""))
    print("\n".join(f"WRONG: {each}" for each in found) or "All is as it was written.")
    sys.exit(1 if found else 0)
