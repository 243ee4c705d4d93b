"""The I/O anomaly sweep over answering and submitting: nothing acknowledged is lost."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.sm2 import Sm2
from homeroom.exams.model.tiers import Quotas
from homeroom.exams.model.wishes import Given
from homeroom.exams.use_cases.examined import Invigilator
from homeroom.exams.use_cases.reviews import Reviews
from homeroom.exams.use_cases.sittings import AnswerQuestion, SubmitSitting
from homeroom.house import Storage
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.page import CursorRequest
from homeroom_testing.anomalies import Anomaly, sweep
from homeroom_testing.clock import FixedClock
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
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.faults_storage import Fault

pytestmark = pytest.mark.anyio

REVIEWS = Reviews(scheduler=Sm2())
CLOCK = FixedClock()
OpenFresh = Callable[[], AbstractAsyncContextManager[Storage]]


@attrs.frozen
class Seated:
    """Somebody in the middle of an exam, with two questions answered: one of them rightly."""

    actor: Actor
    bank: Bank
    sitting: Sitting

    @classmethod
    async def at(cls, storage: Storage) -> "Seated":
        house = await settle_in(storage)
        person, bank = await a_kept_person(storage, house), await a_bank(storage, house)
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        answer(sitting, bank, RIGHT, WRONG)
        await save(storage, sitting)
        await told_by(storage)
        roles = frozenset({Role.STUDENT})
        actor = Actor(institution_id=house.id, roles=roles, person_id=person.id)
        return cls(actor, bank, sitting)

    async def answer(self, storage: Storage) -> None:
        step = AnswerQuestion(
            start=storage.start,
            invigilator=Invigilator(sittings=storage.sittings, clock=CLOCK),
            quotas=Quotas(),
            reviews=REVIEWS,
        )
        second = self.bank.questions[1].id
        await step(self.actor, self.sitting.id, second, Given(answer=RIGHT))

    async def submit(self, storage: Storage) -> Decimal:
        step = SubmitSitting(
            start=storage.start,
            invigilator=Invigilator(sittings=storage.sittings, clock=CLOCK),
            quotas=Quotas(),
            reviews=REVIEWS,
        )
        score = (await step(self.actor, self.sitting.id)).summary.score
        assert score is not None
        return score.percent


class Answering:
    """An answer is there whole or not at all; acknowledged, it is there."""

    async def prepare(self, storage: Storage) -> Seated:
        return await Seated.at(storage)

    async def act(self, storage: Storage, given: Seated) -> None:
        await given.answer(storage)

    async def check(self, storage: Storage, given: Seated, anomaly: Anomaly) -> None:
        first, second = (one.id for one in given.bank.questions[:2])
        kept = (await storage.sittings.sitting(given.sitting.id, reach=None)).replies
        assert kept[first].answer == RIGHT
        assert kept[second].answer in (RIGHT, WRONG)
        if anomaly.outcome is None:
            assert kept[second].answer == RIGHT
        await given.answer(storage)
        assert await given.submit(storage) == Decimal("33.3")


class Submitting:
    """A sitting is over, with its score, its event and its entry, or it goes on."""

    async def prepare(self, storage: Storage) -> Seated:
        return await Seated.at(storage)

    async def act(self, storage: Storage, given: Seated) -> None:
        await given.submit(storage)

    async def check(self, storage: Storage, given: Seated, anomaly: Anomaly) -> None:
        kept = await storage.sittings.sitting(given.sitting.id, reach=None)
        over = kept.score is not None
        assert over == (not kept.is_active)
        assert over or anomaly.outcome is not None
        assert [one.name for one in await told_by(storage)] == ["exams.sitting_ended.v1"] * over
        entries = await storage.record.entries(EntryFilter(reach=None), CursorRequest())
        assert [one.action for one in entries.items] == ["exams.sit"] * over
        assert await given.submit(storage) == Decimal("16.7")
        told = [one.name for one in await told_by(storage)]
        assert told == ["exams.sitting_ended.v1"] * (not over)


@pytest.mark.parametrize("scenario", [Answering(), Submitting()])
async def test_nothing_acknowledged_is_lost_whatever_call_fails(
    open_fresh: OpenFresh, scenario: Answering | Submitting
) -> None:
    met = await sweep(scenario, open_fresh)
    assert {one.fault for one in met} == set(Fault)
