"""Logs: one line per event, traced, with nothing in it that must not be told."""

import enum
import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import attrs
import msgspec
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.kernel.tracing import tracing
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


class Grade(enum.StrEnum):
    BEST = "best"


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


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level


def listening(
    level: Literal["debug", "info", "warning"] = "info",
    style: Literal["json", "console"] = "json",
) -> io.StringIO:
    stream = io.StringIO()
    configure_logs(LogSettings(level=level, format=style), stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def only_line(stream: io.StringIO) -> dict[str, Any]:
    [line] = lines(stream)
    return line


class TestLines:
    def test_a_line_has_level_message_time_and_its_fields(self) -> None:
        stream = listening()
        structlog.get_logger().warning("job:late", seconds=3, at=datetime(2026, 1, 1, tzinfo=UTC))
        line = only_line(stream)
        told = datetime.fromisoformat(line.pop("timestamp"))
        assert abs((datetime.now(UTC) - told).total_seconds()) < 60
        assert line == {
            "level": "warning",
            "msg": "job:late",
            "seconds": 3,
            "at": "2026-01-01T00:00:00Z",
        }

    def test_a_line_belongs_to_the_trace_it_was_written_in(self) -> None:
        stream = listening()
        with tracing("t-1"):
            structlog.get_logger().info("inside")
        structlog.get_logger().info("outside")
        assert [line.get("trace_id") for line in lines(stream)] == ["t-1", None]

    def test_lines_below_the_level_are_not_written(self) -> None:
        stream = listening("warning")
        structlog.get_logger().info("quiet")
        logging.getLogger("library").info("quiet")
        assert stream.getvalue() == ""

    def test_a_field_cannot_take_the_place_of_the_lines_own(self) -> None:
        stream = listening()
        structlog.get_logger().info("true", level="forged", msg="forged", trace_id="forged")
        line = only_line(stream)
        assert (line["level"], line["msg"], line["level_"]) == ("info", "true", "forged")

    def test_an_error_is_told_with_its_story_in_one_line(self) -> None:
        stream = listening()
        try:
            raise ValueError("broken for ann@school.example")
        except ValueError:
            structlog.get_logger().exception("failed")
        line = only_line(stream)
        assert (line["level"], line["error"]) == ("error", "ValueError")
        assert "Traceback" in line["exception"]
        assert "ann@" not in stream.getvalue()

    def test_a_bound_logger_keeps_its_fields(self) -> None:
        stream = listening()
        structlog.get_logger().bind(queue="exams").info("claimed", jobs=2)
        assert (only_line(stream)["queue"], only_line(stream)["jobs"]) == ("exams", 2)

    def test_configuring_again_replaces_and_never_doubles(self) -> None:
        first, second = listening(), listening()
        structlog.get_logger().info("once")
        logging.getLogger("library").warning("once")
        assert first.getvalue() == ""
        assert len(lines(second)) == 2

    def test_importing_configures_nothing(self) -> None:
        assert not structlog.is_configured()

    def test_without_a_stream_lines_go_to_stderr_and_leave_stdout_to_results(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        configure_logs(LogSettings())
        structlog.get_logger().info("here")
        told = capsys.readouterr()
        assert told.out == ""
        assert '"msg":"here"' in told.err


class TestLibraries:
    def test_a_librarys_record_comes_out_as_one_of_our_lines(self) -> None:
        stream = listening()
        with tracing("t-2"):
            logging.getLogger("library").warning("slow %s", "query", extra={"rows": 3})
        line = only_line(stream)
        assert (line["level"], line["msg"], line["logger"]) == ("warning", "slow query", "library")
        assert (line["rows"], line["trace_id"]) == (3, "t-2")

    def test_a_librarys_error_is_told_with_its_story(self) -> None:
        stream = listening()
        try:
            raise RuntimeError("Bearer abcdefgh")
        except RuntimeError:
            logging.getLogger("library").exception("gave up")
        assert "RuntimeError" in only_line(stream)["exception"]
        assert "abcdefgh" not in stream.getvalue()

    def test_a_warning_is_a_line_too(self) -> None:
        stream = listening()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(capture=True)
            warnings.warn("old way", stacklevel=1)
        assert "old way" in only_line(stream)["msg"]

    def test_talkative_libraries_are_heard_only_when_something_is_wrong(self) -> None:
        stream = listening()
        logging.getLogger("httpx").info("GET https://school.example/?key=1")
        logging.getLogger("httpx").warning("refused")
        assert only_line(stream)["msg"] == "refused"


class TestWhatStrangersWrite:
    @pytest.mark.parametrize("style", ["json", "console"])
    def test_a_line_break_in_a_value_cannot_forge_a_line(
        self, style: Literal["json", "console"]
    ) -> None:
        stream = listening(style=style)
        forged = 'x\n{"level":"info","msg":"forged"}\r\x1b[2J\u2028'
        structlog.get_logger().info(forged, path=forged, **{"odd\nkey": forged})
        assert len(stream.getvalue().rstrip("\n").split("\n")) == 1
        assert "\x1b[2J" not in stream.getvalue()

    @pytest.mark.parametrize(
        "odd",
        ["\ud800", 2**80, float("nan"), b"\xff", object(), {1: {2: 3}}, Grade.BEST, type, 1j],
        ids=repr,
    )
    def test_an_odd_value_never_stops_its_line(self, odd: object) -> None:
        stream = listening()
        structlog.get_logger().info("odd", value=odd)
        assert "odd" in only_line(stream)["msg"]

    def test_a_value_that_contains_itself_is_cut(self) -> None:
        ring: list[Any] = []
        ring.append(ring)
        assert "…" in json.dumps(redact(ring), ensure_ascii=False)

    def test_a_value_that_cannot_be_shown_is_named_by_its_type(self) -> None:
        class Broken:
            def __str__(self) -> str:
                raise RuntimeError

        assert redact(Broken()) == "<Broken: RuntimeError>"

    def test_a_stream_that_is_gone_does_not_stop_the_work(self) -> None:
        stream = listening()
        stream.close()
        structlog.get_logger().info("nobody hears this")
        logging.getLogger("library").warning("nor this")

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


def told_in_every_way(value: Any) -> str:
    told = ""
    for style in ("json", "console"):
        stream = listening(style=style)
        structlog.get_logger().info("probe", value=value)
        structlog.get_logger().info(f"probe {value}" if isinstance(value, str) else "probe")
        logging.getLogger("library").warning("probe", extra={"value": value})
        try:
            raise RuntimeError(value if isinstance(value, str) else "probe")
        except RuntimeError:
            structlog.get_logger().error("probe", exc_info=sys.exc_info())
        told += stream.getvalue()
    return told
