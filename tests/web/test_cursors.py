"""Where a list goes on stands in its address, which anybody can write: what no database can hold is never a failure of ours."""

import re
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.domain.people import Person
from booking_service.domain.roles import Permission, Role
from booking_service.storage import people
from booking_service.storage.engine import transaction
from booking_service.web.app import signed_in_routes
from tests.web.site import Site, person_of_host, signed_in, site

INSTANTS = (
    "0001-01-01T00:00:00+14:00",  # before the first instant there is
    "9999-12-31T23:59:59-12:00",  # after the last
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59+00:00",
)
NUMBERS = ("2147483648", "-2147483649", "9223372036854775808", "999999999999999999", "9" * 5000, "1_0", "٣")
NOBODY = UUID(int=0)
CURSORS = (
    *(f"{instant}~{rest}" for instant in INSTANTS for rest in (NOBODY, "0.1", "1")),
    *(f"2030-01-01T00:00:00+00:00~{rest}" for number in NUMBERS for rest in (number, f"0.{number}", f"{number}.1")),
    *NUMBERS,
)
NAMES = ("after", "from", "to", "day", "month", "at", "version", "weeks")


def everything(s: Site) -> Person:
    ada = replace(person_of_host(s, s.w.host), roles=frozenset(Role), permissions=frozenset(Permission))
    with transaction(s.w.rt.engine) as session:
        people.save(session, ada, now=s.w.now)
    return ada


def walked(s: Site, values: tuple[str, ...]) -> None:
    browser = signed_in(s, everything(s))
    paths = [re.sub(r"\{[^}]*\}", str(NOBODY), route.path) for route in signed_in_routes() if route.get is not None]
    for path in paths:
        for value in values:
            answer = browser.get(path, params=dict.fromkeys(NAMES, value))
            assert answer.status_code < 500, (path, value[:60])


def lists(s: Site) -> None:
    """Those whose address says where they go on: with each cursor, on real rows."""
    s.confirmed()
    browser = signed_in(s, everything(s))
    for path in ("/admin/audit", "/admin/mail", "/host/bookings", "/admin/consents/contacts"):
        for cursor in CURSORS:
            answer = browser.get(path, params={"after": cursor, "state": "past"})
            assert answer.status_code == 200, (path, cursor[:60])


def test_no_cursor_and_no_instant_breaks_a_page(s: Site) -> None:
    walked(s, (f"{INSTANTS[0]}~0.1", INSTANTS[1]))
    lists(s)


@pytest.mark.postgres
def test_it_is_the_same_on_postgresql(tmp_path: Path, migrated_postgres_url: str) -> None:
    with site(tmp_path, database_url=migrated_postgres_url) as s:
        lists(s)


def test_the_slots_of_programs_refuse_instants_that_no_clock_has(s: Site) -> None:
    for instant in INSTANTS:
        for name in ("from", "to"):
            answer = s.browser.get("/api/v1/slots", params={"host": "ada", "meeting": "intro", name: instant})
            assert answer.status_code in (400, 422), (name, instant)
