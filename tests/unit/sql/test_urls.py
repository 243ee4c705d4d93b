"""Which URLs the sql storage takes, and what it says of the others."""

import pytest

from homeroom_adapters.sql.engine import BadDatabaseUrl, parse_url


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///data/homeroom.sqlite3", "sqlite+aiosqlite"),
        ("sqlite:////var/lib/homeroom.sqlite3", "sqlite+aiosqlite"),
        ("postgresql://homeroom@db/homeroom", "postgresql+psycopg"),
        ("postgres://homeroom@db/homeroom", "postgresql+psycopg"),
    ],
)
def test_the_driver_is_ours_to_choose(given: str, driver: str) -> None:
    assert parse_url(given).drivername == driver


@pytest.mark.parametrize("given", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_with_what_to_use_instead(given: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="choose the storage adapter 'memory'"):
        parse_url(given)


@pytest.mark.parametrize("given", ["mysql://root@db/homeroom", "sqlite+pysqlite:///x"])
def test_another_database_is_refused_by_its_name(given: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="speaks sqlite and postgresql, not"):
        parse_url(given)


@pytest.mark.parametrize("given", ["", "homeroom.sqlite3", "://", "postgresql://u:hush@h:port/x"])
def test_what_is_no_url_is_refused_without_being_quoted(given: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="must be sqlite:///path") as refused:
        parse_url(given)
    assert "hush" not in str(refused.value)
