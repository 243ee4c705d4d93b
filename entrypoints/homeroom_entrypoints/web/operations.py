"""Jobs, dead letters and queues over HTTP."""

from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobState
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.operations import rights
from homeroom.operations.use_cases import Asked, Wanted
from homeroom_entrypoints.web.cursors import read_cursor, write_cursor
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.parameters import Cursor, Limit, QueueName, Standing, WorkName
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.wire import (
    AskedAnswer,
    CountAnswer,
    JobAnswer,
    JobsAnswer,
    NewJob,
    QueueAnswer,
    QueuesAnswer,
    Replay,
)

_EVERYTHING = Replay()


class JobController(Controller):
    """Jobs, newest first."""

    path = "/ops/jobs"
    tags = ("operations",)

    @post(summary="Ask for work by its name", opt=asks(rights.ASK_FOR_JOB))
    async def ask(
        self,
        data: JSONBody[NewJob],
        request: ApiRequest,
        homeroom: House,
    ) -> AskedAnswer:
        asked = Asked(
            name=data.name,
            payload=msgspec.json.encode(data.payload).decode(),
            run_at=data.run_at,
            priority=data.priority,
            dedupe_key=data.dedupe_key,
        )
        return AskedAnswer(id=await homeroom.operations.ask_for_job(request.user, asked))

    @get(summary="Look through jobs", opt=asks(rights.SEE_JOBS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        queue: QueueName = None,
        name: WorkName = None,
        standing: Standing = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> JobsAnswer:
        wanted = Wanted(queue=queue, name=name, state=standing)
        page = CursorRequest(read_cursor(cursor), limit)
        return _jobs(await homeroom.operations.find_jobs(request.user, wanted, page))

    @get("/{job_id:uuid}", summary="Look at one job", opt=asks(rights.SEE_JOBS))
    async def show(
        self,
        job_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
    ) -> JobAnswer:
        return JobAnswer.of(await homeroom.operations.get_job(request.user, JobId(job_id)))

    @post(
        "/{job_id:uuid}/retry",
        status_code=200,
        summary="Try a dead or cancelled job again",
        opt=asks(rights.RETRY_JOB),
    )
    async def retry(
        self,
        job_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
    ) -> JobAnswer:
        return JobAnswer.of(await homeroom.operations.retry_job(request.user, JobId(job_id)))

    @post(
        "/{job_id:uuid}/cancel",
        status_code=200,
        summary="Call a job off",
        opt=asks(rights.CANCEL_JOB),
    )
    async def cancel(
        self,
        job_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
    ) -> JobAnswer:
        return JobAnswer.of(await homeroom.operations.cancel_job(request.user, JobId(job_id)))


class DeadLetterController(Controller):
    """Jobs that were given up, with the reason."""

    path = "/ops/dead-letters"
    tags = ("operations",)

    @get(summary="Look through dead letters", opt=asks(rights.SEE_JOBS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        queue: QueueName = None,
        name: WorkName = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> JobsAnswer:
        wanted = Wanted(queue=queue, name=name, state=JobState.DEAD)
        page = CursorRequest(read_cursor(cursor), limit)
        return _jobs(await homeroom.operations.find_jobs(request.user, wanted, page))

    @post(
        "/replay",
        status_code=200,
        summary="Try dead letters again, all or those that fit",
        opt=asks(rights.REPLAY_DEAD_LETTERS),
    )
    async def replay(
        self,
        request: ApiRequest,
        homeroom: House,
        data: JSONBody[Replay] = _EVERYTHING,
    ) -> CountAnswer:
        wanted = Wanted(queue=data.queue, name=data.name)
        return CountAnswer(
            count=await homeroom.operations.replay_dead_letters(request.user, wanted)
        )

    @post(
        "/purge",
        status_code=200,
        summary="Forget dead letters, all or those that fit",
        opt=asks(rights.PURGE_DEAD_LETTERS),
    )
    async def purge(
        self,
        data: JSONBody[Replay],
        request: ApiRequest,
        homeroom: House,
    ) -> CountAnswer:
        wanted = Wanted(queue=data.queue, name=data.name)
        count = await homeroom.operations.purge_dead_letters(request.user, wanted)
        return CountAnswer(count=count)


class QueueController(Controller):
    """How queues do."""

    path = "/ops/queues"
    tags = ("operations",)

    @get(summary="Depth, age, rate and workers of every queue", opt=asks(rights.SEE_QUEUES))
    async def find(self, request: ApiRequest, homeroom: House) -> QueuesAnswer:
        reports = await homeroom.operations.list_queues(request.user)
        return QueuesAnswer(data=[QueueAnswer.of(report) for report in reports])


def _jobs(page: CursorPage[Job]) -> JobsAnswer:
    return JobsAnswer(
        data=[JobAnswer.of(job) for job in page.items], next_cursor=write_cursor(page.next)
    )
