"""What the doctor asks of seals: whether what a house has sealed opens with the keys it has now."""

from collections.abc import AsyncIterator

import attrs

from homeroom.house import Storage
from homeroom.kernel.errors import Refusal
from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import TaskFilter
from homeroom.scheduling.use_cases.writing import Author

_ENOUGH = 100
_LOCKED = (
    "the targets of {tasks} do not open with the keys that are set, and nothing is sent there: put "
    "the key that sealed them behind the others in HOMEROOM_SEALING__KEYS, or give `sealing.key` "
    "back to the data directory"
)
_OLD = (
    "the targets of {tasks} are not sealed under the newest key, or not recognised by the one for "
    "that: run `homeroom tasks reseal` before you take a key away"
)


@attrs.define
class SealsSeen:
    """How the targets of some tasks stand; nothing of them is kept or told."""

    looked_at: int = 0
    locked: int = 0
    old: int = 0

    @property
    def advice(self) -> str:
        """What to do, in plain words; empty if there is nothing."""
        if self.locked:
            return _LOCKED.format(tasks=self._so_many(self.locked))
        return _OLD.format(tasks=self._so_many(self.old)) if self.old else ""

    def _so_many(self, count: int) -> str:
        return f"{count} of {self.looked_at} tasks"


async def look_at_seals(storage: Storage, author: Author) -> SealsSeen:
    """Try the newest targets and the oldest, which an old key may have sealed."""
    seen = SealsSeen()
    async for task in _newest_and_oldest(storage):
        seen.looked_at += 1
        try:
            current = author.is_current(task.content, house=task.institution_id)
        except Refusal:
            seen.locked += 1
        else:
            seen.old += not current
    return seen


async def _newest_and_oldest(storage: Storage) -> AsyncIterator[Task]:
    """Those of them that have something to seal."""
    if not (await storage.schema.status()).ready:
        return
    newest = await storage.tasks.tasks(TaskFilter(), PageRequest(1, _ENOUGH), reach=None)
    pages = [newest]
    if newest.total_pages > 1:
        last = PageRequest(newest.total_pages, _ENOUGH)
        pages.append(await storage.tasks.tasks(TaskFilter(), last, reach=None))
    for page in pages:
        for task in page.items:
            if task.content.target.sealed:
                yield task
