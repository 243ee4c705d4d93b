"""Districts, in tables, inside a unit of work and outside of any."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import DistrictId
from homeroom.kernel.page import Page, PageRequest
from homeroom.people.district_errors import DistrictExists, DistrictNotFound, StaleDistrict
from homeroom.people.model.districts import District, DistrictDetails, Office
from homeroom.people.model.institutions import Institution, Plan
from homeroom.people.ports.districts import DistrictFilter
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people import OLDEST_FIRST, institution_from
from homeroom_adapters.sql.people_rows import but_for, sought
from homeroom_adapters.sql.rows import Row, insert_unless_taken, paged
from homeroom_adapters.sql.tables import districts, institutions

_APART = "\x1f"
"""Between words: nobody's name holds it, so no search finds the ends of two at once."""


@attrs.frozen
class SqlDistricts:
    """The districts, inside a unit. A save that is refused leaves the unit as it was."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, district_id: DistrictId) -> District:
        wanted = sa.select(districts).where(districts.c.id == district_id)
        return _found((await self._connection.execute(wanted)).one_or_none())

    async def save(self, district: District) -> None:
        await (self._insert(district) if district.version == 0 else self._update(district))
        district.version += 1
        await self._outbox.put(*district.release_events())

    async def _insert(self, district: District) -> None:
        if await insert_unless_taken(self._connection, districts, _cells(district)):
            return
        same = sa.select(districts.c.id).where(districts.c.id == district.id)
        known = (await self._connection.execute(same)).one_or_none()
        raise DistrictExists if known is None else StaleDistrict

    async def _update(self, district: District) -> None:
        same = (districts.c.id == district.id, districts.c.version == district.version)
        change = sa.update(districts).where(*same).values(but_for("id", _cells(district)))
        try:
            async with self._connection.begin_nested():
                updated = await self._connection.execute(change)
        except Conflict as refused:
            raise DistrictExists from refused
        if updated.rowcount == 0:
            raise StaleDistrict


@attrs.frozen
class SqlDistrictQueries:
    """Reads of districts, outside of any unit."""

    _database: Database

    async def districts(self, wanted: DistrictFilter, page: PageRequest) -> Page[District]:
        if not wanted.text.isprintable():
            return Page((), 0, page)
        every = sa.select(districts).where(*self._fitting(wanted))
        async with self._database.read() as connection:
            rows, total = await paged(connection, every, page, districts.c.id.desc())
        return Page([_district(row) for row in rows], total, page)

    async def district(self, district_id: DistrictId) -> District:
        wanted = sa.select(districts).where(districts.c.id == district_id)
        async with self._database.read() as connection:
            return _found((await connection.execute(wanted)).one_or_none())

    async def under(self, district_id: DistrictId) -> Sequence[Institution]:
        theirs = sa.select(institutions).where(institutions.c.district_id == district_id)
        async with self._database.read() as connection:
            rows = await connection.execute(theirs.order_by(*OLDEST_FIRST))
            return [institution_from(row) for row in rows]

    def _fitting(self, wanted: DistrictFilter) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if wanted.is_active is not None:
            conditions.append(districts.c.is_active.is_(wanted.is_active))
        if wanted.text:
            # Unlike LIKE, these know no wildcards, and no limit of a pattern's length.
            place = sa.func.instr if self._database.is_sqlite else sa.func.strpos
            conditions.append(place(districts.c.sought, sought(wanted.text)) > 0)
        return conditions


def _cells(district: District) -> dict[str, object]:
    """The row of `districts` after a save."""
    details, office = district.details, district.details.office
    return {
        "id": district.id,
        "name": details.name,
        "state": details.state,
        "region": details.region,
        "sought": sought(_APART.join((details.name, details.state, details.region))),
        "superintendent": office.superintendent,
        "email": office.email,
        "phone": office.phone,
        "website": office.website,
        "plan": details.plan.value,
        "is_active": district.is_active,
        "created_at": district.created_at,
        "version": district.version + 1,
    }


def _found(row: Row | None) -> District:
    """Raises `DistrictNotFound`."""
    if row is None:
        raise DistrictNotFound
    return _district(row)


def _district(row: Row) -> District:
    office = Office(
        superintendent=row.superintendent, email=row.email, phone=row.phone, website=row.website
    )
    return District(
        id=DistrictId(row.id),
        details=DistrictDetails(
            name=row.name,
            state=row.state,
            region=row.region,
            office=office,
            plan=Plan(row.plan),
        ),
        is_active=row.is_active,
        created_at=row.created_at,
        version=row.version,
    )
