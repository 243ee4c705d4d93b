"""A school in memory, with a vendor, and an exam that asks for two things."""

import sys
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.exams.model.catalogue import Exam, Objective, Outline
from homeroom.exams.model.choices import TrueFalse
from homeroom.exams.model.questions import Content, Question
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import ObjectiveId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.model.institutions import Institution
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.exam_rooms import Exams
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.fast_hashing import FAST_VARIABLES

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_room import Room, open_room


def statement(stem: str = "A stub answers", *, is_true: bool = True) -> Content:
    return Content(stem=stem, body=TrueFalse(is_true=is_true), explanation="It does.")


def outline(code: str = "BACKEND", *weights: int) -> Outline:
    """One with an objective for each of *weights*: 1.1, 1.2 and so on; two halves if none."""
    objectives = tuple(
        Objective(code=f"1.{number}", name=f"Part {number}", weight=Fraction(weight))
        for number, weight in enumerate(weights or (50, 50), start=1)
    )
    return Outline(code=code, name="Backend engineering", objectives=objectives)


@attrs.frozen
class School:
    homeroom: Homeroom
    house: Institution

    @property
    def exams(self) -> Exams:
        return self.homeroom.exams

    @property
    def author(self) -> Actor:
        return self.anybody(Role.TEACHER)

    @property
    def learner(self) -> Actor:
        return self.anybody(Role.STUDENT)

    def anybody(self, *roles: Role) -> Actor:
        return Actor(institution_id=self.house.id, roles=frozenset(roles))

    async def exam(self, written: Outline | None = None, vendor: str = "Academy") -> Exam:
        begun = await self.exams.begin_vendor(self.author, vendor)
        return await self.exams.draft_exam(self.author, begun.id, written or outline())

    async def question(
        self, exam: Exam, stem: str = "A stub answers", objective: ObjectiveId | None = None
    ) -> Question:
        where = objective or next(iter(exam.outline.weights))
        return await self.exams.write_question(self.author, exam.id, where, statement(stem))

    async def waiting(self, exam: Exam, stem: str = "A stub answers") -> Question:
        """A question that was handed in."""
        written = await self.question(exam, stem)
        return await self.exams.submit_question(self.author, written.id)

    async def actions(self) -> list[str]:
        """What stands in the record, oldest first."""
        return [one.action for one in await self.entries()]

    async def entries(self) -> list[Entry]:
        record = self.homeroom.plant.storage.record
        found = await record.entries(EntryFilter(reach=None), CursorRequest(None, 200))
        return list(found.items)[::-1]


@pytest.fixture
async def school() -> AsyncIterator[School]:
    environ = {"HOMEROOM_STORAGE__ADAPTER": "memory", **FAST_VARIABLES}
    async with open_homeroom(load_settings(environ)) as homeroom:
        yield School(homeroom, await settle_in(homeroom.plant.storage))


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with open_room() as opened:
        yield opened
