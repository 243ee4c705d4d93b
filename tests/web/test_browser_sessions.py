"""Browsers, on and on: cookies that are traded, tokens that are lost, and the way out."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest

from homeroom.kernel.actor import Role
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.web.cookies import cookies_for

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from browser_ground import (
    AUTH,
    CSRF,
    LOGOUT,
    ME,
    OURS,
    REFRESH,
    RENEWAL,
    SESSION,
    TOKEN,
    House,
    code,
    opened,
    set_by,
    signed_in,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[House]:
    async with opened() as house:
        yield house


class TestGoingOn:
    async def test_cookies_alone_fetch_the_next_ones(self, house: House) -> None:
        async with house.browser() as page:
            before = dict(page.cookies)
            answer = await page.post(REFRESH)
            assert answer.status_code == 200
            assert answer.json().keys().isdisjoint({"token", "refreshToken", "tokens"})
            assert answer.json()["csrfToken"] == before[CSRF]
            assert page.cookies[SESSION] != before[SESSION]
            assert page.cookies[RENEWAL] != before[RENEWAL]
            assert (await page.get(ME)).status_code == 200

    async def test_it_goes_on_when_the_access_token_is_gone(self, house: House) -> None:
        async with house.browser() as page:
            page.cookies.delete(SESSION)
            assert (await page.post(REFRESH)).status_code == 200
            assert (await page.get(ME)).status_code == 200

    async def test_without_the_token_nothing_is_traded(self, house: House) -> None:
        async with house.browser() as page:
            refused = await page.post(REFRESH, headers={"X-CSRF-Token": ""})
            assert code(refused) == (403, "csrf_token_missing")
            refused = await page.post(REFRESH, headers={"Origin": "null", "Sec-Fetch-Site": ""})
            assert code(refused) == (403, "foreign_page")
            assert (await page.post(REFRESH)).status_code == 200

    async def test_a_renewal_that_was_planted_is_not_traded(self, house: House) -> None:
        async with house.browser() as page, house.browser() as evil:
            planted, own = evil.cookies[RENEWAL], page.cookies[RENEWAL]
            page.cookies.delete(RENEWAL)
            page.cookies.set(RENEWAL, planted, domain="school.example", path=AUTH)
            refused = await page.post(REFRESH)
            assert code(refused) == (401, "bad_refresh_token")
            assert not set_by(refused)
            assert (await evil.post(REFRESH)).status_code == 200
            page.cookies.set(RENEWAL, own, domain="school.example", path=AUTH)
            assert (await page.post(REFRESH)).status_code == 200

    async def test_a_renewal_that_comes_twice_ends_the_session(self, house: House) -> None:
        async with house.browser() as page, house.client(**OURS) as copy:
            copy.cookies.update(dict(page.cookies))
            copy.headers["X-CSRF-Token"] = page.headers["X-CSRF-Token"]
            assert (await page.post(REFRESH)).status_code == 200
            assert code(await copy.post(REFRESH)) == (401, "refresh_token_reused")
            assert code(await page.get(ME)) == (401, "unauthenticated")

    async def test_who_sends_nothing_along_signs_in_again(self, house: House) -> None:
        async with house.client(**OURS) as page:
            assert code(await page.post(REFRESH)) == (400, "invalid")


class TestTheToken:
    async def test_a_page_asks_for_it_again(self, house: House) -> None:
        async with house.browser() as page:
            again = (await page.get(TOKEN)).json()["csrfToken"]
            assert again == page.headers["X-CSRF-Token"]  # so that two tabs keep the same

    async def test_a_page_that_lost_it_gets_another(self, house: House) -> None:
        async with house.browser() as page:
            page.cookies.delete(CSRF)
            answer = await page.get(TOKEN)
            page.headers["X-CSRF-Token"] = answer.json()["csrfToken"]
            assert set_by(answer).keys() == {CSRF}
            assert (await page.post(LOGOUT)).status_code == 200

    async def test_a_key_has_none(self, house: House) -> None:
        key = await house.homeroom.people.issue_key(
            house.owner, name="no page", roles=frozenset({Role.ADMIN})
        )
        async with house.client(**{"X-API-Key": key.secret.text}) as page:
            assert code(await page.get(TOKEN)) == (401, "unauthenticated")


class TestLeaving:
    async def test_it_takes_the_cookies_away(self, house: House) -> None:
        async with house.browser() as page, house.client(**OURS) as copy:
            copy.cookies.update(dict(page.cookies))
            answer = await page.post(LOGOUT)
            assert (answer.status_code, answer.json()["count"]) == (200, 1)
            assert set_by(answer).keys() == {SESSION, RENEWAL, CSRF}
            assert all("Max-Age=0" in line for line in set_by(answer).values())
            assert not dict(page.cookies)
            assert code(await copy.get(ME)) == (401, "unauthenticated")

    async def test_the_renewal_is_enough(self, house: House) -> None:
        async with house.browser() as page, house.client(**OURS) as copy:
            copy.cookies.update(dict(page.cookies))
            copy.headers["X-CSRF-Token"] = page.headers["X-CSRF-Token"]
            page.cookies.delete(SESSION)
            copy.cookies.delete(SESSION)
            answers = [await one.post(LOGOUT) for one in (page, copy)]
            assert [one.json()["count"] for one in answers] == [1, 0]
            assert [set_by(one).keys() for one in answers] == [{SESSION, RENEWAL, CSRF}] * 2

    async def test_without_the_token_nobody_leaves(self, house: House) -> None:
        async with house.browser() as page:
            own = page.cookies[SESSION]
            page.cookies.delete(SESSION)
            refused = await page.post(LOGOUT, headers={"X-CSRF-Token": ""})
            assert code(refused) == (403, "csrf_token_missing")
            page.cookies.set(SESSION, own, domain="school.example")
            assert (await page.get(ME)).status_code == 200

    async def test_a_refresh_token_is_enough_and_may_come_again(self, house: House) -> None:
        name = await house.somebody()
        async with house.client() as app:
            first = (await signed_in(app, name, cookies=False)).json()
            other = (await signed_in(app, name, cookies=False)).json()
            renewal = {"refreshToken": first["refreshToken"]}
            stale = {"Authorization": "Bearer of.an.old"}
            answers = [await app.post(LOGOUT, json=renewal, headers=it) for it in ({}, stale)]
            assert [(one.status_code, one.json()["count"]) for one in answers] == [
                (200, 1),
                (200, 0),
            ]
            bearing = {
                one["token"]: {"Authorization": f"Bearer {one['token']}"} for one in (first, other)
            }
            seen = [(await app.get(ME, headers=it)).status_code for it in bearing.values()]
            assert seen == [401, 200]
            await app.post(f"{LOGOUT}?all=true", json={"refreshToken": other["refreshToken"]})
            gone = await app.get(ME, headers=bearing[other["token"]])
            assert gone.status_code == 401

    @pytest.mark.parametrize("wrong", ["x", "hrs_" + "0" * 32 + ".x"])
    async def test_what_proves_nothing_ends_nothing(self, house: House, wrong: str) -> None:
        name = await house.somebody()
        async with house.client() as app:
            first = (await signed_in(app, name, cookies=False)).json()
            proof = first["refreshToken"]
            for shown in (wrong, proof[:-1] + ("A" if proof[-1] != "A" else "B")):
                refused = await app.post(LOGOUT, json={"refreshToken": shown})
                assert code(refused) == (401, "bad_refresh_token")
            assert code(await app.post(LOGOUT)) == (401, "unauthenticated")
            assert code(await app.post(f"{LOGOUT}?al=true"))[0] == 400
            bearing = {"Authorization": f"Bearer {first['token']}"}
            assert (await app.get(ME, headers=bearing)).status_code == 200


class TestNames:
    @pytest.mark.parametrize(
        ("variables", "secure"),
        [
            ({}, False),
            ({"HOMEROOM_WEB__HOST": "localhost"}, False),
            ({"HOMEROOM_WEB__HOST": "::1"}, False),
            ({"HOMEROOM_WEB__HOST": "192.0.2.7"}, True),
            ({"HOMEROOM_WEB__HOST": "school.example"}, True),
            ({"HOMEROOM_WEB__TRUSTED_PROXIES": "127.0.0.1/32"}, True),
            ({"HOMEROOM_WEB__HSTS": "true"}, True),
        ],
    )
    def test_only_on_a_plain_loopback_they_are_bare(
        self, variables: dict[str, str], secure: bool
    ) -> None:
        assert cookies_for(load_settings(variables)).secure == secure

    def test_in_production_they_never_are(self) -> None:
        settings = attrs.evolve(load_settings({}), environment="production")
        assert cookies_for(settings).secure

    def test_behind_a_prefix_the_renewal_goes_there_alone(self) -> None:
        settings = load_settings({"HOMEROOM_WEB__ROOT_PATH": "/school"})
        paths = {one.key: one.path for one in cookies_for(settings).gone()}
        assert paths == {
            "homeroom-session": "/",
            "homeroom-renewal": "/school/api/v1/auth",
            "homeroom-csrf": "/",
        }

    async def test_on_a_plain_loopback_a_browser_signs_in_all_the_same(self, house: House) -> None:
        settings = attrs.evolve(house.settings, web=load_settings({}).web)
        plain = attrs.evolve(house, gate=create_app(house.homeroom, settings))
        at = "http://127.0.0.1:8000"
        async with plain.client(at, Origin=at) as page:
            answer = await signed_in(page, await house.somebody())
            bare = {"homeroom-session", "homeroom-renewal", "homeroom-csrf"}
            assert set_by(answer).keys() == bare
            assert "Secure" not in str(set_by(answer))
            token = {"X-CSRF-Token": answer.json()["csrfToken"]}
            assert (await page.post(REFRESH, headers=token)).status_code == 200
            assert (await page.post(LOGOUT, headers=token)).json()["count"] == 1
