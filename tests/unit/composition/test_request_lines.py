"""The line of each request goes a short way, and reads as if it had gone the long one."""

import io
import json
import re
from typing import Literal

import pytest
import structlog
from structlog.testing import capture_logs

from homeroom.kernel.tracing import tracing
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.request_lines import RequestLines
from homeroom_entrypoints.composition.sections import LogSettings

TIME = re.compile(r'"timestamp":"[^"]+"')
ROUTE = "/api/v1/tests/{test_id}/questions"
TOLD = {"method": "GET", "route": ROUTE, "status": 304, "duration_ms": 1.23}


def listening(
    level: Literal["info", "warning"] = "info", style: Literal["json", "console"] = "json"
) -> io.StringIO:
    stream = io.StringIO()
    configure_logs(LogSettings(level=level, format=style), stream=stream)
    return stream


def tell(method: str = "GET", route: str = ROUTE) -> None:
    RequestLines("homeroom.web").tell(method, route, 304, 0.00123456)


class TestALineOfARequest:
    @pytest.mark.parametrize(
        ("method", "route"),
        [
            ("GET", ROUTE),
            ("PROPFIND", "unmatched"),
            ("GET", "/of/ana@school.example/token=plums"),
            ("GET", "/ñ"),
        ],
    )
    def test_reads_letter_for_letter_as_the_log_writes_it(self, method: str, route: str) -> None:
        stream = listening()
        with tracing("a.trace:1"):
            tell(method, route)
            log = structlog.get_logger("homeroom.web")
            log.info("request", **{**TOLD, "method": method, "route": route})
        short, long = stream.getvalue().splitlines()
        assert TIME.sub("", short) == TIME.sub("", long)
        assert TIME.search(short) is not None
        assert json.loads(short)["trace_id"] == "a.trace:1"
        assert "plums" not in short

    def test_is_written_without_a_trace_too(self) -> None:
        stream = listening()
        tell()
        line = json.loads(stream.getvalue())
        assert "trace_id" not in line
        assert line.items() >= TOLD.items()

    def test_is_not_written_where_nobody_wants_to_hear_it(self) -> None:
        stream = listening("warning")
        with tracing(""):
            tell()
        assert stream.getvalue() == ""

    def test_is_painted_for_people_where_they_read_it(self) -> None:
        stream = listening(style="console")
        with tracing(""):
            tell()
        assert ROUTE in stream.getvalue()
        assert not stream.getvalue().startswith("{")

    def test_is_heard_by_whoever_listens_in_place_of_the_stream(self) -> None:
        stream = listening()
        told = RequestLines("homeroom.web")
        with tracing("a.trace:1"):
            told.tell("GET", ROUTE, 304, 0.00123456)
            with capture_logs() as heard:
                told.tell("GET", ROUTE, 304, 0.00123456)
            told.tell("GET", ROUTE, 304, 0.00123456)
        assert heard == [{"event": "request", "log_level": "info", **TOLD}]
        assert len(stream.getvalue().splitlines()) == 2
