"""What ties persons to other houses and to the roster, in tables."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import NodeId, PersonId
from homeroom.people.ports.ties import Tie
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.identity_tables import identities
from homeroom_adapters.sql.roster_tables import roster_enrolments
from homeroom_adapters.sql.rows import Select


@attrs.frozen
class SqlTies:
    """Reads of accounts and enrolments, outside of any unit."""

    _database: Database

    async def of(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, Tie]:
        if not person_ids:
            return {}
        accounts: dict[PersonId, dict[str, str]] = defaultdict(dict)
        seats: dict[PersonId, list[NodeId]] = defaultdict(list)
        async with self._database.read() as connection:
            for one in await connection.execute(_accounts(person_ids)):
                accounts[PersonId(one.person_id)].setdefault(one.provider, one.subject)
            for one in await connection.execute(_seats(person_ids)):
                seats[PersonId(one.person_id)].append(NodeId(one.node_id))
        return {
            one: Tie(accounts=accounts.get(one, {}), seats=seats.get(one, [])) for one in person_ids
        }


def _accounts(person_ids: Collection[PersonId]) -> Select:
    held = identities.c
    theirs = sa.select(held.person_id, held.provider, held.subject)
    return theirs.where(held.person_id.in_(person_ids)).order_by(held.linked_at, held.subject)


def _seats(person_ids: Collection[PersonId]) -> Select:
    held = roster_enrolments.c
    theirs = sa.select(held.person_id, held.node_id)
    return theirs.where(held.person_id.in_(person_ids), held.is_active).order_by(held.node_id)
