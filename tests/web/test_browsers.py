"""Browsers: sessions in cookies that no script reads, and of which other sites have nothing."""

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import SessionId, new_id
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.browsers import Browsers
from homeroom_entrypoints.web.cookies import cookies_for

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from browser_ground import (
    AUTH,
    CSRF,
    HOME,
    LOGIN,
    LOGOUT,
    ME,
    OURS,
    PARTNER,
    PASSWORD,
    REFRESH,
    RENEWAL,
    SESSION,
    SESSIONS,
    TOKEN,
    House,
    code,
    opened,
    set_by,
    signed_in,
)
from unwrapped import framework_in

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[House]:
    async with opened() as house:
        yield house


class TestSigningIn:
    async def test_no_script_reads_a_token(self, house: House) -> None:
        async with house.client(**OURS) as page:
            answer = await signed_in(page, await house.somebody())
        told = set_by(answer)
        assert told.keys() == {SESSION, RENEWAL, CSRF}
        for name, path in ((SESSION, "/"), (RENEWAL, AUTH)):
            parts = set(told[name].split("; ")[1:])
            assert {"HttpOnly", "Secure", "SameSite=strict", f"Path={path}"} <= parts
            assert not any(part.startswith("Domain") for part in parts)
            assert told[name].partition(";")[0] not in answer.text
        assert answer.json().keys().isdisjoint({"token", "refreshToken", "tokens"})
        assert answer.headers["cache-control"] == "no-store"

    async def test_the_page_reads_its_token_and_nothing_else(self, house: House) -> None:
        async with house.client(**OURS) as page:
            answer = await signed_in(page, await house.somebody())
        parts = set_by(answer)[CSRF].split("; ")
        assert parts[0] == answer.json()["csrfToken"]
        assert {"Secure", "SameSite=strict", "Path=/"} <= set(parts)
        assert "HttpOnly" not in parts

    async def test_a_cookie_ends_with_its_token(self, house: House) -> None:
        async with house.client(**OURS) as page:
            told = set_by(await signed_in(page, await house.somebody()))
        ages = {name: int(re.findall(r"Max-Age=(\d+)", it)[0]) for name, it in told.items()}
        assert 290 <= ages[SESSION] <= 300
        assert ages[RENEWAL] == ages[CSRF] > 29 * 86_400

    async def test_who_did_not_ask_gets_no_cookie(self, house: House) -> None:
        name = await house.somebody()
        async with house.client(**OURS) as page:
            first = await signed_in(page, name, cookies=False)
            bearing = {"Authorization": f"Bearer {first.json()['token']}"}
            renewal = {"refreshToken": first.json()["refreshToken"]}
            answers = [
                first,
                await page.get(ME, headers=bearing),
                await page.get(TOKEN, headers=bearing),
                await page.post(LOGOUT, headers=bearing),
                await page.post(LOGIN, json={"username": name, "password": "wrong"}),
                await page.post(REFRESH, json=renewal),
                await page.get(ME),
            ]
        assert [one.status_code for one in answers] == [200, 200, 200, 200, 401, 401, 401]
        assert [one.headers.get_list("set-cookie") for one in answers] == [[]] * 7

    async def test_what_was_planted_before_is_not_taken_over(self, house: House) -> None:
        async with house.browser() as theirs, house.client(**OURS) as page:
            planted = dict(theirs.cookies)
            page.cookies.update(planted)
            answer = await signed_in(page, await house.somebody())
            given = {name: it.partition(";")[0] for name, it in set_by(answer).items()}
            assert all(given[name] != planted[name] for name in (SESSION, RENEWAL, CSRF))
            stale = {"X-CSRF-Token": planted[CSRF]}
            async with house.client(**OURS) as fresh:
                fresh.cookies.update({**given, CSRF: planted[CSRF]})
                refused = await fresh.post(LOGOUT, headers=stale)
        assert code(refused) == (403, "csrf_token_invalid")

    @pytest.mark.parametrize(
        "foreign",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": HOME, "Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    async def test_another_site_signs_nobody_in(
        self, house: House, foreign: dict[str, str]
    ) -> None:
        body = {"username": await house.somebody(), "password": PASSWORD, "cookies": True}
        async with house.client(**foreign) as page:
            refused = await page.post(LOGIN, json=body)
        assert code(refused) == (403, "foreign_page")
        assert not set_by(refused)

    async def test_guesses_are_counted_as_elsewhere(self, house: House) -> None:
        body = {"username": await house.somebody(), "password": "a guess", "cookies": True}
        async with house.client(**OURS) as page:
            answers = [await page.post(LOGIN, json=body) for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]
        assert not any(map(set_by, answers))


class TestAsking:
    async def test_the_cookie_vouches_for_whoever_looks(self, house: House) -> None:
        async with house.browser() as page:
            del page.headers["X-CSRF-Token"]
            seen = await page.get(ME)
            assert (seen.status_code, seen.json()["roles"]) == (200, ["TEACHER"])

    async def test_a_page_that_shows_its_token_changes_things(self, house: House) -> None:
        async with house.browser() as page:
            mine = (await page.get(SESSIONS)).json()["data"][0]["id"]
            assert (await page.delete(f"{SESSIONS}/{mine}")).status_code == 204
            assert code(await page.get(ME)) == (401, "unauthenticated")

    async def test_without_the_token_nothing_changes(self, house: House) -> None:
        async with house.browser() as page:
            del page.headers["X-CSRF-Token"]
            assert code(await page.post(LOGOUT)) == (403, "csrf_token_missing")
            assert (await page.get(ME)).status_code == 200

    async def test_the_token_of_another_session_counts_nothing(self, house: House) -> None:
        async with house.browser() as page, house.browser() as other:
            page.headers["X-CSRF-Token"] = other.headers["X-CSRF-Token"]
            assert code(await page.post(LOGOUT)) == (403, "csrf_token_invalid")
            page.cookies.set(CSRF, other.cookies[CSRF], domain="school.example")
            assert code(await page.post(LOGOUT)) == (403, "csrf_token_invalid")

    async def test_a_token_that_another_house_made_counts_nothing(self, house: House) -> None:
        elsewhere = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_DATA_DIR": "elsewhere"}
        key = "c2l4dGVlbiBieXRlcyBvZiBrZXkgYW5kIHNpeHRlZW4="
        strange = load_settings({**elsewhere, "HOMEROOM_SEALING__KEYS": key})
        async with house.browser() as page, open_homeroom(strange) as other:
            (mine,) = (await page.get(SESSIONS)).json()["data"]
            forger = Browsers(cookies_for(house.settings), other.plant.sealer)
            forged = forger.new_token(SessionId(UUID(mine["id"])))
            for cookie in (page.cookies[CSRF], forged):
                refused = await with_csrf(house, page, header=forged, cookie=cookie)
                assert code(refused) == (403, "csrf_token_invalid")

    @pytest.mark.parametrize("wrong", ["", "x", "a.b.c", "é.b.c", "." * 9])
    async def test_what_is_no_token_counts_nothing(self, house: House, wrong: str) -> None:
        async with house.browser() as page:
            own = page.headers["X-CSRF-Token"]
            for header, cookie in ((own, wrong), (wrong, own), (wrong, wrong)):
                refused = await with_csrf(house, page, header=header, cookie=cookie)
                told = "csrf_token_missing" if not header else "csrf_token_invalid"
                assert code(refused) == (403, told)

    async def test_every_letter_of_the_token_counts(self, house: House) -> None:
        async with house.browser() as page:
            own = page.headers["X-CSRF-Token"]
            for place in (0, len(own) // 2, len(own) - 1):
                letter = "0" if own[place] != "0" else "1"
                other = own[:place] + letter + own[place + 1 :]
                refused = await with_csrf(house, page, header=other, cookie=other)
                assert code(refused) == (403, "csrf_token_invalid")

    @pytest.mark.parametrize(
        "foreign",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "https://school.example.evil.example"},
            {"Origin": "https://school.example:8443"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": HOME, "Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "none"},
        ],
    )
    async def test_another_site_changes_nothing_even_with_the_token(
        self, house: House, foreign: dict[str, str]
    ) -> None:
        async with house.browser() as page, house.client(**foreign) as evil:
            evil.cookies = page.cookies
            evil.headers["X-CSRF-Token"] = page.headers["X-CSRF-Token"]
            assert code(await evil.post(LOGOUT)) == (403, "foreign_page")
            assert (await page.get(ME)).status_code == 200

    async def test_a_site_that_may_ask_asks_with_the_token(self, house: House) -> None:
        said = {"Origin": PARTNER, "Sec-Fetch-Site": "cross-site"}
        async with house.browser() as page, house.client(**said) as partner:
            partner.cookies = page.cookies
            assert code(await partner.post(LOGOUT)) == (403, "csrf_token_missing")
            got = await partner.get(TOKEN)
            assert got.headers["access-control-allow-origin"] == PARTNER
            assert got.headers["access-control-allow-credentials"] == "true"
            token = {"X-CSRF-Token": got.json()["csrfToken"]}
            assert (await partner.post(LOGOUT, headers=token)).status_code == 200

    async def test_who_says_themselves_who_asks_needs_no_token(self, house: House) -> None:
        name = await house.somebody()
        async with house.browser() as page:
            del page.headers["X-CSRF-Token"]
            body = {"email": name, "password": PASSWORD}
            token = (await page.post(LOGIN, json=body)).json()["token"]
            gone = await page.post(LOGOUT, headers={"Authorization": f"Bearer {token}"})
            assert gone.status_code == 200
            assert not set_by(gone)
            assert (await page.get(ME)).status_code == 200

    @pytest.mark.parametrize(
        "said", [{"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eA=="}]
    )
    async def test_a_header_that_proves_nothing_is_not_saved_by_a_cookie(
        self, house: House, said: dict[str, str]
    ) -> None:
        async with house.browser() as page:
            assert code(await page.get(ME, headers=said))[0] == 401

    async def test_a_cookie_that_was_planted_beside_ours_lets_nobody_in(self, house: House) -> None:
        async with house.browser() as page, house.browser() as evil, house.client() as bare:
            both = f"{SESSION}={evil.cookies[SESSION]}; {SESSION}={page.cookies[SESSION]}"
            assert code(await bare.get(ME, headers={"Cookie": both})) == (401, "unauthenticated")

    async def test_a_key_is_no_session(self, house: House) -> None:
        key = await house.homeroom.people.issue_key(
            house.owner, name="planted", roles=frozenset({Role.ADMIN})
        )
        async with house.client(Cookie=f"{SESSION}={key.secret.text}") as page:
            assert code(await page.get("/api/v1/keys")) == (401, "unauthenticated")

    async def test_the_bare_name_means_nothing_where_there_is_tls(self, house: House) -> None:
        async with house.browser() as page, house.client() as bare:
            planted = {"Cookie": f"homeroom-session={page.cookies[SESSION]}"}
            assert (await bare.get(ME, headers=planted)).status_code == 401


async def with_csrf(
    house: House, page: httpx.AsyncClient, *, header: str, cookie: str
) -> httpx.Response:
    """Sign out as *page*, with another token in the header, in the cookie, or in both."""
    crumbs = f"{SESSION}={page.cookies[SESSION]}; {CSRF}={cookie}"
    raw = [
        (b"cookie", crumbs.encode("latin-1")),
        (b"x-csrf-token", header.encode("latin-1")),
        (b"origin", HOME.encode()),
    ]
    async with house.client() as bare:
        return await bare.post(LOGOUT, headers=raw)


def changing(app: Litestar) -> set[tuple[str, str]]:
    """Every endpoint that asks a right and may change something."""
    return {
        (method, re.sub(r"\{\w+\}", str(new_id()), route.path_format))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"}
        if handler.opt.get("rights")
    }


async def test_no_endpoint_changes_anything_by_a_cookie_alone(house: House) -> None:
    every = changing(framework_in(house.gate))
    assert len(every) > 30
    async with house.browser() as page:
        del page.headers["X-CSRF-Token"]
        for method, path in sorted(every):
            answer = await page.request(method, path)
            assert code(answer) == (403, "csrf_token_missing"), (method, path)
