"""What is held of what learners earned: told and erased in a unit that changes nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.exams.ports.unit import ExamsUnit
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Section, row_of


@attrs.frozen
class DataOfAchievements:
    """For what somebody came to, what they aim at, what boards call them, and every award."""

    name: str = "achievements"

    async def about(self, unit: ExamsUnit, person_id: PersonId) -> Sequence[Section]:
        achiever = await unit.achievers.of(person_id)
        return [
            Section("standing", [] if achiever is None else [row_of(achiever)]),
            Section("awards", [row_of(one) for one in await unit.awards.of(person_id)]),
        ]

    async def erase(
        self, unit: ExamsUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        """What boards are made of goes with the awards."""
        return {
            "standings": await unit.achievers.remove(person_id),
            "awards": await unit.awards.remove(person_id),
        }
