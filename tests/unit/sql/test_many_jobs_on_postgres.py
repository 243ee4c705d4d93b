"""Many jobs at once on PostgreSQL: they go as a stream, and are what they are one by one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import (
    Backoff,
    JobRequest,
    JobState,
    PayloadTooLarge,
    Work,
    WorkPolicy,
    work,
)
from homeroom.kernel.queue import LATER
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.jobs import MANY
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = [pytest.mark.anyio, pytest.mark.service("postgres")]

SCHOOL = InstitutionId(UUID(int=7))
ODD = WorkPolicy(
    queue="odd", priority=-3, max_attempts=2, backoff=Backoff(1.5, 60, 0.25), timeout=9
)


@work("test.many.v1")
@attrs.frozen(kw_only=True)
class Note(Work):
    text: str


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at) as own:
        settings = StorageSettings(url=own)
        async with open_schema(settings) as schema:
            await schema.upgrade()
        async with open_storage(settings, Ambient(SystemClock(), JsonCodec())) as opened:
            yield opened


PLAIN = JobRequest(work=Note(text=""))
FOR_A_SCHOOL = attrs.evolve(PLAIN, institution_id=SCHOOL, policy=ODD)
LATER_ON = attrs.evolve(PLAIN, run_at=datetime.now(UTC) + timedelta(days=400))


def notes(count: int, like: JobRequest = PLAIN) -> list[JobRequest]:
    return [attrs.evolve(like, work=Note(text=f'{n} \\ "\t\n ¿?')) for n in range(count)]


async def asked(storage: Storage, *requests: JobRequest) -> list[JobId]:
    async with storage.start() as unit:
        ids = await unit.jobs.enqueue(*requests)
        await unit.commit()
    return list(ids)


async def kept(storage: Storage, *ids: JobId) -> list[dict[str, object]]:
    """What is on record of each, less what two jobs never share."""
    found = [await storage.job_queries.get(one, reach=None) for one in ids]
    hidden = {"id", "created_at", "run_at"}
    return [
        {
            name: value
            for name, value in attrs.asdict(job, recurse=False).items()
            if name not in hidden
        }
        for job in found
    ]


@pytest.mark.parametrize("like", [PLAIN, FOR_A_SCHOOL, LATER_ON], ids=["plain", "odd", "later"])
async def test_a_job_among_many_is_kept_as_a_single_one_is(
    storage: Storage, like: JobRequest
) -> None:
    many = notes(MANY, like)
    single, streamed = await asked(storage, many[9]), await asked(storage, *many)
    assert await kept(storage, streamed[9]) == await kept(storage, *single)
    again = await storage.job_queries.get(streamed[9], reach=None)
    assert again.run_at == (like.run_at or again.created_at)
    assert abs(again.created_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_the_ids_are_answered_in_order_and_keys_count_among_many(storage: Storage) -> None:
    requests = notes(MANY * 2)
    requests[3] = requests[7] = JobRequest(work=Note(text="once"), dedupe_key="once")
    (older,) = await asked(storage, requests[3])
    ids = await asked(storage, *requests)
    assert ids[3] == ids[7] == older
    others = [one for one in ids if one != older]
    assert others == sorted(set(others))
    assert len(others) == len(requests) - 2
    (job,) = await kept(storage, ids[-1])
    assert job["payload"] == JsonCodec().encode(requests[-1].work)


async def test_many_jobs_without_a_commit_are_none(storage: Storage) -> None:
    async with storage.start() as unit:
        await unit.jobs.enqueue(*notes(MANY))
    assert sum(report.ready for report in await storage.job_queries.queues()) == 0


async def test_one_that_is_too_large_refuses_all_and_spoils_nothing_else(
    storage: Storage,
) -> None:
    async with storage.start() as unit:
        with pytest.raises(PayloadTooLarge):
            await unit.jobs.enqueue(*notes(MANY), JobRequest(work=Note(text="x" * 300_000)))
        (other,) = await unit.jobs.enqueue(*notes(1))
        await unit.commit()
    assert (await storage.job_queries.get(other, reach=None)).state is JobState.READY
    assert sum(report.ready for report in await storage.job_queries.queues()) == 1


async def test_those_who_wait_hear_of_every_queue_and_of_what_is_due_later(
    storage: Storage,
) -> None:
    while await storage.wakeups.wait(0.2):
        pass
    await asked(storage, *notes(MANY, FOR_A_SCHOOL), *notes(1, LATER_ON), *notes(1))
    heard: set[str] = set()
    while news := await storage.wakeups.wait(0.5):
        heard |= news
    assert heard >= {"odd", "default", LATER}
