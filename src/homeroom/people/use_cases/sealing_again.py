"""Keys changed: what is kept of people under seal is sealed under the newest one."""

from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import counted, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import PersonId
from homeroom.kernel.rights import Right
from homeroom.kernel.sealing import Sealer
from homeroom.people.model import rights
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.ports.sealed import SealedPeople
from homeroom.people.use_cases.birth_dates import BIRTH_DATES
from homeroom.people.use_cases.moodle import LMS_TOKENS
from homeroom.people.use_cases.persons import about_person

_PORTION = 200


@attrs.frozen(kw_only=True)
class SealPeopleAgain:
    """The operator changed keys: birth dates and tokens of other houses go under the newest."""

    right: ClassVar[Right] = rights.SEAL_AGAIN
    start: StartPeopleUnit
    people: SealedPeople
    sealer: Sealer
    clock: Clock

    async def __call__(self, actor: Actor, told: Callable[[int], None] = lambda _: None) -> int:
        """How many secrets were sealed anew. *told* hears how many so far.

        Raises `Unsealable` at the first that opens with no key; what was done until then stays.
        """
        actor.require(self.right)
        sealed, last = 0, None
        while portion := await self.people.sealed_after(last, _PORTION):
            for person_id in portion:
                sealed += await self._of(actor, person_id)
            told(sealed)
            last = portion[-1]
        return sealed

    async def _of(self, actor: Actor, person_id: PersonId) -> int:
        """How many of theirs. Whoever signs in meanwhile changes what was read: look again."""
        while True:
            with suppress(Conflict):
                return await self._in_one_step(actor, person_id)

    async def _in_one_step(self, actor: Actor, person_id: PersonId) -> int:
        async with self.start() as unit:
            changed = await self._accounts(unit, person_id)
            changed += await self._birth_date(unit, person_id)
            if changed:
                person = await unit.persons.get(person_id, reach=None)
                done = entry_of(actor, self.right, about_person(person), at=self.clock.now())
                await unit.audit.note(counted(done, secrets=changed))
                await unit.commit()
        return changed

    async def _accounts(self, unit: PeopleUnit, person_id: PersonId) -> int:
        changed = 0
        for account in await unit.identities.of_person(person_id):
            if (fresh := self._anew(account.sealed, LMS_TOKENS)) is not None:
                account.sealed = fresh
                await unit.identities.save(account)
                changed += 1
        return changed

    async def _birth_date(self, unit: PeopleUnit, person_id: PersonId) -> int:
        record = await unit.ages.of(person_id)
        if record is None or (fresh := self._anew(record.sealed, BIRTH_DATES)) is None:
            return 0
        record.sealed = fresh
        await unit.ages.save(record)
        return 1

    def _anew(self, sealed: str | None, purpose: str) -> str | None:
        """None if there is nothing to do."""
        if sealed is None or self.sealer.is_current(sealed):
            return None
        return self.sealer.seal(self.sealer.open(sealed, purpose=purpose), purpose=purpose)
