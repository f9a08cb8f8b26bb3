"""consents ask --list and consents asking: whom, why not the others, how far it is, and an end at any time; on both databases."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from booking_service.actions.consent import ask_list
from booking_service.clock import Clock
from booking_service.domain.ask_list import AskVerdict
from booking_service.domain.purposes import Part, Wording, texts_of
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.conftest import service as service
from tests.cli.command import Command
from tests.cli.command import command as command
from tests.world import World

Said = Callable[..., Any]


@pytest.fixture
def said(command: Command, service: World) -> Said:
    """What a command of this service says as JSON; its purpose has a text."""
    texts = texts_of({Part.NAME: "Newsletter", Part.BOX: "Yes"})
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction(service.rt.engine) as session:
        wording = Wording(purpose="newsletter", language="en", version=1, texts=texts, made_at=made_at, made_by="x")
        purposes.add_wording(session, wording)

    def run(*arguments: str) -> Any:
        ran = command("consents", *arguments, "--json", BOOKING_DATABASE_URL=service.rt.settings.database_url)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    return run


def people(said: Said) -> None:
    """Three who consented on paper, one of them two years before, and one who said no."""
    for number, given in enumerate(("2026-01-02", "2026-01-02", "2024-05-01")):
        who = f"anna{number}@example.org"
        said("record", who, "newsletter", "--source", "fair", "--date", given, "--reason", "a card")
    said("opt-out", "no@example.org", "newsletter", "--theirs", "--reason", "said so")


def next_one(service: World, list_id: str) -> AskVerdict | None:
    """As the worker takes the next contact."""
    rt = replace(service.rt, clock=Clock())
    return ask_list.carry_on(rt, UUID(list_id), now=rt.clock.now())


@pytest.mark.capability("S4-45")
def test_a_list_is_counted_asked_stopped_and_asked_to_its_end(
    said: Said, command: Command, service: World, tmp_path: Path
) -> None:
    people(said)
    would = said("ask", "newsletter", "--list", "--dry-run")
    assert (would["list"], would["state"], would["contacts"]) == (None, "draft", {"asked": 3, "own-no": 1})
    old = said("ask", "newsletter", "--list", "--source", "fair", "--to", "2024-12-31", "--dry-run")
    assert old["contacts"] == {"asked": 1}
    assert said("asking") == [], "a dry run asks nobody and keeps no list"
    file = tmp_path / "fair.csv"
    file.write_text("Name,Email\nAnna,ANNA0@example.org\nAnna,anna1@example.org\nEve,eve@example.org\n")
    begun = said("ask", "newsletter", "--list", "--file", str(file), "--reason", "a new newsletter")
    assert (begun["state"], begun["contacts"], begun["unknown_lines"]) == ("running", {"asked": 2}, 1)
    assert without_end(said("asking", begun["list"])) == without_end(said("asking"))
    assert next_one(service, begun["list"]) is AskVerdict.ASKED
    [running] = said("asking")
    assert (running["contacts"], running["left"], running["answers"]["waiting"]) == ({"asked": 1}, 1, 1)
    [stopped] = said("asking", begun["list"], "--stop")
    assert (stopped["state"], stopped["left"]) == ("stopped", 1)
    assert without_end(said("asking", begun["list"], "--stop")) == without_end([stopped]), (
        "a second stop changes nothing"
    )
    assert next_one(service, begun["list"]) is None
    rest = said("ask", "newsletter", "--list")
    assert rest["contacts"] == {"asked": 2, "waiting": 1, "own-no": 1}
    verdicts = []
    while (verdict := next_one(service, rest["list"])) is not None:
        verdicts.append(verdict)
    assert sorted(verdicts) == ["asked", "asked", "own-no", "waiting"]
    [done, first] = said("asking")
    assert (done["list"], done["state"], done["answers"]["waiting"]) == (rest["list"], "done", 2)
    assert without_end([first]) == without_end([stopped])
    assert len(said("list", "--standing", "pending")) == 3
    url = service.rt.settings.database_url
    nobody = command("consents", "ask", "newsletter", "--list", BOOKING_DATABASE_URL=url)
    assert (nobody.code, nobody.out) == (0, "Not asked, waiting: 3\nNot asked, own-no: 1\n")
    assert len(said("asking")) == 2
    table = command("consents", "asking", BOOKING_DATABASE_URL=url).out
    assert [word in table for word in (rest["list"], "stopped", "done")] == [True] * 3


def without_end(lists: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without when each will be over, which is reckoned from the moment of the question."""
    return [{name: value for name, value in each.items() if name != "last_at"} for each in lists]


def test_lists_that_can_not_be_asked_are_refused_in_words(said: Said, command: Command, service: World) -> None:
    people(said)
    for arguments, code, words in (
        (("ask", "newsletter"), 2, "Write ADDRESS PURPOSE, or PURPOSE with --list."),
        (("ask", "anna0@example.org", "newsletter", "--list"), 2, "Write ADDRESS PURPOSE, or PURPOSE with --list."),
        (("ask", "newsletter", "--list", "--standing", "maybe"), 2, "--standing is one of"),
        (("ask", "newsletter", "--list", "--file", "gone.csv"), 2, "gone.csv: No such file or directory"),
        (("ask", "newsletter", "--list", "--source", "elsewhere"), 1, "Nobody is on this list."),
        (("ask", "nothing", "--list"), 1, "there is no purpose 'nothing'"),
        (("ask", "calls", "--list"), 1, "A mailed link proves nothing for calls."),
        (("asking", "x"), 2, "There is no list x."),
        (("asking", str(UUID(int=1)), "--stop"), 2, f"There is no list {UUID(int=1)}."),
        (("asking", "--stop"), 2, "Say which list: consents asking LIST --stop."),
    ):
        ran = command("consents", *arguments, BOOKING_DATABASE_URL=service.rt.settings.database_url)
        assert (ran.code, words in ran.err) == (code, True), (arguments, ran.err)
    assert said("asking") == []
