"""Who may sign in, from the command line: the first administrator, a link where no mail leaves, everybody."""

import json

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
