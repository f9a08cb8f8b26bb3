"""consents write and consents writing: to whom, why not the others, how far it is; on both databases."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from booking_service.actions.consent import messages
from booking_service.domain.purposes import Part, Wording, texts_of
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.conftest import people as people
from tests.actions.consent.conftest import service as service
from tests.actions.consent.people import People
from tests.cli.command import Command
from tests.cli.command import command as command
from tests.world import World

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.capability("S4-53")
def test_a_message_is_tried_written_stopped_and_carried_on(
    command: Command, service: World, people: People, tmp_path: Path
) -> None:
    texts = texts_of({Part.NAME: "Newsletter", Part.BOX: "Yes"})
    with transaction(service.rt.engine) as session:
        purposes.add_wording(
            session,
            Wording(purpose="newsletter", language="en", version=1, texts=texts, made_at=AT, made_by="x"),
        )
    anna = people.contact("anna@example.org")
    people.double(anna)
    people.contact("eve@example.org")
    file = tmp_path / "text.txt"
    file.write_text("We moved.\n")

    def ran(*arguments: str, code: int = 0) -> Any:
        done = command("consents", *arguments, "--json", BOOKING_DATABASE_URL=service.rt.settings.database_url)
        assert done.code == code, done.err
        return json.loads(done.out) if done.out else None

    given = ("--subject", "News", "--file", str(file))
    would = ran("write", "newsletter", "--list", *given, "--dry-run")
    assert (would["message"], would["state"], would["will_get_it"]) == (None, "draft", 1)
    assert ran("writing") == [], "a dry run keeps nothing"
    begun = ran("write", "newsletter", "--list", *given)
    assert (begun["state"], begun["contacts"], begun["will_get_it"]) == ("running", {"open": 1}, 1)
    [stopped] = ran("writing", begun["message"], "--stop")
    assert stopped["state"] == "stopped"
    [again] = ran("writing", begun["message"], "--carry-on")
    assert again["state"] == "running"
    one = ran("write", "anna@example.org", "newsletter", *given)
    assert one["contacts"] == {"queued": 1}
    refused = ran("write", "eve@example.org", "newsletter", *given, code=1)
    assert refused["refused"] == {"not-accepted: none": 1}
    assert len(ran("writing")) == 3
    for wrong in (
        ("write", "newsletter", *given),
        ("write", "newsletter", "--list", "--subject", "News", "--file", str(tmp_path / "nothing")),
        ("writing", "--stop"),
        ("writing", begun["message"], "--stop", "--carry-on"),
        ("writing", "00000000-0000-0000-0000-000000000009"),
    ):
        ran(*wrong, code=2)
    assert messages.latest(service.rt, language="en", now=service.now)[0].message.called


@pytest.mark.capability("S4-29")
def test_a_rule_that_mails_is_added_listed_and_removed(command: Command, service: World) -> None:
    def ran(*arguments: str, code: int = 0) -> str:
        done = command("consents", "rule", *arguments, BOOKING_DATABASE_URL=service.rt.settings.database_url)
        assert done.code == code, done.err
        return done.out

    id = json.loads(ran("add", "newsletter", "data@partner.example", "--json"))["id"]
    [listed] = json.loads(ran("list", "--json"))
    assert (listed["id"], listed["audience"], listed["address"]) == (id, "partner", "data@partner.example")
    ran("add", "newsletter", "stranger@example.org", "--staff", code=1)
    ran("add", "newsletter", "no address", code=1)
    assert "no longer told anything" in ran("remove", id)
    ran("remove", id, code=2)
    assert json.loads(ran("list", "--json")) == []
