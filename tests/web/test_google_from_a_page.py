"""A page that sent its browser to Google itself brings the code: who gets in, and who does not."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import httpx
import pytest

from homeroom_testing.liars import say
from homeroom_testing.openid import (
    ANA,
    CLIENT_ID,
    CLIENT_SECRET,
    PAGE_URL,
    Provider,
    open_provider,
)

pytestmark = pytest.mark.anyio

GOOGLE, LOGIN = "/api/v1/auth/google", "/api/v1/auth/login"
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
        "PAGES": PAGE_URL,
        "DOMAINS": "school.edu",
        "NEWCOMERS": "teacher",
        "ISSUER": provider.url,
        "AUTHORIZATION_URL": f"{provider.url}/authorize",
        "TOKEN_URL": f"{provider.url}/token",
        "KEYS_URL": f"{provider.url}/keys",
    }
    set_ = {f"HOMEROOM_GOOGLE__{name}": value for name, value in google.items()}
    quick = {"HOMEROOM_STORAGE__ADAPTER": "memory"}
    return {**set_, **quick, "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8"}


@attrs.define
class Page:
    """A page with a browser, which goes to Google by its own means."""

    house: Any
    provider: Provider
    verifier: str = attrs.field(factory=lambda: secrets.token_urlsafe(32))

    async def go(self, **asked: str) -> str:
        """The code that the browser comes back with."""
        told = hashlib.sha256(self.verifier.encode()).digest()
        usual = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": PAGE_URL,
            "scope": "openid email profile",
            "state": "its own",
            "code_challenge": base64.urlsafe_b64encode(told).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        async with httpx.AsyncClient() as client:
            url = f"{self.provider.url}/authorize?{urlencode({**usual, **asked})}"
            answer = await client.get(url)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def say(self, said: dict[str, Any], **headers: str) -> httpx.Response:
        self.house.client.cookies.clear()
        answer: httpx.Response = await self.house.client.post(
            GOOGLE, json=said, headers={**NOBODY, **headers}
        )
        return answer

    async def bring(self, code: str, **more: Any) -> httpx.Response:
        return await self.say({"code": code, "codeVerifier": self.verifier, **more})


@pytest.fixture
def page(house: Any, provider: Provider) -> Page:
    return Page(house, provider)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "set-cookie" not in answer.headers


async def test_a_code_and_its_verifier_are_enough(page: Page) -> None:
    answer = await page.bring(await page.go())
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    me = await page.house.client.get(
        "/api/v1/auth/me", headers={**NOBODY, "Authorization": f"Bearer {told['token']}"}
    )
    assert me.json()["email"] == ANA.email


async def test_the_answer_is_that_of_any_sign_in(page: Page) -> None:
    told = (await page.bring(await page.go(), state="its own")).json()
    body = {"username": "ben", "firstName": "Ben", "lastName": "Cruz", "password": "plums on roofs"}
    await page.house.client.post("/api/v1/admin/users", json=body)
    login = {"username": "ben", "password": "plums on roofs"}
    by_password = await page.house.client.post(LOGIN, json=login, headers=NOBODY)
    assert told.keys() == by_password.json().keys()
    assert (told["success"], told["tokens"]["tokenType"]) == (True, "Bearer")
    assert (told["teacher"]["email"], told["teacher"]["role"]) == (ANA.email, "TEACHER")
    assert told["school"]["name"] == "Home"


async def test_without_a_code_it_still_says_where_to_go(page: Page) -> None:
    begun = (await page.say({"returnTo": "/a"})).json()
    assert begun.keys() == {"authorizationUrl", "expiresAt"}


async def test_a_browser_asks_for_cookies_as_with_a_password(page: Page) -> None:
    answer = await page.bring(await page.go(), cookies=True)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert {"token", "refreshToken", "tokens"}.isdisjoint(told)
    laid = [line.partition("=")[0] for line in answer.headers.get_list("set-cookie")]
    assert laid == ["homeroom-session", "homeroom-renewal", "homeroom-csrf"]
    session = answer.cookies["homeroom-session"]
    csrf = f"homeroom-session={session}; homeroom-csrf={told['csrfToken']}"
    out = "/api/v1/auth/logout"
    bare = await page.house.client.post(out, headers={**NOBODY, "Cookie": csrf})
    assert bare.json()["code"] == "csrf_token_missing"
    shown = {**NOBODY, "Cookie": csrf, "X-CSRF-Token": told["csrfToken"]}
    assert (await page.house.client.post(out, headers=shown)).status_code == 200


async def test_a_page_of_another_site_lays_no_cookies(page: Page) -> None:
    """Login CSRF: a stranger's own code, sent from the stranger's page in a victim's browser."""
    body = {"code": await page.go(), "codeVerifier": page.verifier, "cookies": True}
    for said in (
        {"Origin": "https://attacker.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ):
        refused(await page.say(body, **said), 403, "foreign_page")


class TestAttacks:
    async def test_a_foreign_address_is_refused_before_anybody_is_asked(self, page: Page) -> None:
        code = await page.go()
        for address in (
            "https://attacker.example/",
            f"{PAGE_URL}/",
            f"{PAGE_URL}?next=x",
            PAGE_URL.replace("https", "http"),
            PAGE_URL.upper(),
            page.provider.redirect_url,
        ):
            answer = await page.bring(code, redirectUri=address)
            refused(answer, 400, "google_redirect_not_allowed")
        assert page.provider.asked_for("/token") == 0
        assert (await page.bring(code, redirectUri=PAGE_URL)).status_code == 200

    @pytest.mark.parametrize(
        "verifier", ["", "short", "x" * 42, "x" * 129, "x" * 42 + "/", "é" * 50]
    )
    async def test_without_a_verifier_nobody_is_asked(self, page: Page, verifier: str) -> None:
        code = await page.go()
        answer = await page.say({"code": code, "codeVerifier": verifier})
        refused(answer, 400, "pkce_verifier_missing_or_invalid")
        assert [one["field"] for one in answer.json()["errors"]] == ["codeVerifier"]
        assert page.provider.asked_for("/token") == 0

    async def test_a_missing_verifier_is_told_like_a_wrong_one(self, page: Page) -> None:
        answer = await page.say({"code": await page.go()})
        refused(answer, 400, "pkce_verifier_missing_or_invalid")

    async def test_a_stolen_code_is_worth_nothing(self, page: Page) -> None:
        stolen = await page.go()
        thief = Page(page.house, page.provider)
        refused(await thief.bring(stolen), 401, "google_refused")

    async def test_a_code_of_another_client_is_refused(self, page: Page) -> None:
        page.provider.client_id = "another.apps.example"
        code = await page.go(client_id="another.apps.example")
        page.provider.client_id = CLIENT_ID
        refused(await page.bring(code), 401, "google_refused")
        assert page.provider.offences == ["invalid_grant: another client's"]

    async def test_a_token_for_another_client_is_refused(self, page: Page) -> None:
        def for_others(told: Any) -> str:
            token: str = told.key.token(told.header, {**told.said, "aud": "another"})
            return token

        page.provider.forge = for_others
        refused(await page.bring(await page.go()), 401, "google_refused")

    async def test_a_code_counts_once(self, page: Page) -> None:
        code = await page.go()
        assert (await page.bring(code)).status_code == 200
        refused(await page.bring(code), 401, "google_refused")

    async def test_a_code_from_the_way_through_us_is_no_page_s(self, page: Page) -> None:
        """Nor the other way round: each is bound to the address that it was sent to."""
        code = await page.go(redirect_uri=page.provider.redirect_url)
        refused(await page.bring(code), 401, "google_refused")

    async def test_a_nonce_that_is_said_is_looked_at(self, page: Page) -> None:
        assert (await page.bring(await page.go(nonce="n1"), nonce="n1")).status_code == 200
        refused(await page.bring(await page.go(nonce="n1"), nonce="n2"), 401, "google_refused")
        refused(await page.bring(await page.go(), nonce="n1"), 401, "google_refused")

    @pytest.mark.parametrize(
        "who",
        [
            attrs.evolve(ANA, email="ana@gmail.com", managed_by=""),
            attrs.evolve(ANA, email="ana@elsewhere.edu", managed_by="elsewhere.edu"),
            attrs.evolve(ANA, managed_by=""),
        ],
        ids=lambda who: f"{who.email}-{who.managed_by}",
    )
    async def test_who_belongs_nowhere_here_is_refused(self, page: Page, who: Any) -> None:
        page.provider.account = who
        answer = await page.bring(await page.go())
        refused(answer, 401, "google_refused")
        assert who.email not in answer.text
        log = await page.house.client.get("/api/v1/audit-logs?action=people.sign_in")
        assert [one["outcome"] for one in log.json()["data"]] == ["refused"]

    async def test_an_error_from_there_is_one_refusal(self, page: Page) -> None:
        page.provider.saying = {"/token": say(400, body=b'{"error":"invalid_grant"}')}
        refused(await page.bring(await page.go()), 401, "google_refused")
        page.provider.saying = {"/token": say(200, body=b"<html>")}
        refused(await page.bring(await page.go()), 401, "google_refused")

    async def test_while_google_is_away_it_can_be_tried_later(self, page: Page) -> None:
        page.provider.saying = {"/token": say(503)}
        answer = await page.bring(await page.go())
        refused(answer, 503, "google_unavailable")
        assert page.provider.url not in answer.text
        page.provider.saying = {}
        assert (await page.bring(await page.go())).status_code == 200

    @pytest.mark.parametrize(
        "said",
        [
            {"codeVerifier": "x" * 43},
            {"cookies": True},
            {"code": "x", "returnTo": "/a", "codeVerifier": "x" * 43},
            {"code": "x" * 3_000, "codeVerifier": "x" * 43},
            {"code": "x", "codeVerifier": "x" * 43, "clientSecret": "x"},
        ],
        ids=str,
    )
    async def test_half_of_it_is_refused(self, page: Page, said: dict[str, Any]) -> None:
        refused(await page.say(said), 400, "invalid")

    async def test_an_empty_code_is_none(self, page: Page) -> None:
        refused(await page.bring(""), 401, "google_refused")
        assert page.provider.asked_for("/token") == 0

    async def test_who_tries_too_often_waits(self, page: Page) -> None:
        statuses = [(await page.bring("")).status_code for _ in range(61)]
        assert (set(statuses[:60]), statuses[60]) == ({401}, 429)

    async def test_what_goes_by_is_in_no_log(
        self, page: Page, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        code = await page.go()
        told = (await page.bring(code)).json()
        await page.bring(code)
        logged = caplog.text + "".join(capsys.readouterr())
        for secret in (code, page.verifier, CLIENT_SECRET, ANA.email, told["token"]):
            assert secret not in logged


class TestWithoutPages:
    @pytest.fixture
    def overrides(self, provider: Provider) -> dict[str, str]:
        plain = overrides.__wrapped__(provider)  # type: ignore[attr-defined]
        return {**plain, "HOMEROOM_GOOGLE__PAGES": ""}

    async def test_no_page_may_bring_codes_and_it_says_who_can_mend_it(self, page: Page) -> None:
        answer = await page.bring(await page.go())
        refused(answer, 400, "google_redirect_not_allowed")
        assert "HOMEROOM_GOOGLE__PAGES" in answer.json()["detail"]


class TestOff:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {}

    async def test_without_a_client_the_way_is_not_there(self, page: Page) -> None:
        refused(await page.bring("x"), 404, "google_not_set_up")
