"""Tokens by command: two people may call theirs the same, and the one that is meant is revoked."""

import json

from tests.cli.command import Command
from tests.cli.command import command as command

OFFICE, DESK = "office@example.org", "desk@example.org"


def test_two_people_may_call_a_token_the_same_and_the_one_that_is_meant_is_revoked(command: Command) -> None:
    for each in (OFFICE, DESK):
        assert command("user", "add", each, "--admin").code == 0
        assert command("token", "make", "CRM", "--as", each, "--read").out.startswith("bks_")
    again = command("token", "make", "CRM", "--as", OFFICE, "--read")
    assert (again.code, "already works for this person" in again.err) == (1, True)

    several = command("token", "revoke", "CRM")
    assert several.code == 1
    assert f"say whose with --as, one of {DESK}, {OFFICE}" in several.err
    assert command("token", "revoke", "CRM", "--as", DESK.upper()).code == 0
    listed = json.loads(command("token", "list", "--json").out)
    assert {each["acts_as"] for each in listed if each["revoked_at"] is None} == {OFFICE}
    gone = command("token", "revoke", "CRM", "--as", DESK)
    assert (gone.code, f"no token 'CRM' works as {DESK}" in gone.err) == (1, True)
    assert command("token", "revoke", "CRM").code == 0
