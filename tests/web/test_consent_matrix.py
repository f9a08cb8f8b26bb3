"""The table of who may change which standing, as it is met from outside: on pages, by mailed links, on forms, by command."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import links
from booking_service.crypto.tokens import LinkPurpose as Link
from booking_service.domain.consent import Act, How
from booking_service.domain.consent_moves import (
    Change,
    Confirmed,
    Declined,
    OptedOut,
    Recorded,
    Stopped,
    Ticked,
    Withdrawn,
)
from booking_service.domain.purposes import OptIn
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts, purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import People
from tests.cli.command import Command, command
from tests.domain.consent_cases import MATRIX, shown
from tests.web.consents import NEWSLETTER, offer, standing, ticked
from tests.web.page_reader import read
from tests.web.site import Site, person, signed_in, site

__all__ = ["command"]
WAYS = (
    "by-mail",
    "at-once",
    "yes",
    "no",
    "withdraws",
    "record",
    "implied",
    "ours",
    "revert",
    "ask",
)
ANSWERS = {"yes": "yes", "no": "no"}
TOLD = {
    "R1": "They said no themselves on 7 January 2030",
    "R2": "Opted out by",
    "R3": "There is no opt-out of yours to revert.",
    "R5": "Confirmed by double opt-in on 7 January 2030.",
    "R6": "They asked us to stop using their data on 7 January 2030. Only they can lift that.",
}
ROWS = [row for row in MATRIX if row != "erased"]  # of whom no page knows any more
ASKED = Ticked(by_mail=True, lasts=timedelta(days=12))
MADE: Mapping[str, tuple[Change, ...]] = {
    "none": (),
    "implied": (Recorded(staff="bob", implied=True),),
    "form": (replace(ASKED, by_mail=False),),
    "user": (Recorded(staff="bob"),),
    "out-user": (OptedOut(staff="bob"),),
    "out-contact": (Withdrawn(How.PAGE),),
    "stopped": (Stopped(),),
}


def address(row: str, way: str) -> str:
    return f"{row.replace('?', '-asked').replace('~', '-lapsed')}.{way}@example.org"


def brought_there(s: Site, people: People, row: str, way: str) -> UUID:
    """A contact for whom this stands, whose question, if there ever was one, has its mailed link."""
    id = people.contact(address(row, way))
    base = row.rstrip("?~")
    for change in MADE.get(base, ()):
        people.say(id, change)
    if base in ("declined", "double"):
        question = asked(s, people, id)
        people.say(id, Confirmed(question) if base == "double" else Declined(question))
    if row != base:
        asked(s, people, id, lasts=timedelta(days=1 if row.endswith("~") else 12))
    return id


def asked(s: Site, people: People, id: UUID, *, lasts: timedelta = ASKED.lasts) -> UUID:
    entry = people.say(id, replace(ASKED, lasts=lasts)).entry
    assert entry is not None
    return entry.id


def expected(row: str, way: str) -> str:
    """The cell; where nothing is changed, what stood before."""
    cell = MATRIX[row][WAYS.index(way)]
    stood = "none?" if row == "declined?" else row  # of an answer and a newer question lists show the question
    return stood if cell == "same" or cell.startswith("R") else cell


def stands(s: Site, row: str, way: str) -> str:
    """As the table has it; who stopped all use has beside that what stood."""
    found = shown(standing(s, address=address(row, way)), now=s.w.now)
    return row if row == "stopped" and found == "none" else found


def cells(*ways: str) -> Iterator[tuple[str, str]]:
    return ((row, way) for row in ROWS for way in ways)


@pytest.mark.extended  # tests/domain/test_consent_moves.py holds the same table as a rule
@pytest.mark.capability("S4-48", "S4-05", "S4-52")
def test_each_cell_of_the_table_on_pages_and_by_mailed_links(s: Site) -> None:
    offer(s)
    people = People(s.w.rt, s.w.clock)
    by_link, by_hand = (*ANSWERS, "withdraws"), ("record", "implied", "ours", "revert", "ask")
    ids = {(row, way): brought_there(s, people, row, way) for row, way in cells(*by_link, *by_hand)}
    s.w.clock.advance(timedelta(days=2).total_seconds())
    browser = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    for row, way in cells(*by_link):
        pressed(s, people, ids[row, way], way)
        assert stands(s, row, way) == expected(row, way), (row, way)
    for row, way in cells(*by_hand):
        told = changed_by_hand(browser, ids[row, way], way)
        assert stands(s, row, way) == expected(row, way), (row, way)
        cell = MATRIX[row][WAYS.index(way)]
        assert (TOLD[cell] in told) if cell in TOLD else (told == ""), (row, way, told)


def pressed(s: Site, people: People, id: UUID, way: str) -> None:
    """The button behind a mailed link. Who was never asked has no link to answer by."""
    question = next((each for each in reversed(people.chain(id)) if each.act is Act.ASKED), None)
    if way != "withdraws" and question is None:
        return
    with transaction(s.w.rt.engine) as session:
        contact = contacts.get(session, id)
        assert contact is not None
        if way == "withdraws":
            path = f"/preferences/out/{links.out(s.w.rt, session, contact, 'newsletter')}"
        else:
            assert question is not None
            about = {"entries": [question.id.hex], "zone": "UTC"}
            token = links.remember(s.w.rt, session, contact, Link.ANSWER, subject=question.id, about=about)
            path = f"/preferences/yes/{token}"
    form = {"purpose": "newsletter", "answer": ANSWERS[way]} if way in ANSWERS else {}
    assert s.browser.post(path, data=form).status_code in (200, 303, 409)


def changed_by_hand(browser: TestClient, id: UUID, way: str) -> str:
    """What the form says that refuses a change; "" where it was done, or stood so already."""
    answer = browser.post(f"/admin/consents/contacts/{id}/newsletter", data={"to": way, "reason": "called"})
    if answer.status_code == 303:
        return ""
    assert answer.status_code == 409
    return read(answer).text


@pytest.mark.extended
@pytest.mark.capability("S4-48", "S4-52", "S2-16")
def test_each_cell_of_the_table_on_a_form(s: Site) -> None:
    offer(s)
    people = People(s.w.rt, s.w.clock)
    for row, way in cells("by-mail", "at-once"):
        brought_there(s, people, row, way)
    s.w.pass_time(days=1, hours=22)
    start = s.w.now.replace(hour=8, minute=0, second=0)
    for number, (row, way) in enumerate(sorted(cells("by-mail", "at-once"), key=lambda cell: cell[1])):
        with transaction(s.w.rt.engine) as session:
            purposes.save(session, replace(NEWSLETTER, opt_in=OptIn.ON if way == "by-mail" else OptIn.OFF))
        at = start + timedelta(days=number // 16, minutes=30 * (number % 16))
        form = {"start": f"{at:%Y-%m-%dT%H:%M:%SZ}", "email": address(row, way), "form_key": f"{number:022}"}
        s.hold(**form, **ticked(s))
        s.w.drain()
        assert stands(s, row, way) == expected(row, way), (row, way)


@pytest.mark.capability("S4-48", "S4-51", "S2-10")
def test_what_staff_do_by_command_comes_to_what_the_table_says(tmp_path: Path, command: Command) -> None:
    with site(tmp_path, now=datetime.now(UTC) - timedelta(days=1)) as s:  # as commands look at the clock
        offer(s)
        _each_by_command(s, command)


def _each_by_command(s: Site, command: Command) -> None:
    people = People(s.w.rt, s.w.clock)
    commands = {
        "record": ("record",),
        "implied": ("record", "--implied"),
        "ours": ("opt-out", "--ours"),
        "revert": ("revert",),
        "ask": ("ask",),
    }
    rows = ("user", "out-user", "out-contact")
    for way, (verb, *options) in commands.items():
        for row in rows:
            brought_there(s, people, row, way)
            ran = command("consents", verb, address(row, way), "newsletter", "--reason", "called", *options)
            cell = MATRIX[row][WAYS.index(way)]
            assert ran.code == (1 if cell.startswith("R") else 0), (row, way, ran)
            assert stands(s, row, way) == expected(row, way), (row, way)
            assert cell not in TOLD or TOLD[cell].partition(" on ")[0] in ran.err, (row, way, ran.err)
