"""What is asked of persons goes by an index, on both databases, however many persons there are."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import attrs
import psycopg
import pytest
from sqlalchemy import event

from homeroom.house import HouseUnit, Storage, StorageSettings
from homeroom.kernel.actor import Role
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import NodeId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.identities import Account
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import EndedBy, Session
from homeroom.people.ports.persons import PersonFilter, PersonQueries
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database, check, open_database
from homeroom_adapters.sql.person_queries import SqlPersonQueries
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_adapters.sql.unit import SqlUnit
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.people_ground import a_credential, a_person, a_session
from homeroom_testing.conformance.storage import an_institution
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio

TABLES = (
    *("persons", "person_names", "person_roles", "person_posts", "credentials"),
    *("sessions", "session_tokens", "identities"),
)
OURS = re.compile(rf"\b({'|'.join(TABLES)})\b")
STEP = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING(?: COVERING)? INDEX (\w+))?")

Start = Callable[[], HouseUnit]
NODE = NodeId(new_id())


@attrs.frozen
class Asking:
    """Somebody among many, and what may be asked about them."""

    queries: PersonQueries
    start: Start
    house: Institution
    person: Person
    session: Session

    async def by_name(self) -> None:
        assert await self.queries.by_name("ana@school.edu")

    async def standing(self) -> None:
        assert await self.queries.standing(self.person.id, self.session.id)

    async def going_on(self) -> None:
        assert await self.queries.sessions(self.person.id, at=NOON)

    async def list_some(self) -> None:
        """A page from the middle, of a text that many have."""
        wanted = PersonFilter(reach=self.house.id, text="reyes", is_active=True)
        after = CursorRequest(self.person.id, limit=5)
        assert len((await self.queries.persons(wanted, after)).items) == 5

    async def list_everywhere(self) -> None:
        assert (await self.queries.persons(PersonFilter(reach=None), CursorRequest(limit=5))).next

    async def list_by_role(self) -> None:
        wanted = PersonFilter(reach=self.house.id, role=Role.DEAN)
        assert len((await self.queries.persons(wanted, CursorRequest())).items) == 1

    async def list_at_a_node(self) -> None:
        wanted = PersonFilter(reach=self.house.id, at=NODE)
        assert len((await self.queries.persons(wanted, CursorRequest())).items) == 1

    async def by_token(self) -> None:
        async with self.start() as unit:
            assert await unit.sessions.by_token(self.session.token_id)

    async def account(self) -> None:
        async with self.start() as unit:
            assert await unit.identities.of("moodle", "ana")

    async def accounts(self) -> None:
        async with self.start() as unit:
            assert len(await unit.identities.of_person(self.person.id)) == 1

    async def save(self) -> None:
        async with self.start() as unit:
            [account] = await unit.identities.of_person(self.person.id)
            await unit.identities.save(account)
            person = await unit.persons.get(self.person.id, reach=self.house.id)
            await unit.persons.save(person)
            credential = await unit.credentials.of(person.id)
            assert credential is not None
            await unit.credentials.save(credential)
            session = await unit.sessions.get(self.session.id, of=person.id)
            await unit.sessions.save(session)

    async def end_and_forget(self) -> None:
        async with self.start() as unit:
            assert await unit.sessions.end_all(self.person.id, EndedBy.REVOKED, at=NOON) == 1
            assert await unit.sessions.forget(before=NOON, limit=10) == 0


Ask = Callable[[Asking], Awaitable[None]]

ON_SQLITE: dict[Ask, set[tuple[str, ...]]] = {
    Asking.by_name: {
        ("SEARCH", "person_names", "sqlite_autoindex_person_names_1"),
        ("SEARCH", "persons", "sqlite_autoindex_persons_1"),
        ("SEARCH", "credentials", "sqlite_autoindex_credentials_1"),
        ("SEARCH", "person_roles", "sqlite_autoindex_person_roles_1"),
        ("SEARCH", "person_posts", "sqlite_autoindex_person_posts_1"),
    },
    Asking.standing: {
        ("SEARCH", "sessions", "sqlite_autoindex_sessions_1"),
        ("SEARCH", "persons", "sqlite_autoindex_persons_1"),
        ("SEARCH", "credentials", "sqlite_autoindex_credentials_1"),
        ("SEARCH", "person_roles", "sqlite_autoindex_person_roles_1"),
        ("SEARCH", "person_posts", "sqlite_autoindex_person_posts_1"),
    },
    Asking.going_on: {("SEARCH", "sessions", "ix_sessions_person")},
    Asking.list_some: {
        ("SEARCH", "persons", "ix_persons_institution"),
        ("SEARCH", "person_roles", "sqlite_autoindex_person_roles_1"),
        ("SEARCH", "person_posts", "sqlite_autoindex_person_posts_1"),
    },
    Asking.by_token: {
        ("SEARCH", "session_tokens", "sqlite_autoindex_session_tokens_1"),
        ("SEARCH", "sessions", "sqlite_autoindex_sessions_1"),
    },
    Asking.account: {("SEARCH", "identities", "sqlite_autoindex_identities_1")},
    Asking.accounts: {("SEARCH", "identities", "ix_identities_person")},
}

ON_POSTGRES: dict[Ask, set[str]] = {
    Asking.by_name: {
        *("person_names_pkey", "persons_pkey", "credentials_pkey"),
        *("person_roles_pkey", "person_posts_pkey"),
    },
    Asking.standing: {
        *("sessions_pkey", "persons_pkey", "credentials_pkey"),
        *("person_roles_pkey", "person_posts_pkey"),
    },
    Asking.going_on: {"ix_sessions_person"},
    Asking.list_some: {"ix_persons_institution", "person_roles_pkey", "person_posts_pkey"},
    Asking.by_token: {"session_tokens_pkey", "sessions_pkey"},
    Asking.account: {"identities_pkey"},
    Asking.accounts: {"ix_identities_person"},
}
QUESTIONS: tuple[Ask, ...] = (
    *ON_SQLITE,
    Asking.list_everywhere,
    Asking.list_by_role,
    Asking.list_at_a_node,
    Asking.save,
    Asking.end_and_forget,
)


async def filled(queries: PersonQueries, start: Start) -> Asking:
    """A house with many persons, of whom one is asked about."""
    house = an_institution()
    many = [a_person(house, f"s{number}", Role.STUDENT) for number in range(100)]
    person = a_person(house, "ana", Role.DEAN)
    person.give(frozenset({Role.CHAIRPERSON}), at=NOON, node=NODE)
    session = a_session(person)
    async with start() as unit:
        await unit.institutions.add(house)
        for one in (*many[:50], person, *many[50:]):
            await unit.persons.save(one)
        for one in (person, *many[:20]):
            await unit.credentials.save(a_credential(one))
            await unit.sessions.save(session if one is person else a_session(one))
            account = Account.link(one, "moodle", one.identity.user_name, at=NOON)
            await unit.identities.save(account)
        await unit.commit()
    return Asking(queries, start, house, person, session)


class TestOnSqlite:
    @pytest.fixture
    def statements(self) -> list[str]:
        return []

    @pytest.fixture
    async def database(self, file: Path, statements: list[str]) -> AsyncIterator[Database]:
        async with open_database(f"sqlite:///{file}", pool_size=3) as opened:
            event.listen(
                opened.engine.sync_engine,
                "connect",
                lambda made, _: made.run_async(lambda it: it.set_trace_callback(statements.append)),
            )
            await check(opened)
            await SqlSchema(opened).upgrade()
            yield opened

    @pytest.fixture
    async def asking(self, database: Database, statements: list[str]) -> Asking:
        ambient = Ambient(SteppingClock(), JsonCodec())
        asking = await filled(
            SqlPersonQueries(database), lambda: SqlUnit(database, ambient, lambda _: None)
        )
        statements.clear()
        return asking

    async def test_each_question_goes_by_the_index_made_for_it(
        self, database: Database, asking: Asking, statements: list[str]
    ) -> None:
        for ask, wanted in ON_SQLITE.items():
            statements.clear()
            await ask(asking)
            steps = map(STEP.match, await plan(database, statements))
            assert {step.groups("") for step in steps if step} == wanted, ask

    async def test_nothing_is_read_from_end_to_end_nor_sorted(
        self, database: Database, asking: Asking, statements: list[str]
    ) -> None:
        for ask in QUESTIONS:
            statements.clear()
            await ask(asking)
            steps = await plan(database, statements)
            assert steps
            assert [one for one in steps if "TEMP B-TREE" in one] == []
            whole = [one for one in steps if one.startswith("SCAN") and OURS.search(one)]
            assert whole == (IN_ORDER if ask is Asking.list_everywhere else [])


IN_ORDER = ["SCAN persons USING INDEX sqlite_autoindex_persons_1"]
"""From the newest on, and no further than the page is long."""


async def plan(database: Database, statements: Sequence[str]) -> list[str]:
    """How SQLite finds the rows for what it was asked of our tables."""
    asked = [one for one in statements if OURS.search(one)]
    async with database.read() as connection:
        return [
            str(step.detail)
            for one in asked
            for step in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")
        ]


@attrs.frozen
class Read:
    """What PostgreSQL counted: which indexes were asked, and which tables were read whole."""

    indexes: Counter[str]
    tables: Counter[str]

    def since(self, before: "Read") -> tuple[set[str], set[str]]:
        return {*(self.indexes - before.indexes)}, {*(self.tables - before.tables)}


@pytest.mark.service("postgres")
class TestOnPostgres:
    @pytest.fixture
    async def url(self) -> AsyncIterator[str]:
        found = services_of_this_machine().look_for("postgres")
        if not isinstance(found, Found):
            pytest.skip(str(found))
        with postgres_database(found.at) as own:
            async with open_schema(StorageSettings(url=own)) as schema:
                await schema.upgrade()
            yield own

    async def test_each_question_goes_by_the_index_made_for_it(self, url: str) -> None:
        asking = await self._filled(url)
        before = await counted(url)
        for ask, wanted in ON_POSTGRES.items():
            async with opened(url) as storage:
                await ask(attrs.evolve(asking, queries=storage.persons, start=storage.start))
            now = await counted(url)
            assert now.since(before) == (wanted, set()), ask
            before = now

    async def test_nothing_is_read_from_end_to_end(self, url: str) -> None:
        asking = await self._filled(url)
        before = await counted(url)
        async with opened(url) as storage:
            for ask in QUESTIONS:
                await ask(attrs.evolve(asking, queries=storage.persons, start=storage.start))
        _, whole = (await counted(url)).since(before)
        assert whole == set()

    async def _filled(self, url: str) -> Asking:
        async with opened(url) as storage:
            return await filled(storage.persons, storage.start)


def opened(url: str) -> AbstractAsyncContextManager[Storage]:
    return open_storage(StorageSettings(url=url), Ambient(SteppingClock(), JsonCodec()))


async def counted(url: str) -> Read:
    """Every connection tells when it ends."""
    await asyncio.sleep(0.5)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        indexes = await connection.execute(
            "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = ANY (%s)",
            [[*TABLES]],
        )
        by_index = Counter[str](dict(await indexes.fetchall()))
        tables = await connection.execute(
            "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY (%s)",
            [[*TABLES]],
        )
        return Read(by_index, Counter[str](dict(await tables.fetchall())))
