"""Places for districts, and for who stands under them."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import DistrictId
from homeroom.kernel.page import Page, PageRequest
from homeroom.people.model.districts import District
from homeroom.people.model.institutions import Institution


class Districts(Protocol):
    """The districts of the house; `save` puts released events in the outbox, atomically.

    Conformance: `homeroom_testing.conformance.districts.DistrictsConformance`.
    """

    async def get(self, district_id: DistrictId) -> District:
        """Raises `DistrictNotFound`."""
        ...

    async def save(self, district: District) -> None:
        """Raises `StaleDistrict` after a newer save, and `DistrictExists` if another one in the
        same state is called the same.

        Who is refused leaves the unit as it was.
        """
        ...


@attrs.frozen(kw_only=True)
class DistrictFilter:
    """Which districts are looked for. Text is found in names, states and regions."""

    text: str = ""
    """In whatever case; `%` and `_` mean themselves."""

    is_active: bool | None = None


@runtime_checkable
class DistrictQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.districts.DistrictQueriesConformance`.
    """

    async def districts(self, wanted: DistrictFilter, page: PageRequest) -> Page[District]:
        """Newest first."""
        ...

    async def district(self, district_id: DistrictId) -> District:
        """Raises `DistrictNotFound`."""
        ...

    async def under(self, district_id: DistrictId) -> Sequence[Institution]:
        """The institutions that stand under it, oldest first."""
        ...
