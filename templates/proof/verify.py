"""Check a proof: python3 -I verify.py [SIZE:ROOT [FOLDER]], with Python 3.11 or newer. Take this file from where the
program is published: whoever forges an archive can replace the copy inside. SIZE:ROOT is a head of the ledger that was
kept elsewhere: only that shows if all was rewritten together. Nothing shows that no entry came after the last one."""

import json
import re
import sys
from hashlib import sha256
from html import escape
from pathlib import Path


def need(holds, sentence):
    if not holds:
        raise ValueError(sentence)


def entry_lines(number, entry, proof):  # what people read of an entry, once all of it is checked
    name, columns, text, body = f"entry {number}", entry.get("columns"), entry.get("text", ""), entry.get("body", "")
    keys = ["columns"] * bool(columns) + ["text"] * bool(text) + ["salt", "body"] * bool(body)
    need(entry["number"] == number and [*entry] == ["number", "hash", "path", *keys], f"{name} is missing or not whole")
    node, salt = sha256(b"\0" + bytes.fromhex(entry["hash"])).digest(), bytes.fromhex(entry.get("salt", ""))
    for left, right in (map(bytes.fromhex, each.split("*")) for each in entry["path"]):  # RFC 9162, section 2.1.1
        node = sha256(b"\1" + left + node + right).digest()
    need(node.hex() == proof["root"], f"{name} is not in the tree of this head")
    if not columns:
        need(proof["purpose"], f"{name} is not shown, in an archive about everything")
        return [f"{number}. BY NUMBER ONLY: about another purpose, as whoever made this archive says"]
    spelt = b"booking-service/entry/1\n" + json.dumps(columns, sort_keys=True, separators=(",", ":")).encode()
    need(sha256(spelt).hexdigest() == entry["hash"], f"{name} does not say what its hash was made of")
    need((columns["contact_id"], columns["number"]) == (proof["contact"], number), f"{name} is of another chain")
    need(columns["purpose"] in (proof["purpose"] or columns["purpose"], "*"), f"{name} is about another purpose")
    chain = [{"hash": ""}, *proof["entries"]]
    need(columns["previous"] == chain[number - 1]["hash"], f"{name} does not follow the one before it")
    wording = sha256(b"booking-service/wording/1\n" + text.encode()).hexdigest() if text else ""
    need(columns["wording"] == wording, f"the text of {name} is not the one that was shown")
    detail = sha256(b"booking-service/detail/1\n" + salt + body.encode()).hexdigest() if body else ""
    later = {each.get("columns", {}).get("act") for each in chain[number + 1 :]}
    gone = columns["detail"] and not body and later & {"erased", "forgotten"}
    need(len(salt) == 32 * bool(body) and (gone or columns["detail"] == detail), f"the details of {name} are others")
    facts = {each: columns[each] for each in ("at", "by", "how", "until", "id", "refers", "implied")}
    said, texts = json.loads(body or "{}"), json.loads(json.loads(text or '{"texts": "{}"}')["texts"])
    parts = ("", facts), ("mail ", said.pop("mail", {})), ("", said), ("text ", texts)
    lines = [f"   {part}{each}: {value}" for part, values in parts for each, value in values.items() if value]
    lines += ["   DETAILS ERASED"] * bool(gone)
    return [f"{number}. {columns['purpose']}: {columns['act']}", *(each.replace("\n", "\n      | ") for each in lines)]


def told(files, kept=""):  # what people read, and proof.html of it; raises ValueError and others
    form, contact, purpose, size, root, entries = (proof := json.loads(raw := files["proof.json"])).values()
    head, hidden = f"{size:d}:{root}", sum("columns" not in each for each in entries)
    whole = "format contact purpose size root entries", "booking-service/proof/2", raw  # of two alike one is read
    need((" ".join(proof), form, json.dumps(proof, indent=1).encode()) == whole, "it is of another format")
    need(kept in ("", head), f"the head inside is {head}, yours is {kept}")
    need(len({bytes.fromhex(each["hash"]) for each in entries}) == len(entries) > hidden, "none is shown, or one twice")
    lines = [__doc__, f"\nContact {contact}, about {json.dumps(purpose) if purpose else 'everything'}, head {head}"]
    lines = sum((entry_lines(number, each, proof) for number, each in enumerate(entries, 1)), lines)
    lines.append(f"{len(entries)} entries: {hidden} by number only, {lines.count('   DETAILS ERASED')} without details")
    unseen = "[\0-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
    text = re.sub(unseen, lambda each: f"\\u{ord(each[0]):04x}", "\n".join(lines))
    page = f'<!doctype html><meta charset="utf-8"><pre style="white-space: pre-wrap">{escape(text)}</pre>\n'.encode()
    tsr, imprint = files.get("anchors/head.tsr"), re.escape(b"\4\x20" + sha256(head.encode()).digest())
    time = re.search(imprint + rb".*?\x18[\x0f-\x20](\d{14})", tsr or b"", re.DOTALL)  # RFC 3161
    due = {"proof.json": raw, "proof.html": page, "anchors/head.tsr": time and tsr, "anchors/head.txt": head.encode()}
    odd = sorted(each for each in files if each != "verify.py" and files[each] != due.get(each))
    need(not odd, f"{', '.join(odd)}: not what proof.json says, or no part of the archive")
    check = "openssl ts -verify -in anchors/head.tsr -data anchors/head.txt -CAfile CERTIFICATES.pem"
    text += f"\n\nStamped at {time[1].decode()} UTC, if this agrees: {check}" if time else ""
    return page, f"{text}\n\nWhat is shown is as it was written{', if that head is right' * (not kept)}."


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        folder = Path(sys.argv[2] if sys.argv[2:] else Path(__file__).parent)
        found = {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
        print(told(found, *sys.argv[1:2])[1])
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        sys.exit(f"WRONG: {error}".encode("unicode_escape").decode())
