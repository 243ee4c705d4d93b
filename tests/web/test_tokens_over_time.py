"""An access token ends when it said it would, and the session goes on without it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from rights_subjects import somebody
from sitting_ground import Hall, open_hall

pytestmark = pytest.mark.anyio

AUTH, PASSWORD = "/api/v1/auth", "a first password"
SHORT = {"HOMEROOM_SIGNING__ACCESS_SECONDS": "10", "HOMEROOM_SIGNING__LEEWAY_SECONDS": "0"}


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall(variables=SHORT) as hall:
        yield hall


async def me(hall: Hall, token: str) -> httpx.Response:
    return await hall.client.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"})


async def test_a_token_that_has_expired_is_told_so_and_a_fresh_one_counts(hall: Hall) -> None:
    ana, roles = somebody(), frozenset({Role.TEACHER})
    await hall.homeroom.people.create_person(hall.owner, ana, roles=roles, password=PASSWORD)
    body = {"username": ana.user_name, "password": PASSWORD}
    # Whom the door let in it knows again for a moment of its own time: so each token is shown once.
    first, second = [(await hall.client.post(f"{AUTH}/login", json=body)).json() for _ in range(2)]
    assert first["tokens"]["expiresIn"] == 10
    hall.clock.step(seconds=9)
    assert (await me(hall, first["token"])).status_code == 200
    hall.clock.step(seconds=1)
    refused = await me(hall, second["token"])
    assert (refused.status_code, refused.json()["code"]) == (401, "token_expired")
    renewal = {"refreshToken": second["refreshToken"]}
    fresh = (await hall.client.post(f"{AUTH}/refresh", json=renewal)).json()
    assert (await me(hall, fresh["token"])).status_code == 200
