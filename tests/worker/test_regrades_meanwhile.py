"""A regrade at the very moment of an answer: nobody falls between, and neither stops the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import attrs
import pytest

from homeroom.exams.model.choices import Single
from homeroom.exams.model.regrading import Correction
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.sm2 import Sm2
from homeroom.exams.model.tiers import Quotas
from homeroom.exams.model.wishes import Given, Mode
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.ending import EndRunOut, ExpireSittings
from homeroom.exams.use_cases.examined import Invigilator
from homeroom.exams.use_cases.regrading import JudgeAgain, RegradeQuestion, RegradeSittings
from homeroom.exams.use_cases.reviews import Reviews
from homeroom.exams.use_cases.sittings import SubmitSitting
from homeroom.house import Storage, StorageSettings
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, QuestionId, new_id
from homeroom.kernel.queue import Run
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    WRONG,
    Bank,
    a_bank,
    a_sitting,
    add,
    answer,
    save,
)
from homeroom_testing.conformance.storage import settle_in

pytestmark = [pytest.mark.anyio, pytest.mark.service("postgres")]

RUN = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
B_IS_RIGHT = Correction(reason="The book says b.")


@attrs.frozen
class Held:
    """A unit that does something else before it commits."""

    unit: Any
    before: Callable[[], Awaitable[None]]

    async def __aenter__(self) -> Self:
        await self.unit.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.unit.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        await self.before()
        await self.unit.commit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unit, name)


@attrs.frozen
class House:
    """A school with an exam, in which somebody sits for it."""

    storage: Storage
    clock: SteppingClock
    house: Institution
    person: Person
    bank: Bank

    @property
    def question(self) -> QuestionId:
        return self.bank.questions[0].id

    def submitting(self, start: StartExamsUnit | None = None) -> SubmitSitting:
        return SubmitSitting(
            start=start or self.storage.start,
            invigilator=Invigilator(sittings=self.storage.sittings, clock=self.clock),
            quotas=Quotas(),
            reviews=Reviews(scheduler=Sm2()),
        )

    @property
    def ana(self) -> Actor:
        roles = frozenset({Role.STUDENT})
        return Actor(institution_id=self.house.id, roles=roles, person_id=self.person.id)

    async def revise(self) -> None:
        """From now on b is right, and not a."""
        async with self.storage.start() as unit:
            question = await unit.questions.get(self.question, reach=None)
            body = question.content.body
            assert isinstance(body, Single)
            options = [attrs.evolve(one, worth=Fraction(one.id == "b")) for one in body.options]
            content = attrs.evolve(question.content, body=Single(options=tuple(options)))
            question.revise(content, at=self.clock.now())
            await unit.questions.save(question)
            await unit.commit()

    async def regrade(self) -> None:
        """Somebody decides on it, and the worker judges again at once."""
        author = Actor(institution_id=self.house.id, roles=frozenset({Role.TEACHER}))
        decide = RegradeQuestion(start=self.storage.start, clock=self.clock)
        regrade = await decide(author, self.question, B_IS_RIGHT)
        judge = RegradeSittings(
            start=self.storage.start, regrades=self.storage.regrades, clock=self.clock
        )
        await judge(JudgeAgain(regrade_id=regrade.id), RUN)

    async def kept(self, sitting: Sitting) -> Sitting:
        return await self.storage.sittings.sitting(sitting.id, reach=None)


@pytest.fixture
async def house(postgres_schema_url: str) -> AsyncIterator[House]:
    settings, clock = StorageSettings(url=postgres_schema_url), SteppingClock()
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, Ambient(clock, JsonCodec())) as storage:
        school = await settle_in(storage)
        person = await a_kept_person(storage, school)
        yield House(storage, clock, school, person, await a_bank(storage, school))


async def test_an_answer_that_is_given_with_the_submission_is_judged_by_the_right_key(
    house: House,
) -> None:
    sitting = a_sitting(house.bank, house.person, at=house.clock.now())
    await add(house.storage, sitting)
    await house.revise()
    done: list[None] = []

    async def regrade_once() -> None:
        if not done:
            done.append(None)
            await house.regrade()

    submit = house.submitting(lambda: Held(house.storage.start(), regrade_once))
    last = {house.question: Given(answer=WRONG)}  # it was wrong, and by the new key it is right
    sheet = await submit(house.ana, sitting.id, last)
    assert done
    kept = await house.kept(sitting)
    assert kept.replies[house.question].credit == 1
    assert sheet.summary.score == kept.score


async def test_a_regrade_and_a_submission_do_not_wait_for_each_other(house: House) -> None:
    """She ran out of time once, which is counted and not planned yet, and studies now."""
    first = a_sitting(house.bank, house.person, at=house.clock.now())
    await add(house.storage, first)
    answer(first, house.bank, RIGHT, at=house.clock.now())
    await save(house.storage, first)
    house.clock.instant = first.ends_at
    house.clock.step(seconds=1)
    expire = ExpireSittings(
        start=house.storage.start, queries=house.storage.sittings, clock=house.clock
    )
    await expire(EndRunOut(), RUN)
    study = a_sitting(house.bank, house.person, Mode.RANDOM, at=house.clock.now())
    await add(house.storage, study)
    answer(study, house.bank, RIGHT, at=house.clock.now())
    await save(house.storage, study)
    await house.revise()

    at_it, go_on = asyncio.Event(), asyncio.Event()

    @attrs.frozen
    class Slow(Reviews):
        async def answered(self, *given: Any) -> None:
            at_it.set()
            await go_on.wait()
            await super().answered(*given)

    submit = attrs.evolve(house.submitting(), reviews=Slow(scheduler=Sm2()))
    submitting = asyncio.create_task(submit(house.ana, study.id))
    await at_it.wait()
    regrading = asyncio.create_task(house.regrade())
    await asyncio.sleep(0.5)  # until it waits for the study
    go_on.set()
    await asyncio.gather(submitting, regrading)
    for sitting in (first, study):
        assert (await house.kept(sitting)).replies[house.question].credit == 0
