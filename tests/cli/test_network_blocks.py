"""Networks are shut out and let in by command."""

import json

from tests.cli.command import Command
from tests.cli.command import command as command


def test_networks_are_shut_out_and_let_in(command: Command) -> None:
    assert command("migrate").code == 0
    assert command("blocks", "list").out == "Everybody may hold a time.\n"
    made = json.loads(command("blocks", "add", "203.0.113.9/24", "--reason", "a flood", "--json").out)
    assert (made["network"], made["reason"]) == ("203.0.113.0/24", "a flood")
    added = command("blocks", "add", "2001:db8:7::1", "--reason", "a flood", "--until-let-in").out
    assert added == "No time can be held from 2001:db8:7::/64 until it is unblocked.\n"
    listed = json.loads(command("blocks", "list", "--json").out)
    assert [(each["network"], each["until"] is None) for each in listed] == [
        ("2001:db8:7::/64", True),
        ("203.0.113.0/24", False),
    ]
    assert "until let in" in command("blocks", "list").out
    assert command("blocks", "let-in", "203.0.113.0/24").out == "203.0.113.0/24 is no longer blocked.\n"
    assert "nothing was changed" in command("blocks", "let-in", "203.0.113.0/24").out
    for wrong in ("0.0.0.0/0", "2001:db8::/16", "127.0.0.1", "nonsense"):
        assert command("blocks", "add", wrong, "--reason", "a flood").code == 2
    for days in ("0", "366", "99999999999"):
        assert command("blocks", "add", "192.0.2.1", "--reason", "a flood", "--days", days).code == 2
    assert command("blocks", "add", "192.0.2.1", "--reason", " ").code == 2
