"""A room in which one sits for an exam, on a clock that moves only when it is told to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import attrs

from homeroom.compliance.ports.record import EntryFilter
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.wishes import Given, Mode, Wish
from homeroom.exams.use_cases.ending import EndRunOut
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Role
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import Bank, a_bank
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.fast_hashing import FAST_VARIABLES

STUDY = Wish(mode=Mode.SEQUENTIAL)


@attrs.define
class Room:
    """An exam of four questions in 90 minutes, of which two objectives weigh a third and two."""

    homeroom: Homeroom
    clock: SteppingClock
    house: Institution
    bank: Bank
    ana: Actor

    @property
    def exams(self) -> Exams:
        return self.homeroom.exams

    @property
    def author(self) -> Actor:
        return Actor(institution_id=self.house.id, roles=frozenset({Role.TEACHER}))

    async def somebody(self, name: str) -> Actor:
        return acting(await a_kept_person(self.homeroom.plant.storage, self.house, name))

    async def begin(self, wish: Wish | None = None, who: Actor | None = None) -> Sheet:
        return await self.exams.begin_sitting(who or self.ana, self.bank.exam.id, wish)

    async def say(self, sheet: Sheet, *answers: tuple[str, ...], who: Actor | None = None) -> None:
        """*answers* to the bank's first questions, in its order, whatever that of the sheet."""
        for question, answer in zip(self.bank.questions, answers, strict=False):
            await self.exams.answer_question(
                who or self.ana, sheet.summary.id, question.id, Given(answer=answer)
            )

    async def sweep(self) -> None:
        """The house's own task does its work."""
        _, handle = self.homeroom.plant.handlers.find("exams.expire_sittings.v1")
        await handle(EndRunOut(), Run(JobId(new_id()), 1, False, None, "", lambda progress: None))

    async def look(self, sheet: Sheet) -> Sheet:
        return await self.exams.see_sitting(self.ana, sheet.summary.id)

    async def actions(self) -> list[str]:
        record = self.homeroom.plant.storage.record
        found = await record.entries(EntryFilter(reach=None), CursorRequest(None, 200))
        return [one.action for one in reversed(found.items)]


def acting(person: Person) -> Actor:
    return Actor(
        institution_id=person.institution_id,
        roles=frozenset({Role.STUDENT}),
        person_id=person.id,
    )


@asynccontextmanager
async def open_room(variables: Mapping[str, str] | None = None) -> AsyncIterator[Room]:
    environ = {"HOMEROOM_STORAGE__ADAPTER": "memory", **FAST_VARIABLES, **(variables or {})}
    clock = SteppingClock()
    async with open_homeroom(load_settings(environ), clock=clock) as homeroom:
        storage = homeroom.plant.storage
        house = await settle_in(storage)
        ana = acting(await a_kept_person(storage, house))
        yield Room(homeroom, clock, house, await a_bank(storage, house), ana)
