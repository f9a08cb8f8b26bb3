"""consents webhook: one that fails is seen and told again from the command line."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from booking_service.actions.consent import owed_follow_ups
from booking_service.actions.consent.follow_ups import secret_context
from booking_service.clock import utc_now
from booking_service.crypto.keys import ring_of, seal
from booking_service.domain.follow_ups import FollowUp
from booking_service.storage import follow_ups, migrations, outbox
from booking_service.storage.engine import open_engine, transaction
from tests.cli.command import SECRET, Command
from tests.cli.command import command as command

FRESH = "mK4sX8pQ1wZ7nC5vB9tR3yL6hJ2dG0fA"
HOOK = UUID(int=9)
URL = "https://partner.example/consents"


def said(command: Command, *arguments: str) -> Any:
    ran = command("consents", "webhook", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_one_that_rests_is_listed_with_why_and_until_when_and_told_again_at_once(
    command: Command, tmp_path: Path
) -> None:
    engine, now = open_engine(f"sqlite:///{tmp_path}/booking.db"), utc_now()
    migrations.upgrade(engine)
    with transaction(engine) as session:
        follow_ups.save(session, FollowUp(id=HOOK, purpose="partners", url=URL, made_at=now, by="Ada"))
    [calm] = said(command, "list")
    assert (calm["failing_since"], calm["error"], calm["waiting"]) == (None, None, None)
    lane, until = f"{follow_ups.lanes(HOOK)}1", now + timedelta(minutes=8)
    with transaction(engine) as session:
        outbox.add_once(session, lane, kind=owed_follow_ups.KIND, lane=lane, payload={}, due_at=now, now=now)
        follow_ups.fail(session, HOOK, failures=6, since=now, error="it answered 503", rests_until=until)
        outbox.put_off(session, lane, until=until)
    [rests] = said(command, "list")
    assert (rests["error"], rests["waiting"], rests["given_up"]) == ("it answered 503", 1, 0)
    assert rests["rests_until"] == rests["again_at"]
    assert "it answered 503" in command("consents", "webhook", "list").out
    assert said(command, "retry", str(HOOK)) == {"retried": 1}
    [woken] = said(command, "list")
    assert woken["rests_until"] is None
    assert woken["again_at"] < rests["again_at"]
    assert command("consents", "webhook", "retry", str(UUID(int=1))).code != 0
    engine.dispose()


def test_a_key_in_front_of_the_one_before_seals_its_secret_anew(command: Command, tmp_path: Path) -> None:
    engine, now, ring = open_engine(f"sqlite:///{tmp_path}/booking.db"), utc_now(), ring_of(SECRET, source="test")
    migrations.upgrade(engine)
    secret = seal(ring, b"whsec", context=secret_context(HOOK))
    with transaction(engine) as session:
        follow_ups.save(session, FollowUp(id=HOOK, purpose="partners", url=URL, secret=secret, made_at=now, by="Ada"))
    ran = command("keys", "rotate", "--json", BOOKING_SECRET_KEY=f"{FRESH} {SECRET}")
    assert json.loads(ran.out) == {"keys": 2, "fresh": False, "sealed": 1, "lost": 0, "marked": 0}
    told = command("keys", "rotate", BOOKING_SECRET_KEY=f"{FRESH} {SECRET}").out
    assert "`serve` and `worker` don't recognise mailboxes that were blocked with it" in told
    engine.dispose()
