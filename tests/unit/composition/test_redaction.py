"""Nothing that must not be told is in a log, whatever it is wrapped in and however it is said."""

import io
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import attrs
import msgspec
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.redaction import REDACTED, redact, scrub
from homeroom_entrypoints.composition.sections import LogSettings

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
CANARY = st.text(LETTERS, min_size=12, max_size=40).map(lambda text: f"canary{text}")
SPEC_KEYS = (
    *("authorization", "cookie", "set-cookie", "password", "token", "accesstoken", "refreshtoken"),
    *("apikey", "x-api-key", "secret", "session_id", "sessionid", "email", "user-agent"),
    *("x-forwarded-for", "x-real-ip", "ip"),
)


@attrs.frozen
class Student:
    name: str
    email: str


@dataclass
class Login:
    user: str
    password: str


class Seat(msgspec.Struct):
    row: int
    token: str


WRAPPINGS: list[Callable[[Any], Any]] = [
    lambda value: [value],
    lambda value: (1, value),
    lambda value: {"deep": value},
    lambda value: {"list": [{"a": 1}, value]},
    ValueError,
    lambda value: {str(value): 1},
    lambda value: frozenset({str(value)}),
    lambda value: str(value).encode(),
]
HIDDEN: list[Callable[[str], str]] = [
    lambda secret: f"Bearer {secret}",
    lambda secret: f"bEARER  {secret}",
    lambda secret: f"eyJ{secret}.eyJ{secret}.{secret}",
    lambda secret: f"{secret}@school.example",
    lambda secret: f"o'{secret}+tag@school.example said",
    lambda secret: f"path?email={secret}%40school.example",
    lambda secret: f"postgresql://user:{secret}@host:5432/db",
    lambda secret: f"amqp://{secret}:p/w?{secret}#@host/",
    lambda secret: f"hr_{secret}{secret}{secret}",
    lambda secret: f"conninfo password={secret} host=x",
    lambda secret: f"{{'api_key': '{secret}'}}",
]


class TestRedaction:
    @pytest.mark.parametrize("key", SPEC_KEYS)
    def test_the_named_keys_are_never_shown_in_any_case(self, key: str) -> None:
        for name in (key, key.upper(), key.title()):
            assert redact({"a": [{name: "canary"}]}) == {"a": [{name: REDACTED}]}

    @pytest.mark.parametrize("key", ["access_token", "db_password", "Api-Key", "client_secret"])
    def test_their_relatives_are_not_shown_either(self, key: str) -> None:
        assert redact({key: "canary"}) == {key: REDACTED}

    @pytest.mark.parametrize(
        "value",
        [Student("Ann", "canary"), Login("ann", "canary"), Seat(1, "canary")],
        ids=lambda value: type(value).__name__,
    )
    def test_the_fields_of_a_value_are_seen_by_their_names(self, value: object) -> None:
        assert "canary" not in json.dumps(redact(value))
        assert REDACTED in json.dumps(redact(value))

    @pytest.mark.parametrize(
        "text",
        [
            *("http:finish", "/api/v1/ops/jobs/{id}", "12:30", "a=b", "8 tokens left"),
            *("three basics", "sqlite:///homeroom.sqlite3", "https://school.example/page"),
        ],
    )
    def test_a_text_without_secrets_stays_as_it_is(self, text: str) -> None:
        assert scrub(text) == text

    def test_an_address_keeps_its_host_so_that_an_operator_can_find_it(self) -> None:
        assert scrub("at redis://u:p@ss@cache.example:6379/0") == (
            f"at redis://{REDACTED}@cache.example:6379/0"
        )

    @given(secret=CANARY, hide=st.sampled_from(HIDDEN), wraps=st.lists(st.sampled_from(WRAPPINGS)))
    @settings(max_examples=300, deadline=None)
    def test_a_recognisable_secret_appears_nowhere_however_deep(
        self, secret: str, hide: Callable[[str], str], wraps: list[Callable[[Any], Any]]
    ) -> None:
        value: Any = hide(secret)
        for wrap in wraps[:7]:
            value = wrap(value)
        shown = told_in_every_way(value)
        assert secret not in shown
        assert "probe" in shown

    @given(
        secret=CANARY,
        key=st.sampled_from(SPEC_KEYS),
        wraps=st.lists(st.sampled_from(WRAPPINGS[:4])),
    )
    @settings(max_examples=150, deadline=None)
    def test_whatever_is_under_a_secret_key_appears_nowhere(
        self, secret: str, key: str, wraps: list[Callable[[Any], Any]]
    ) -> None:
        value: Any = {key.upper(): {"inner": [secret]}}
        for wrap in wraps[:6]:
            value = wrap(value)
        assert secret not in told_in_every_way(value)

    @given(address=st.emails())
    @settings(max_examples=300, deadline=None)
    def test_no_valid_address_of_a_person_is_shown(self, address: str) -> None:
        assert scrub(f"mail to {address} failed") == f"mail to {REDACTED} failed"


class TestWhatIsHardToShow:
    def test_a_value_that_contains_itself_is_cut(self) -> None:
        ring: list[Any] = []
        ring.append(ring)
        assert "…" in json.dumps(redact(ring), ensure_ascii=False)

    def test_a_value_that_cannot_be_shown_is_named_by_its_type(self) -> None:
        class Broken:
            def __str__(self) -> str:
                raise RuntimeError

        assert redact(Broken()) == "<Broken: RuntimeError>"

    @pytest.mark.parametrize(
        "text",
        [
            *("a" * 100_000 + "@!", "a%40" * 25_000, "a%b" * 30_000, "://@" * 25_000),
            *("eyJ" * 30_000, "hr_" * 30_000, "password=" * 10_000, "bearer " * 14_000),
            *(
                '"' * 99_999 + "@",
                "@" * 99_999,
                "token" + "\\" * 99_999 + "=",
                'password="' * 9_999,
            ),
        ],
        ids=lambda text: text[:6],
    )
    def test_a_text_made_to_be_slow_is_not(self, text: str) -> None:
        began = time.process_time()
        scrub(text)
        # Linear patterns need milliseconds here; quadratic ones need minutes.
        assert time.process_time() - began < 2


def told_in_every_way(value: Any) -> str:
    told = ""
    styles: tuple[Literal["json", "console"], ...] = ("json", "console")
    for style in styles:
        stream = io.StringIO()
        configure_logs(LogSettings(format=style), stream=stream)
        structlog.get_logger().info("probe", value=value)
        structlog.get_logger().info(f"probe {value}" if isinstance(value, str) else "probe")
        logging.getLogger("library").warning("probe", extra={"value": value})
        try:
            raise RuntimeError(value if isinstance(value, str) else "probe")
        except RuntimeError:
            structlog.get_logger().error("probe", exc_info=sys.exc_info())
        told += stream.getvalue()
    return told
