"""Tasks over HTTP, under `/api/v1` and, as the seed has them, under `/api`."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from homeroom.kernel.ids import TaskId
from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model import rights
from homeroom.scheduling.queries import LogFilter, TaskFilter
from homeroom_entrypoints.web.door import ApiRequest, House
from homeroom_entrypoints.web.outlook_answers import DashboardAnswer
from homeroom_entrypoints.web.parameters import (
    Among,
    DateFrom,
    DateTo,
    Logged,
    OfTask,
    PageLimit,
    PageNumber,
    Tag,
    TaskStanding,
    Text,
)
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.run_answers import LogAnswer
from homeroom_entrypoints.web.task_answers import (
    LogsAnswer,
    MessageAnswer,
    MetaAnswer,
    TaskAnswer,
    TaskInFullAnswer,
    TasksAnswer,
    shown,
)
from homeroom_entrypoints.web.task_wire import TaskBody


class TaskController(Controller):
    """Tasks: something to send, again and again or once."""

    path = "/tasks"
    tags = ("scheduling",)

    @post(summary="Make a task; an active one fires from now on", opt=asks(rights.CREATE_TASK))
    async def create(
        self,
        data: JSONBody[TaskBody],
        request: ApiRequest,
        homeroom: House,
    ) -> TaskAnswer:
        return TaskAnswer.of(await homeroom.scheduling.create_task(request.user, data.given()))

    @get(summary="Look through tasks, newest first", opt=asks(rights.SEE_TASKS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        page: PageNumber = 1,
        limit: PageLimit = 10,
        standing: TaskStanding = None,
        tag: Tag = "",
        text: Text = "",
    ) -> TasksAnswer:
        wanted = TaskFilter(status=standing, tag=tag, text=text)
        found = await homeroom.scheduling.find_tasks(request.user, wanted, PageRequest(page, limit))
        return TasksAnswer(data=shown(found, TaskAnswer.of), meta=MetaAnswer.of(found))

    @get(
        "/{task_id:uuid}",
        summary="Look at one task and its last 50 executions",
        opt=asks(rights.SEE_TASKS),
    )
    async def show(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> TaskInFullAnswer:
        seen = await homeroom.scheduling.get_task(request.user, TaskId(task_id))
        return TaskInFullAnswer.of_all(seen)

    @patch(
        "/{task_id:uuid}",
        summary="Change what is said, and nothing else",
        opt=asks(rights.UPDATE_TASK, rights.CHANGE_HOUSE_TASK),
    )
    async def update(
        self,
        task_id: FromPath[UUID],
        data: JSONBody[TaskBody],
        request: ApiRequest,
        homeroom: House,
    ) -> TaskAnswer:
        change = homeroom.scheduling.update_task
        return TaskAnswer.of(await change(request.user, TaskId(task_id), data.given()))

    @delete(
        "/{task_id:uuid}",
        status_code=200,
        summary="Remove a task and its history",
        opt=asks(rights.DELETE_TASK),
    )
    async def remove(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> MessageAnswer:
        await homeroom.scheduling.delete_task(request.user, TaskId(task_id))
        return MessageAnswer(message="Task deleted successfully")

    @post(
        "/{task_id:uuid}/toggle",
        status_code=200,
        summary="Switch a task off, or on again",
        opt=asks(rights.TOGGLE_TASK, rights.CHANGE_HOUSE_TASK),
    )
    async def toggle(
        self, task_id: FromPath[UUID], request: ApiRequest, homeroom: House
    ) -> TaskAnswer:
        return TaskAnswer.of(await homeroom.scheduling.toggle_task(request.user, TaskId(task_id)))

    @get(
        "/{task_id:uuid}/logs",
        summary="What was tried for one task, newest first",
        opt=asks(rights.SEE_RUNS),
    )
    async def logs(
        self,
        task_id: FromPath[UUID],
        request: ApiRequest,
        homeroom: House,
        page: PageNumber = 1,
        limit: PageLimit = 20,
        logged: Logged = None,
    ) -> LogsAnswer:
        wanted = LogFilter(task_id=TaskId(task_id), status=logged)
        found = await homeroom.scheduling.read_log(request.user, wanted, PageRequest(page, limit))
        return LogsAnswer(data=shown(found, LogAnswer.of_entry), meta=MetaAnswer.of(found))


class LogController(Controller):
    """What was tried for all tasks."""

    path = "/logs"
    tags = ("scheduling",)

    @get(summary="What was tried, newest first", opt=asks(rights.SEE_RUNS))
    async def find(
        self,
        request: ApiRequest,
        homeroom: House,
        page: PageNumber = 1,
        limit: PageLimit = 20,
        of_task: OfTask = None,
        logged: Logged = None,
        since: DateFrom = None,
        until: DateTo = None,
    ) -> LogsAnswer:
        wanted = Among.said(of_task, since, until).lines(logged)
        found = await homeroom.scheduling.read_log(request.user, wanted, PageRequest(page, limit))
        return LogsAnswer(data=shown(found, LogAnswer.of_entry), meta=MetaAnswer.of(found))


class DashboardController(Controller):
    """How the tasks are doing; at either of the addresses that the seed and its code have."""

    tags = ("scheduling",)

    @get(
        ["/dashboard/stats", "/tasks/dashboard/stats"],
        summary="Counts, the last 48 hours, and what fires next",
        opt=asks(rights.SEE_TASKS),
    )
    async def stats(self, request: ApiRequest, homeroom: House) -> DashboardAnswer:
        return DashboardAnswer.of(await homeroom.scheduling.see_dashboard(request.user))
