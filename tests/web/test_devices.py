"""The list of places one is signed in says what people know their devices by."""

from typing import Any

import httpx
import pytest

from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES

pytestmark = pytest.mark.anyio

ADDRESS, PASSWORD = "203.0.113.9", "a first password"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        pytest.param(
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} "
            "Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
            "Edge",
            "Windows",
            id="Edge",
        ),
        pytest.param(
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox",
            "Linux",
            id="Firefox",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari",
            "iOS",
            id="Safari on an iPhone",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/138.0.0.0 Mobile Safari/537.36",
            "Chrome",
            "Android",
            id="Chrome on Android",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) CriOS/138.0.7204.33 Mobile/15E148 Safari/604.1",
            "Chrome",
            "iOS",
            id="Chrome on an iPhone",
        ),
        pytest.param(
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} "
            "Chrome/138.0.0.0 Mobile Safari/537.36 EdgA/138.0.0.0",
            "Edge",
            "Android",
            id="Edge on Android",
        ),
        pytest.param(None, "", "", id="none"),
    ],
)
async def test_a_session_tells_what_it_runs_on_and_where_it_is(
    house: Any, agent: str | None, browser: str, system: str
) -> None:
    body = {"username": "ana", "firstName": "Ana", "lastName": "Reyes", "password": PASSWORD}
    assert (await house.client.post("/api/v1/admin/users", json=body)).status_code == 201
    app: Any = create_app(house.homeroom, load_settings(FAST_VARIABLES))
    transport = httpx.ASGITransport(app, client=(ADDRESS, 4321))
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        del client.headers["User-Agent"]
        told = {"X-Forwarded-For": "198.51.100.7"} | ({"User-Agent": agent} if agent else {})
        answer = await client.post(
            "/api/v1/auth/login", json={"username": "ana", "password": PASSWORD}, headers=told
        )
        bearing = {"Authorization": f"Bearer {answer.json()['token']}"}
        listed = await client.get("/api/v1/auth/sessions", headers=bearing)
    [one] = listed.json()["data"]
    assert (one["browser"], one["os"], one["ipAddress"]) == (browser, system, ADDRESS)
    assert agent is None or agent not in listed.text
