"""Goal P7: from the wire's bytes to typed objects, and back.

A request's body goes the way of the web's edge, from bytes into a shape of the wire; a page of
jobs goes the way out. An exam of 100 KB goes through the codec that jobs and events are
stored with. Beside them msgspec straight to attrs by hand, cattrs, and pydantic.
"""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import environments
import machine
from harness import Bench, Contender, Goal, Role, Sample, Scale

PEERS = Path(__file__).parent / "peers"
EVERYONE: dict[str, Role] = {"homeroom": "ours", "hand": "limit", "cattrs": "peer"}
WITH_HANDLER: dict[str, Role] = {**EVERYONE, "handler": "ours"}
"""`handler` is ours with what the framework and the handler do around it for every argument."""


async def in_base(who: str, what: str, calls: int) -> Sample:
    script = str(PEERS / "homeroom_wire.py")
    return Sample(await machine.figures_of([sys.executable, script, who, what, str(calls)]))


async def by_pydantic(what: str, calls: int) -> Sample:
    interpreter = await environments.python_of("fastapi")
    script = str(PEERS / "pydantic_wire.py")
    return Sample(await machine.figures_of([interpreter, script, what, str(calls)]))


def contest(
    what: str, calls: int, in_our_environment: dict[str, Role] = EVERYONE
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    """The same thing encoded or decoded by everyone."""

    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        amount = scale.of(calls)
        yield [
            *(
                Contender(who, role, partial(in_base, who, what, amount))
                for who, role in in_our_environment.items()
            ),
            Contender("pydantic", "peer", partial(by_pydantic, what, amount)),
        ]

    return contenders


beside = partial(Goal, "P7", "CPU µs", ours="homeroom")

DECODING = [
    beside(other="hand", at_most=1.15),
    beside(other="cattrs", at_most=0.25),
    beside(other="pydantic", at_most=0.5),
]
ENCODING = [beside(other="pydantic", at_most=1 / 1.7)]

BENCHES = [
    Bench(
        "wire.body",
        "a request's body, inward",
        contest("body", 20_000, WITH_HANDLER),
        DECODING,
    ),
    Bench("wire.page", "a page of fifty jobs, outward", contest("page", 1_000), ENCODING),
    Bench("wire.exam.in", "100 KB of JSON to attrs", contest("exam-in", 1_000), DECODING),
    Bench("wire.exam.out", "attrs to 100 KB of JSON", contest("exam-out", 2_000), ENCODING),
]
