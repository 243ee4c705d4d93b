"""What a unit has read of scheduling, to know what it changes."""

from datetime import datetime

import attrs

from homeroom.kernel.ids import TaskId
from homeroom.kernel.queue import SCHEDULE
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.notices import Signal, notify


@attrs.define
class Agenda:
    """Remembers tasks and watches as one unit read or wrote them last.

    A task that only moved on is written without all that somebody chose about it; and whoever
    sleeps until the next is due need not be woken for what falls due later than before.
    """

    _signal: Signal
    _contents: dict[TaskId, tuple[Content, str | None]] = attrs.field(factory=dict, init=False)
    _dues: dict[TaskId, datetime | None] = attrs.field(factory=dict, init=False)
    _deadlines: dict[TaskId, datetime | None] = attrs.field(factory=dict, init=False)

    def note_task(self, task: Task) -> Task:
        self._contents[task.id] = (task.content, task.imported_as)
        self._dues[task.id] = task.next_run_at
        return task

    def note_watch(self, watch: Watch) -> Watch:
        self._deadlines[watch.task_id] = watch.deadline
        return watch

    def is_same(self, task: Task) -> bool:
        """Whether *task* is what it was when it was read, whatever happened to it."""
        content, imported_as = self._contents.get(task.id, (None, None))
        return content is task.content and imported_as == task.imported_as

    def has_tags_of(self, task: Task) -> bool:
        """Whether *task* has the tags that it had."""
        content, _ = self._contents.get(task.id, (None, None))
        return content is not None and content.tags == task.content.tags

    async def tell(self, connection: AsyncConnection, *saved: Task | Watch) -> None:
        """Note what was saved; if any of it falls due sooner now, hint so after the commit."""
        sooner = [one for one in saved if self._is_sooner(one)]
        if sooner:
            await notify(connection, [SCHEDULE])
            self._signal(SCHEDULE)

    def _is_sooner(self, saved: Task | Watch) -> bool:
        if isinstance(saved, Task):
            before, now = self._dues.get(saved.id), saved.next_run_at
            self.note_task(saved)
        else:
            before, now = self._deadlines.get(saved.task_id), saved.deadline
            self.note_watch(saved)
        return now is not None and (before is None or now < before)
