"""Files of tasks: all of one file come in, or none; bringing it again changes those it made."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rights import Right
from homeroom.scheduling.errors import BadTask
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import StartSchedulingUnit
from homeroom.scheduling.use_cases.chaining import Chains
from homeroom.scheduling.use_cases.drafting import Drafts
from homeroom.scheduling.use_cases.firing import keep
from homeroom.scheduling.use_cases.given import Unsaid
from homeroom.scheduling.use_cases.noting import as_they_are, note
from homeroom.scheduling.use_cases.writing import TaskGiven


@attrs.frozen(kw_only=True)
class Imported:
    """What an import did, in the order of the file."""

    task: Task
    was_there: bool


@attrs.frozen
class ImportTasks:
    """Somebody who manages tasks brings a file of them. Bringing it again changes nothing more."""

    right: ClassVar[Right] = rights.IMPORT_TASKS
    start: StartSchedulingUnit
    drafts: Drafts
    chains: Chains
    clock: Clock

    async def __call__(self, actor: Actor, every: Sequence[TaskGiven]) -> Sequence[Imported]:
        """All of them or none. Raises `BadTask` with everything that is wrong, by their numbers."""
        actor.require(self.right)
        imported: list[Imported] = []
        problems, house = _named_twice(every), actor.institution_id
        chained = [await self.chains.wrong_in(one.policies, house) for one in every]
        async with self.start() as unit:
            there = await unit.tasks.imported(house, *filter(None, map(_name_of, every)))
            before = as_they_are([*there.values()])
            for index, (one, wrong) in enumerate(zip(every, chained, strict=True)):
                try:
                    imported.append(self._import(there.get(_name_of(one)), house, one, wrong))
                except Invalid as refused:
                    problems += [_in_file(index, problem) for problem in refused.problems]
            if problems:
                raise BadTask(problems=problems)
            tasks = [one.task for one in imported]
            await keep(unit, *tasks)
            await note(unit, actor, self.right, *tasks, at=self.clock.now(), before=before)
            await unit.commit()
        return imported

    def _import(
        self,
        task: Task | None,
        institution_id: InstitutionId,
        given: TaskGiven,
        wrong: Sequence[Problem],
    ) -> Imported:
        name = _name_of(given)
        if task is None:
            task = self.drafts.new(institution_id, given, imported_as=name, wrong_already=wrong)
            return Imported(task=task, was_there=False)
        self.drafts.change(task, given, wrong_already=wrong)
        task.imported_as = name
        return Imported(task=task, was_there=True)


def _name_of(given: TaskGiven) -> str:
    return "" if isinstance(given.name, Unsaid) else given.name.strip()


def _in_file(index: int, problem: Problem) -> Problem:
    return Problem(f"tasks[{index}].{problem.field}", problem.message)


def _named_twice(every: Sequence[TaskGiven]) -> list[Problem]:
    first: dict[str, int] = {}
    return [
        _in_file(index, Problem("name", "is the name of another task of the file"))
        for index, name in enumerate(map(_name_of, every))
        if name and first.setdefault(name, index) != index
    ]
