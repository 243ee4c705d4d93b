"""Storages that break one promise each about jobs, and the clause that catches them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from homeroom.kernel.carrier import Ready
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.jobs import Job, JobRequest, JobState
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.queue import Claim, Fence, Lease, Settlement, Swept, Verdict
from homeroom.operations.model import JobFilter
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory import job_steps
from homeroom_adapters.memory.job_queries import MemoryJobQueries
from homeroom_adapters.memory.jobs import MemoryJobRecords, MemoryJobs
from homeroom_adapters.memory.leases import MemoryCarriedStore, MemoryLeases
from homeroom_adapters.memory.queue import MemoryJobQueue, take
from homeroom_adapters.memory.ranking import Ranking
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.memory.unit import MemoryUnit
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.carrier import CarriedStoreConformance
from homeroom_testing.conformance.jobs import JobsConformance
from homeroom_testing.conformance.leases import LeasesConformance
from homeroom_testing.conformance.operations import JobRecordsConformance
from homeroom_testing.conformance.queue import JobQueueConformance
from homeroom_testing.conformance.queue_limits import QueueLimitsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.wakeups import WakeupsConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class EnqueuesWithoutCommit(MemoryJobs):
    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        ids = await super().enqueue(*requests)
        self._transaction.reading().jobs.apply()
        return ids


class IgnoresKeys(MemoryJobs):
    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        return await super().enqueue(*(attrs.evolve(one, dedupe_key=None) for one in requests))


class NeverWaits(MemoryJobs):
    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        return await super().enqueue(*(attrs.evolve(one, run_at=None) for one in requests))


class TakesAnyPayload(MemoryJobs):
    def _job(self, request: JobRequest, trace_id: str, now: datetime) -> Job:
        payload = self._codec.encode(request.work)
        return job_steps.requested(request, JobId(new_id()), payload, trace_id, at=now)


class RingsBeforeTheCommit(MemoryJobs):
    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        ids = await super().enqueue(*requests)
        self._transaction.store.ring(self._transaction.reading().news)
        return ids


class CommitsInSilence(MemoryUnit):
    async def commit(self) -> None:
        self._transaction.reading().news.clear()
        await super().commit()


class OverridesWorkers(MemoryJobRecords):
    async def save(self, job: Job) -> None:
        (await self._transaction.writing()).jobs.put(job)


class FindsForeignJobs(MemoryJobRecords):
    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        return await super().get(job_id, reach=None)


class ReplaysEverybodysDead(MemoryJobRecords):
    async def replay(self, dead: JobFilter, *, at: datetime) -> int:
        return await super().replay(JobFilter(reach=None), at=at)


class SkipsAtPageEnds(MemoryJobQueries):
    """Goes on after the first row that it did not show."""

    async def find(self, fits: JobFilter, page: CursorRequest) -> CursorPage[Job]:
        more = (await super().find(fits, CursorRequest(page.after, page.limit + 1))).items
        beyond = more[page.limit].id if len(more) > page.limit else None
        return CursorPage(more[: page.limit], beyond)


class FirstComeFirstServed(MemoryJobQueue):
    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        claims = await super().claim(queue, limit=limit, lease=lease)
        return sorted(claims, key=lambda claim: claim.id)


class LooksBeforeItsTurn(MemoryJobQueue):
    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        jobs = self._store.jobs
        wanted = jobs.at(job_id for _, job_id in sorted(jobs.ready[queue].everyone())[:limit])
        await asyncio.sleep(0)
        return take(jobs, wanted, lease, self._clock.now())


class CountsAttemptsLate(MemoryJobQueue):
    """Counts an attempt when it is settled, and so never one that killed its worker."""

    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        claims = await super().claim(queue, limit=limit, lease=lease)
        for job in self._store.jobs.at(claim.id for claim in claims):
            self._store.jobs.keep(attrs.evolve(job, attempts=job.attempts - 1))
        return claims

    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        for job in self._store.jobs.at(said.id for said in settlements):
            self._store.jobs.keep(attrs.evolve(job, attempts=job.attempts + 1))
        return await super().settle(settlements)


class SettlesForAnybody(MemoryJobQueue):
    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        rows = self._store.jobs.rows
        return await super().settle(
            [attrs.evolve(said, token=rows[said.id].token) for said in settlements]
        )


class ReleasesAtACost(MemoryJobQueue):
    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        costly = {Verdict.RELEASED: Verdict.RETRY}
        return await super().settle(
            [attrs.evolve(s, verdict=costly.get(s.verdict, s.verdict)) for s in settlements]
        )


class RetriesAtOnce(MemoryJobQueue):
    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        return await super().settle([attrs.evolve(said, run_at=None) for said in settlements])


class NeverTakesBack(MemoryJobQueue):
    async def sweep(self) -> Swept:
        self._store.jobs.leased = Ranking()
        return await super().sweep()


class TakesBackTooSoon(MemoryJobQueue):
    async def sweep(self) -> Swept:
        soon = FixedClock(self._clock.now() + timedelta(seconds=1))
        return await MemoryJobQueue(self._store, soon, self._limits).sweep()


class SleepsThroughLeases(MemoryJobQueue):
    async def next_due(self) -> datetime | None:
        rank = self._store.jobs.scheduled.first()
        return None if rank is None else rank[1]


class PurgesTheDead(MemoryJobQueue):
    async def purge(self, *, finished_before: datetime, limit: int) -> int:
        for job in list(self._store.jobs.rows.values()):
            if job.state is JobState.DEAD:
                self._store.jobs.remove(job.id)
        return await super().purge(finished_before=finished_before, limit=limit)


class PurgesInOneGo(MemoryJobQueue):
    async def purge(self, *, finished_before: datetime, limit: int) -> int:
        return await super().purge(finished_before=finished_before, limit=limit + 9_999)


class IgnoresRates(MemoryJobQueue):
    def _refill(self, queue: str, rate: float, now: datetime) -> int:
        return super()._refill(queue, rate, now) + 1_000


class IgnoresConcurrency(MemoryJobQueue):
    def _room(self, queue: str, now: datetime) -> int:
        loose = {name: attrs.evolve(one, concurrency=None) for name, one in self._limits.items()}
        return MemoryJobQueue(self._store, self._clock, loose)._room(queue, now)


class IgnoresPauses(MemoryJobQueue):
    def _room(self, queue: str, now: datetime) -> int:
        loose = {name: attrs.evolve(one, paused=False) for name, one in self._limits.items()}
        return MemoryJobQueue(self._store, self._clock, loose)._room(queue, now)


class PaysForLooking(MemoryJobQueue):
    def _spend(self, queue: str, count: int) -> None:
        super()._spend(queue, count or 1)


class RenewsForAnybody(MemoryLeases):
    async def renew(self, held: Sequence[Fence], lease: Lease) -> Sequence[Fence]:
        jobs = self._store.jobs.at(job_id for job_id, _ in held)
        return await super().renew([(job.id, job.token) for job in jobs], lease)


class RenewsNothing(MemoryLeases):
    async def renew(self, held: Sequence[Fence], lease: Lease) -> Sequence[Fence]:
        return []


class NeverSaysLost(MemoryLeases):
    async def renew(self, held: Sequence[Fence], lease: Lease) -> Sequence[Fence]:
        await super().renew(held, lease)
        return []


class ReportsForAnybody(MemoryLeases):
    async def report(self, job: JobId, token: int, progress: float) -> None:
        await super().report(job, self._store.jobs.rows[job].token, progress)


class OffersAgainAtOnce(MemoryCarriedStore):
    async def to_offer(self, queues: Sequence[str], *, limit: int, again: float) -> Sequence[Ready]:
        return await super().to_offer(queues, limit=limit, again=0)


class ClaimsWhatIsNotReady(MemoryCarriedStore):
    async def claim_these(self, wanted: Sequence[JobId], lease: Lease) -> Sequence[Claim]:
        jobs = self._store.jobs
        return take(jobs, jobs.at(wanted), lease, self._clock.now())


class AdoptsAgain(MemoryCarriedStore):
    async def adopt(self, strangers: Sequence[Job]) -> Sequence[JobId]:
        for job in strangers:
            self._store.jobs.keep(job)
        return [job.id for job in strangers]


IN_CLAIM_ORDER = "test_higher_priority_comes_first_then_what_was_due_earlier_then_older_ids"

CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    JobsConformance: {
        EnqueuesWithoutCommit: "test_many_are_discarded_without_commit",
        IgnoresKeys: "test_a_taken_key_answers_its_holder",
        NeverWaits: "test_what_is_due_later_waits",
        TakesAnyPayload: "test_a_payload_beyond_the_bound_is_refused",
    },
    WakeupsConformance: {
        RingsBeforeTheCommit: "test_nobody_is_woken_before_the_commit",
        CommitsInSilence: "test_a_committed_job_wakes_its_queue_s_waiter",
    },
    JobRecordsConformance: {
        OverridesWorkers: "test_what_a_worker_changed_in_the_same_moment_is_stale",
        FindsForeignJobs: "test_a_job_out_of_reach_is_not_there",
        ReplaysEverybodysDead: "test_replaying_tries_the_dead_that_fit_once_more",
        SkipsAtPageEnds: "test_pages_go_on_where_the_last_one_ended",
    },
    JobQueueConformance: {
        FirstComeFirstServed: IN_CLAIM_ORDER,
        LooksBeforeItsTurn: "test_workers_at_the_same_time_never_claim_the_same_job",
        CountsAttemptsLate: "test_a_job_that_kills_its_workers_reaches_the_dead_letters",
        SettlesForAnybody: "test_an_old_token_is_powerless",
        ReleasesAtACost: "test_a_released_claim_does_not_count",
        RetriesAtOnce: "test_a_retry_waits_for_its_time_and_keeps_the_reason",
        NeverTakesBack: "test_a_job_whose_lease_ran_out_is_taken_back_and_the_attempt_counts",
        TakesBackTooSoon: "test_a_lease_holds_until_it_ends",
        SleepsThroughLeases: "test_the_next_due_is_the_earliest_of_waiting_jobs_and_leases",
        PurgesTheDead: "test_purging_forgets_what_is_long_over_and_keeps_the_dead",
        PurgesInOneGo: "test_purging_goes_on_by_the_portion",
    },
    QueueLimitsConformance: {
        IgnoresRates: "test_a_burst_is_one_second_s_worth",
        IgnoresConcurrency: "test_no_more_run_at_once_than_may",
        IgnoresPauses: "test_a_paused_queue_gives_nothing",
        PaysForLooking: "test_looking_into_an_empty_queue_spends_nothing",
    },
    LeasesConformance: {
        RenewsForAnybody: "test_an_old_token_renews_nothing",
        RenewsNothing: "test_a_renewed_lease_holds_longer",
        NeverSaysLost: "test_renewing_names_what_is_lost_and_renews_the_rest",
        ReportsForAnybody: "test_an_old_token_reports_nothing",
    },
    CarriedStoreConformance: {
        OffersAgainAtOnce: "test_an_offered_job_is_not_offered_again_for_a_while",
        ClaimsWhatIsNotReady: "test_what_is_not_ready_is_not_claimed_by_id",
        AdoptsAgain: "test_a_stranger_s_job_is_adopted_once_and_then_ours",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
