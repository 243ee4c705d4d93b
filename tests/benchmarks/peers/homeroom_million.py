"""Ours, with a bank of many questions: what somebody waits for who begins an exam and reads it.

python homeroom_million.py fill URL QUESTIONS  a house whose exams have so many questions in all
python homeroom_million.py deliver URL TIMES   somebody begins and reads, as if nobody had before

URL is a PostgreSQL database, empty at first. The exam that is sat for has a thousand questions,
and so has every other one; theirs are copies, of which nobody reads what they say.
"""

import json
import os
import sys
import time

import asgi_driver
import attrs
import delivery_sheet
import homeroom_delivery
import homeroom_door
import psycopg
import uvloop

from homeroom.exams.ports.catalogue import ExamFilter
from homeroom.exams.use_cases.papers import SeeQuestions
from homeroom.exams.use_cases.pools import Pools
from homeroom.exams.use_cases.shelf import Shelf
from homeroom.kernel.actor import Actor
from homeroom.kernel.cache import CacheSettings
from homeroom.kernel.ids import ExamId
from homeroom.kernel.page import CursorRequest
from homeroom_adapters.memory.cache import open_cache
from homeroom_entrypoints.composition.printing import press
from homeroom_testing.fast_hashing import FAST_VARIABLES

IN_ONE = 1_000
"""Questions of each exam."""

_EXAMS = """
INSERT INTO exams
SELECT gen_random_uuid(), institution_id, vendor_id, code || number, status, outline, sought,
       created_at, version
FROM exams, generate_series(2, %(exams)s) AS number
"""
_QUESTIONS = """
WITH known AS (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM questions),
     wanted AS (
         SELECT exams.id AS exam, place
         FROM exams, generate_series(1, %(each)s) AS place
         WHERE exams.code <> 'E' OR place > (SELECT count(*) FROM known)
     )
INSERT INTO questions
SELECT gen_random_uuid(), institution_id, exam, objective_id, status, difficulty, edition, NULL,
       note, tags, sought, created_at, version
FROM wanted JOIN known ON known.place = wanted.place %% (SELECT count(*) FROM known)
"""
_EDITIONS = """
WITH known AS (SELECT *, row_number() OVER (ORDER BY question_id) - 1 AS place
               FROM question_editions),
     own AS (SELECT id FROM exams WHERE code = 'E'),
     fresh AS (
         SELECT id, edition, exam_id, row_number() OVER () AS place FROM questions
         WHERE id NOT IN (SELECT question_id FROM known)
     )
INSERT INTO question_editions
SELECT fresh.id, fresh.edition,
       CASE WHEN exam_id IN (SELECT id FROM own) THEN content ELSE left(content, 300) END
FROM fresh JOIN known ON known.place = fresh.place %% (SELECT count(*) FROM known)
"""


async def fill(url: str, questions: int) -> None:
    async with homeroom_door.opened(url, FAST_VARIABLES) as ground:
        await homeroom_delivery.an_exam(ground)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_EXAMS, {"exams": questions // IN_ONE})
        connection.execute(_QUESTIONS, {"each": IN_ONE})
        connection.execute(_EDITIONS, {})
        connection.execute("VACUUM ANALYZE")
        told = connection.execute("SELECT count(*) FROM question_editions").fetchone()
    assert told is not None
    print(json.dumps({"questions": told[0]}), flush=True)


@attrs.frozen
class Visit:
    """Somebody who begins, reads and goes, again and again."""

    ground: homeroom_door.Ground
    actor: Actor
    exam_id: ExamId

    async def waits(self) -> tuple[float, float]:
        """Milliseconds until an exam has begun, and until its paper was read; nothing lay there."""
        plant, exams = self.ground.homeroom.plant, self.ground.homeroom.exams
        bank, clock = plant.storage.bank, plant.ambient.clock
        async with open_cache(CacheSettings(), plant.ambient) as cache:
            shelf = Shelf(bank=bank, cache=cache, press=press())
            see = SeeQuestions(queries=plant.storage.sittings, shelf=shelf, clock=clock)
            maker = attrs.evolve(exams.begin_sitting.maker, pools=Pools(bank=bank, cache=cache))
            begin = attrs.evolve(exams.begin_sitting, maker=maker)
            started = time.perf_counter()
            sheet = await begin(self.actor, self.exam_id)
            begun = time.perf_counter()
            paper = await see(self.actor, sheet.summary.id)
            read = time.perf_counter()
        if len(paper.parts) < delivery_sheet.QUESTIONS:
            raise asgi_driver.WrongAnswer(f"{len(paper.parts)} pieces")
        await exams.submit_sitting(self.actor, sheet.summary.id)
        return 1000 * (begun - started), 1000 * (read - begun)


async def deliver(url: str, times: int) -> None:
    async with homeroom_door.opened(url, FAST_VARIABLES) as ground:
        number = time.time_ns()  # somebody new in each run
        actor = (await ground.homeroom.people.recognise.proven(await ground.token(number))).actor
        this = ExamFilter(reach=None, code="E")
        found = await ground.homeroom.plant.storage.catalogue.exams(this, CursorRequest(None, 1))
        visit = Visit(ground, actor, found.items[0].id)
        await visit.waits()  # the first one warms the store
        waits = [await visit.waits() for _ in range(times)]
        figures: dict[str, float] = {}
        for name, took in zip(("begin", "paper"), zip(*waits, strict=True), strict=True):
            ordered = sorted(took)
            figures[f"{name} p50 ms"] = ordered[len(ordered) // 2]
            figures[f"{name} p99 ms"] = ordered[int(0.99 * len(ordered))]
        print(json.dumps(figures), flush=True)
        os._exit(0)  # closing in order is nobody's benchmark


if __name__ == "__main__":
    command, where, amount = sys.argv[1:]
    uvloop.run((fill if command == "fill" else deliver)(where, int(amount)))
