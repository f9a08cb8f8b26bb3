"""The throwaway PostgreSQL that other tests stand on."""

import psycopg
import pytest


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.mark.postgres
@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url: str, round_: int) -> None:
    with psycopg.connect(_plain(postgres_url)) as connection:
        connection.execute("CREATE TABLE only_mine (round int)")
        connection.execute("INSERT INTO only_mine VALUES (%s)", [round_])
        assert connection.execute("SELECT round FROM only_mine").fetchall() == [(round_,)]


@pytest.mark.postgres
def test_the_exclusion_of_overlaps_can_be_installed(postgres_url: str) -> None:
    with psycopg.connect(_plain(postgres_url), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
