"""consents import and export: files of contacts, from the command line."""

import csv
import json
import shlex
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import migrations, purposes
from booking_service.storage.engine import open_engine, transaction
from tests.cli.command import Command
from tests.cli.command import command as command

HEADINGS = "E-Mail;Name;optin_who;optin_source;optin_date;optin_id;optin_description;Bemerkung"

UNUSED = {"without-address": 0, "without-number": 0, "added-partly": 0, "filled": 0, "filled-partly": 0, "locked": 0}


@pytest.fixture(autouse=True)
def newsletter(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/booking.db")
    migrations.upgrade(engine)
    with transaction(engine) as session:
        for at, (slug, kind) in enumerate((("newsletter", PurposeKind.EMAIL), ("calls", PurposeKind.PHONE))):
            purposes.save(session, Purpose(id=UUID(int=at + 1), slug=slug, kind=kind), position=at)
    engine.dispose()


def two_hundred(folder: Path, **mended: str) -> Path:
    """A list of 200 lines as a spreadsheet in Germany saves it, with five mistakes."""
    mistakes = {
        17: "n17@example.de;N 17;N 17;Messe;31.02.2026;KL-17;Karte;-",
        42: "tom@example.pl, ola@example.pl;Tom;Tom;Messe;2025-11-12;KL-42;Karte;-",
        99: f"n99@example.de;N 99;N 99;Messe;2025-11-12;{'3f2b8c1e-77aa-4b7f-9b0e-2f5d9a0c1e44'};Karte;-",
        150: "keine Adresse;N 150;N 150;Messe;2025-11-12;KL-150;Karte;-",
        201: f"n201@example.de;N 201;{'N' * 51};Messe;2025-11-12;KL-201;Karte;-",
    }
    lines = [HEADINGS]
    for number in range(2, 202):
        right = f"n{number}@example.de;Rüdiger {number};Rüdiger {number};Messe;2025-11-12;KL-{number};Karte am Stand;-"
        lines.append(mended.get(f"line{number}") or mistakes.get(number) or right)
    path = folder / "kongress.csv"
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
    return path


def said(command: Command, *arguments: str) -> Any:
    ran = command("consents", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.capability("S4-46", "S5-03", "S5-07", "S5-08", "S5-09", "S5-10", "S5-11")
@pytest.mark.extended
def test_a_list_of_two_hundred_lines_with_five_mistakes(command: Command, tmp_path: Path) -> None:
    path = two_hundred(tmp_path)
    for act in ("record", "opt-out"):
        command(
            "consents", act, "n5@example.de", "newsletter", "--reason", "x", *(["--theirs"] if act == "opt-out" else [])
        )
    bring = ("import", str(path), "--purpose", "newsletter", "--meaning", "given")
    would = json.loads(command("consents", *bring, "--dry-run", "--json").out)
    assert would["lines"] == UNUSED | {"new": 194, "added": 0, "same": 0, "alone": 1, "wrong": 5, "left-out": 0}
    assert (would["encoding"], would["separator"]) == ("cp1252", ";")
    own_no = "They said no themselves on "
    by_line = {each["line"]: each for each in would["each"]}
    assert len(by_line) == 200
    assert (by_line[2]["verdict"], by_line[2]["why"]) == ("new", "")
    assert by_line[5]["verdict"] == "alone"
    assert by_line[5]["why"].startswith(own_no)
    assert by_line[150]["why"] == "email: keine Adresse is no mail address"
    refused = command("consents", *bring)
    assert refused.code == 1
    assert [line for line in refused.out.splitlines() if line.startswith("✗")] == [
        "✗ line 17, optin_date: 31.02.2026 is no date; write YYYY-MM-DD",
        "✗ line 42, email: tom@example.pl, ola@example.pl: two addresses in one field; write one a line",
        "✗ line 99, optin_id: a UUID has 36 characters with its dashes, and 35 fit: leave them out",
        "✗ line 150, email: keine Adresse is no mail address",
        "✗ line 201, optin_who: it has 51 characters, and 50 fit",
    ]
    assert f"– line 5: {own_no}" in refused.out
    assert "194 of 200 lines would be imported." in refused.out
    assert "Nothing was stored." in refused.out
    assert len(said(command, "list")) == 1
    done = said(command, *bring, "--leave-out")
    assert done["lines"] == UNUSED | {"new": 194, "added": 0, "same": 0, "alone": 1, "wrong": 0, "left-out": 5}
    assert [each["line"] for each in done["each"]] == [5, 17, 42, 99, 150, 201]
    assert done["each"][0]["why"].startswith(own_no)
    _looked_at(command, done["import"])
    again = said(command, *bring, "--leave-out")
    assert again["lines"] == UNUSED | {"new": 0, "added": 0, "same": 194, "alone": 1, "wrong": 0, "left-out": 5}
    [one] = said(command, "list", "--optin-id", "KL-77")
    assert one["contact"] == {"address": "n77@example.de", "phone": "", "name": "Rüdiger 77"}
    assert (one["standing"], one["since"][:10]) == ("user", "2025-11-12")
    [entry] = said(command, "show", "n77@example.de")["entries"]
    assert (entry["how"], entry["detail"]["source"], entry["detail"]["optin_id"]) == ("import", "Messe", "KL-77")
    assert entry["detail"]["reason"] == "import kongress.csv, line 77"
    assert said(command, "verify")["findings"] == []
    assert said(command, "list", "--standing", "out-contact")[0]["contact"]["address"] == "n5@example.de"


def _looked_at(command: Command, id: str) -> None:
    assert id in command("consents", "imports").out
    [latest] = said(command, "imports")
    assert (latest["import"], latest["state"]) == (id, "done")
    [skipped] = said(command, "imports", id, "--only", "alone")["each"]
    assert skipped["line"] == 5
    assert skipped["why"].startswith("They said no themselves on ")
    assert "n2@example.de" in command("consents", "imports", id).out


def test_a_yes_to_mails_without_an_address_is_counted_in_a_dry_run_and_listed_afterwards(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "fair.csv"
    path.write_text("email,phone\n,+49 30 901820\neve@example.org,\n")
    bring = ("import", str(path), "--meaning", "given", "--purpose")
    mails, calls = (
        command("consents", *bring, "newsletter", "--dry-run"),
        command("consents", *bring, "calls", "--dry-run"),
    )
    assert "1 stored without an email address, although the purpose uses email" in mails.out
    assert "1 stored without a phone number, although the purpose uses the phone" in calls.out
    assert "2 of 2 lines would be imported." in mails.out
    done = said(command, *bring, "newsletter")
    assert (done["lines"]["new"], done["lines"]["without-address"]) == (1, 1)
    each = said(command, "imports", done["import"], "--only", "without-address")["each"]
    assert [(line["line"], line["verdict"]) for line in each] == [(2, "without-address")]


@pytest.mark.capability("S5-04")
def test_an_import_is_taken_back_with_a_reason(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("email\na@example.org\nb@example.org\n")
    said(command, "record", "b@example.org", "newsletter", "--reason", "card")
    id = said(command, "import", str(path), "--purpose", "newsletter", "--meaning", "given")["import"]
    for arguments, words in (
        (("--take-back",), "Say which import"),
        ((id, "--take-back"), "Say why"),
        (("0" * 32, "--take-back", "--reason", "x"), "There is no import"),
    ):
        assert words in command("consents", "imports", *arguments).err
    assert "1 of 1 consents were taken back." in command("consents", "imports", id, "--take-back", "--reason", "x").out
    acts = [each["act"] for each in said(command, "show", "a@example.org")["entries"]]
    assert acts == ["recorded", "retracted"]
    assert len(said(command, "show", "b@example.org")["entries"]) == 1
    again = said(command, "imports", id, "--take-back", "--reason", "x")
    assert (again["state"], again["taken_back"]) == ("taken-back", 1)
    assert said(command, "verify")["findings"] == []


def test_imported_opt_outs_are_reverted_and_peoples_own_are_not(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("email\na@example.org\nb@example.org\n")
    said(command, "record", "a@example.org", "newsletter", "--reason", "card")
    bring = ("import", str(path), "--purpose", "newsletter", "--meaning")
    ours = said(command, *bring, "out-ours")["import"]
    told = command("consents", "imports", ours, "--take-back", "--reason", "the wrong file").out
    assert told == "1 of 2 opt-outs were reverted.\nThe others stay: without --take-back each line says why.\n"
    each = {line["line"]: line for line in said(command, "imports", ours)["each"]}
    assert (each[2]["taken_back"], each[3]["taken_back"]) == (True, False)
    assert "record one that nobody gave" in each[3]["why"]
    theirs = said(command, *bring, "out-theirs")["import"]
    refused = command("consents", "imports", theirs, "--take-back", "--reason", "x")
    assert (refused.code, "only they lift them" in refused.err) == (1, True)
    assert said(command, "verify")["findings"] == []


@pytest.mark.capability("S5-04")
def test_one_consent_for_the_whole_file_is_a_copy_on_each_line(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Nummer\n+49 30 901820\n0049 30\n+44 20 7946 0001\n")
    given = ("--purpose", "calls", "--meaning", "given")
    bring = ("import", str(path), *given, "--column", "Nummer=phone", "--leave-out")
    everyone = ("--for-all", "optin_source=fair", "--for-all", "optin_date=2025-01-02", "--for-all", "optin_id=list-7")
    assert said(command, *bring, *everyone)["lines"]["new"] == 2
    found = said(command, "list", "--optin-id", "list-7")
    assert sorted(each["contact"]["phone"] for each in found) == ["+442079460001", "+4930901820"]
    entries = [said(command, "show", each["contact"]["phone"])["entries"] for each in found]
    assert len({entry["id"] for [entry] in entries}) == 2
    assert {(entry["detail"]["source"], entry["detail"]["given_on"]) for [entry] in entries} == {("fair", "2025-01-02")}
    noes = tmp_path / "noes.csv"
    noes.write_text("phone\n+4930901820\n")
    ours = ("import", str(noes), "--purpose", "calls", "--meaning", "out-ours")
    assert said(command, *ours)["lines"]["added"] == 1
    theirs = ("import", str(noes), "--purpose", "calls", "--meaning", "out-theirs")
    assert said(command, *theirs)["lines"]["added"] == 1
    assert said(command, *bring)["lines"] | {"same": 0} == {
        **{"new": 0, "added": 0, "same": 0, "wrong": 0},
        **{"alone": 1, "left-out": 1},
        **UNUSED,
    }


def test_what_is_asked_wrongly_is_said(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("who\nx\n")
    for arguments, words in (
        (("--purpose", "newsletter"), "No column is an address or a phone number."),
        (("--purpose", "newsletter", "--column", "Mail=email"), "with one of the headings who."),
        (("--purpose", "newsletter", "--column", "who=mail"), "write HEADING=MEANING"),
        (("--purpose", "nothing", "--column", "who=email"), "there is no purpose 'nothing'"),
        (("--purpose", "newsletter", "--column", "who=email", "--for-all", "x=y"), "--for-all takes optin_who"),
    ):
        ran = command("consents", "import", str(path), "--meaning", "given", *arguments)
        assert ran.code in (1, 2), words
        assert words in ran.err
    unsaid = command("consents", "import", str(path), "--purpose", "newsletter", "--column", "who=email")
    assert (unsaid.code, "--meaning" in unsaid.err) == (2, True), "nothing goes without saying"
    assert said(command, "list") == []


@pytest.mark.capability("S4-15", "S4-36")
def test_a_column_fills_a_field_of_contacts(command: Command, tmp_path: Path) -> None:
    setup, path = tmp_path / "setup.toml", tmp_path / "list.csv"
    setup.write_text('[fields.region]\nlabel = "Region"\n\n[fields.number]\nlabel = "Number"\nsensitive = true\n')
    assert command("apply", str(setup)).code == 0
    path.write_text("email,Land,No\na@example.org,EU,A-7391-2264-4711\n")
    bring = ("import", str(path), "--purpose", "newsletter", "--meaning", "nothing", "--column", "Land=field:region")
    for more, words in (("No=field:nothing", "There is no field 'nothing'"), ("No=field:region", "the same field")):
        ran = command("consents", *bring, "--column", more)
        assert (ran.code in (1, 2), words in ran.err) == (True, True), ran.err
    done = said(command, *bring, "--column", "No=field:number")
    assert (done["lines"]["new"], done["lines"]["wrong"]) == (1, 0)
    shown = command("consents", "show", "a@example.org", "--json").out
    assert "A-7391" not in shown
    path.write_text(f"email,Land\na@example.org,{'x' * 501}\n")
    wrong = command("consents", *bring, "--dry-run")
    assert (wrong.code, "line 2, field:region: it has 501 characters, and a field holds 500" in wrong.out) == (1, True)
    path.write_text("email,Land\na@example.org,US\n")
    assert "1 known contacts, fields are filled" in command("consents", *bring).out


def test_a_field_is_filled_from_standard_input_and_emptied_by_nothing_but_nothing(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = tmp_path / "setup.toml"
    setup.write_text('[fields.region]\nlabel = "Region"\n')
    assert command("apply", str(setup)).code == 0
    assert command("consents", "add", "a@example.org").code == 0

    def fill(typed: bytes) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(typed), encoding="ascii", errors="surrogateescape"))
        ran = command("privacy", "fill", "a@example.org", "region")
        return ran.code, (ran.out or ran.err).strip()

    assert fill("\ufeffSüd\r\n".encode()) == (0, "Now in region: Süd")
    for unread in ("Süd".encode("latin-1"), "Süd".encode("utf-16")):
        assert fill(unread) == (2, "Standard input is not UTF-8 text.")
    assert json.loads(command("privacy", "export", "a@example.org").out)["person"]["fields"] == {"Region": "Süd"}
    assert fill(b"\n") == (0, "Now in region: nothing")


def test_a_field_is_deleted_by_command_unless_something_names_it(command: Command, tmp_path: Path) -> None:
    setup = tmp_path / "setup.toml"
    setup.write_text(
        '[purposes.keep]\nkind = "field"\nfield = "number"\nwording.en = { name = "Keep", box = "You may keep it." }\n\n'
        '[fields.region]\nlabel = "Region"\n\n[fields.number]\nlabel = "Number"\nsensitive = true\n'
    )
    assert command("apply", str(setup)).code == 0
    path = tmp_path / "list.csv"
    path.write_text("email,Land,No\na@example.org,EU,A-7391-2264-4711\n")
    columns = ("--column", "Land=field:region", "--column", "No=field:number")
    said(command, "import", str(path), "--purpose", "newsletter", "--meaning", "nothing", *columns)
    listed = {each["field"]: (each["contacts"], each["named_by"]) for each in said(command, "fields", "list")}
    assert listed == {"number": (1, ["purposes.keep.field"]), "region": (1, [])}
    stays = command("consents", "fields", "delete", "number")
    assert (stays.code, "purposes.keep.field" in stays.err, "--values-only" in stays.err) == (1, True, True)
    assert command("consents", "fields", "delete", "nothing").code == 2
    assert said(command, "fields", "delete", "number", "--values-only", "--dry-run")["contacts"] == 1
    assert "Deleted what stood in number" in command("consents", "fields", "delete", "number", "--values-only").out
    assert said(command, "fields", "delete", "region", "--dry-run")["contacts"] == 1
    assert "filled in for 1 contacts" in command("consents", "fields", "delete", "region").out
    assert [(each["field"], each["contacts"]) for each in said(command, "fields", "list")] == [("number", 0)]
    assert "fields.region.label" in command("changes").out


@pytest.mark.capability("S3-11", "S5-05", "S5-14")
def test_a_list_that_leaves_has_the_five_columns_and_comes_back_as_it_was(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "email,name,optin_who,optin_source,optin_date,optin_id,optin_description\n"
        'a@example.org,=1+1,Anna,"card, fair",2025-01-02,c-1,"He said ""yes"""\n'
    )
    bring = ("import", str(path), "--purpose", "newsletter", "--meaning", "given")
    assert said(command, *bring)["lines"]["new"] == 1
    assert command("consents", "export", "--purpose", "newsletter").out.count("\n") == 1
    out = command("consents", "export", "--purpose", "newsletter", "--all").out
    [row] = csv.DictReader(StringIO(out))
    assert row == {
        "email": "a@example.org",
        "phone": "",
        "name": "'=1+1",
        "purpose": "newsletter",
        "standing": "user",
        "may_be_used": "no",
        "optin_who": "Anna",
        "optin_source": "card, fair",
        "optin_date": "2025-01-02",
        "optin_id": "c-1",
        "optin_description": 'He said "yes"',
    }
    (tmp_path / "back.csv").write_text(out)
    back = said(command, "import", str(tmp_path / "back.csv"), *bring[2:])
    assert back["lines"]["same"] == 1
    assert command("consents", "export", "--purpose", "nothing").code == 1
    phone = ("record", "+49 30 901820", "calls", "--reason", "card", "--date", "2025-01-02")
    said(command, *phone)
    assert "+4930901820,,calls,user,yes" in command("consents", "export", "--purpose", "calls").out
    assert [each["act"] for each in said(command, "show", "+4930901820")["entries"]] == ["recorded", "used"]


def test_a_list_to_call_leaves_out_who_has_no_number_and_puts_no_use_of_one_on_record(command: Command) -> None:
    for who in ("eve@example.org", "+49 30 901820"):
        said(command, "record", who, "calls", "--reason", "card", "--date", "2025-01-02")
    named = command("consents", "export", "--purpose", "calls").out
    assert "+4930901820,,calls,user,yes" in named
    assert "eve@example.org" not in named
    assert "eve@example.org,,,calls,user,no" in command("consents", "export", "--purpose", "calls", "--all").out
    assert [each["act"] for each in said(command, "show", "eve@example.org")["entries"]] == ["recorded"]
    held = said(command, "list", "--purpose", "calls")
    assert {(each["contact"]["phone"], each["may_be_used"], each["why_not"]) for each in held} == {
        ("", False, "no-number"),
        ("+4930901820", True, ""),
    }


@pytest.mark.capability("S3-20")
def test_a_yes_to_calls_on_another_number_than_the_contact_has_is_a_finding_that_leads_to_it(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "fair.csv"
    for purpose, number in (("newsletter", "+49 30 901820"), ("calls", "+49 30 901821")):
        path.write_text(f"email,phone\neve@example.org,{number}\nmax@example.org,+49 30 901830\n,+49 30 901840\n")
        said(command, "import", str(path), "--purpose", purpose, "--meaning", "given")
    [of_calls] = [each for each in said(command, "report") if each["purpose"] == "calls"]
    assert of_calls["findings"]["contradictory"] == 1
    [found] = said(command, "list", "--purpose", "calls", "--standing", "contradictory")
    assert found["contact"]["address"] == "eve@example.org"
    assert (found["may_be_used"], found["why_not"]) == (False, "other-number"), "they never agreed to calls of that one"
    taken = command("consents", "export", "--purpose", "calls").out
    assert ("max@example.org,+4930901830,,calls,user,yes" in taken, "eve@example.org" in taken) == (True, False)
    assert (
        "eve@example.org,+4930901820,,calls,user,no" in command("consents", "export", "--purpose", "calls", "--all").out
    )
    acts = [each["act"] for each in said(command, "show", "eve@example.org")["entries"]]
    assert acts == ["recorded", "recorded"], "no use of that number is on record"
    [of_mails] = [each for each in said(command, "report") if each["purpose"] == "newsletter"]
    assert "contradictory" not in of_mails["findings"]


@pytest.mark.capability("S1-06")
def test_a_proof_is_checked_by_the_lines_that_its_export_says(command: Command, tmp_path: Path) -> None:
    """By the program, and with bare Python beside the archive; a page that was changed is refused by both."""
    brought = ("--reason", "a form", "--who", "Anna", "--source", "card", "--date", "2026-01-02")
    assert command("consents", "record", "anna@example.org", "newsletter", *brought).code == 0
    archive = tmp_path / "the proof.zip"
    told = command("consents", "export", "anna@example.org", "--proof", "--output", str(archive)).out
    by_program, *by_python = (line.partition(": ")[2] for line in told.splitlines()[:3])
    program, *arguments = shlex.split(by_program.removeprefix("To check it: "))
    assert (program, arguments[:2]) == ("booking-service", ["consents", "check-proof"])
    ran = command(*arguments)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "What is shown is as it was written.")
    assert "   who: Anna\n" in ran.out
    for line in by_python:
        python3, *rest = shlex.split(line)
        assert python3 == "python3"
        bare = subprocess.run([sys.executable, *rest], cwd=tmp_path, capture_output=True, text=True)
    assert (bare.returncode, bare.stdout) == (0, ran.out)
    [folder] = tmp_path.glob("proof-*")
    page = folder / "proof.html"
    page.write_text(page.read_text().replace("Anna", "Zoe"))
    refused = command("consents", "check-proof", str(folder))
    assert (refused.code, refused.out) == (1, "")
    assert "WRONG: proof.html: not what proof.json says" in refused.err
    assert command("consents", "check-proof", str(tmp_path / "none.zip")).code == 2
