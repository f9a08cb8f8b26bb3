"""Who may sign in, from the command line: the first administrator, a link where no mail leaves, everybody."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from booking_service.domain.identities import Identity
from booking_service.storage import identities, people
from booking_service.storage.engine import open_engine, transaction
from tests.cli.command import Command
from tests.cli.command import command as command

OFFICE = "office@example.org"


def test_the_first_administrator_needs_neither_host_nor_mail(command: Command) -> None:
    added = command("user", "add", OFFICE, "--admin", "--name", "Office")
    assert added.code == 0, added.err
    assert f"{OFFICE} is an administrator" in added.out
    assert command("user", "add", OFFICE, "--admin").code == 2
    assert command("user", "add", "no-address", "--admin").code == 2
    link = command("user", "link", "--sign-in", OFFICE)
    assert link.code == 0, link.err
    assert "/host/sign-in/" in link.out
    nobody = command("user", "link", "--sign-in", "nobody@example.org")
    assert nobody.code == 2
    assert "nobody signs in as nobody@example.org" in nobody.err


def test_accounts_of_the_identity_provider_are_listed_and_unlinked(command: Command, tmp_path: Path) -> None:
    assert command("user", "add", OFFICE, "--admin").code == 0
    assert command("user", "accounts", OFFICE).out == f"{OFFICE}: none.\n"
    engine, issuer = open_engine(f"sqlite:///{tmp_path}/booking.db"), "https://id.example.org"
    with transaction(engine) as session:
        person = people.by_email(session, OFFICE)
        assert person is not None
        at = datetime(2030, 1, 7, tzinfo=UTC)
        made = Identity(id=uuid4(), person_id=person.id, issuer=issuer, subject="7", email="", linked_at=at)
        identities.put(session, made)
    engine.dispose()
    assert command("user", "accounts", OFFICE).out == f"{OFFICE}: 7 of {issuer}, since 2030-01-07.\n"
    assert command("user", "accounts", OFFICE, "--unlink").out == f"{OFFICE}: 7 of {issuer}, unlinked.\n"
    assert command("user", "accounts", OFFICE).out == f"{OFFICE}: none.\n"
    assert command("user", "accounts", "nobody@example.org").code == 2


def test_each_host_can_sign_in_unless_another_has_the_address(command: Command) -> None:
    zone = ("--zone", "Europe/Berlin")
    assert command("user", "add", "ada", "--name", "Ada", "--email", "ada@example.org", *zone).code == 0
    assert command("user", "add", "twin", "--name", "Twin", "--email", "ADA@example.org", *zone).code == 0
    assert command("user", "add", "ada@example.org", "--admin").code == 0
    listed = json.loads(command("user", "list", "--people", "--json").out)
    assert [(each["email"], each["roles"], each["host"]) for each in listed] == [
        ("ada@example.org", ["admin", "host"], "ada")
    ]
    assert "Nobody can sign in as twin" in command("check").out
    assert command("user", "add", "bob").code == 2


def test_people_are_invited_changed_and_removed_at_the_command_line(command: Command) -> None:
    assert command("user", "add", OFFICE, "--admin").code == 0
    invited = command("user", "add", "max@example.org", "--invite", "staff,consents", "--name", "Max")
    assert (invited.code, "invited as staff consents" in invited.out) == (0, True), invited.err
    again = command("user", "add", "MAX@example.org", "--invite", "staff")
    assert (again.code, "signs in here already" in again.err) == (2, True)
    unknown = command("user", "add", "x@example.org", "--invite", "king")
    assert (unknown.code, "neither a role nor a permission: king. There are: host, staff" in unknown.err) == (2, True)
    changed = command("user", "role", "max@example.org", "admin", "vault")
    assert (changed.code, changed.out) == (0, "max@example.org: admin vault\n"), changed.err
    assert command("user", "role", "max@example.org").out == "max@example.org: admin vault\n"
    assert command("user", "role", OFFICE, "staff").code == 0
    last = command("user", "role", "max@example.org", "staff")
    assert (last.code, "only administrator" in last.err) == (2, True)
    assert "only administrator" in command("user", "remove", "max@example.org").err
    assert "would be removed" in command("user", "remove", OFFICE, "--dry-run").out
    assert command("user", "remove", OFFICE).out == f"{OFFICE} is removed.\n"
    assert command("user", "remove", OFFICE).code == 2
    zone = ("--zone", "Europe/Berlin")
    assert command("user", "add", "ada", "--name", "Ada", "--email", "ada@example.org", *zone).code == 0
    gone = command("user", "remove", "ada@example.org")
    assert "The page /ada closes. Holds that end: 0." in gone.out
    assert "ada" not in command("export-setup").out
    assert "Nobody can sign in as ada" not in command("check").out
    listed = json.loads(command("user", "list", "--people", "--json").out)
    assert [each["email"] for each in listed] == ["max@example.org"]


def test_policies_are_listed_with_who_set_them_and_why(command: Command, tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text('[organisation]\nname = "Engines"\ndoi_forced = true\nretain_days = 30\n')
    assert command("apply", "setup.toml", "--reason", "By the board").code == 0
    listed = {each["key"]: each for each in json.loads(command("policies", "--json").out)}
    forced = listed["organisation.doi_forced"]
    assert (forced["value"], forced["reason"]) == ("true", "By the board")
    assert forced["by"]
    assert listed["organisation.retain_days"]["value"] == "30"
    assert (listed["consents.opt_in"]["value"], listed["consents.opt_in"]["by"]) == ("true", "")
    assert "By the board" in command("policies", "--reasons").out


def test_what_was_done_to_people_is_told_to_programs(command: Command) -> None:
    def told(*words: str) -> dict[str, object]:
        ran = command("user", *words, "--json")
        assert ran.code == 0, ran.err
        found: dict[str, object] = json.loads(ran.out)
        return found

    added = told("add", OFFICE, "--admin")
    assert (added["email"], added["roles"], str(added["page"]).endswith("/host/sign-in")) == (OFFICE, ["admin"], True)
    assert told("add", "team@example.org", "--invite", "staff,consents")["permissions"] == ["consents"]
    assert told("add", "ada", "--name", "Ada", "--email", "ada@example.org", "--zone", "UTC")["host"] == "ada"
    assert told("role", "team@example.org", "staff") == {
        "email": "team@example.org",
        "roles": ["staff"],
        "permissions": [],
    }
    assert told("second-factor", OFFICE) == {"email": OFFICE, "since": None, "recovery_codes": 0}
    assert told("accounts", OFFICE) == {"email": OFFICE, "accounts": [], "unlinked": False}
    assert told("remove", "team@example.org", "--dry-run")["removed"] is False
    assert told("remove", "team@example.org")["removed"] is True
