"""A page that expects Google gets in without it, on a developer's machine and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.openid import CLIENT_ID, CLIENT_SECRET, PAGE_URL, REDIRECT_URL

pytestmark = pytest.mark.anyio

GOOGLE = "/api/v1/auth/google"
ON = {"HOMEROOM_DEVELOPMENT__SIGN_IN": "true"}
SET_UP = {
    "HOMEROOM_GOOGLE__ADAPTER": "memory",
    "HOMEROOM_GOOGLE__CLIENT_ID": CLIENT_ID,
    "HOMEROOM_GOOGLE__CLIENT_SECRET": CLIENT_SECRET,
    "HOMEROOM_GOOGLE__REDIRECT_URL": REDIRECT_URL,
    "HOMEROOM_GOOGLE__PAGES": PAGE_URL,
    "HOMEROOM_GOOGLE__DOMAINS": "school.edu",
}
FLAG: dict[str, Any] = {"devFallback": True}
WHOLE: dict[str, Any] = {"code": "x", "codeVerifier": "v" * 43}


@attrs.frozen
class Machine:
    """A house, and a client that may seem to be elsewhere."""

    app: Any

    async def ask(
        self, said: dict[str, Any], peer: str = "127.0.0.1", **headers: str
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(peer, 4711))
        at = "http://127.0.0.1:8000"
        async with httpx.AsyncClient(transport=transport, base_url=at) as client:
            return await client.post(GOOGLE, json=said, headers=headers)

    async def counted(self) -> dict[str, float]:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            page = (await client.get("/metrics")).text
        name = 'homeroom_dev_sign_ins_total{trigger="'
        lines = (one.removeprefix(name) for one in page.splitlines() if one.startswith(name))
        return {
            trigger: float(much) for trigger, _, much in (one.partition('"} ') for one in lines)
        }


@asynccontextmanager
async def machine(tmp_path: Path, **given: str) -> AsyncIterator[Machine]:
    plain = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_LOG__ACCESS": "false"}
    here = {"HOMEROOM_DATA_DIR": str(tmp_path), **FAST_VARIABLES}
    settings = load_settings({**plain, **here, **given})
    async with open_homeroom(settings) as homeroom:
        await homeroom.people.open_house("Home")
        yield Machine(create_app(homeroom, settings))


TRIGGERS = [
    ({}, FLAG, "flag_request"),
    (SET_UP, {**FLAG, **WHOLE}, "flag_request"),
    ({}, {}, "missing_google_config"),
    ({}, WHOLE, "missing_google_config"),
    ({}, {"credential": "x"}, "missing_google_config"),
    (SET_UP, {"code": "", "codeVerifier": "v" * 43}, "missing_code"),
    (SET_UP, {"codeVerifier": "v" * 43}, "missing_code"),
    (SET_UP, {"code": "x"}, "missing_pkce"),
]


@pytest.mark.parametrize(("given", "said", "trigger"), TRIGGERS, ids=str)
async def test_what_is_missing_is_told_and_counted(
    tmp_path: Path, given: dict[str, str], said: dict[str, Any], trigger: str
) -> None:
    async with machine(tmp_path, **ON, **given) as here:
        answer = await here.ask(said, **{"X-Request-Id": "a-trace-of-mine"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        assert (told["degradedMode"], told["provider"]) == (True, "development")
        traced = answer.headers["x-trace-id"]
        why = {"fallback": "dev", "trigger": trigger, "requestId": traced}
        assert told["performance"] == why
        assert told["teacher"]["role"] == "ADMIN"
        assert told["tokens"]["accessToken"] == told["token"]
        assert await here.counted() == {trigger: 1.0}


async def test_what_is_whole_goes_to_google_all_the_same(tmp_path: Path) -> None:
    async with machine(tmp_path, **ON, **SET_UP) as here:
        begun = await here.ask({})
        assert begun.json().keys() == {"authorizationUrl", "expiresAt"}
        for said in (WHOLE, {"credential": "x"}):
            refused = await here.ask(said)
            assert (refused.status_code, refused.json()["code"]) == (401, "google_refused")
        assert await here.counted() == {}


async def test_a_page_may_have_cookies_too(tmp_path: Path) -> None:
    async with machine(tmp_path, **ON) as here:
        answer = await here.ask({**FLAG, "cookies": True})
        assert answer.json()["degradedMode"] is True
        assert "token" not in answer.json()
        assert len(answer.headers.get_list("set-cookie")) == 3


@pytest.mark.parametrize("said", [FLAG, {}, WHOLE], ids=str)
async def test_nobody_elsewhere_is_let_in(tmp_path: Path, said: dict[str, Any]) -> None:
    async with machine(tmp_path, **ON) as here:
        refusals = [await here.ask(said, peer="192.0.2.1")]
        for name, value in (
            ("X-Forwarded-For", "127.0.0.1"),
            ("Origin", "https://elsewhere.example"),
            ("Host", "rebound.example"),
        ):
            refusals.append(await here.ask(said, **{name: value}))
        told = {(one.status_code, one.json()["code"]) for one in refusals}
        assert told == {(403, "not_at_this_machine")}
        assert await here.counted() == {}


async def test_where_it_is_off_the_flag_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    async with machine(tmp_path) as here:
        refused = await here.ask(FLAG)
        assert (refused.status_code, refused.json()["code"]) == (403, "no_development_sign_in")
        assert "HOMEROOM_DEVELOPMENT__SIGN_IN" in refused.json()["detail"]
        for said in ({}, WHOLE):
            answer = await here.ask(said)
            assert (answer.status_code, answer.json()["code"]) == (404, "google_not_set_up")
