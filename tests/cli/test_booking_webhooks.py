"""webhooks: programs that are told of bookings, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from booking_service.clock import utc_now
from booking_service.storage import follow_ups, outbox
from booking_service.storage.engine import open_engine, transaction
from tests.cli.command import Command
from tests.cli.command import command as command
from tests.world import world

ALLOWED = {"BOOKING_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8"}
URL = "http://127.0.0.1:9/bookings"


@pytest.fixture
def set_up(tmp_path: Path) -> None:
    with world(tmp_path):
        pass


def said(command: Command, *arguments: str) -> Any:
    ran = command("webhooks", *arguments, "--json", **ALLOWED)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.usefixtures("set_up")
def test_they_are_added_listed_tested_and_taken_away(command: Command) -> None:
    of_ada, of_all = said(command, "add", URL, "--host", "ada"), said(command, "add", URL)
    assert of_ada["secret"].startswith("whsec_")
    assert [each["host"] for each in said(command, "list")] == ["ada", None]
    assert "everybody" in command("webhooks", "list").out
    said(command, "test", of_ada["id"])
    assert "There are more" not in command("webhooks", "log", of_ada["id"], "--limit", "1").err
    [waits] = said(command, "log", of_ada["id"])
    assert (waits["type"], waits["tries"], waits["told_at"]) == ("webhook.test", 0, None)
    assert said(command, "log", of_all["id"]) == []
    assert said(command, "rotate", of_ada["id"])["secret"] != of_ada["secret"]
    said(command, "remove", of_all["id"])
    assert [each["id"] for each in said(command, "list")] == [of_ada["id"]]


@pytest.mark.usefixtures("set_up")
def test_what_was_told_or_given_up_is_sent_again_by_its_number(command: Command, tmp_path: Path) -> None:
    id = said(command, "add", URL)["id"]
    said(command, "test", id)
    engine, now = open_engine(f"sqlite:///{tmp_path}/booking.db"), utc_now()
    with transaction(engine) as session:
        [hook] = follow_ups.every(session)
        claimed = outbox.claim(session, now=now, lanes=follow_ups.lanes(hook.id))
        assert claimed is not None
        outbox.bury(session, claimed, now=now, error="it answered 500")
    [dead] = said(command, "log", id)
    assert (dead["error"], dead["again_at"]) == ("it answered 500", None)
    said(command, "redeliver", id, str(dead["number"]))
    [again] = said(command, "log", id)
    assert (again["given_up_at"], again["number"]) == (None, dead["number"])
    assert said(command, "retry", id) == {"retried": 1}
    assert command("webhooks", "redeliver", id, "999", **ALLOWED).code != 0
    engine.dispose()


@pytest.mark.usefixtures("set_up")
def test_what_is_refused_says_why(command: Command) -> None:
    assert "https://example.org/bookings" in command("webhooks", "add", "example.org").err
    assert "webhooks.allowed_networks" in command("webhooks", "add", URL).err
    assert command("webhooks", "add", URL, "--host", "nobody", **ALLOWED).code != 0
    assert "webhooks list" in command("webhooks", "log", "x").err
