"""When a database's schema may be used."""

import pytest

from homeroom.house import SchemaStatus


@pytest.mark.parametrize(
    ("current", "wanted", "ready"),
    [
        ("0002", "0002", True),
        ("0001", "0002", False),
        ("0003", "0002", False),
        (None, "0002", False),
    ],
)
def test_only_the_revision_that_is_wanted_will_do(
    current: str | None, wanted: str, ready: bool
) -> None:
    assert SchemaStatus(current, wanted).ready is ready
