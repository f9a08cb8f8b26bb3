"""consents news: who would be told, told once, stopped and carried on; on both databases."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

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


@pytest.mark.capability("S4-14", "S4-16")
def test_news_is_tried_sent_stopped_and_carried_on(command: Command, service: World, people: People) -> None:
    texts = texts_of({Part.NAME: "Calls", Part.BOX: "Yes"})
    with transaction(service.rt.engine) as session:
        purposes.add_wording(
            session, Wording(purpose="calls", language="en", version=1, texts=texts, made_at=AT, made_by="x")
        )
    people.double(people.contact("anna@example.org"))
    people.contact("stranger@example.org")

    def ran(*arguments: str, code: int = 0, as_json: bool = True) -> Any:
        given = ("--json",) if as_json else ()
        done = command("consents", "news", *arguments, *given, BOOKING_DATABASE_URL=service.rt.settings.database_url)
        assert done.code == code, done.err
        return json.loads(done.out) if as_json and done.out else done.out

    would = ran("send", "calls", "--dry-run")
    assert (would["message"], would["will_get_it"], would["refused"]) == (None, 1, {"unproven": 1})
    assert ran("list") == [], "a dry run keeps nothing"
    begun = ran("send", "calls")
    assert (begun["of"], begun["state"], begun["contacts"]) == ("calls", "making", {"open": 1})
    assert ran("stop", begun["message"])["state"] == "paused"
    assert ran("carry-on", begun["message"])["state"] == "making"
    assert "Are told: 1" in ran("send", "--page", as_json=False)
    assert [each["of"] for each in ran("list")] == ["*", "calls"]
    assert "calls" in ran("list", as_json=False)
    for wrong in (("send",), ("send", "calls", "--page"), ("stop", "00000000-0000-0000-0000-000000000009")):
        ran(*wrong, code=2)
    ran("send", "newsletter", code=1)
