"""Whoever guesses is slowed down: soon from one address, in the end from all, and is told so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from homeroom.kernel.ids import new_id
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES

pytestmark = pytest.mark.anyio

ANA, PASSWORD, GUESS = "ana", "plums on a warm roof", "a guess that is wrong"
OWN, ELSEWHERE = "198.51.100.1", "203.0.113.7"


@attrs.frozen
class Crowd:
    """A house with Ana in it, asked from whatever address."""

    app: Any

    @asynccontextmanager
    async def at(self, address: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, client=(address, 4321))
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            yield client

    async def ask(self, path: str, address: str, **body: str) -> httpx.Response:
        async with self.at(address) as client:
            return await client.post(f"/api/v1/auth/{path}", json=body)

    async def sign_in(
        self, password: str, address: str = ELSEWHERE, name: str = ANA
    ) -> httpx.Response:
        return await self.ask("login", address, username=name, password=password)

    async def refresh(self, token: str, address: str = OWN) -> httpx.Response:
        return await self.ask("refresh", address, refreshToken=token)


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    settings = load_settings(
        {
            **FAST_VARIABLES,
            "HOMEROOM_DATA_DIR": str(tmp_path),
            "HOMEROOM_STORAGE__ADAPTER": "memory",
            "HOMEROOM_STORAGE__URL": f"memory://{new_id()}",
            "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "100000",
            "HOMEROOM_LOG__ACCESS": "false",
        }
    )
    async with open_homeroom(settings) as homeroom:
        key = await homeroom.people.open_house("Home")
        assert key is not None
        crowd = Crowd(create_app(homeroom, settings))
        body = {"username": ANA, "firstName": "Ana", "lastName": "Reyes", "password": PASSWORD}
        async with crowd.at(OWN) as client:
            head = {"X-API-Key": key.text}
            made = await client.post("/api/v1/admin/users", json=body, headers=head)
            assert made.status_code == 201, made.text
        yield crowd


def assert_slowed(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["content-type"].startswith("application/problem+json")


class TestGuessingPasswords:
    async def test_from_one_address_is_slowed_after_five_times(self, crowd: Crowd) -> None:
        answers = [await crowd.sign_in(GUESS) for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]
        assert_slowed(answers[-1])

    async def test_the_right_one_comes_no_further_once_it_is_slowed(self, crowd: Crowd) -> None:
        for _ in range(5):
            await crowd.sign_in(GUESS)
        assert_slowed(await crowd.sign_in(PASSWORD))

    async def test_does_not_keep_the_owner_out_elsewhere(self, crowd: Crowd) -> None:
        for _ in range(8):
            await crowd.sign_in(GUESS)
        assert (await crowd.sign_in(PASSWORD, OWN)).status_code == 200

    async def test_does_not_slow_other_names_from_there(self, crowd: Crowd) -> None:
        for _ in range(6):
            await crowd.sign_in(GUESS)
        assert (await crowd.sign_in(GUESS, name="ben")).status_code == 401

    async def test_at_one_moment_gains_nothing(self, crowd: Crowd) -> None:
        answers = await asyncio.gather(*(crowd.sign_in(GUESS) for _ in range(20)))
        assert Counter(one.status_code for one in answers) == {401: 5, 429: 15}

    async def test_in_other_letters_is_guessing_for_the_same_name(self, crowd: Crowd) -> None:
        names = ("ana", "ANA", " Ana", "aNa ", "anA", "ana")
        answers = [await crowd.sign_in(GUESS, name=name) for name in names]
        assert answers[-1].status_code == 429

    async def test_for_a_name_of_nobody_is_slowed_just_so(self, crowd: Crowd) -> None:
        answers = [await crowd.sign_in(GUESS, name="nobody") for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]

    async def test_from_everywhere_is_slowed_after_sixty_times(self, crowd: Crowd) -> None:
        codes = [(await crowd.sign_in(GUESS, f"198.18.0.{n}")).status_code for n in range(61)]
        assert codes == [401] * 60 + [429]
        answer = await crowd.sign_in(PASSWORD, OWN)
        assert_slowed(answer)
        assert int(answer.headers["retry-after"]) <= 11, "its owner waits for seconds"

    async def test_from_everywhere_keeps_nobody_out_who_is_signed_in_there(
        self, crowd: Crowd
    ) -> None:
        assert (await crowd.sign_in(PASSWORD, OWN)).status_code == 200
        for n in range(3, 61):
            await crowd.sign_in(GUESS, f"198.18.0.{n}")
        going_on = 0
        while (await crowd.sign_in(GUESS, f"198.18.1.{going_on}")).status_code != 429:
            going_on += 1
        assert (await crowd.sign_in(PASSWORD, OWN)).status_code == 200
        assert_slowed(await crowd.sign_in(PASSWORD, ELSEWHERE))

    async def test_many_names_from_one_address_is_slowed_after_sixty_misses(
        self, crowd: Crowd
    ) -> None:
        assert await misses_until_slowed(crowd, lambda _: ELSEWHERE) >= 60
        assert_slowed(await crowd.sign_in(PASSWORD))
        assert (await crowd.sign_in(PASSWORD, OWN)).status_code == 200

    async def test_many_names_from_one_network_of_ipv6_is_from_one_address(
        self, crowd: Crowd
    ) -> None:
        assert await misses_until_slowed(crowd, lambda n: f"2001:db8:1:2::{n + 1:x}") >= 60
        assert (await crowd.sign_in(PASSWORD, "2001:db8:1:3::1")).status_code == 200

    async def test_misses_of_others_keep_nobody_out_who_is_signed_in_there(
        self, crowd: Crowd
    ) -> None:
        assert (await crowd.sign_in(PASSWORD, OWN)).status_code == 200
        await misses_until_slowed(crowd, lambda _: OWN)
        assert (await crowd.sign_in(PASSWORD, OWN)).status_code == 200

    async def test_who_gets_in_is_no_miss(self, crowd: Crowd) -> None:
        for n in range(59):
            await crowd.sign_in(GUESS, name=f"name{n}")
        for _ in range(3):
            assert (await crowd.sign_in(PASSWORD)).status_code == 200

    async def test_the_old_password_in_somebodys_session_is_slowed(self, crowd: Crowd) -> None:
        token = (await crowd.sign_in(PASSWORD, OWN)).json()["token"]
        body = {"oldPassword": GUESS, "newPassword": "another warm roof"}
        async with crowd.at(OWN) as client:
            client.headers["authorization"] = f"Bearer {token}"
            answers = [await client.post("/api/v1/auth/password", json=body) for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]


async def misses_until_slowed(crowd: Crowd, address: Callable[[int], str]) -> int:
    """How many names could be tried in vain; on a slow machine some are forgiven meanwhile."""
    for number in range(400):
        answer = await crowd.sign_in(GUESS, address(number), name=f"name{number}")
        if answer.status_code == 429:
            return number
    raise AssertionError("nobody was slowed")


class TestTradingTokens:
    async def test_is_slowed_after_ten_times_and_goes_on_afterwards(self, crowd: Crowd) -> None:
        token = (await crowd.sign_in(PASSWORD, OWN)).json()["refreshToken"]
        for _ in range(10):
            traded = await crowd.refresh(token)
            assert traded.status_code == 200, traded.text
            token = traded.json()["refreshToken"]
        slowed = await crowd.refresh(token)
        assert_slowed(slowed)
        assert (await crowd.refresh(token, ELSEWHERE)).status_code == 200, "it was not spent"

    async def test_is_counted_over_all_sessions_of_one_person(self, crowd: Crowd) -> None:
        tokens = [(await crowd.sign_in(PASSWORD, OWN)).json()["refreshToken"] for _ in range(3)]
        codes = Counter[int]()
        for _ in range(4):
            answers = [await crowd.refresh(token) for token in tokens]
            codes.update(one.status_code for one in answers)
            tokens = [
                one.json().get("refreshToken", token)
                for one, token in zip(answers, tokens, strict=True)
            ]
        assert codes == {200: 10, 429: 2}

    async def test_that_one_does_not_have_is_slowed_after_five_guesses(self, crowd: Crowd) -> None:
        token = (await crowd.sign_in(PASSWORD, OWN)).json()["refreshToken"]
        guess = token.partition(".")[0] + "." + "x" * 43
        codes = [(await crowd.refresh(guess, ELSEWHERE)).status_code for _ in range(6)]
        assert codes == [401] * 5 + [429]
        assert (await crowd.refresh(token)).status_code == 200
