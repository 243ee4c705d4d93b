"""Steering tasks over HTTP: rests, runs beside the schedule, watches, secrets, forecasts."""

from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import ExecutionId, TaskId
from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.watches import Ping, PingToken
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.outlook_answers import ForecastAnswer, NewWatchAnswer, WatchAnswer
from homeroom_entrypoints.web.parameters import (
    Among,
    DateFrom,
    DateTo,
    OfTask,
    PageLimit,
    PageNumber,
    Ran,
)
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.run_answers import ExecutionAnswer
from homeroom_entrypoints.web.task_answers import (
    BackfillAnswer,
    BodyAnswer,
    ExecutionsAnswer,
    MetaAnswer,
    SecretAnswer,
    StartedAnswer,
    TaskAnswer,
    shown,
)
from homeroom_entrypoints.web.task_wire import (
    BackfillBody,
    MessageBody,
    PauseBody,
    PreviewBody,
    WatchBody,
)
from homeroom_entrypoints.web.wire import CountAnswer

_UNTIL_RESUMED = PauseBody()


class SteeringController(Controller):
    """One task, steered by hand."""

    path = "/tasks/{task_id:uuid}"
    tags = ("scheduling",)

    @post(
        "/pause",
        status_code=200,
        summary="Let a task rest, and say why",
        opt=asks(rights.PAUSE_TASK, rights.CHANGE_HOUSE_TASK),
    )
    async def pause(
        self,
        task_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        data: JSONBody[PauseBody] = _UNTIL_RESUMED,
    ) -> TaskAnswer:
        rest = homeroom.scheduling.pause_task
        return TaskAnswer.of(await rest(request.user, TaskId(task_id), data.meant()))

    @post(
        "/resume",
        status_code=200,
        summary="End a rest",
        opt=asks(rights.RESUME_TASK, rights.CHANGE_HOUSE_TASK),
    )
    async def resume(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> TaskAnswer:
        return TaskAnswer.of(await homeroom.scheduling.resume_task(request.user, TaskId(task_id)))

    @post(
        "/run",
        status_code=202,
        summary="Run a task now, whatever its schedule says",
        opt=asks(rights.RUN_TASK),
    )
    async def run(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> StartedAnswer:
        return StartedAnswer.of(await homeroom.scheduling.run_now(request.user, TaskId(task_id)))

    @post(
        "/backfill",
        status_code=200,
        summary="Run for instants of the past; first, a dry run",
        opt=asks(rights.BACKFILL_TASK, rights.SEE_TASKS),
    )
    async def backfill(
        self,
        task_id: FromPath[UUID],
        data: JSONBody[BackfillBody],
        request: ApiRequest,
        homeroom: House,
    ) -> BackfillAnswer:
        backfill, wanted = homeroom.scheduling.backfill, data.meant()
        if data.dry_run:
            planned = await backfill.plan(request.user, TaskId(task_id), wanted)
            return BackfillAnswer(firings=list(planned), executions=[])
        return BackfillAnswer.of(await backfill.run(request.user, TaskId(task_id), wanted))

    @put("/watch", summary="Expect pings; the token is shown once", opt=asks(rights.WATCH_TASK))
    async def expect(
        self,
        task_id: FromPath[UUID],
        data: JSONBody[WatchBody],
        request: ApiRequest,
        homeroom: House,
    ) -> NewWatchAnswer:
        expect, timing = homeroom.scheduling.expect_pings, data.timing()
        return NewWatchAnswer.of(
            *await expect(request.user, TaskId(task_id), timing, grace=data.grace_seconds)
        )

    @get("/watch", summary="How a task's watch stands", opt=asks(rights.SEE_TASKS))
    async def watch(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> WatchAnswer:
        look = homeroom.scheduling.look_at_watch
        return WatchAnswer.of(await look(request.user, TaskId(task_id)))

    @delete("/watch", summary="Expect no pings any more", opt=asks(rights.WATCH_TASK))
    async def stop_expecting(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> None:
        await homeroom.scheduling.stop_expecting(request.user, TaskId(task_id))

    @get("/signing-secret", summary="What signs a webhook's messages", opt=asks(rights.SEE_SECRET))
    async def secret(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> SecretAnswer:
        show = homeroom.scheduling.show_secret
        return SecretAnswer(secret=await show(request.user, TaskId(task_id)))

    @post(
        "/signing-secret/rotate",
        status_code=200,
        summary="Sign with a new secret too",
        opt=asks(rights.ROTATE_SECRET, rights.CHANGE_HOUSE_TASK),
    )
    async def rotate(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> SecretAnswer:
        rotate = homeroom.scheduling.rotate_secret
        return SecretAnswer(secret=await rotate(request.user, TaskId(task_id)))

    @post(
        "/signing-secret/settle",
        status_code=204,
        summary="Sign with the new secret alone",
        opt=asks(rights.ROTATE_SECRET, rights.CHANGE_HOUSE_TASK),
    )
    async def settle(self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House) -> None:
        await homeroom.scheduling.rotate_secret.settle(request.user, TaskId(task_id))


class TagController(Controller):
    """All tasks that share a tag: all of them change, or none."""

    path = "/tags/{tag:str}"
    tags = ("scheduling",)

    @post("/pause", status_code=200, summary="Let all of them rest", opt=asks(rights.PAUSE_TASK))
    async def pause(
        self,
        tag: FromPath[str],
        request: ApiRequest,
        homeroom: House,
        data: JSONBody[PauseBody] = _UNTIL_RESUMED,
    ) -> CountAnswer:
        change = homeroom.scheduling.change_tagged
        return CountAnswer(count=await change.pause(request.user, tag, data.meant()))

    @post("/resume", status_code=200, summary="End their rest", opt=asks(rights.RESUME_TASK))
    async def resume(self, tag: FromPath[str], request: ApiRequest, homeroom: House) -> CountAnswer:
        change = homeroom.scheduling.change_tagged
        return CountAnswer(count=await change.resume(request.user, tag))

    @delete(
        "/tasks",
        status_code=200,
        summary="Remove them; the house's own tasks stay",
        opt=asks(rights.DELETE_TASK),
    )
    async def remove(self, tag: FromPath[str], request: ApiRequest, homeroom: House) -> CountAnswer:
        change = homeroom.scheduling.change_tagged
        return CountAnswer(count=await change.delete(request.user, tag))


class ExecutionController(Controller):
    """Executions: each time a task fired, or should have."""

    path = "/executions"
    tags = ("scheduling",)

    @get(summary="Look through executions, newest first", opt=asks(rights.SEE_RUNS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        page: PageNumber = 1,
        limit: PageLimit = 20,
        of_task: OfTask = None,
        ran: Ran = None,
        since: DateFrom = None,
        until: DateTo = None,
    ) -> ExecutionsAnswer:
        wanted = Among.said(of_task, since, until).executions(ran)
        look = homeroom.scheduling.find_executions
        found = await look(request.user, wanted, PageRequest(page, limit))
        return ExecutionsAnswer(data=shown(found, ExecutionAnswer.of), meta=MetaAnswer.of(found))

    @get(
        "/{execution_id:uuid}",
        summary="Look at one execution with every attempt",
        opt=asks(rights.SEE_RUNS),
    )
    async def show(
        self,
        execution_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
    ) -> ExecutionAnswer:
        look = homeroom.scheduling.get_execution
        return ExecutionAnswer.of(await look(request.user, ExecutionId(execution_id)))


class PreviewController(Controller):
    """What would happen, before it does."""

    path = "/tasks"
    tags = ("scheduling",)

    @post(
        "/preview",
        status_code=200,
        summary="When a schedule would fire, and what it means",
        opt=asks(rights.PREVIEW),
    )
    async def schedule(
        self,
        data: JSONBody[PreviewBody],
        request: ApiRequest,
        homeroom: House,
    ) -> ForecastAnswer:
        preview = homeroom.scheduling.preview_schedule
        return ForecastAnswer.of(
            await preview(request.user, data.timing(), count=data.count, after=data.after)
        )

    @post(
        "/preview-message",
        status_code=200,
        summary="The very body that would be sent",
        opt=asks(rights.PREVIEW),
    )
    async def message(
        self,
        data: JSONBody[MessageBody],
        request: ApiRequest,
        homeroom: House,
    ) -> BodyAnswer:
        preview = homeroom.scheduling.preview_message
        return BodyAnswer.of(
            await preview(request.user, data.notifier, data.payload, task_name=data.name)
        )


class PingController(Controller):
    """Pings: whoever knows the token says that work began, ended or failed. No key is asked."""

    path = "/pings/{token:str}"
    tags = ("scheduling",)
    security = ({},)

    @post(status_code=204, summary="Work is done")
    async def done(self, token: FromPath[str], homeroom: House) -> None:
        await homeroom.scheduling.hear_ping(PingToken(token), Ping.DONE)

    @post("/start", status_code=204, summary="Work began")
    async def start(self, token: FromPath[str], homeroom: House) -> None:
        await homeroom.scheduling.hear_ping(PingToken(token), Ping.START)

    @post("/fail", status_code=204, summary="Work failed")
    async def fail(self, token: FromPath[str], homeroom: House) -> None:
        await homeroom.scheduling.hear_ping(PingToken(token), Ping.FAIL)
