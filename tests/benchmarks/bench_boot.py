"""Goal P26: from the command to the first answer, and what an idle house costs.

Ours starts on a SQLite file that is up to date, with every file it reads read before. Beside it a
bare Litestar application under uvicorn. A worker counts as ready when it says so.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import machine
from harness import Bench, Contender, Goal, Role, Sample, Scale
from started import Started, resident_bytes, started

from homeroom_testing.children import free_port

HOMEROOM = str(Path(sys.executable).with_name("homeroom"))
PEERS = Path(__file__).parent / "peers"
MS, CPU = "ms until it answers", "CPU ms until then"
SETTLING, WATCHING = 5.0, 10.0

Ready = Callable[[Started], Awaitable[object]]


async def boot(words: Sequence[str], ready: Ready, settings: dict[str, str]) -> Sample:
    """Start once; milliseconds until it is there, and how many of them it computed."""
    async with started(words, settings=tuple(settings.items())) as child:
        await ready(child)
        took = child.age
        used = machine.cpu_seconds(child.group)
    return Sample({MS: took * 1e3, CPU: used * 1e3})


async def ours(command: str, data: str) -> Sample:
    port = free_port()
    settings = {"HOMEROOM_DATA_DIR": data, "HOMEROOM_WEB__PORT": str(port)}
    return await boot([HOMEROOM, command], _answers(port, "/health/live"), settings)


async def our_worker(data: str) -> Sample:
    settings = {"HOMEROOM_DATA_DIR": data}
    return await boot([HOMEROOM, "worker"], _says("worker.started"), settings)


async def bare_litestar() -> Sample:
    port = free_port()
    serving = [sys.executable, "-m", "uvicorn", "litestar_bare:app", "--app-dir", str(PEERS)]
    quiet = ["--port", str(port), "--log-level", "warning"]
    return await boot([*serving, *quiet], _answers(port, "/"), {})


async def idle(data: str, scale: Scale) -> Sample:
    """What `homeroom up` computes and keeps while nobody asks for anything."""
    port = free_port()
    settings = {"HOMEROOM_DATA_DIR": data, "HOMEROOM_WEB__PORT": str(port)}
    settling, watching = (0.5, 1.0) if scale.quick else (SETTLING, WATCHING)
    async with started([HOMEROOM, "up"], settings=tuple(settings.items())) as child:
        await child.answer_at(port, "/health/live")
        await asyncio.sleep(settling)
        meter = machine.Meter(child.group)
        meter.start()
        await asyncio.sleep(watching)
        share = meter.per_operation(1) / (watching * 1e6)
        kept = resident_bytes(child.group)
    return Sample({"CPU %": share * 100, "resident MB": kept / 1e6})


def _answers(port: int, path: str) -> Ready:
    return lambda child: child.answer_at(port, path)


def _says(mark: str) -> Ready:
    return lambda child: child.line_with(mark)


@asynccontextmanager
async def warm_house() -> AsyncIterator[str]:
    """A data directory with its schema up to date, after everything was read once."""
    with TemporaryDirectory() as data:
        settings = (("HOMEROOM_DATA_DIR", data),)
        async with started([HOMEROOM, "db", "upgrade"], settings=settings) as upgrading:
            await upgrading.line_with("The schema is at")
        await ours("up", data)
        await bare_litestar()
        yield data


def contest(
    everyone: Callable[[str, Scale], dict[str, tuple[Role, Callable[[], Awaitable[Sample]]]]],
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        async with warm_house() as data:
            chosen = everyone(data, scale)
            yield [Contender(name, role, run) for name, (role, run) in chosen.items()]

    return contenders


beside_litestar = partial(Goal, "P26", other="litestar", at_most=1.5)

BENCHES = [
    Bench(
        "boot.start",
        "from the command to the first answer",
        contest(
            lambda data, _: {
                "litestar": ("limit", bare_litestar),
                "homeroom web": ("ours", partial(ours, "web", data)),
                "homeroom worker": ("ours", partial(our_worker, data)),
                "homeroom up": ("ours", partial(ours, "up", data)),
            }
        ),
        [
            *(
                beside_litestar(figure, ours=f"homeroom {command}")
                for figure in (MS, CPU)
                for command in ("web", "worker")
            ),
            Goal("P26", MS, ours="homeroom up", at_most=3000.0),
        ],
    ),
    Bench(
        "boot.idle",
        "`homeroom up` while nobody asks for anything",
        contest(lambda data, scale: {"homeroom up": ("ours", partial(idle, data, scale))}),
        [
            Goal("P26", "CPU %", ours="homeroom up", at_most=0.5),
            Goal("P26", "resident MB", ours="homeroom up", at_most=180.0),
        ],
    ),
]
