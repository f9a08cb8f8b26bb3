"""What docs/webhooks.md has receivers do is right: its check, run on what a receiver really gets, and its fields."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from booking_service.actions.booking import change
from booking_service.actions.consent import follow_ups
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.webhook_changes import ToldChange
from tests.test_docs import ROOT, blocks
from tests.web.receivers import Receiver, receiver
from tests.world import MONDAY, World, world

PAGE = ROOT / "docs" / "webhooks.md"


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, webhooks={"allowed_networks": "127.0.0.0/8"}) as made:
        yield made


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def is_ours() -> Callable[..., bool]:
    """The function that the page shows, as whoever copies it has it."""
    [shown] = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(shown, PAGE.name, "exec"), names)  # noqa: S102 - our own page
    check: Callable[..., bool] = names["is_ours"]
    return check


def test_the_check_of_the_page_believes_what_is_ours_and_nothing_else(w: World, told: Receiver) -> None:
    _, secret = follow_ups.add_of_changes(w.rt, told.url, host_id=None, by=Actor(name="Ada"), now=w.now)
    booking = w.hold()
    w.confirm(booking)
    change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), MONDAY.replace(day=9), now=w.now)
    w.drain()
    now, check = w.now.timestamp(), is_ours()
    assert len(told.got) == 3
    for headers, body in told.got:
        assert check(secret, headers, body, now)
        assert not check(secret, headers, body + b" ", now)
        assert not check(secret, headers, body, now + 301), "sent again later by somebody else"
        assert not check("whsec_" + "A" * 44, headers, body, now)
        assert not check(secret, {**headers, "webhook-id": "msg_other"}, body, now)
    [example] = map(json.loads, blocks(PAGE, "json"))
    moved = told.told[-1]
    assert (example.keys(), example["data"].keys()) == (moved.keys(), moved["data"].keys())
    assert example["type"] == moved["type"]


def test_the_page_names_each_type_that_there_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [each.value for each in ToldChange if f"| `{each.value}` |" not in page] == []
