"""Who comes in first: a super admin whom the operator appoints, and whoever develops here."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
import httpx
import pytest
import structlog

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import BadPassword, SuperAdminNameTaken
from homeroom.people.model.persons import Identity, Person
from homeroom.people.ports.persons import PersonFilter
from homeroom.people.ports.strategies import Attempt
from homeroom_adapters.sql.engine import open_database
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.coming_in import appoint_super_admin, sign_in_as_developer
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.sandboxes import postgres_database

pytestmark = pytest.mark.anyio

FIRST, NEXT = "plums on a warm roof", "pears under a cold moon"
NAMED = {
    "HOMEROOM_SUPER_ADMIN__USERNAME": "Root",
    "HOMEROOM_SUPER_ADMIN__EMAIL": "root@school.edu",
    "HOMEROOM_SUPER_ADMIN__PASSWORD": FIRST,
}
DEVELOPING = {"HOMEROOM_DEVELOPMENT__SIGN_IN": "true", "HOMEROOM_STORAGE__ADAPTER": "memory"}
LOGIN = "/api/v1/auth/development"
ELSEWHERE: list[tuple[str, dict[str, str]]] = [
    *((peer, {}) for peer in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "testclient")),
    *(("127.0.0.1", {"X-Forwarded-For": said}) for said in ("192.0.2.1", "127.0.0.1")),
    ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
    ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}),
    ("127.0.0.1", {"Via": "1.1 proxy"}),
    *(("127.0.0.1", {"Host": said}) for said in ("rebound.example", "rebound.example:8000", "")),
    ("127.0.0.1", {"Host": "127.0.0.1.rebound.example"}),
    ("127.0.0.1", {"Origin": "https://elsewhere.example"}),
]
"""Who is connected, and what their request says."""


def settings_for(tmp_path: Path, **given: str) -> Settings:
    quiet = {"HOMEROOM_DATA_DIR": str(tmp_path), "HOMEROOM_LOG__ACCESS": "false"}
    return load_settings({**quiet, **FAST_VARIABLES, **given})


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Homeroom]:
    """A house that a process opened as `homeroom web` does."""
    async with open_homeroom(settings) as homeroom:
        await homeroom.people.open_house("Home")
        await appoint_super_admin(homeroom, settings)
        yield homeroom


async def super_admins(homeroom: Homeroom) -> list[Person]:
    wanted = PersonFilter(reach=None, role=Role.SUPER_ADMIN)
    found = await homeroom.plant.storage.persons.persons(wanted, CursorRequest())
    return list(found.items)


class TestTheFirstSuperAdmin:
    async def test_signs_in_and_may_everything_once_they_chose_another_password(
        self, tmp_path: Path
    ) -> None:
        async with opened(settings_for(tmp_path, **NAMED)) as homeroom:
            people = homeroom.people
            signed_in = await people.sign_in(Attempt(name="root@school.edu", password=FIRST))
            assert signed_in.must_change_password
            nobody = await people.recognise(signed_in.tokens.access)
            assert nobody.roles == frozenset()
            await people.change_own_password(nobody, old=FIRST, new=NEXT)
            signed_in = await people.sign_in(Attempt(name="root", password=NEXT))
            actor = await people.recognise(signed_in.tokens.access)
            assert actor.roles == {Role.SUPER_ADMIN}
            wanted = EntryFilter(reach=None, action="people.appoint_super_admin")
            (entry,) = (await homeroom.plant.storage.record.entries(wanted, CursorRequest())).items
            assert entry.resource_id == actor.person_id
            told = [f"{one.before} {one.after}".casefold() for one in entry.changes.values()]
            assert not any("root" in text for text in told)

    async def test_stays_as_they_are_whatever_the_settings_say_later(self, tmp_path: Path) -> None:
        async with opened(settings_for(tmp_path, **NAMED)) as homeroom:
            before = await super_admins(homeroom)
        changed = NAMED | {
            "HOMEROOM_SUPER_ADMIN__USERNAME": "other",
            "HOMEROOM_SUPER_ADMIN__EMAIL": "other@school.edu",
            "HOMEROOM_SUPER_ADMIN__PASSWORD": NEXT,
        }
        async with opened(settings_for(tmp_path, **changed)) as homeroom:
            assert await super_admins(homeroom) == before
            sign_in = homeroom.people.sign_in
            assert (await sign_in(Attempt(name="root", password=FIRST))).must_change_password

    async def test_is_appointed_in_a_house_that_had_none(self, tmp_path: Path) -> None:
        async with opened(settings_for(tmp_path)) as homeroom:
            assert await super_admins(homeroom) == []
        async with opened(settings_for(tmp_path, **NAMED)) as homeroom:
            (appointed,) = await super_admins(homeroom)
            assert appointed.identity == Identity.given("root", "Super", "Admin", "root@school.edu")

    async def test_takes_nobody_elses_name(self, tmp_path: Path) -> None:
        async with opened(settings_for(tmp_path)) as homeroom:
            first = await homeroom.people.open_house("Home", "hr_" + "k" * 40)
            assert first is not None
            head = await homeroom.people.authenticate(first.text)
            ana = Identity.given("ana", "Ana", "Reyes", "root@school.edu")
            await homeroom.people.create_person(head, ana, roles=frozenset({Role.TEACHER}))
            with pytest.raises(SuperAdminNameTaken):
                await appoint_super_admin(homeroom, settings_for(tmp_path, **NAMED))
            assert await super_admins(homeroom) == []

    async def test_has_no_password_that_is_their_name(self, tmp_path: Path) -> None:
        same = NAMED | {"HOMEROOM_SUPER_ADMIN__PASSWORD": "root@school.edu"}
        async with opened(settings_for(tmp_path)) as homeroom:
            with pytest.raises(BadPassword):
                await appoint_super_admin(homeroom, settings_for(tmp_path, **same))

    async def test_is_one_also_of_many_processes_that_start_together(self, tmp_path: Path) -> None:
        await self.expect_one_of_many(tmp_path, {})

    @pytest.mark.service("postgres")
    async def test_is_one_on_postgres_too(self, tmp_path: Path, postgres_url: str) -> None:
        with postgres_database(postgres_url) as url:
            async with open_database(url, pool_size=1) as database:
                await SqlSchema(database).upgrade()
            await self.expect_one_of_many(tmp_path, {"HOMEROOM_STORAGE__URL": url})

    async def expect_one_of_many(self, tmp_path: Path, where: Mapping[str, str]) -> None:
        """Each with a name of its own, so that no name keeps the others out."""
        async with AsyncExitStack() as stack:
            houses = []
            for number in range(4):
                own = {
                    "HOMEROOM_SUPER_ADMIN__USERNAME": f"root{number}",
                    "HOMEROOM_SUPER_ADMIN__PASSWORD": FIRST,
                }
                settings = settings_for(tmp_path, **where, **own)
                houses.append((await stack.enter_async_context(open_homeroom(settings)), settings))
            await houses[0][0].people.open_house("Home")
            await asyncio.gather(*(appoint_super_admin(*house) for house in houses))
            assert len(await super_admins(houses[0][0])) == 1


@asynccontextmanager
async def asked_from(settings: Settings, peer: str) -> AsyncIterator[httpx.AsyncClient]:
    async with opened(settings) as homeroom:
        transport = httpx.ASGITransport(create_app(homeroom, settings), client=(peer, 4711))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


class TestTheDeveloper:
    async def test_comes_in_without_a_password_as_one_person(self, tmp_path: Path) -> None:
        async with asked_from(settings_for(tmp_path, **DEVELOPING), "127.0.0.1") as client:
            hosts = ("127.0.0.1:8000", "[::1]:8000", "localhost", "localhost:8000")
            answers = [await client.post(LOGIN, headers={"Host": at}) for at in hosts]
            assert {one.status_code for one in answers} == {200}, answers[0].text
            first, *_, again = answers
            assert first.headers["cache-control"] == "no-store"
            assert first.json()["user"]["id"] == again.json()["user"]["id"]
            token = {"Authorization": f"Bearer {first.json()['token']}"}
            me = (await client.get("/api/v1/auth/me", headers=token)).json()
            assert (me["userName"], me["roles"]) == ("developer", ["ADMIN"])
            assert (await client.get("/api/v1/keys", headers=token)).status_code == 200

    async def test_is_at_this_machine_and_no_page_of_others(self, tmp_path: Path) -> None:
        settings = settings_for(tmp_path, **DEVELOPING)
        async with opened(settings) as homeroom:
            app = create_app(homeroom, settings)
            for peer, headers in ELSEWHERE:
                transport = httpx.ASGITransport(app, client=(peer, 4711))  # type: ignore[arg-type]
                at = "http://127.0.0.1:8000"
                async with httpx.AsyncClient(transport=transport, base_url=at) as client:
                    refused = await client.post(LOGIN, headers=headers)
                told = (refused.status_code, refused.json()["code"])
                assert told == (403, "not_at_this_machine"), (peer, headers)

    async def test_is_not_there_unless_somebody_lets_them_in(self, tmp_path: Path) -> None:
        async with asked_from(settings_for(tmp_path), "127.0.0.1") as client:
            assert (await client.post(LOGIN)).status_code == 404

    async def test_is_not_let_in_by_settings_that_nobody_read(self, tmp_path: Path) -> None:
        """Whoever embeds us may build settings by hand: the door stays shut all the same."""
        known = settings_for(tmp_path, **DEVELOPING)
        reached = attrs.evolve(known, web=attrs.evolve(known.web, host="192.0.2.1"))
        async with opened(settings_for(tmp_path)) as homeroom:
            assert sign_in_as_developer(homeroom, known) is not None
            assert sign_in_as_developer(homeroom, reached) is None
            produced = attrs.evolve(known, environment="production")
            assert sign_in_as_developer(homeroom, produced) is None

    async def test_is_nobody_who_has_a_password(self, tmp_path: Path) -> None:
        given = {**NAMED, **DEVELOPING, "HOMEROOM_DEVELOPMENT__USERNAME": "root"}
        async with asked_from(settings_for(tmp_path, **given), "127.0.0.1") as client:
            refused = await client.post(LOGIN)
            assert (refused.status_code, refused.json()["code"]) == (403, "no_developer")

    async def test_is_loud_in_the_log(self, tmp_path: Path) -> None:
        with structlog.testing.capture_logs() as lines:
            async with asked_from(settings_for(tmp_path, **DEVELOPING), "127.0.0.1") as client:
                await client.post(LOGIN)
        loud = [one["event"] for one in lines if one["log_level"] == "warning"]
        assert loud == ["development_sign_in_is_on", "signed_in_without_a_password"]
