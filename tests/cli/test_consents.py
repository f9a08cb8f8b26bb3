"""consents: by hand, and the evidence, from the command line."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from booking_service.actions.privacy import requests
from booking_service.cli.context import who_sits_here
from booking_service.domain.consent import staff
from booking_service.domain.purposes import Part, Purpose, PurposeKind, Wording, texts_of
from booking_service.storage import access_log, contacts, migrations, privacy_requests, purposes
from booking_service.storage.access_log import Reveal
from booking_service.storage.engine import open_engine, transaction
from booking_service.storage.privacy_requests import PrivacyRequest
from tests.cli.command import Command
from tests.cli.command import command as command

EMPTY = "0:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture(autouse=True)
def newsletter(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/booking.db")
    migrations.upgrade(engine)
    with transaction(engine) as session:
        for at, (slug, kind) in enumerate((("newsletter", PurposeKind.EMAIL), ("calls", PurposeKind.PHONE))):
            purposes.save(session, Purpose(id=UUID(int=at + 1), slug=slug, kind=kind), position=at)
    engine.dispose()


def said(command: Command, *arguments: str) -> Any:
    ran = command("consents", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.capability("S2-10", "S5-13", "S5-14")
def test_a_consent_recorded_by_hand_is_found_again_and_ended_and_taken_back(command: Command) -> None:
    record = ("record", "anna@example.org", "newsletter", "--reason", "signed at the fair")
    columns = (
        "--who",
        "Anna Ott",
        "--source",
        "fair",
        "--date",
        "2024-05-01",
        "--id",
        "card-17",
        "--description",
        "paper",
    )
    would = said(command, *record, *columns, "--dry-run")
    assert would == {"dry_run": True, "changed": True, "before": "none", "after": "user", "entry_id": None}
    assert said(command, "list") == []
    done = said(command, *record, *columns)
    assert (done["changed"], done["after"]) == (True, "user")
    assert not said(command, *record, *columns)["changed"]
    for found in (
        said(command, "list", "--optin-id", "card-17"),
        said(command, "list", "--source", "fair", "--from", "2024-05-01", "--to", "2024-05-01"),
        said(command, "list", "--purpose", "newsletter", "--standing", "user"),
    ):
        [row] = found
        assert row["contact"] == {"address": "anna@example.org", "phone": "", "name": "Anna Ott"}
        assert (row["standing"], row["since"][:10]) == ("user", "2024-05-01")
        assert (row["may_be_used"], row["why_not"]) == (False, "not-accepted: user")
    assert said(command, "list", "--source", "elsewhere") == said(command, "list", "--standing", "double") == []
    ours = ("opt-out", "anna@example.org", "newsletter", "--ours", "--reason", "bounced")
    assert said(command, *ours)["after"] == "out-user"
    refused = command("consents", *record)
    assert refused.code == 1
    assert "Revert that first, with a reason." in refused.err
    assert said(command, "revert", "anna@example.org", "newsletter", "--reason", "was a mistake")["after"] == "user"
    shown = said(command, "show", "ANNA@example.org")
    assert [(each["act"], each["detail"]["reason"]) for each in shown["entries"]] == [
        *(("recorded", "signed at the fair"), ("withdrawn", "bounced"), ("reopened", "was a mistake"))
    ]
    assert shown["entries"][0]["detail"]["optin_id"] == "card-17"
    assert shown["standings"][0]["standing"] == "user"
    [calls, newsletter] = sorted(said(command, "report"), key=lambda each: str(each["purpose"]))
    assert (newsletter["standings"], calls["standings"]) == ({"user": 1}, {})
    assert (newsletter["asked"], newsletter["agreed_of_asked"]) == (0, 0), "recorded is not asked"
    assert newsletter["findings"] == {"no-text": 0, "no-source": 1}
    assert "newsletter: 1 user" in command("consents", "report").out
    heads, *lines = [line.split(",") for line in command("consents", "report", "--csv").out.splitlines()]
    table = {line[0]: dict(zip(heads, line, strict=True)) for line in lines}
    assert (table["newsletter"]["user"], table["calls"]["user"]) == ("1", "0")
    assert (table["newsletter"]["finding:no-source"], table["newsletter"]["finding:no-text"]) == ("1", "1")
    assert command("consents", "report", "--csv", "--json").code == 2
    readable = command("consents", "show", "anna@example.org").out
    assert "Anna Ott · fair · 2024-05-01 · paper · signed at the fair" in readable


@pytest.mark.capability("S4-52", "S2-11")
def test_what_people_ended_themselves_staff_do_not_bring_back(command: Command) -> None:
    theirs = ("opt-out", "+49 30 901820", "calls", "--theirs", "--reason", "said so on the phone")
    assert said(command, *theirs)["after"] == "out-contact"
    assert said(command, *theirs)["changed"] is False
    for again in (("record", "+4930901820", "calls"), ("revert", "+4930901820", "calls")):
        refused = command("consents", *again, "--reason", "x")
        assert refused.code == 1
        assert "They said no themselves on" in refused.err
        assert "(told to staff)" in refused.err
    assert "Nothing to change: it is already out-contact." in command("consents", *theirs).out
    [entry] = said(command, "show", "+4930901820")["entries"]
    assert (entry["by"], bool(entry["detail"]["staff"])) == ("contact", True)
    assert f"contact, passed on by {entry['detail']['staff']}" in command("consents", "show", "+4930901820").out


def test_what_is_asked_wrongly_is_said_and_changes_nothing(command: Command) -> None:
    for arguments, words in (
        (("show", "nobody@example.org"), "Nothing is known of nobody@example.org."),
        (("show", "nobody"), "write a mail address, or a phone number like +49 30 1234567"),
        (("record", "a@example.org", "nothing", "--reason", "x"), "there is no purpose 'nothing'"),
        (("record", "a@example.org", "newsletter", "--reason", " "), "Say why"),
        (("record", "a@example.org", "newsletter", "--reason", "x", "--date", "31.02.2026"), "write YYYY-MM-DD"),
        (("list", "--standing", "maybe"), "--standing is one of never, asked"),
        (("list", "--purpose", "newsleter"), "there is no purpose 'newsleter'"),
        (("add", "a@example.org", "--name", "N" * 121), "--name has 121 characters, and 120 fit."),
        (("verify", "--head", "7"), "A head is SIZE:ROOT"),
    ):
        ran = command("consents", *arguments)
        assert ran.code in (1, 2)
        assert words in ran.err
    assert said(command, "list") == []


def test_a_list_that_is_longer_than_what_is_shown_says_so(command: Command) -> None:
    for name in ("anna", "bob", "eve"):
        said(command, "record", f"{name}@example.org", "newsletter", "--reason", "card")
    short = command("consents", "list", "--limit", "2", "--json")
    assert (len(json.loads(short.out)), short.err.strip()) == (
        2,
        "There are more than these 2: --limit says how many are listed.",
    )
    whole = command("consents", "list", "--limit", "3", "--json")
    assert (len(json.loads(whole.out)), whole.err) == (3, "")


@pytest.mark.capability("S4-44")
def test_one_contact_is_asked_by_mail_and_once_only(command: Command, tmp_path: Path) -> None:
    said(command, "record", "anna@example.org", "newsletter", "--reason", "card")
    ask = ("ask", "anna@example.org", "newsletter", "--reason", "wants proof")
    unwritten = command("consents", *ask)
    assert unwritten.code == 1
    assert "has no text yet" in unwritten.err
    engine = open_engine(f"sqlite:///{tmp_path}/booking.db")
    texts = texts_of({Part.NAME: "Newsletter", Part.BOX: "Yes"})
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction(engine) as session:
        wording = Wording(purpose="newsletter", language="en", version=1, texts=texts, made_at=made_at, made_by="x")
        purposes.add_wording(session, wording)
    engine.dispose()
    assert said(command, *ask, "--dry-run") == {"dry_run": True, "changed": True, "entry_id": None}
    assert said(command, *ask)["changed"]
    assert not said(command, *ask)["changed"]
    [asked] = said(command, "list", "--standing", "pending")
    assert (asked["standing"], asked["question"]) == ("user", "pending")
    said(command, "opt-out", "anna@example.org", "newsletter", "--ours", "--reason", "bounced")
    refused = command("consents", *ask)
    assert (refused.code, "Revert that first" in refused.err) == (1, True)
    said(command, "record", "+49 30 901820", "calls", "--reason", "card")
    assert "proves nothing for calls" in command("consents", "ask", "+49 30 901820", "calls", "--reason", "x").err


@pytest.mark.promise("I9")
def test_verify_says_what_is_wrong_and_the_head_to_keep(command: Command, tmp_path: Path) -> None:
    fine = command("consents", "verify")
    assert (fine.code, fine.out) == (0, f"✓ Everything is as it was written.\nHead: {EMPTY}\n")
    longer = command("consents", "verify", "--head", f"7:{'0' * 64}")
    assert longer.code == 1
    assert "✗ head: The tree has 0 places, but the head that was kept elsewhere says 7: its end is gone." in longer.out
    with closing(sqlite3.connect(tmp_path / "booking.db")) as connection:
        connection.execute("DROP TRIGGER ledger_leaf_no_delete")
    broken = command("consents", "verify", "--json")
    assert broken.code == 1
    report = json.loads(broken.out)
    assert [each["kind"] for each in report["findings"]] == ["guard"]
    assert (report["size"], report["root"]) == (0, EMPTY.partition(":")[2])


@pytest.mark.capability("S3-19", "S4-25")
def test_one_persons_data_is_handed_out_and_erased_by_command(command: Command) -> None:
    recorded = ("record", "anna@example.org", "newsletter", "--who", "Anna Ott", "--source", "fair")
    said(command, *recorded, "--date", "2024-05-01", "--reason", "signed at the fair")
    given = json.loads(command("privacy", "export", "anna@example.org").out)
    assert given["person"]["address"] == "anna@example.org"
    assert given["entries"][0]["detail"]["source"] == "fair"
    assert given["looked_at"][0]["by"] == "staff"
    assert command("privacy", "erase", "anna@example.org").code == 1
    would = command("privacy", "erase", "anna@example.org", "--dry-run").out
    assert would.startswith("Would erase 0 bookings, 0 fields, 1 details of consents, and who it was.")
    assert command("privacy", "export", "anna@example.org").code == 0
    done = command("privacy", "erase", "anna@example.org", "--reason", "wrote a letter").out
    assert done.startswith("Erased 0 bookings")
    assert command("privacy", "export", "anna@example.org").code == 1
    whole = command("consents", "export", "--purpose", "newsletter", "--all").out
    assert len(whole.splitlines()) == 1, "who was erased is in no list"
    assert "asked to be erased" in command("consents", *recorded, "--reason", "again").err
    [kept] = json.loads(command("privacy", "vault", "anna@example.org", "--reason", "a complaint").out)
    assert kept["name"] == "Anna Ott"
    assert command("privacy", "vault", "anna@example.org").code == 1
    assert command("consents", "verify").code == 0
    assert "Nobody waits to be erased." in command("privacy", "requests").out


def test_who_asked_is_told_by_a_last_mail_where_the_command_says_so(command: Command) -> None:
    said(command, "record", "anna@example.org", "newsletter", "--reason", "card")
    said(command, "record", "+49 30 901820", "calls", "--reason", "card")
    erase = ("privacy", "erase", "anna@example.org", "--tell")
    assert command(*erase).code == 1, "no reason"
    assert command(*erase, "--ours", "--reason", "over").code == 2
    assert command(*erase, "--dry-run").out.startswith("Would erase 0 bookings")
    assert command("privacy", "requests").out == "Nobody waits to be erased.\n"
    reference = json.loads(command(*erase, "--reason", "a letter", "--json").out)["reference"]
    [waits] = json.loads(command("privacy", "requests", "--json").out)
    assert (waits["reference"], waits["asked_at"]) == (reference, waits["due_at"])
    again = command(*erase, "--reason", "again")
    assert (again.code, reference in again.err) == (1, True)
    unreached = command("privacy", "erase", "+49 30 901820", "--tell", "--reason", "a call")
    assert (unreached.code, "No mail reaches them" in unreached.err) == (1, True)


def test_before_it_erases_the_command_says_which_merged_addresses_go_along(command: Command) -> None:
    for address in ("anna@example.org", "anna@old.example.org"):
        recorded = ("record", address, "newsletter", "--who", "Anna Ott", "--source", "fair", "--date", "2024-05-01")
        said(command, *recorded, "--reason", "signed at the fair")
    into = ("--into", "anna@example.org", "--reason", "one person")
    assert command("consents", "merge", "anna@old.example.org", *into).code == 0
    would = command("privacy", "erase", "anna@old.example.org", "--dry-run").out
    assert "With it of anna@example.org, merged with it." in would
    told = json.loads(command("privacy", "erase", "anna@example.org", "--reason", "a letter", "--json").out)
    assert told["merged"] == ["anna@old.example.org"]
    assert command("privacy", "export", "anna@old.example.org").code == 1


@pytest.mark.capability("S4-25", "S4-26")
def test_a_wish_to_be_erased_is_put_off_refused_and_hastened_by_command(command: Command, tmp_path: Path) -> None:
    said(command, "record", "anna@example.org", "newsletter", "--reason", "card")
    for reference in ("DL-00000A", "DL-00000B"):
        _wished(tmp_path, "anna@example.org", UUID(int=int(reference[-1], 16)))
    assert "DL-00000A" in command("privacy", "requests").out
    late = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    assert command("privacy", "put-off", "DL-00000A", "--until", late, "--reason", " ").code == 1
    too_late = (datetime.now(UTC) + timedelta(days=120)).date().isoformat()
    refused = command("privacy", "put-off", "DL-00000A", "--until", too_late, "--reason", "an audit")
    assert (refused.code, "at the latest" in refused.err) == (1, True)
    put_off = command("privacy", "put-off", "dl-00000a", "--until", late, "--reason", "an audit").out
    assert put_off == f"It is done on {late}. The person is told why by email.\n"
    [first, second] = json.loads(command("privacy", "requests", "--json").out)
    assert (first["reference"], second["reference"]) == ("DL-00000B", "DL-00000A")
    assert second["due_at"].startswith(f"{late}T23:59")
    assert command("privacy", "do-now", "DL-00000A", "--personal-only").out.startswith("It is done within seconds")
    assert command("privacy", "refuse", "DL-00000B", "--reason", "it was not her").out.startswith("Refused.")
    gone = command("privacy", "refuse", "DL-00000B", "--reason", "again")
    assert (gone.code, "No open deletion request" in gone.err) == (2, True)


def test_a_wish_to_be_erased_is_taken_back_by_its_person_whom_a_command_mails_the_link(
    command: Command, tmp_path: Path
) -> None:
    said(command, "record", "anna@example.org", "newsletter", "--reason", "card")
    _wished(tmp_path, "anna@example.org", UUID(int=10))
    asked = command("privacy", "take-back", "dl-00000a", "--json")
    assert json.loads(asked.out) == {"reference": "DL-00000A", "mailed": True}
    assert json.loads(command("privacy", "take-back", "DL-00000A", "--json").out)["mailed"] is False
    assert "have not pressed the button yet" in command("privacy", "take-back", "DL-00000A").out
    with closing(sqlite3.connect(tmp_path / "booking.db")) as database:
        [(what, payload)] = database.execute("SELECT what, payload FROM pending_change").fetchall()
        [(owed,)] = database.execute("SELECT count(*) FROM outbox WHERE key LIKE '%confirm-change%'").fetchall()
    assert (what, bool(json.loads(payload)["staff"]), owed) == ("keep", True, 1)
    assert "DL-00000A" in command("privacy", "requests").out, "until they press it stays due"
    assert command("privacy", "take-back", "DL-FFFFFF").code == 2


def test_why_somebody_looked_is_added_afterwards_once_and_by_themselves(command: Command, tmp_path: Path) -> None:
    said(command, "record", "anna@example.org", "newsletter", "--reason", "card")
    engine, id = open_engine(f"sqlite:///{tmp_path}/booking.db"), UUID(int=77)
    with transaction(engine) as session:
        contact = contacts.by_address(session, "anna@example.org")
        assert contact is not None
        at = datetime.now(UTC)
        for line, by in ((id, staff(who_sits_here())), (UUID(int=78), "other")):
            access_log.add(session, Reveal(id=line, at=at, contact_id=contact.id, by=by, what="field:insurance"))
    engine.dispose()
    listed = json.loads(command("privacy", "access-log", "--json").out)
    assert [(each["line"], each["who"], each["why"]) for each in listed["lines"]] == [
        (str(UUID(int=78)), "anna@example.org", ""),
        (str(id), "anna@example.org", ""),
    ]
    reason = ("privacy", "give-reason", str(id), "--reason")
    assert command(*reason, " ").code == 1
    assert json.loads(command(*reason, "Her insurer asked", "--json").out)["why"] == "Her insurer asked"
    assert command(*reason, "another").code == 2, "it stays as it was written"
    assert command("privacy", "give-reason", str(UUID(int=78)), "--reason", "x").code == 2, "another's"
    assert command("privacy", "give-reason", "x", "--reason", "x").code == 2
    assert "Her insurer asked" in command("privacy", "access-log").out
    for options, lines in (
        (("--find", "insurer"), 1),
        (("--find", "anna@"), 2),
        (("--find", "other"), 1),
        (("--what", "field:insurance"), 2),
        (("--what", "list"), 0),
        (("--from", f"{at:%Y-%m-%d}", "--to", f"{at:%Y-%m-%d}"), 2),
        (("--to", f"{at - timedelta(days=1):%Y-%m-%d}"), 0),
    ):
        assert len(json.loads(command("privacy", "access-log", *options, "--json").out)["lines"]) == lines, options
    assert command("privacy", "access-log", "--what", "lists").code == 2


@pytest.mark.capability("S5-06")
def test_contacts_are_merged_and_parted_by_command(command: Command) -> None:
    for address in ("anna@example.org", "anna@old.example.org"):
        said(command, "record", address, "newsletter", "--reason", "card")
    merge = ("consents", "merge", "anna@old.example.org", "--into", "anna@example.org", "--reason", "one person")
    assert command(*merge).out == "Merged.\n"
    assert command(*merge).code == 1
    assert said(command, "show", "anna@old.example.org")["merged_into"]["address"] == "anna@example.org"
    gone = command("consents", "show", "anna@old.example.org").out
    assert "Merged into anna@example.org, which takes its place in lists." in gone
    assert said(command, "show", "anna@example.org")["merged_into"] is None
    said(command, "opt-out", "anna@old.example.org", "newsletter", "--theirs", "--reason", "rang")
    assert said(command, "show", "anna@example.org")["standings"][0]["standing"] == "out-contact"
    part = ("consents", "part", "anna@old.example.org", "--reason", "two people")
    assert command(*part).out.startswith("Separated.")
    assert command(*part).code == 1
    assert said(command, "show", "anna@example.org")["standings"][0]["standing"] == "user"
    assert command("consents", "verify").code == 0


def _wished(tmp_path: Path, address: str, id: UUID) -> None:
    """As whoever has the address confirmed it from their mailbox."""
    engine, now = open_engine(f"sqlite:///{tmp_path}/booking.db"), datetime.now(UTC)
    with transaction(engine) as session:
        contact = contacts.by_address(session, address)
        assert contact is not None
        wish = PrivacyRequest(id=id, contact_id=contact.id, made_at=now, due_at=now + timedelta(days=7))
        privacy_requests.save(session, wish)
        requests.owe(session, wish, due_at=wish.due_at, now=now)
    engine.dispose()


def test_texts_of_a_purpose_get_a_new_version_and_a_purpose_ends_and_begins_again(command: Command) -> None:
    assert said(command, "purposes", "list")[0]["languages"] == []
    reword = ("purposes", "reword", "newsletter", "--language", "en", "--name", "Letters", "--box", "Send me letters.")
    assert said(command, *reword, "--dry-run")["version"] == 1
    assert said(command, "purposes", "show", "newsletter")["versions"] == []
    assert said(command, *reword)["changed"]
    assert not said(command, *reword)["changed"]
    assert said(command, "purposes", "reword", "newsletter", "--language", "en", "--benefit", "News.")["version"] == 2
    [newer, older] = said(command, "purposes", "show", "newsletter")["versions"]
    assert newer["texts"] == {"name": "Letters", "box": "Send me letters.", "benefit": "News."}
    assert older["texts"] == {"name": "Letters", "box": "Send me letters."}
    assert "1 user" not in command("consents", "purposes", "list").out
    said(command, "record", "anna@example.org", "newsletter", "--reason", "card")
    assert "1 user" in command("consents", "purposes", "list").out
    assert said(command, "purposes", "end", "newsletter", "--dry-run")["usable"] == 1
    assert said(command, "list")[0]["why_not"] == "not-accepted: user"
    assert said(command, "purposes", "end", "newsletter")["changed"]
    assert said(command, "list")[0]["why_not"] == "purpose-off"
    assert "It is not in use." in command("consents", "purposes", "end", "newsletter").out
    assert said(command, "purposes", "use", "newsletter")["changed"]
    for arguments in (("show", "nothing"), ("end", "nothing"), ("reword", "nothing", "--language", "en")):
        assert command("consents", "purposes", *arguments).code == 2
    assert "--language is one of" in command("consents", "purposes", "reword", "newsletter", "--language", "x").err
    assert "with --box" in command("consents", "purposes", "reword", "calls", "--language", "en").err


@pytest.mark.capability("S4-51")
def test_reverting_an_opt_out_of_who_had_agreed_to_nothing_says_that_it_records_a_consent(command: Command) -> None:
    agreed, never = "anna@example.org", "bob@example.org"
    said(command, "record", agreed, "newsletter", "--reason", "card")
    for each in (agreed, never):
        said(command, "opt-out", each, "newsletter", "--ours", "--reason", "tidying up")
    told = "They had given no consent before it, so this"
    would = command("consents", "revert", never, "newsletter", "--reason", "found a card", "--dry-run").out
    assert f"{told} would record one. If you know of none, leave the opt-out" in would
    assert told not in command("consents", "revert", agreed, "newsletter", "--reason", "was a mistake").out
    ran = command("consents", "revert", never, "newsletter", "--reason", "found a card")
    assert f"{told} recorded one." in ran.out
    assert "out-user → user" in ran.out


@pytest.mark.capability("S4-46")
def test_a_contact_is_made_by_command_with_nothing_recorded(command: Command) -> None:
    add = ("consents", "add", "anna@example.org", "--name", "Anna Ott", "--phone", "+49 30 901820", "--language", "de")
    assert command(*add).out == "Added.\n"
    assert command(*add).out == "This contact was there already. Nothing was changed.\n"
    assert json.loads(command("consents", "show", "anna@example.org", "--json").out)["entries"] == []
    for wrong in (("nobody",), ("b@example.org", "--phone", "b@example.org"), ("b@example.org", "--language", "xx")):
        assert command("consents", "add", *wrong).code in (1, 2), wrong
    assert command("consents", "show", "b@example.org").code == 1


def test_an_opt_out_from_everything_ends_what_stands_again_since_the_last_one_and_says_so(command: Command) -> None:
    everything = ("opt-out", "anna@example.org", "*", "--ours", "--reason", "tidying up")
    assert said(command, *everything)["changed"]
    assert "Nothing to change: it is already out-user." in command("consents", *everything).out
    assert said(command, "revert", "anna@example.org", "newsletter", "--reason", "found a card")["after"] == "user"
    assert "Would end what stands since: out-user." in command("consents", *everything, "--dry-run").out
    assert "Ended what stands since: out-user." in command("consents", *everything).out
    [newsletter] = said(command, "list", "--purpose", "newsletter")
    assert newsletter["standing"] == "out-user"
    for one in (("record", "anna@example.org", "*"), ("revert", "anna@example.org", "*")):
        refused = command("consents", *one, "--reason", "all at once")
        assert (refused.code, "name one purpose" in refused.err) == (1, True)


def test_a_number_is_given_changed_and_taken_away_with_a_reason(command: Command) -> None:
    assert command("consents", "add", "grace@example.net").code == 0
    give = "consents", "number", "grace@example.net", "--reason", "told us"
    assert "The number is +4930901820." in command(*give, "--to", "+49 30 901820").out
    assert "It was so already." in command(*give, "--to", "+49 30 901820").out
    for wrong in ((), ("--to", "030 1"), ("--to", "a@example.org"), ("--to", "+49 30 901820", "--remove")):
        assert command(*give, *wrong).code != 0, wrong
    assert "No number is kept any more." in command(*give, "--remove").out
