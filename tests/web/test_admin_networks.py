"""Administrators' functions are asked from their networks alone, whatever strangers write."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.rules import OWN_NETWORKS
from homeroom_entrypoints.composition.settings import SettingsInvalid, load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.web.callers import Callers
from homeroom_entrypoints.web.rights import asked_by as rights_of

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from unwrapped import framework_in

PROXY, OFFICE, STRANGER = "10.0.0.1", "192.0.2.7", "203.0.113.9"
CALLERS = Callers(
    (ip_network("10.0.0.0/8"),), (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
)
ROOMS = ("/api/v1/admin/", "/api/v1/ops/", "/api/v1/keys", "/api/v1/audit-logs")

_HOLE = re.compile(r"\{\w+\}")

hops = st.lists(st.ip_addresses().map(str) | st.text(max_size=40) | st.just(OFFICE))


class TestWhoMayAdminister:
    def test_is_everybody_where_no_network_is_named(self) -> None:
        assert Callers().may_administer(None, [])
        assert Callers().may_administer(STRANGER, [])

    @given(hops)
    def test_is_no_stranger_whatever_they_write(self, forwarded: list[str]) -> None:
        assert not CALLERS.may_administer(STRANGER, forwarded)

    @given(hops)
    def test_is_nobody_whom_a_proxy_of_ours_saw_elsewhere(self, forwarded: list[str]) -> None:
        assert not CALLERS.may_administer(PROXY, [*forwarded, STRANGER])
        assert CALLERS.may_administer(PROXY, [*forwarded, OFFICE])

    @pytest.mark.parametrize(
        ("peer", "forwarded", "may"),
        [
            (OFFICE, [], True),
            ("::ffff:192.0.2.7", [], True),
            ("2001:db8::7", [], True),
            ("2001:db9::7", [], False),
            ("::ffff:203.0.113.9", [OFFICE], False),
            (PROXY, [], False),
            (PROXY, ["::ffff:192.0.2.7"], True),
            (PROXY, ["[2001:db8::7]:4711"], True),
            (PROXY, ["192.0.2.7, 203.0.113.9"], False),
            (PROXY, ["192.0.2.7", "203.0.113.9"], False),
            (PROXY, ["203.0.113.9, 192.0.2.7, 10.0.0.2"], True),
            (PROXY, ["192.0.2.7, not an address"], False),
            (PROXY, ["192.0.2.7, 203.0.113.9, 10.0.0.2"], False),
            (None, [OFFICE], False),
            ("testclient", [OFFICE], False),
        ],
    )
    def test_is_whoever_the_last_hop_before_our_proxies_is(
        self, peer: str | None, forwarded: list[str], may: bool
    ) -> None:
        assert CALLERS.may_administer(peer, forwarded) is may

    @pytest.mark.parametrize("written", ["192.0.2.0/24", "::ffff:192.0.2.0/120"])
    @pytest.mark.parametrize("peer", [OFFICE, "::ffff:192.0.2.7", "::FFFF:C000:207"])
    def test_is_the_same_however_a_network_of_ipv4_is_dressed(
        self, written: str, peer: str
    ) -> None:
        callers = Callers(administrators=(ip_network(written),))
        assert callers.may_administer(peer, [])
        assert not callers.may_administer("::ffff:192.0.3.7", [])


def test_what_is_no_network_is_refused_at_start() -> None:
    with pytest.raises(SettingsInvalid, match=r"HOMEROOM_WEB__ADMIN_NETWORKS.*10\.0\.0\.0/8"):
        load_settings({"HOMEROOM_WEB__ADMIN_NETWORKS": "10.0.0.1/8"})


def is_theirs_alone(handler: BaseRouteHandler) -> bool:
    """Whether nobody but administrators may do what this endpoint asks for first."""
    rights = rights_of(handler)
    return bool(rights) and rights[0].roles <= {Role.ADMIN}


@asynccontextmanager
async def asked_by(tmp_path: Path, peer: str) -> AsyncIterator[tuple[httpx.AsyncClient, list[str]]]:
    """A client connected from *peer*, with a key that may everything; and every endpoint."""
    settings = load_settings(
        {
            "HOMEROOM_DATA_DIR": str(tmp_path),
            "HOMEROOM_STORAGE__ADAPTER": "memory",
            "HOMEROOM_LOG__ACCESS": "false",
            "HOMEROOM_WEB__TRUSTED_PROXIES": "10.0.0.0/8",
            "HOMEROOM_WEB__ADMIN_NETWORKS": "192.0.2.0/24",
        }
    )
    async with open_homeroom(settings) as homeroom:
        secret = await homeroom.people.open_house("Home")
        assert secret is not None
        routes = framework_in(create_app(homeroom, settings)).routes
        known = [
            f"{method} {route.path_format}"
            for route in routes
            if isinstance(route, HTTPRoute)
            for handler in route.route_handlers
            if route.path_format.startswith(ROOMS) or is_theirs_alone(handler)
            for method in handler.http_methods - {"OPTIONS", "HEAD"}
        ]
        transport = httpx.ASGITransport(create_app(homeroom, settings), client=(peer, 4711))  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://house", headers={"X-API-Key": secret.text}
        ) as client:
            yield client, known


@pytest.mark.anyio
class TestTheDoor:
    async def test_is_closed_elsewhere_before_anything_is_looked_up(self, tmp_path: Path) -> None:
        async with asked_by(tmp_path, STRANGER) as (client, asked):
            assert len(asked) > 30
            assert "DELETE /api/v1/roster/enrolments/{enrolment_id}" in asked
            for endpoint in asked:
                method, path = _HOLE.sub(str(new_id()), endpoint).split(" ")
                for headers in ({}, {"X-API-Key": "hr_no"}, {"X-Forwarded-For": OFFICE}):
                    answer = await client.request(method, path, headers=headers, json={})
                    said = answer.json()
                    assert (answer.status_code, said["code"]) == (403, "address_not_allowed"), path
                    assert "Ask from a network of theirs." in said["detail"]

    async def test_is_not_walked_around_by_another_spelling(self, tmp_path: Path) -> None:
        async with asked_by(tmp_path, STRANGER) as (client, _):
            for path in ("keys/", "/keys", "%6Beys", "x/../keys", "./keys", "KEYS", "keys;x"):
                answer = await client.get(f"/api/v1/{path}")
                assert answer.status_code in {403, 404}, path

    async def test_is_open_to_everybody_for_what_is_no_administrators(self, tmp_path: Path) -> None:
        async with asked_by(tmp_path, STRANGER) as (client, _):
            assert (await client.get("/api/v1/tasks")).status_code == 200
            assert (await client.get("/api/v1/health")).status_code == 200
            login = {"username": "ana", "password": "not hers at all"}
            assert (await client.post("/api/v1/auth/login", json=login)).status_code == 401

    async def test_is_open_where_administrators_are_also_behind_our_proxy(
        self, tmp_path: Path
    ) -> None:
        async with asked_by(tmp_path, PROXY) as (client, _):

            async def keys(*forwarded: str) -> int:
                hops = [("X-Forwarded-For", one) for one in forwarded]
                return (await client.get("/api/v1/keys", headers=hops)).status_code

            assert await keys(OFFICE) == await keys(STRANGER, OFFICE) == 200
            assert await keys() == await keys(OFFICE, STRANGER) == await keys(f"{OFFICE}, x") == 403


class TestWhoMayWatch:
    WATCHED = Callers(trusted=CALLERS.trusted, watchers=OWN_NETWORKS)

    @pytest.mark.parametrize(
        ("peer", "forwarded", "may"),
        [
            ("127.0.0.1", [], True),
            ("10.1.2.3", [], True),
            ("::1", [], True),
            ("::ffff:10.1.2.3", [], True),
            (STRANGER, [], False),
            (STRANGER, ["127.0.0.1"], False),
            (PROXY, [STRANGER], False),
            (PROXY, ["192.168.0.7"], True),
            ("192.168.0.9", [STRANGER], False),
            ("192.168.0.9", ["10.1.2.3"], False),
            (None, [], False),
        ],
    )
    def test_is_who_comes_from_a_network_of_ours_and_not_through_a_strangers_proxy(
        self, peer: str | None, forwarded: list[str], may: bool
    ) -> None:
        assert self.WATCHED.may_watch(peer, forwarded) is may

    def test_is_everybody_where_no_network_is_named(self) -> None:
        assert Callers().may_watch(STRANGER, [OFFICE])


@pytest.mark.anyio
@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), (STRANGER, 403)])
async def test_numbers_are_told_to_networks_of_ours(tmp_path: Path, peer: str, status: int) -> None:
    async with asked_by(tmp_path, peer) as (client, _):
        assert (await client.get("/metrics")).status_code == status
        assert (await client.get("/health/live")).status_code == 200
