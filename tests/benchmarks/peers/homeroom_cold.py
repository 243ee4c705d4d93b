"""Ours, where nothing lies ready: a paper from the store, and many who ask for it at once.

python homeroom_cold.py WAY URL TIMES   in one of these ways:
    paper        through the use case, with an empty shelf and an empty cache each time
    singly       as a repository that loads question by question
    crowd        500 at once, of whom each needs all questions, and nothing lies there
    naive crowd  the same without shelf and cache
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import attrs
import homeroom_delivery
import homeroom_door
import uvloop

from homeroom.exams.model.questions import Content
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.bank import BankQueries, Edition
from homeroom.exams.use_cases.papers import SeeQuestions
from homeroom.exams.use_cases.shelf import Shelf
from homeroom.kernel.actor import Actor
from homeroom.kernel.cache import CacheSettings
from homeroom_adapters.memory.cache import open_cache
from homeroom_entrypoints.composition.printing import press
from homeroom_testing.fast_hashing import FAST_VARIABLES

CROWD = 500


@attrs.define
class Counted:
    """A bank that counts how often it is asked what questions say."""

    bank: BankQueries
    asked: int = 0

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        self.asked += 1
        return await self.bank.editions(wanted)


@attrs.frozen
class Hall:
    ground: homeroom_door.Ground
    actor: Actor
    sitting: Sitting
    bank: Any

    @property
    def wanted(self) -> list[Edition]:
        return [item.key for item in self.sitting.form.items]

    async def paper(self) -> None:
        plant = self.ground.homeroom.plant
        async with open_cache(CacheSettings(), plant.ambient) as cache:
            shelf = Shelf(bank=self.bank, cache=cache, press=press())
            queries, clock = plant.storage.sittings, plant.ambient.clock
            see = SeeQuestions(queries=queries, shelf=shelf, clock=clock)
            await see(self.actor, self.sitting.id)

    async def singly(self) -> None:
        queries = self.ground.homeroom.plant.storage.sittings
        await queries.sitting(self.sitting.id, reach=self.sitting.institution_id)
        for one in self.wanted:
            await self.bank.editions([one])

    async def crowd(self) -> list[float]:
        ambient = self.ground.homeroom.plant.ambient
        async with open_cache(CacheSettings(), ambient) as cache:
            shelf = Shelf(bank=self.bank, cache=cache, press=press())
            asking = [timed(lambda: shelf.printed(self.wanted)) for _ in range(CROWD)]
            return list(await asyncio.gather(*asking))

    async def naive_crowd(self) -> list[float]:
        asking = [timed(lambda: self.bank.editions(self.wanted)) for _ in range(CROWD)]
        return list(await asyncio.gather(*asking))


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return 1000 * (time.perf_counter() - began)


async def opened(ground: homeroom_door.Ground) -> Hall:
    exam_id = await homeroom_delivery.an_exam(ground)
    actor = (await ground.homeroom.people.recognise.proven(await ground.token(0))).actor
    sheet = await ground.homeroom.exams.begin_sitting(actor, exam_id)
    storage = ground.homeroom.plant.storage
    sitting = await storage.sittings.sitting(sheet.summary.id, reach=None)
    return Hall(ground, actor, sitting, Counted(storage.bank))


async def main(way: str, url: str, times: int) -> None:
    async with homeroom_door.opened(url, FAST_VARIABLES) as ground:
        hall = await opened(ground)
        waits, asked = list[float](), 0
        for number in range(times + 1):
            hall.bank.asked = 0
            match way:
                case "crowd":
                    took = await hall.crowd()
                case "naive crowd":
                    took = await hall.naive_crowd()
                case _:
                    took = [await timed(hall.paper if way == "paper" else hall.singly)]
            asked = hall.bank.asked
            waits += took if number else []  # the first one warms the store
        waits.sort()
        figures = {
            "p50 ms": waits[len(waits) // 2],
            "p99 ms": waits[int(0.99 * len(waits))],
            "reads of questions": float(asked),
        }
        print(json.dumps(figures), flush=True)
        os._exit(0)  # closing in order is nobody's benchmark


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
