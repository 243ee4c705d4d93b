"""Finding out where persons belong: from what they hold, and from what the roster knows."""

from collections.abc import Mapping, Sequence

import attrs

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.people.model.homes import Home, home_of
from homeroom.people.model.persons import Person
from homeroom.people.model.places import Place
from homeroom.people.ports.places import Places
from homeroom.people.ports.ties import Tie, Ties

_LMS = "moodle"
"""What accounts in the learning platform are known under."""


@attrs.frozen
class Homes:
    """Where each of several persons belongs, in as many looks for many as for one."""

    ties: Ties
    places: Places

    async def of(self, persons: Sequence[Person]) -> Mapping[PersonId, Home]:
        """Every one of *persons* is in it. They are told only to who may see them."""
        ties = await self.ties.of([one.id for one in persons])
        known = await self._known(persons, ties)
        return {
            one.id: attrs.evolve(
                home_of(one, ties[one.id].seats, known), lms_number=_number(ties[one.id])
            )
            for one in persons
        }

    async def _known(
        self, persons: Sequence[Person], ties: Mapping[PersonId, Tie]
    ) -> Mapping[NodeId, Place]:
        """All that anybody holds something at or is enrolled in, and what those hang below."""
        nodes = {post.at for one in persons for post in one.posts}
        nodes.update(seat for tie in ties.values() for seat in tie.seats)
        found = await self.places.among(nodes, reach=None) if nodes else {}
        above = {one for place in found.values() for one in place.lineage} - found.keys()
        return {**found, **(await self.places.among(above, reach=None) if above else {})}


def _number(tie: Tie) -> int | None:
    """A Moodle's own number for somebody, which stands before the Moodle's name."""
    said = tie.accounts.get(_LMS, "").partition("@")[0]
    return int(said) if said.isascii() and said.isdecimal() else None
