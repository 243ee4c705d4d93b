"""Pools for adaptive tests: read once however many ask, page by page, and so many tests a day."""

import asyncio
import time
from collections.abc import Collection, Mapping
from fractions import Fraction

import attrs
import pytest
from sitting_room import Room

from homeroom.exams.errors import TooManyAdaptive
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.choices import Single
from homeroom.exams.model.regrading import Correction
from homeroom.exams.ports.adaptive import AdaptiveQueries, KnownCurve
from homeroom.exams.ports.bank import BankQueries, Edition, QuestionFilter
from homeroom.exams.use_cases.adaptive import MOST_A_DAY
from homeroom.exams.use_cases.calibrating import Source
from homeroom.exams.use_cases.pools import OLDEST
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import ExamId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest

pytestmark = pytest.mark.anyio


@attrs.define
class Slow:
    """Reads of adaptive tests that take a while, counted."""

    queries: AdaptiveQueries
    curves_read: int = 0
    exposures_read: int = 0

    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        self.curves_read += 1
        await asyncio.sleep(0.01)
        return await self.queries.curves(exam_id, only=only)

    async def exposure(self, exam_id: ExamId) -> Exposure:
        self.exposures_read += 1
        return await self.queries.exposure(exam_id)


@attrs.frozen
class OnlyPages:
    """A bank that is read in pages, and never as a whole."""

    bank: BankQueries

    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[object]:
        return await self.bank.questions(wanted, page)


async def test_however_many_ask_at_once_a_pool_is_read_once(room: Room) -> None:
    pools = room.exams.adaptive.answer.pools
    slow = Slow(pools.queries)
    alike = attrs.evolve(pools, queries=slow)
    laid = await asyncio.gather(*(alike.of(room.bank.exam.id) for _ in range(9)))
    assert (slow.curves_read, slow.exposures_read) == (1, 1)
    assert all(one is laid[0] for one in laid)
    room.clock.step(seconds=int(OLDEST))
    await asyncio.gather(*(alike.of(room.bank.exam.id) for _ in range(9)))
    assert (slow.curves_read, slow.exposures_read) == (2, 2)


async def test_who_gives_up_waiting_leaves_it_to_the_others(room: Room) -> None:
    pools = room.exams.adaptive.answer.pools
    alike = attrs.evolve(pools, queries=Slow(pools.queries))
    first = asyncio.create_task(alike.of(room.bank.exam.id))
    await asyncio.sleep(0)
    others = [asyncio.create_task(alike.of(room.bank.exam.id)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    laid = await asyncio.gather(*others)
    assert len(laid[0].pool.objectives) == 2


@attrs.define
class Away:
    """Reads of a store that is away, and takes its time to say so."""

    asked: int = 0

    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        self.asked += 1
        await asyncio.sleep(0.2)
        raise Unavailable("The database is away.")

    async def exposure(self, exam_id: ExamId) -> Exposure:
        raise AssertionError("nobody comes that far")


async def test_all_who_wait_hear_together_that_the_store_is_away(room: Room) -> None:
    pools, exam_id = room.exams.adaptive.answer.pools, room.bank.exam.id
    before = await pools.of(exam_id)
    room.clock.step(seconds=int(OLDEST))
    away = attrs.evolve(pools, queries=(store := Away()))
    away._kept[exam_id] = before
    begun = time.monotonic()
    ends = await asyncio.gather(*(away.of(exam_id) for _ in range(10)), return_exceptions=True)
    assert {type(end) for end in ends} == {Unavailable}
    assert (store.asked, time.monotonic() - begun < 1) == (1, True)
    assert away._kept[exam_id] is before
    with pytest.raises(Unavailable):  # and whoever comes later has it looked at again
        await away.of(exam_id)
    assert store.asked == 2


async def test_a_page_of_a_pool_is_a_page_of_the_store(room: Room) -> None:
    see = room.exams.adaptive.see_pool
    paged = attrs.evolve(see, bank=OnlyPages(see.bank))
    await room.exams.retire_question(room.author, room.bank.questions[1].id)
    last = room.bank.questions[3].id
    await room.exams.adaptive.say_curves(room.author, room.bank.exam.id, {last: Curve(b=1.5)})
    first = await paged(room.author, room.bank.exam.id, CursorRequest(None, 2))
    rest = await paged(room.author, room.bank.exam.id, CursorRequest(first.next, 2))
    told = [(one.question_id, one.source) for one in (*first.items, *rest.items)]
    assert told == [
        (last, Source.SAID),
        (room.bank.questions[2].id, Source.ASSUMED),
        (room.bank.questions[0].id, Source.ASSUMED),
    ]
    assert first.items[0].curve == Curve(b=1.5)


async def test_so_many_tests_of_an_exam_are_begun_within_a_day(room: Room) -> None:
    adaptive, exam_id = room.exams.adaptive, room.bank.exam.id
    for _ in range(MOST_A_DAY):
        sheet = await adaptive.begin(room.ana, exam_id)
        await adaptive.leave(room.ana, sheet.sitting.id)
    with pytest.raises(TooManyAdaptive) as refused:
        await adaptive.begin(room.ana, exam_id)
    assert refused.value.retry_after == 3600
    assert await adaptive.begin(await room.somebody("ben"), exam_id)
    room.clock.step(seconds=86_400)
    assert await adaptive.begin(room.ana, exam_id)


async def test_after_a_regrade_an_answer_counts_by_the_key_that_is_right(room: Room) -> None:
    """Of every question: b is right in its second edition, and so it was in the first."""
    adaptive = room.exams.adaptive
    sheet = await adaptive.begin(room.ana, room.bank.exam.id)
    assert sheet.question is not None
    asked = sheet.question.question_id
    question = next(one for one in room.bank.questions if one.id == asked)
    body = question.content.body
    assert isinstance(body, Single)
    options = [attrs.evolve(one, worth=Fraction(one.id == "b")) for one in body.options]
    content = attrs.evolve(question.content, body=Single(options=tuple(options)))
    await room.exams.revise_question(room.author, asked, content)
    await room.exams.regrade_question(room.author, asked, Correction(reason="It is b."))
    await adaptive.answer(room.ana, sheet.sitting.id, asked, ("b",))
    seen = await adaptive.see(room.ana, sheet.sitting.id)
    assert seen.sitting.steps[0].credit == 1
