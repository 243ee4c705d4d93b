"""What the doctor asks of seals: whether what a house has sealed opens with the keys it has now."""

from collections.abc import AsyncIterator, Callable
from functools import partial

import attrs

from homeroom.house import Storage
from homeroom.kernel.errors import Refusal
from homeroom.kernel.page import PageRequest
from homeroom.kernel.sealing import Sealer
from homeroom.people.use_cases.birth_dates import BIRTH_DATES
from homeroom.people.use_cases.moodle import LMS_TOKENS
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import TaskFilter
from homeroom.scheduling.use_cases.writing import Author

_ENOUGH = 100
_LOCKED = (
    "the targets of {tasks} and the secrets about {people} do not open with the keys that are set, "
    "and nothing is sent or told there: put the key that sealed them behind the others in "
    "HOMEROOM_SEALING__KEYS, or give `sealing.key` back to the data directory"
)
_OLD = (
    "the targets of {tasks} and the secrets about {people} are not sealed under the newest key, or "
    "not recognised by the one for that: run `homeroom secrets reseal` before you take a key away"
)


@attrs.define
class Looked:
    """How some seals stand; nothing of them is kept or told."""

    looked_at: int = 0
    locked: int = 0
    old: int = 0

    def at(self, is_current: Callable[[], bool]) -> None:
        """Count one, of which *is_current* tells; it raises a `Refusal` if no key opens it."""
        self.looked_at += 1
        try:
            self.old += not is_current()
        except Refusal:
            self.locked += 1


@attrs.define
class SealsSeen:
    """How the targets of some tasks stand, and the secrets about some people."""

    tasks: Looked = attrs.field(factory=Looked)
    people: Looked = attrs.field(factory=Looked)

    @property
    def locked(self) -> int:
        return self.tasks.locked + self.people.locked

    @property
    def advice(self) -> str:
        """What to do, in plain words; empty if there is nothing."""
        if self.locked:
            return self._say(_LOCKED, self.tasks.locked, self.people.locked)
        if self.tasks.old + self.people.old:
            return self._say(_OLD, self.tasks.old, self.people.old)
        return ""

    def _say(self, sentence: str, tasks: int, people: int) -> str:
        return sentence.format(
            tasks=f"{tasks} of {self.tasks.looked_at} tasks",
            people=f"{people} of {self.people.looked_at} people",
        )


async def look_at_seals(storage: Storage, author: Author, sealer: Sealer) -> SealsSeen:
    """Try the newest targets and the oldest, and who was here first: an old key may have
    sealed them."""
    seen = SealsSeen()
    if not (await storage.schema.status()).ready:
        return seen
    async for task in _newest_and_oldest(storage):
        seen.tasks.at(partial(author.is_current, task.content, house=task.institution_id))
    async for secrets in _secrets_about_people(storage):
        seen.people.at(partial(_are_current, sealer, secrets))
    return seen


async def _newest_and_oldest(storage: Storage) -> AsyncIterator[Task]:
    """Those of them that have something to seal."""
    newest = await storage.tasks.tasks(TaskFilter(), PageRequest(1, _ENOUGH), reach=None)
    pages = [newest]
    if newest.total_pages > 1:
        last = PageRequest(newest.total_pages, _ENOUGH)
        pages.append(await storage.tasks.tasks(TaskFilter(), last, reach=None))
    for page in pages:
        for task in page.items:
            if task.content.target.sealed:
                yield task


async def _secrets_about_people(storage: Storage) -> AsyncIterator[list[tuple[str, str]]]:
    """What is sealed about one person after the other, each with its purpose."""
    for person_id in await storage.sealed_people.sealed_after(None, _ENOUGH):
        async with storage.start() as unit:
            accounts = await unit.identities.of_person(person_id)
            record = await unit.ages.of(person_id)
        secrets = [(one.sealed, LMS_TOKENS) for one in accounts if one.sealed]
        if record is not None and record.sealed:
            secrets.append((record.sealed, BIRTH_DATES))
        yield secrets


def _are_current(sealer: Sealer, secrets: list[tuple[str, str]]) -> bool:
    """Raises `Unsealable` for one that no key opens."""
    for sealed, purpose in secrets:
        sealer.open(sealed, purpose=purpose)
    return all(sealer.is_current(sealed) for sealed, _ in secrets)
