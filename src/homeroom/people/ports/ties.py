"""What ties persons to other houses and to the roster, beside what they are here."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.privacy import Personal


@attrs.frozen(kw_only=True)
class Tie:
    """What ties somebody elsewhere."""

    accounts: Annotated[Mapping[str, str], Personal] = attrs.field(
        factory=dict[str, str], repr=False
    )
    """By the name of the house, what never changes of their account there."""

    seats: Sequence[NodeId] = ()
    """The courses and sections that they teach or attend, in the order of their ids."""


@runtime_checkable
class Ties(Protocol):
    """Accounts and enrolments of many persons at once. Reads that take no locks.

    Conformance: `homeroom_testing.conformance.ties.TiesConformance`.
    """

    async def of(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, Tie]:
        """Everybody who was asked for is in it, also who is tied to nothing. Of several accounts
        in one house it is the one that was linked first; enrolments that ended tie nobody."""
        ...
