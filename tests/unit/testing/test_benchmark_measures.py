"""What benches measure with: CPU per call, and processes that are watched until they are ready."""

import asyncio
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from homeroom_testing.children import free_port

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name: str, directory: Path = BENCHMARKS) -> ModuleType:
    """A module of the benches by its own name, as their scripts import it."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, directory / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


load("machine")
harness = load("harness")
load("environments")
started = load("started")
stopwatch = load("stopwatch", BENCHMARKS / "peers")
asgi_driver = load("asgi_driver", BENCHMARKS / "peers")

ANSWERING = """
import http.server, sys
class Fine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Fine).serve_forever()
"""
WITH_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""


def python(program: str, *words: str) -> list[str]:
    return [sys.executable, "-c", program, *words]


def is_gone(pid: int) -> bool:
    """Whether a process has ended, whoever has yet to hear of it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


class TestStopwatch:
    def test_a_call_is_repeated_after_a_warm_up(self) -> None:
        calls: list[None] = []
        stopwatch.per_call(lambda: calls.append(None), 100)
        assert len(calls) == 120

    def test_what_waits_costs_nothing_and_what_computes_does(self) -> None:
        waiting = stopwatch.per_call(lambda: time.sleep(0.002), 20)
        computing = stopwatch.per_call(lambda: sum(range(50_000)), 20)
        assert waiting < 1000 < 20 * computing

    def test_one_slow_batch_does_not_count(self) -> None:
        turns = iter(range(1000))

        def work() -> None:
            if next(turns) == 30:
                sum(range(5_000_000))

        assert stopwatch.per_call(work, 100) < 100

    def test_what_is_awaited_is_measured_alike(self) -> None:
        calls: list[None] = []

        async def work() -> None:
            calls.append(None)

        assert asyncio.run(stopwatch.per_await(work, 50)) < 1000
        assert len(calls) == 60


class TestStarted:
    def test_the_line_that_tells_of_readiness_is_found(self) -> None:
        async def main() -> Any:
            program = "print('one'); print('two is ready'); import time; time.sleep(60)"
            async with started.started(python(program)) as child:
                return await child.line_with("ready")

        assert asyncio.run(main()) == "two is ready\n"

    def test_one_that_says_much_is_never_held_up(self) -> None:
        async def main() -> str:
            program = "print('.\\n' * 500_000); print('ready'); import time; time.sleep(60)"
            async with started.started(python(program)) as child:
                return str(await child.line_with("ready"))

        assert asyncio.run(main()) == "ready\n"

    def test_one_that_ends_before_says_its_last_line(self) -> None:
        async def main() -> None:
            async with started.started(python("raise SystemExit('no such store')")) as child:
                await child.line_with("ready")

        with pytest.raises(started.NeverReady, match="no such store"):
            asyncio.run(main())

    def test_the_first_good_answer_is_waited_for(self) -> None:
        async def main() -> tuple[bool, bool]:
            port = free_port()
            async with started.started(python(ANSWERING, str(port))) as child:
                await child.answer_at(port, "/ready")
                return await started.answers(port, "/elsewhere"), await started.accepts(port)

        assert asyncio.run(main()) == (False, True)

    def test_one_that_ends_instead_of_answering_is_not_waited_for(self) -> None:
        async def main() -> None:
            async with started.started(python("raise SystemExit(3)")) as child:
                await child.answer_at(free_port(), "/ready", within=30)

        with pytest.raises(started.NeverReady, match="ended with 3"):
            asyncio.run(main())

    def test_nothing_is_left_of_it_or_of_its_children(self) -> None:
        async def main() -> tuple[int, int]:
            async with started.started(python(WITH_A_CHILD)) as child:
                line = await child.line_with("child")
                assert not is_gone(int(line.split()[1]))
                return child.group, int(line.split()[1])

        for pid in asyncio.run(main()):
            wait_until(partial(is_gone, pid))

    def test_what_it_keeps_in_memory_is_seen(self) -> None:
        async def main() -> tuple[int, int]:
            program = "kept = b'.' * 50_000_000; print('ready'); import time; time.sleep(60)"
            async with started.started(python(program)) as child:
                await child.line_with("ready")
                return child.group, started.resident_bytes(child.group)

        group, kept = asyncio.run(main())
        assert 50_000_000 < kept < 200_000_000
        assert started.resident_bytes(group) == 0

    def test_a_developers_own_settings_do_not_come_along(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOMEROOM_WEB__PORT", "1")
        monkeypatch.setenv("HOMEROOM_BENCH_ENVS", "somewhere")
        assert not [name for name in started.surroundings() if name.startswith("HOMEROOM_")]
        assert started.surroundings()["PATH"] == os.environ["PATH"]


class TestAskingAnApplication:
    def test_a_refusal_is_not_measured(self) -> None:
        async def refuse(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 429, "headers": []})
            await send({"type": "http.response.body", "body": b"too often"})

        with pytest.raises(asgi_driver.WrongAnswer, match="429: too often"):
            asyncio.run(asgi_driver.inside(asgi_driver.Question(refuse, "/", "key"), 20))

    def test_every_request_has_a_scope_of_its_own(self) -> None:
        seen: list[Any] = []

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            assert "mark" not in scope
            scope["mark"] = True
            seen.append(dict(scope["headers"])[b"x-api-key"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            body = b"{" + b",".join(b'"%d":0' % n for n in range(16)) + b"}"
            await send({"type": "http.response.body", "body": body})

        question = asgi_driver.Question(answer, "/", "key")
        figures = asyncio.run(asgi_driver.inside(question, 20))
        assert figures["CPU µs/request"] > 0
        assert seen == [b"key"] * 25


@pytest.mark.parametrize("name", ["bench_web", "bench_wire", "bench_sqlite"])
def test_every_goal_is_between_contenders_who_take_part(name: str) -> None:
    benches: Sequence[Any] = load(name).BENCHES

    async def names(bench: Any) -> set[str]:
        async with bench.contenders(harness.Scale(quick=True)) as contenders:
            return {each.name for each in contenders}

    for bench in benches:
        there = asyncio.run(names(bench))
        wanted = {goal.ours for goal in bench.goals} | {goal.other for goal in bench.goals}
        assert wanted - {None} <= there, bench.name


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)
