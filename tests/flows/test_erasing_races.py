"""Somebody is erased while they answer, withdraw, stop all use, or while the mail server has a question to them: nothing of them
stays, and what was said can still be checked. On both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import inspect, text
from sqlmodel import select

from booking_service.actions.consent import verify
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.consent import Act
from booking_service.domain.privacy import Mode
from booking_service.storage import contacts, fields, ledger
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.storage.tables.consent import ContactLinkRow, PendingChangeRow
from booking_service.worker import perform_one
from tests.databases import until_it_waits
from tests.flows.extended import in_extended
from tests.flows.test_races import at_once
from tests.web.consents import EVENTS, NEWSLETTER, link_in, mails, offer, ticked
from tests.web.links.test_own_data import ErasesMeanwhile
from tests.web.own_pages import GRACE, changes, footer, fresh, start
from tests.web.site import Site, site

STAFF = Decider(staff="office", reason="a letter")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def s(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with site(tmp_path, database_url=url) as made:
        yield made


def agrees_to_one(s: Site) -> Contact:
    """Grace confirmed the newsletter, and is asked about events; her region is hers to change."""
    offer(s, NEWSLETTER, EVENTS)
    with transaction(s.w.rt.engine) as session:
        fields.save(session, ProfileField(id=UUID(int=301), slug="region", editable=True))
    s.confirmed(**ticked(s, "newsletter", "events"))
    link = link_in(mails(s, "yes")[-1], "yes")
    assert s.browser.post(link, data={"purpose": "newsletter", "answer": "yes"}).status_code == 303
    s.w.drain()
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
    assert contact is not None
    return contact


def acts(s: Site) -> dict[str, Callable[[], int]]:
    """What Grace can do at this moment, each the last press of its own way."""
    asked, page, out = link_in(mails(s, "yes")[-1], "yes"), fresh(s), footer(mails(s, "out")[-1])

    def press(path: str, **data: str) -> Callable[[], int]:
        return lambda: s.browser.post(path, data=data).status_code

    return {
        "refuses": press(asked, purpose="events", answer="no"),
        "confirms": press(asked, purpose="events", answer="yes"),
        "withdraws": press(page, act="end", purpose="newsletter"),
        "withdraws by the footer": press(out, act="end", purpose="newsletter"),
        "stops all use": press(f"{page}/stop"),
        "asks for their data": press(page, act="data"),
        "asks to be told again": press(page, **start(s, "events")),
        "asks for a change": press(page, act="change", field="region", value="Grace’s other place"),
    }


def more(s: Site) -> dict[str, Callable[[], int]]:
    """The presses behind the mails that ask whether more is to be done."""
    page = fresh(s)
    return {
        "confirms a yes": confirmed(s, page, **start(s, "events")),
        "has their data sent": confirmed(s, page, act="data"),
        "changes a field": confirmed(s, page, act="change", field="region", value="Grace’s own place"),
    }


def resumes(s: Site) -> dict[str, Callable[[], int]]:
    """The same of who had stopped all use."""
    page = fresh(s)
    assert s.browser.post(f"{page}/stop").status_code == 303
    return {"resumes": confirmed(s, page, act="resume")}


def confirmed(s: Site, page: str, **wish: str) -> Callable[[], int]:
    """The press behind the mail that a wish leads to."""
    assert s.browser.post(page, data=wish).status_code == 303
    s.w.drain()
    link = changes(s)[-1]
    return lambda: s.browser.post(link).status_code


def where(s: Site, *texts: str) -> set[str]:
    """The tables in which one of these stands."""
    with s.w.rt.engine.connect() as connection:
        return {
            name
            for name in inspect(connection).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))
            if any(each in str(tuple(row)) for each in texts)  # a row by itself shows no more than 300 characters
        }


def nothing_stays(s: Site, contact: Contact) -> None:
    s.w.drain()
    assert where(s, GRACE, "Grace") == {"booking", "reservation"}, "what a coming meeting needs stays until it is over"
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()
    with snapshot(s.w.rt.engine) as session:
        links = ledger.links(session, contact.id)
        wishes = session.exec(select(PendingChangeRow).where(PendingChangeRow.contact_id == contact.id)).all()
        opens = session.exec(select(ContactLinkRow).where(ContactLinkRow.contact_id == contact.id)).all()
    after = [link for link in links if link.entry.number > _erased(links)]
    assert [link.detail for link in after] == [None] * len(after)
    assert wishes == []
    assert {tuple(each.about) for each in opens} == {()}, "an old link is known, and tells nothing"


def _erased(links: list[ledger.ChainLink]) -> int:
    return next(link.entry.number for link in links if link.entry.act is Act.ERASED)


@pytest.mark.parametrize(
    "act",
    [
        *("refuses", "withdraws", "asks for their data", "asks for a change"),
        *in_extended("confirms", "withdraws by the footer", "stops all use", "asks to be told again"),
    ],
)
def test_who_answers_while_they_are_being_erased_leaves_nothing(s: Site, act: str) -> None:
    """The press arrives while the erasing holds the contact, and goes on once that is on disk."""
    contact = agrees_to_one(s)
    overtaken_by_erasing(s, contact, acts(s)[act])


@pytest.mark.parametrize("act", ["has their data sent", "changes a field", *in_extended("confirms a yes", "resumes")])
def test_who_confirms_that_more_is_done_while_they_are_being_erased_leaves_nothing(s: Site, act: str) -> None:
    contact = agrees_to_one(s)
    overtaken_by_erasing(s, contact, (resumes(s) if act == "resumes" else more(s))[act])


def overtaken_by_erasing(s: Site, contact: Contact, press: Callable[[], int]) -> None:
    s.w.drain()
    with ThreadPoolExecutor(1) as pool:
        with transaction(s.w.rt.engine) as session:
            erasure.erase_in(s.w.rt, session, contact, STAFF, mode=Mode.WHOLE, now=s.w.now)
            begun = Event()
            pressed = pool.submit(lambda: (begun.set(), press())[1])
            assert begun.wait(30)
            until_it_waits(s.w.rt.engine)
        assert pressed.result(timeout=60) < 500
    nothing_stays(s, contact)


def test_all_at_once_end_in_some_order_and_leave_nothing(s: Site) -> None:
    contact = agrees_to_one(s)
    presses = acts(s)
    s.w.drain()
    erase = lambda: erasure.erase(s.w.rt, GRACE, STAFF, mode=Mode.WHOLE, now=s.w.now)  # noqa: E731
    came_to = at_once([erase, *presses.values()])
    assert came_to == ["Erased", *["int"] * len(presses)]
    nothing_stays(s, contact)


def test_all_that_asks_for_more_at_once_ends_in_some_order_and_leaves_nothing(s: Site) -> None:
    contact = agrees_to_one(s)
    presses = more(s)
    erase = lambda: erasure.erase(s.w.rt, GRACE, STAFF, mode=Mode.WHOLE, now=s.w.now)  # noqa: E731
    came_to = at_once([*presses.values(), erase])
    assert came_to == [*["int"] * len(presses), "Erased"]
    nothing_stays(s, contact)


def test_a_question_on_its_way_when_its_reader_is_erased_leaves_nothing_of_them(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    transport = ErasesMeanwhile(s)
    rt = replace(s.w.rt, transport=transport)
    while perform_one(rt):
        pass
    assert [mail.to.address for mail in transport.asked] == [GRACE]
    assert where(s, GRACE) == {"booking", "reservation"}
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()
