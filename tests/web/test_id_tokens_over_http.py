"""A page shows the ID token that a button of Google's gave it: who gets in, and who does not."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import attrs
import httpx
import pytest

from homeroom_testing.openid import ANA, CLIENT_ID, CLIENT_SECRET, Provider, open_provider

pytestmark = pytest.mark.anyio

GOOGLE = "/api/v1/auth/google"
NOBODY = {"X-API-Key": ""}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with open_provider() as provider:
        yield provider


@pytest.fixture
def overrides(provider: Provider) -> dict[str, str]:
    google = {
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIRECT_URL": provider.redirect_url,
        "DOMAINS": "school.edu",
        "NEWCOMERS": "teacher",
        "ISSUER": provider.url,
        "KEYS_URL": f"{provider.url}/keys",
    }
    set_up = {f"HOMEROOM_GOOGLE__{name}": value for name, value in google.items()}
    quick = {"HOMEROOM_STORAGE__ADAPTER": "memory"}
    return {**set_up, **quick, "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8"}


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "set-cookie" not in answer.headers


async def show(house: Any, credential: str, **more: Any) -> Any:
    house.client.cookies.clear()
    body = {"credential": credential, **more}
    return await house.client.post(GOOGLE, json=body, headers=NOBODY)


async def test_whoever_shows_it_gets_in_as_by_a_code(house: Any, provider: Provider) -> None:
    answer = await show(house, provider.vouch(ANA))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["user"]["email"], told["user"]["role"]) == (ANA.email, "TEACHER")
    assert (told["degradedMode"], told["school"]["domain"]) == (False, "school.edu")
    bearing = {**NOBODY, "Authorization": f"Bearer {told['token']}"}
    me = await house.client.get("/api/v1/auth/me", headers=bearing)
    assert me.json()["email"] == ANA.email
    again = (await show(house, provider.vouch(attrs.evolve(ANA, given_name="Anna")))).json()
    assert again["user"]["id"] == told["user"]["id"]


async def test_it_counts_once_however_its_signature_is_written(
    house: Any, provider: Provider
) -> None:
    token = provider.vouch(ANA)
    assert (await show(house, token)).status_code == 200
    refused(await show(house, token), 401, "google_refused")
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [f"{signed}.{signature[:-1]}{one}" for one in letters]
    same = [
        one
        for one in others
        if base64.urlsafe_b64decode(one.rpartition(".")[2] + "=" * (-len(signature) % 4)) == raw
    ]
    assert len(same) > 1  # several texts are one signature
    for one in same:
        refused(await show(house, one), 401, "google_refused")


async def test_of_many_who_show_one_at_once_one_gets_in(house: Any, provider: Provider) -> None:
    token = provider.vouch(ANA)
    answers = await asyncio.gather(*(show(house, token) for _ in range(6)))
    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401, 401, 401]


async def test_a_nonce_that_is_said_is_looked_at(house: Any, provider: Provider) -> None:
    assert (await show(house, provider.vouch(ANA, nonce="n1"), nonce="n1")).status_code == 200
    for token in (provider.vouch(ANA, nonce="n2"), provider.vouch(ANA)):
        refused(await show(house, token, nonce="n1"), 401, "google_refused")


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another.apps.example"},
        {"aud": ["homeroom.apps.example", "another.apps.example"]},
        {"azp": "another.apps.example"},
        {"iss": "https://attacker.example"},
        {"exp": 1},
        {"email_verified": False},
        {"email": "ana@gmail.com", "hd": ""},
        {"hd": "elsewhere.edu"},
    ],
    ids=str,
)
async def test_what_is_not_for_us_or_not_of_us_is_refused(
    house: Any, provider: Provider, changed: dict[str, Any]
) -> None:
    told = provider.told(ANA, "")
    forged = told.key.token(told.header, {**told.said, **changed})
    answer = await show(house, forged)
    refused(answer, 401, "google_refused")
    assert ANA.email not in answer.text


@pytest.mark.parametrize("credential", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_what_nobody_signed_is_refused(house: Any, credential: str) -> None:
    refused(await show(house, credential), 401, "google_refused")


@pytest.mark.parametrize(
    "more", [{"code": "x"}, {"returnTo": "/a"}, {"codeVerifier": "v" * 43}], ids=str
)
async def test_it_comes_alone(house: Any, more: dict[str, Any]) -> None:
    refused(await show(house, "x", **more), 400, "invalid")


async def test_it_is_in_no_log(
    house: Any, provider: Provider, capsys: pytest.CaptureFixture[str], caplog: Any
) -> None:
    token = provider.vouch(ANA)
    for _ in range(2):
        await show(house, token)
    logged = caplog.text + "".join(capsys.readouterr())
    assert token not in logged
    assert ANA.email not in logged
