"""Has the statistics of exams made, as the house's own task and its workers do."""

from homeroom.exams.use_cases.statistics import CountAnswers, CountExam
from homeroom.house import Storage
from homeroom.kernel.codec import Codec
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import work_names
from homeroom.kernel.queue import Handlers, Lease, Run, release, succeed

_LEASE = Lease(worker="counting", seconds=60)


async def make_statistics(storage: Storage, handlers: Handlers, codec: Codec) -> int:
    """Of every exam that is due; how many there were. Other jobs are given back."""
    _, find = handlers.find(work_names.name_of(CountAnswers))
    _, count = handlers.find(work_names.name_of(CountExam))
    await find(CountAnswers(), Run(JobId(new_id()), 1, False, None, "", lambda progress: None))
    counted = 0
    claims = await storage.queue.claim("default", limit=1000, lease=_LEASE)
    for one in claims:
        if one.name != work_names.name_of(CountExam):
            await storage.queue.settle([release(one, run_at=one.run_at)])
            continue
        run = Run(one.id, one.attempt, False, one.institution_id, "", lambda progress: None)
        await count(codec.decode(CountExam, one.payload), run)
        await storage.queue.settle([succeed(one)])
        counted += 1
    return counted
