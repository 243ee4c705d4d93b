"""Logs: one line per event, traced, with nothing in it that must not be told."""

import asyncio
import enum
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
import structlog

from homeroom.kernel.tracing import tracing
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.sections import LogSettings


class Grade(enum.StrEnum):
    BEST = "best"


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

    @pytest.mark.parametrize("name", ["aio_pika", "aiormq"])
    def test_a_library_that_its_adapter_keeps_silent_is_left_to_it(self, name: str) -> None:
        logger = logging.getLogger(name)
        chosen, logger.level = logger.level, logging.NOTSET
        try:
            listening(level="debug")
            assert logger.level == logging.NOTSET, "or else the adapter takes it for a wish"
        finally:
            logger.setLevel(chosen)

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
        ids=lambda odd: type(odd).__name__,
    )
    def test_an_odd_value_never_stops_its_line(self, odd: object) -> None:
        stream = listening()
        structlog.get_logger().info("odd", value=odd)
        assert "odd" in only_line(stream)["msg"]

    def test_a_stream_that_is_gone_does_not_stop_the_work(self) -> None:
        stream = listening()
        stream.close()
        structlog.get_logger().info("nobody hears this")
        logging.getLogger("library").warning("nor this")


@pytest.mark.anyio
class TestTogether:
    """What is told in one turn of an event loop is written when it is over, and nothing is lost."""

    async def test_what_was_told_before_something_was_awaited_is_written_by_then(self) -> None:
        stream = listening()
        for number in range(3):
            logging.getLogger("ours").info("told", extra={"number": number})
        assert stream.getvalue() == ""
        await asyncio.sleep(0)
        assert [line["number"] for line in lines(stream)] == [0, 1, 2]

    async def test_trouble_is_written_at_once_behind_what_led_to_it(self) -> None:
        stream = listening()
        structlog.get_logger().info("it began")
        structlog.get_logger().error("it broke")
        assert [line["msg"] for line in lines(stream)] == ["it began", "it broke"]

    async def test_however_long_a_turn_takes_only_so_many_lines_are_kept_back(self) -> None:
        stream = listening()
        for _ in range(1_000):
            structlog.get_logger().info("much to tell")
        assert len(lines(stream)) >= 800

    async def test_another_thread_does_not_wait_for_the_loop(self) -> None:
        stream = listening()
        structlog.get_logger().info("first")
        thread = threading.Thread(target=structlog.get_logger().info, args=["second"])
        thread.start()
        thread.join()
        assert [line["msg"] for line in lines(stream)] == ["first", "second"]

    @pytest.mark.parametrize("end", ["raise SystemExit(3)", "raise RuntimeError", "loop.stop()"])
    def test_a_process_that_ends_within_a_turn_has_told_all(self, end: str) -> None:
        story = (
            "import asyncio, structlog\n"
            "from homeroom_entrypoints.composition.logs import configure_logs\n"
            "from homeroom_entrypoints.composition.sections import LogSettings\n"
            "configure_logs(LogSettings(format='json'))\n"
            "loop = asyncio.new_event_loop()\n"
            "def last():\n"
            "    structlog.get_logger().info('the very last')\n"
            f"    {end}\n"
            "loop.call_soon(last)\n"
            "loop.call_later(0.2, loop.stop)\n"
            "loop.run_forever()\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", story], capture_output=True, text=True, check=False, timeout=60
        )
        assert "the very last" in ended.stderr
