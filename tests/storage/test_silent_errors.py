"""What errors of the database say: which rule was broken, never a value of a row."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from booking_service.storage.engine import open_engine

CANARY = "canary.grace"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = request.param == "sqlite"
    made = open_engine(f"sqlite:///{tmp_path}/small.db" if sqlite else request.getfixturevalue("postgres_url"))
    with made.begin() as connection:
        connection.execute(
            text("CREATE TABLE person (name varchar(20) PRIMARY KEY, age integer NOT NULL CHECK (age > 0))")
        )
        connection.execute(text("INSERT INTO person VALUES (:name, 3)"), {"name": CANARY})
    yield made
    made.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO person VALUES (:value, 3)",
        "INSERT INTO person VALUES (:value || 'x', NULL)",
        "INSERT INTO person VALUES (:value || E'\\n' || :value, -3)",
        "INSERT INTO person VALUES (:value || 'y', CAST(:value AS integer))",
        "INSERT INTO person VALUES (:value || :value || :value, 3)",
        "SELECT nothing FROM person WHERE name = :value",
        "SELECT CAST(:value AS uuid)",
        "SELECT CAST(:value AS json)",
        "SELECT 1 FROM nowhere WHERE name = :value",
    ],
)
def test_an_error_names_no_value(engine: Engine, statement: str) -> None:
    if engine.name == "sqlite":
        statement = statement.replace("E'\\n'", "'-'")
    try:
        with engine.begin() as connection:
            connection.execute(text(statement), {"value": CANARY})
    except SQLAlchemyError:
        said = traceback.format_exc()
    else:
        assert engine.name == "sqlite", "this database takes anything, the other one nothing of it"
        return
    assert CANARY not in said
    assert "sqlite3." in said or "psycopg.errors." in said


def test_a_value_that_the_driver_refuses_is_not_named(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError) as refused, engine.begin() as connection:
        connection.execute(text("SELECT :value"), {"value": {CANARY}})
    assert CANARY not in "".join(traceback.format_exception(refused.value))
