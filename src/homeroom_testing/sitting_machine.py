"""A machine that does to a timed sitting what candidates, clocks and accidents do to it.

It remembers every answer that was acknowledged. Whatever happens in between, those and no others
are there, and the score is what they come to: once, and for good.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, TypeVar

import attrs
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from homeroom.exams.errors import SittingExpired, SittingOver
from homeroom.exams.model.answers import Answer
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.sm2 import Sm2
from homeroom.exams.model.tiers import Quotas
from homeroom.exams.model.wishes import Given, Mode
from homeroom.exams.use_cases.ending import EndRunOut, ExpireSittings
from homeroom.exams.use_cases.examined import Invigilator
from homeroom.exams.use_cases.judging import Reader
from homeroom.exams.use_cases.reviews import Reviews
from homeroom.exams.use_cases.sittings import AnswerQuestion, SeeSitting, SubmitSitting
from homeroom.house import Storage
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import JobId, QuestionId, new_id
from homeroom.kernel.queue import Run
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    WRONG,
    Bank,
    a_bank,
    a_sitting,
    add,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.faults_storage import Crash, Fault, FaultPlan, faulty
from homeroom_testing.machines import live

T = TypeVar("T")
OpenEmpty = Callable[[SteppingClock], AbstractAsyncContextManager[Storage]]

NUMBERS = st.integers(0, 3)
ANSWERS = st.sampled_from([RIGHT, WRONG, ("c",), ()])
REVIEWS = Reviews(scheduler=Sm2())
STRIDES = st.sampled_from([-5400, -60, 1, 60, 60, 1800, 2700])
"""Seconds that the server's clock goes on, or is set back."""


@attrs.define
class Remembered:
    """What must be true of the sitting."""

    ends_at: datetime
    answers: dict[QuestionId, Answer] = attrs.field(factory=dict[QuestionId, Answer])
    percent: Decimal | None = None
    """None until it is over."""

    def end(self, bank: Bank) -> None:
        right = [self.answers.get(one.id) == RIGHT for one in bank.questions]
        sixths = sum(right[:2]) + 2 * sum(right[2:])
        tenths = Decimal("0.1")
        if self.percent is None:
            self.percent = (Decimal(100 * sixths) / 6).quantize(tenths, ROUND_HALF_UP)


class SittingMachine(RuleBasedStateMachine):
    """One sitting. `prove_sittings` runs many, and shortens one that goes wrong."""

    open_empty: ClassVar[OpenEmpty]

    def __init__(self) -> None:
        super().__init__()
        self.clock = SteppingClock()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.storage = self.do(self._stack.enter_async_context(type(self).open_empty(self.clock)))
        self.do(self._sit_down())

    async def _sit_down(self) -> None:
        house = await settle_in(self.storage)
        person = await a_kept_person(self.storage, house)
        self.bank = await a_bank(self.storage, house)
        sitting = a_sitting(self.bank, person, Mode.SIMULATION, at=self.clock.now())
        await add(self.storage, sitting)
        self.id, self.model = sitting.id, Remembered(sitting.ends_at)
        roles = frozenset({Role.STUDENT})
        self.ana = Actor(institution_id=house.id, roles=roles, person_id=person.id)

    def do(self, asked: Awaitable[T]) -> T:
        async def wait() -> T:
            return await asked

        return self._runner.run(wait())

    def teardown(self) -> None:
        self.do(self._stack.aclose())
        self._runner.close()

    @property
    def time_is_up(self) -> bool:
        return self.clock.now() > self.model.ends_at

    @rule(number=NUMBERS, said=ANSWERS)
    def answer(self, number: int, said: Answer) -> None:
        self._take(number, said, self.do(outcome_of(self._answering(self.storage, number, said))))

    @rule(numbers=st.tuples(NUMBERS, NUMBERS), said=st.tuples(ANSWERS, ANSWERS))
    def answer_on_two_devices_at_once(
        self, numbers: tuple[int, int], said: tuple[Answer, Answer]
    ) -> None:
        each = list(zip(numbers, said, strict=True))
        answering = (outcome_of(self._answering(self.storage, *one)) for one in each)
        came = self.do(together(*answering))
        for one, outcome in zip(each, came, strict=True):
            self._take(*one, outcome)
        if numbers[0] == numbers[1] and not self._is_over:
            self._either(numbers[0], *said)  # whichever came last

    @rule(number=NUMBERS, said=ANSWERS, fault=st.sampled_from(Fault), at=st.integers(1, 9))
    def answer_while_something_breaks(
        self, number: int, said: Answer, fault: Fault, at: int
    ) -> None:
        broken = faulty(self.storage, FaultPlan(fault, at))
        outcome = self.do(outcome_of(self._answering(broken, number, said)))
        if isinstance(outcome, Unavailable | Crash):
            self._either(number, said, self._said_before(number))
            self._end_if_ended(allowed=self.time_is_up)
        else:
            self._take(number, said, outcome)

    @rule(times=st.integers(1, 3))
    def submit(self, times: int) -> None:
        sheets: list[Sheet] = []

        async def submit() -> None:
            sheets.append(await self._submitting(self.storage))

        came = self.do(together(*(outcome_of(submit()) for _ in range(times))))
        assert came == [None] * times
        self.model.end(self.bank)
        assert all(sheet == sheets[0] for sheet in sheets)

    @rule(fault=st.sampled_from(Fault), at=st.integers(1, 9))
    def submit_while_something_breaks(self, fault: Fault, at: int) -> None:
        broken = faulty(self.storage, FaultPlan(fault, at))
        outcome = self.do(outcome_of(self._submitting(broken)))
        if outcome is None:
            self.model.end(self.bank)
        self._end_if_ended(allowed=True)

    @rule(seconds=STRIDES)
    def let_the_clock_step(self, seconds: int) -> None:
        self.clock.step(seconds=seconds)

    @rule()
    def let_the_house_end_what_ran_out(self) -> None:
        expire = ExpireSittings(
            start=self.storage.start, queries=self.storage.sittings, clock=self.clock
        )
        run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
        self.do(expire(EndRunOut(), run))
        if self.time_is_up:
            self.model.end(self.bank)

    @rule()
    def look(self) -> None:
        see = SeeSitting(
            start=self.storage.start,
            queries=self.storage.sittings,
            contents=Reader(self.storage.bank, self.storage.regrades),
            clock=self.clock,
        )
        sheet = self.do(see(self.ana, self.id))
        if self.time_is_up:
            self.model.end(self.bank)
        said = {one.question_id: one.answer for one in sheet.questions if one.answer}
        assert said == {one: answer for one, answer in self.model.answers.items() if answer}
        assert all((one.feedback is None) == (not self._is_over) for one in sheet.questions)

    @invariant()
    def every_acknowledged_answer_is_there_and_the_score_is_what_they_come_to(self) -> None:
        sitting = self._kept()
        assert {one: reply.answer for one, reply in sitting.replies.items()} == self.model.answers
        kept = None if sitting.score is None else sitting.score.percent
        assert kept == self.model.percent

    @property
    def _is_over(self) -> bool:
        return self.model.percent is not None

    def _kept(self) -> Sitting:
        return self.do(self.storage.sittings.sitting(self.id, reach=None))

    def _answering(self, storage: Storage, number: int, said: Answer) -> Coroutine[Any, Any, Any]:
        answer = AnswerQuestion(
            start=storage.start,
            invigilator=self._invigilator(storage),
            quotas=Quotas(),
            reviews=REVIEWS,
        )
        question_id = self.bank.questions[number].id
        return answer(self.ana, self.id, question_id, Given(answer=said))

    def _submitting(self, storage: Storage) -> Coroutine[Any, Any, Any]:
        submit = SubmitSitting(
            start=storage.start,
            invigilator=self._invigilator(storage),
            quotas=Quotas(),
            reviews=REVIEWS,
        )
        return submit(self.ana, self.id)

    def _invigilator(self, storage: Storage) -> Invigilator:
        return Invigilator(sittings=storage.sittings, clock=self.clock)

    def _take(self, number: int, said: Answer, outcome: BaseException | None) -> None:
        """An answer is acknowledged as long as there is time, and then it counts."""
        late = self._is_over or self.time_is_up
        assert isinstance(outcome, SittingExpired | SittingOver) if late else outcome is None
        if not late:
            self.model.answers[self.bank.questions[number].id] = said
        elif not self._is_over:
            self.model.end(self.bank)

    def _said_before(self, number: int) -> Answer | None:
        return self.model.answers.get(self.bank.questions[number].id)

    def _either(self, number: int, *possible: Answer | None) -> None:
        """Nobody was told which: whichever is there must be one of these, and counts."""
        question_id = self.bank.questions[number].id
        reply = self._kept().replies.get(question_id)
        found = None if reply is None else reply.answer
        assert found in possible
        if found is not None:
            self.model.answers[question_id] = found

    def _end_if_ended(self, *, allowed: bool) -> None:
        """Nobody was told whether it is over: it may be, if that is *allowed*."""
        if not self._is_over and self._kept().score is not None:
            assert allowed
            self.model.end(self.bank)


async def outcome_of(act: Awaitable[object]) -> BaseException | None:
    """What *act* raised; None if it was acknowledged."""
    try:
        await act
    except (Exception, Crash) as error:  # noqa: BLE001 - the machine judges whatever it is
        return error
    return None


async def together(*acts: Awaitable[T]) -> list[T]:
    """What each of *acts* answers, all of them done at once."""
    return list(await asyncio.gather(*acts))


def prove_sittings(
    open_empty: OpenEmpty,
    *,
    lives: int = 20,
    steps: int = 30,
    phases: Sequence[Phase] = tuple(Phase),
) -> None:
    """Fail with the story in which an answer was lost, or a score came out otherwise.

    *open_empty* opens a storage over an empty store, on the clock it is given.
    """

    class Machine(SittingMachine):
        """Bound to one storage."""

    Machine.open_empty = staticmethod(open_empty)
    live(Machine, lives=lives, steps=steps, phases=phases)
