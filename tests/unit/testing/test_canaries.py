"""A marked value is found in whatever clothes it comes, and nothing else is taken for it."""

import base64
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from homeroom_testing.canaries import Canaries, Kind, Sightings, sqlite_rows

CLOTHES: Mapping[str, Callable[[str], str]] = {
    "as it is": lambda text: f"who: {text}!",
    "in capitals": str.upper,
    "backwards": lambda text: text[::-1],
    "as JSON": lambda text: json.dumps({"a": text}),
    "as JSON in JSON": lambda text: json.dumps(json.dumps({"a": text}, ensure_ascii=False)),
    "in an address": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "in hex": lambda text: text.encode().hex(),
    "in hex, in capitals": lambda text: text.encode().hex().upper(),
    **{
        f"in base64, after {before!r}": lambda text, before=before: base64.b64encode(
            f"{before}{text} and more".encode()
        ).decode()
        for before in ("", "a", "ab", "ana:")
    },
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
}


def found_in(canaries: Canaries, text: str | bytes, *, may: tuple[Kind, ...] = ()) -> list[str]:
    seen = Sightings()
    seen.hold("somewhere", text, may=may)
    return [str(leak) for leak in canaries.leaks(seen)]


@pytest.mark.parametrize("dress", CLOTHES)
def test_a_value_is_found(dress: str) -> None:
    canaries = Canaries()
    password = canaries.password("Ana's")
    (leak,) = found_in(canaries, CLOTHES[dress](password))
    assert leak.startswith("Ana's password is in somewhere")
    assert password not in leak


def test_a_secret_is_found_when_its_rest_was_cut_off() -> None:
    canaries = Canaries()
    key = canaries.take_up(Kind.KEY, "a", "hr_" + "k3y" * 12)
    url = canaries.address("a task's")
    assert found_in(canaries, key[:20]) == ["a key is in somewhere, cut short"]
    assert found_in(canaries, url[-40:]) == ["a task's address is in somewhere, cut short"]


def test_a_value_of_another_is_not_taken_for_it() -> None:
    canaries, others = Canaries(), Canaries()
    for one in (canaries, others):
        told = one.password("x"), one.name("x"), one.email("x"), one.address("x"), one.secret("x")
    assert found_in(canaries, " ".join(told)) == []


def test_where_it_belongs_it_is_no_leak_and_others_are() -> None:
    canaries = Canaries()
    text = f"{canaries.name('Ana')} {canaries.password('Ana')}"
    assert found_in(canaries, text, may=(Kind.NAME,)) == ["Ana password is in somewhere, as it is"]


def test_what_might_turn_up_by_chance_is_not_marked() -> None:
    with pytest.raises(ValueError, match="too short"):
        Canaries().take_up(Kind.KEY, "a", "abc")


def test_rows_are_read_whole_bytes_too(tmp_path: Path) -> None:
    file, canaries = tmp_path / "kept.sqlite3", Canaries()
    secret = canaries.secret("a kept")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE things (n INTEGER, what BLOB)")
        connection.execute("INSERT INTO things VALUES (1, ?)", (b"\xff" + secret.encode(),))
        connection.commit()
    ((table, row),) = sqlite_rows(file)
    assert table == "things"
    assert found_in(canaries, row)
