"""`homeroom tasks`: what is to be sent, and when."""

from typing import BinaryIO
from uuid import UUID

import click

from homeroom.kernel.ids import TaskId
from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.queries import TaskFilter
from homeroom.scheduling.use_cases.importing import Imported
from homeroom_entrypoints.cli.running import (
    as_json,
    long_work,
    operator,
    show,
    show_answer,
    with_homeroom,
)
from homeroom_entrypoints.cli.task_looks import (
    execution_row,
    executions,
    logs,
    preview,
    preview_message,
    stats,
)
from homeroom_entrypoints.cli.task_options import TASK, paged, task_body, task_options
from homeroom_entrypoints.cli.task_steering import STEERING, show_task, task_row
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.web.task_answers import (
    MetaAnswer,
    TaskAnswer,
    TaskInFullAnswer,
    TasksAnswer,
    shown,
)
from homeroom_entrypoints.web.wire import Wire

_STATUSES = click.Choice([status.value for status in TaskStatus])


class ImportedAnswer(Wire, frozen=True):
    """One task of a file, and whether it was there before."""

    was_there: bool
    task: TaskAnswer

    @classmethod
    def of(cls, imported: Imported) -> "ImportedAnswer":
        return cls(was_there=imported.was_there, task=TaskAnswer.of(imported.task))


class ImportAnswer(Wire, frozen=True):
    data: list[ImportedAnswer]


@click.group(help="Make, see and steer what is to be sent.")
def tasks() -> None: ...


for _command in (logs, executions, preview, preview_message, stats, *STEERING):
    tasks.add_command(_command)


@tasks.command("list", help="List tasks, newest first.")
@click.option("--status", type=_STATUSES)
@click.option("--tag", default="", help="Only tasks with this tag.")
@click.option("--text", default="", help="Somewhere in the name or description.")
@paged
@as_json
@with_homeroom
async def list_(
    homeroom: Homeroom,
    status: str | None,
    tag: str,
    text: str,
    page: PageRequest,
    as_json: bool,
) -> None:
    wanted = TaskFilter(status=TaskStatus(status) if status else None, tag=tag, text=text)
    found = await homeroom.scheduling.find_tasks(await operator(homeroom), wanted, page)
    answer = TasksAnswer(data=shown(found, TaskAnswer.of), meta=MetaAnswer.of(found))
    show_answer(
        answer, [task_row(one) for one in answer.data], as_json=as_json, empty="No such tasks."
    )


@tasks.command("show", help="Show one task and what lately became of it.")
@TASK
@as_json
@with_homeroom
async def show_(homeroom: Homeroom, task_id: UUID, as_json: bool) -> None:
    seen = await homeroom.scheduling.get_task(await operator(homeroom), TaskId(task_id))
    answer = TaskInFullAnswer.of_all(seen)
    show_answer(answer, [task_row(answer)], as_json=as_json)
    if not as_json:
        show(
            [execution_row(one) for one in answer.executions], as_json=False, empty="It never ran."
        )


@tasks.command(help="Make a task; an active one fires from now on.")
@task_options
@as_json
@with_homeroom
async def create(homeroom: Homeroom, /, as_json: bool, **given: object) -> None:
    made = await homeroom.scheduling.create_task(await operator(homeroom), task_body(given).given())
    show_task(TaskAnswer.of(made), as_json=as_json)


@tasks.command(help="Change what is said of a task, and nothing else.")
@TASK
@task_options
@as_json
@with_homeroom
async def update(homeroom: Homeroom, /, task_id: UUID, as_json: bool, **given: object) -> None:
    change, actor = homeroom.scheduling.update_task, await operator(homeroom)
    changed = await change(actor, TaskId(task_id), task_body(given).given())
    show_task(TaskAnswer.of(changed), as_json=as_json)


@tasks.command("import", help="Make the tasks of a YAML file, or change those it made before.")
@click.argument("file", type=click.File("rb"))
@as_json
@with_homeroom
async def import_(homeroom: Homeroom, file: BinaryIO, as_json: bool) -> None:
    # Few commands read YAML.
    from homeroom_entrypoints.cli.task_files import LARGEST, read_tasks  # noqa: PLC0415

    given = read_tasks(file.read(LARGEST + 1))
    with long_work("Tasks are imported"):
        imported = await homeroom.scheduling.import_tasks(await operator(homeroom), given)
    answer = ImportAnswer(data=[ImportedAnswer.of(one) for one in imported])
    rows = [
        {"done": "known" if one.was_there else "made", **task_row(one.task)} for one in answer.data
    ]
    show_answer(answer, rows, as_json=as_json, empty="The file names no tasks.")
