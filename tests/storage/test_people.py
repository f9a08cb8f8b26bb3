"""People beside hosts: brought into a database that has these already, and whose clock is the organisation's."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, text
from sqlmodel import Session

from booking_service.domain.availability import zone_of
from booking_service.domain.people import Person
from booking_service.domain.roles import Role
from booking_service.storage import hosts, migrations, people
from booking_service.storage.engine import open_engine, transaction
from tests.storage.revisions import upgrade_to
from tests.world import host

BEFORE_PEOPLE = "0004"
HOST = """INSERT INTO host (id, slug, name, email, zone, language, hours, overrides, listed, active, offers_version)
    VALUES (:id, :slug, :slug, :email, 'Europe/Berlin', 'de', '[]', '[]', 1, 1, 0)"""


def test_each_host_becomes_a_person_and_of_equal_addresses_the_first(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/old.db")
    upgrade_to(engine, BEFORE_PEOPLE)
    with engine.begin() as connection:
        for number, (slug, email) in enumerate(
            (("zoe", "Shared@example.org"), ("ada", "ada@example.org"), ("bea", "shared@example.org"))
        ):
            connection.execute(text(HOST), {"id": UUID(int=number + 1).hex, "slug": slug, "email": email})
    migrations.upgrade(engine)
    with Session(engine) as session:
        found = people.every(session)
        assert [(each.email, each.name, each.language, each.zone.key) for each in found] == [
            ("ada@example.org", "ada", "de", "Europe/Berlin"),
            ("shared@example.org", "bea", "de", "Europe/Berlin"),
        ]
        assert {each.roles for each in found} == {frozenset({Role.HOST})}
        assert people.hosts_without_one(session) == [("zoe", "Shared@example.org")]
    engine.dispose()


def test_of_zones_with_as_many_hosts_that_of_most_people_is_the_organisations(engine: Engine) -> None:
    far = zone_of("America/New_York")
    with transaction(engine) as session:
        hosts.save(session, host())
        hosts.save(session, host(id=UUID(int=2), slug="katherine", email="katherine@example.org", zone=far))
        office = Person(
            id=UUID(int=3), email="office@example.org", name="Office", zone=zone_of("Europe/Berlin"), roles=frozenset()
        )
        people.save(session, office, now=datetime(2030, 1, 7, tzinfo=UTC))
    with Session(engine) as session:
        assert hosts.most_common_zone(session) == "Europe/Berlin"
    with transaction(engine) as session:
        hosts.save(session, host(id=UUID(int=4), slug="mary", email="mary@example.org", zone=far))
    with Session(engine) as session:
        assert hosts.most_common_zone(session) == "America/New_York", "of most hosts, whoever else signs in"
