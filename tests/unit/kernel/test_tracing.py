"""Traces: one id for all that one request set in motion."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.tracing import (
    TraceParent,
    current_trace,
    format_traceparent,
    new_trace_id,
    parse_traceparent,
    traceparent_for,
    tracing,
)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"

traces = st.text("0123456789abcdef", min_size=32, max_size=32).filter(lambda t: set(t) != {"0"})
spans = st.text("0123456789abcdef", min_size=16, max_size=16).filter(lambda t: set(t) != {"0"})


class TestTheCurrentTrace:
    def test_outside_of_any_trace_it_is_empty(self) -> None:
        assert current_trace() == ""

    def test_inside_it_is_the_one_begun_last_and_then_the_one_before(self) -> None:
        with tracing("outer"):
            with tracing("inner"):
                assert current_trace() == "inner"
            assert current_trace() == "outer"
        assert current_trace() == ""

    def test_an_empty_id_begins_a_new_trace(self) -> None:
        with tracing("") as trace:
            assert current_trace() == trace
            assert len(trace) == 32

    @pytest.mark.parametrize("text", ["a\r\nSet-Cookie: b", "a b", "é", "x" * 129, "a\n"])
    def test_an_id_that_would_harm_a_header_or_a_log_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="trace id"), tracing(text):
            pass

    def test_it_is_left_when_the_work_fails(self) -> None:
        with pytest.raises(KeyError), tracing("doomed"):
            raise KeyError
        assert current_trace() == ""

    async def _seen_by_a_task(self) -> tuple[str, str]:
        async def look() -> str:
            await asyncio.sleep(0)
            return current_trace()

        with tracing("first"):
            first = asyncio.create_task(look())
        with tracing("second"):
            second = asyncio.create_task(look())
        return await first, await second

    def test_a_task_keeps_the_trace_it_was_started_in(self) -> None:
        assert asyncio.run(self._seen_by_a_task()) == ("first", "second")

    def test_new_ids_differ(self) -> None:
        assert len({new_trace_id() for _ in range(100)}) == 100


class TestTraceparent:
    def test_it_reads_the_example_of_the_standard(self) -> None:
        assert parse_traceparent(f"00-{TRACE}-{SPAN}-01") == TraceParent(TRACE, SPAN)
        assert parse_traceparent(f"00-{TRACE}-{SPAN}-00") == TraceParent(TRACE, SPAN, False)

    def test_a_later_version_may_say_more(self) -> None:
        assert parse_traceparent(f"cc-{TRACE}-{SPAN}-01-more") == TraceParent(TRACE, SPAN)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "garbage",
            f"00-{TRACE}-{SPAN}",
            f"00-{TRACE}-{SPAN}-01-more",
            f"ff-{TRACE}-{SPAN}-01",
            f"00-{'0' * 32}-{SPAN}-01",
            f"00-{TRACE}-{'0' * 16}-01",
            f"00-{TRACE.upper()}-{SPAN}-01",
            f"00-{TRACE}-{SPAN}-0",
            f"cc-{TRACE}-{SPAN}-01more",
            f"00-{TRACE}-{SPAN}-01\n",
        ],
    )
    def test_what_is_not_one_says_nothing(self, header: str) -> None:
        assert parse_traceparent(header) is None

    @given(st.text(max_size=80))
    def test_no_text_makes_reading_fail(self, text: str) -> None:
        parse_traceparent(text)

    @given(traces, spans, st.booleans())
    def test_what_is_written_reads_back(self, trace: str, span: str, sampled: bool) -> None:
        parent = TraceParent(trace, span, sampled)
        assert parse_traceparent(format_traceparent(parent)) == parent

    @given(traces)
    def test_a_step_belongs_to_its_trace(self, trace: str) -> None:
        parent = parse_traceparent(traceparent_for(trace))
        assert parent is not None
        assert parent.trace_id == trace

    def test_a_uuid_is_a_trace_id_without_its_dashes(self) -> None:
        header = traceparent_for("4BF92F35-77b3-4da6-a3ce-929d0e0e4736")
        assert header.startswith(f"00-{TRACE}-")

    @pytest.mark.parametrize("trace", ["", "req-17", "0" * 32])
    def test_another_kind_of_id_has_no_traceparent(self, trace: str) -> None:
        assert traceparent_for(trace) == ""
