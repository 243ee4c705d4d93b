"""The steps operators take: who may ask for, see, retry, cancel, replay and purge which jobs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.actor import Actor, NotAllowed, Role
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.elsewhere import DoneElsewhere
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.jobs import (
    Job,
    JobFinished,
    JobNotRetriable,
    JobState,
    policy_of,
    work_names,
)
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Claim, Lease, Run, Settlement, Verdict, succeed
from homeroom.operations.errors import JobNotFound, WorkNotKnown
from homeroom.operations.model import Checkup
from homeroom.operations.use_cases import (
    Asked,
    AskForJob,
    CancelJob,
    FindJobs,
    GetJob,
    ListQueues,
    PurgeDeadLetters,
    ReplayDeadLetters,
    RetryJob,
    Wanted,
    check_up,
)
from homeroom_adapters.codec.json import JsonCodec
from homeroom_testing.clock import NOON, SteppingClock

pytestmark = pytest.mark.anyio

CHECKUP = "operations.checkup.v1"
EVERYTHING = CursorRequest(limit=200)
ANYTHING = Wanted()


def somebody(*roles: Role) -> Actor:
    """Of an institution of their own."""
    return Actor(institution_id=InstitutionId(new_id()), roles=frozenset(roles))


OURS, THEIRS = somebody(Role.ADMIN), somebody(Role.ADMIN)
OPERATOR = somebody(Role.SUPER_ADMIN)


@attrs.frozen
class Steps:
    """What operations' context can do over one storage."""

    storage: Storage
    clock: SteppingClock

    async def ask(self, actor: Actor, payload: str = "{}") -> JobId:
        asked = Asked(name=CHECKUP, payload=payload)
        return await AskForJob(self.storage.start, JsonCodec(), self.clock)(actor, asked)

    async def get(self, actor: Actor, job_id: JobId) -> Job:
        return await GetJob(self.storage.job_queries)(actor, job_id)

    async def find(self, actor: Actor, wanted: Wanted = ANYTHING) -> list[JobId]:
        page = await FindJobs(self.storage.job_queries)(actor, wanted, EVERYTHING)
        return [job.id for job in page.items]

    async def retry(self, actor: Actor, job_id: JobId) -> Job:
        return await RetryJob(self.storage.start, self.clock)(actor, job_id)

    async def cancel(self, actor: Actor, job_id: JobId) -> Job:
        return await CancelJob(self.storage.start, self.clock)(actor, job_id)

    async def replay(self, actor: Actor, wanted: Wanted = ANYTHING) -> int:
        return await ReplayDeadLetters(self.storage.start, self.clock)(actor, wanted)

    async def purge(self, actor: Actor, wanted: Wanted = ANYTHING) -> int:
        return await PurgeDeadLetters(self.storage.start, self.clock)(actor, wanted)

    async def claim(self) -> Claim:
        lease = Lease(worker="w1", seconds=15)
        (claim,) = await self.storage.queue.claim("default", limit=1, lease=lease)
        return claim

    async def dead_letter(self, actor: Actor) -> JobId:
        job_id = await self.ask(actor)
        claim = await self.claim()
        ended = Settlement(claim.id, claim.token, Verdict.DEAD, None, "broken: why")
        assert not await self.storage.queue.settle([ended])
        return job_id


@pytest.fixture
def steps(storage: Storage, clock: SteppingClock) -> Steps:
    return Steps(storage, clock)


class TestAsking:
    async def test_an_asked_job_is_ready_for_the_house_that_asked(self, steps: Steps) -> None:
        job = await steps.get(OURS, await steps.ask(OURS, '{"note": "hello"}'))
        assert (job.name, job.institution_id) == (CHECKUP, OURS.institution_id)
        assert (job.state, job.policy) == (JobState.READY, policy_of(Checkup))
        assert JsonCodec().decode(Checkup, job.payload) == Checkup(note="hello")

    async def test_who_asks_may_say_when_how_soon_and_only_once(self, steps: Steps) -> None:
        asked = Asked(
            name=CHECKUP,
            payload="{}",
            run_at=NOON + timedelta(hours=1),
            priority=-7,
            dedupe_key="nightly",
        )
        ask = AskForJob(steps.storage.start, JsonCodec(), steps.clock)
        first = await ask(OURS, asked)
        assert await ask(OURS, asked) == first
        job = await steps.get(OURS, first)
        assert (job.state, job.run_at) == (JobState.SCHEDULED, NOON + timedelta(hours=1))
        assert job.policy == attrs.evolve(policy_of(Checkup), priority=-7)

    async def test_work_nobody_knows_is_answered_with_what_is_known(self, steps: Steps) -> None:
        ask = AskForJob(steps.storage.start, JsonCodec(), steps.clock)
        with pytest.raises(WorkNotKnown, match=r"known are: .*operations\.checkup\.v1"):
            await ask(OURS, Asked(name="test.nobody.v1", payload="{}"))

    async def test_the_house_s_own_work_is_neither_told_nor_done_for_anybody(
        self, steps: Steps
    ) -> None:
        assert work_names.class_of("kernel.done_elsewhere.v1") is DoneElsewhere
        victim = await steps.ask(OURS, "{}")
        forged = Asked(
            name="kernel.done_elsewhere.v1",
            payload=f'{{"job_id": "{victim}", "token": 0, "succeeded": true}}',
        )
        ask = AskForJob(steps.storage.start, JsonCodec(), steps.clock)
        for actor in (THEIRS, OURS, OPERATOR):
            with pytest.raises(WorkNotKnown) as refusal:
                await ask(actor, forged)
            assert "kernel." not in refusal.value.message.partition(";")[2]
        assert await steps.find(OPERATOR) == [victim]

    @pytest.mark.parametrize("payload", ["", "{", "[]", '{"strange": 1}', '{"note": 5}'])
    async def test_a_payload_that_is_not_understood_is_not_kept(
        self, steps: Steps, payload: str
    ) -> None:
        with pytest.raises(Undecodable):
            await steps.ask(OURS, payload)
        assert await steps.find(OPERATOR) == []


class TestLooking:
    async def test_everybody_sees_the_jobs_of_their_own_house(self, steps: Steps) -> None:
        ours, theirs = await steps.ask(OURS), await steps.ask(THEIRS)
        assert await steps.find(OURS) == [ours]
        assert await steps.find(THEIRS) == [theirs]
        assert await steps.find(OPERATOR) == [theirs, ours]

    async def test_jobs_are_found_by_queue_name_and_state(self, steps: Steps) -> None:
        job_id = await steps.ask(OURS)
        for fits in (Wanted(queue="default"), Wanted(name=CHECKUP), Wanted(state=JobState.READY)):
            assert await steps.find(OURS, fits) == [job_id]
        for strange in (Wanted(queue="x"), Wanted(name="x"), Wanted(state=JobState.DEAD)):
            assert await steps.find(OURS, strange) == []

    async def test_only_the_operator_sees_how_queues_do(self, steps: Steps) -> None:
        await steps.ask(OURS)
        ask = ListQueues(steps.storage.job_queries)
        (report,) = await ask(OPERATOR)
        assert (report.name, report.ready) == ("default", 1)
        with pytest.raises(NotAllowed):
            await ask(OURS)


class TestSteering:
    async def test_a_cancelled_job_is_not_run_and_can_be_tried_again(self, steps: Steps) -> None:
        job_id = await steps.ask(OURS)
        assert (await steps.cancel(OURS, job_id)).state is JobState.CANCELLED
        with pytest.raises(JobFinished):
            await steps.cancel(OURS, job_id)
        assert (await steps.retry(OURS, job_id)).state is JobState.READY
        with pytest.raises(JobNotRetriable):
            await steps.retry(OURS, job_id)
        assert (await steps.claim()).id == job_id

    async def test_cancelling_a_running_job_takes_it_out_of_its_worker_s_hands(
        self, steps: Steps
    ) -> None:
        job_id = await steps.ask(OURS)
        claim = await steps.claim()
        await steps.cancel(OURS, job_id)
        assert list(await steps.storage.queue.settle([succeed(claim)])) == [job_id]
        assert (await steps.get(OURS, job_id)).state is JobState.CANCELLED

    async def test_dead_letters_are_replayed_and_purged_within_one_house(
        self, steps: Steps
    ) -> None:
        ours, theirs = await steps.dead_letter(OURS), await steps.dead_letter(THEIRS)
        assert await steps.replay(OURS, Wanted(queue="elsewhere")) == 0
        assert await steps.replay(OURS) == 1
        assert (await steps.get(OURS, ours)).state is JobState.READY
        assert await steps.purge(OURS) == 0
        assert (await steps.get(THEIRS, theirs)).state is JobState.DEAD
        assert await steps.purge(THEIRS) == 1
        with pytest.raises(JobNotFound):
            await steps.get(THEIRS, theirs)

    async def test_a_checkup_says_that_it_was_done(self) -> None:
        told: list[float] = []

        def report(progress: float) -> None:
            told.append(progress)

        await check_up(Checkup(), Run(JobId(new_id()), 1, False, None, "", report))
        assert told == [1.0]


Step = Callable[[Steps, Actor, JobId], Awaitable[object]]
ON_A_JOB: dict[str, Step] = {
    "get": lambda steps, actor, job_id: steps.get(actor, job_id),
    "retry": lambda steps, actor, job_id: steps.retry(actor, job_id),
    "cancel": lambda steps, actor, job_id: steps.cancel(actor, job_id),
}
EVERY_STEP: dict[str, Step] = ON_A_JOB | {
    "ask": lambda steps, actor, _: steps.ask(actor),
    "find": lambda steps, actor, _: steps.find(actor),
    "replay": lambda steps, actor, _: steps.replay(actor),
    "purge": lambda steps, actor, _: steps.purge(actor),
}


class TestRights:
    @pytest.mark.parametrize("step", EVERY_STEP.values(), ids=EVERY_STEP)
    @pytest.mark.parametrize("role", [Role.TEACHER, Role.STUDENT, Role.DEAN, Role.SERVICE])
    async def test_only_administrators_may(self, steps: Steps, step: Step, role: Role) -> None:
        job_id = await steps.dead_letter(OURS)
        before = await steps.get(OPERATOR, job_id)
        with pytest.raises(NotAllowed):
            await step(steps, attrs.evolve(OURS, roles=frozenset({role})), job_id)
        assert await steps.get(OPERATOR, job_id) == before
        assert await steps.find(OPERATOR) == [job_id]

    @pytest.mark.parametrize("step", ON_A_JOB.values(), ids=ON_A_JOB)
    async def test_a_job_of_another_house_is_as_unknown_as_one_that_never_was(
        self, steps: Steps, step: Step
    ) -> None:
        job_id = await steps.ask(OURS)
        with pytest.raises(JobNotFound) as out_of_reach:
            await step(steps, THEIRS, job_id)
        with pytest.raises(JobNotFound) as unknown:
            await step(steps, THEIRS, JobId(new_id()))
        assert out_of_reach.value.message == unknown.value.message
        assert (await steps.get(OURS, job_id)).state is JobState.READY
