"""I12 for what people say about their data: the process is killed before each statement, and what was said stands wholly or
not at all; its mail goes out all the same, under one Message-ID. On both databases."""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import noes_file
from booking_service.actions.consent.verify import verify
from booking_service.domain.consent import Act
from booking_service.domain.roles import Permission, Role
from booking_service.storage import ledger_tree
from booking_service.storage.engine import snapshot
from tests.flows.extended import in_extended
from tests.flows.mortal import Button, killed, work
from tests.flows.test_erasing_races import agrees_to_one
from tests.web.consents import chain, contact_of, link_in, mails
from tests.web.own_pages import GRACE, changes, fresh, start
from tests.web.site import Site, person, signed_in, site

LEASES_ARE_OVER_S = 200
OF_LIMITS = "attempt"  # the table in which a press counts whatever becomes of it


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def s(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with site(tmp_path, database_url=url) as made:
        yield made


def by_staff(s: Site, to: str, purpose: str) -> Button:
    clerk = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    path = f"/admin/consents/contacts/{contact_of(s, GRACE)}/{purpose}"
    return button(path, clerk, to=to, reason="a letter")


def by_mail(s: Site, **wish: str) -> Button:
    """Confirming what the page asked about by mail."""
    assert s.browser.post(fresh(s), data=wish).status_code == 303
    s.w.drain()
    return button(changes(s)[-1])


def button(path: str, browser: TestClient | None = None, **form: str) -> Button:
    return Button(path, form, dict(browser.cookies) if browser else {})


def answer(s: Site, said: str) -> Button:
    return button(link_in(mails(s, "yes")[-1], "yes"), purpose="events", answer=said)


def one_click(s: Site) -> Button:
    return button(link_in(mails(s, "out")[-1], "out"), **{"List-Unsubscribe": "One-Click"})


# What is pressed, the entry that it makes, and the subject of the mail about it.
ACTS: Mapping[str, tuple[Callable[[Site], Button], Act | None, str]] = {
    "confirms": (lambda s: answer(s, "yes"), Act.CONFIRMED, "Confirmed: Invitations"),
    "refuses": (lambda s: answer(s, "no"), Act.DECLINED, ""),
    "asks to start": (lambda s: button(fresh(s), **start(s, "events")), None, "Please confirm: Invitations"),
    "starts": (lambda s: by_mail(s, **start(s, "events")), Act.CONFIRMED, "Confirmed: Invitations"),
    "saves a field": (lambda s: by_mail(s, act="change", field="region", value="The north"), None, ""),
    "has their data sent": (lambda s: by_mail(s, act="data"), None, "Your data is ready"),
    "withdraws": (
        lambda s: button(fresh(s), act="end", purpose="newsletter"),
        Act.WITHDRAWN,
        "Ended: Newsletter",
    ),
    "unsubscribes by one click": (one_click, Act.WITHDRAWN, "Ended: Newsletter"),
    "stops all use": (lambda s: button(f"{fresh(s)}/stop"), Act.STOPPED, "Your data is not used any more"),
    "staff note a no": (lambda s: by_staff(s, "theirs", "newsletter"), Act.WITHDRAWN, "Ended: Newsletter"),
    "staff end it": (lambda s: by_staff(s, "ours", "newsletter"), Act.WITHDRAWN, ""),
    "staff record a yes": (lambda s: by_staff(s, "record", "events"), Act.RECORDED, ""),
}
SOME = ("confirms", "unsubscribes by one click", "stops all use", "staff record a yes")


@pytest.mark.promise("I9", "I12")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("stride", [7, *in_extended(1)])
@pytest.mark.parametrize("act", [*SOME, *in_extended(*(each for each in ACTS if each not in SOME))])
def test_what_is_said_stands_wholly_or_not_at_all_wherever_the_process_is_killed(
    s: Site, act: str, stride: int, tmp_path: Path
) -> None:
    agrees_to_one(s)
    pressed, said, subject = ACTS[act][0](s), *ACTS[act][1:]
    s.w.drain()
    before, entries, sent = kept(s), chain(s), tmp_path / "sent"
    sent.touch()
    for at in count(1, stride):
        if not killed(s, pressed, at=at, mails=sent):
            break
        assert kept(s) == before, f"killed at step {at}"
    assert at > 20
    assert kept(s) != before
    new = chain(s)[len(entries) :]
    assert [each.act for each in new] == ([said] if said else [])
    for at in count(1, stride):
        if not killed(s, work, at=at, mails=sent):
            break
        s.w.clock.advance(LEASES_ARE_OVER_S)
    assert {line.partition(" ")[2] for line in sent.read_text().splitlines()} == ({subject} if subject else set())
    assert len({line.partition(" ")[0] for line in sent.read_text().splitlines()}) == bool(subject)
    with snapshot(s.w.rt.engine) as session:
        assert not ledger_tree.any_unsealed(session)
    assert verify(s.w.rt, now=s.w.now).findings == ()
    if said in (Act.DECLINED, Act.WITHDRAWN, Act.STOPPED):
        assert new[0].id in {each.entry for each in noes_file.read([noes_file.file(s.w.rt.settings)])}


def kept(s: Site) -> Mapping[str, list[Any]]:
    return {table: rows for table, rows in s.rows().items() if table != OF_LIMITS}
