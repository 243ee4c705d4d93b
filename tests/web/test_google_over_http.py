"""Signing in with Google over HTTP, with a stand-in where Google is: there, and back."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
import pytest

from homeroom_testing.liars import say
from homeroom_testing.openid import ANA, CLIENT_ID, CLIENT_SECRET, Provider, open_provider

pytestmark = pytest.mark.anyio

GOOGLE, CALLBACK = "/api/v1/auth/google", "/api/v1/auth/google/callback"
TICKET = "homeroom-google"
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
        "NEWCOMERS": "student",
        "ISSUER": provider.url,
        "AUTHORIZATION_URL": f"{provider.url}/authorize",
        "TOKEN_URL": f"{provider.url}/token",
        "KEYS_URL": f"{provider.url}/keys",
    }
    set_ = {f"HOMEROOM_GOOGLE__{name}": value for name, value in google.items()}
    quick = {"HOMEROOM_STORAGE__ADAPTER": "memory"}
    return {**set_, **quick, "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8"}


def cookies(answer: httpx.Response) -> SimpleCookie:
    jar = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        jar.load(line)
    return jar


@attrs.define
class Browser:
    """One browser: it keeps its ticket, and goes where it is sent."""

    house: Any
    provider: Provider
    ticket: str = ""

    async def get(self, path: str, **params: str) -> httpx.Response:
        headers = {**NOBODY, "Cookie": f"{TICKET}={self.ticket}"} if self.ticket else NOBODY
        self.house.client.cookies.clear()  # what is kept is in this browser, and nowhere else
        answer: httpx.Response = await self.house.client.get(path, params=params, headers=headers)
        return answer

    async def set_out(self, return_to: str = "") -> str:
        """Where it is sent."""
        answer = await self.get(GOOGLE, **({"returnTo": return_to} if return_to else {}))
        assert answer.status_code == 302, answer.text
        self.ticket = cookies(answer)[TICKET].value
        return answer.headers["location"]

    async def sign_in_there(self, url: str) -> dict[str, str]:
        """What the provider sends it back with."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(url)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert back.geturl().startswith(self.provider.redirect_url)
        return {name: one for name, (one,) in parse_qs(back.query).items()}

    async def there_and_back(self, return_to: str = "") -> httpx.Response:
        brought = await self.sign_in_there(await self.set_out(return_to))
        return await self.get(CALLBACK, **brought)


@pytest.fixture
def browser(house: Any, provider: Provider) -> Browser:
    return Browser(house, provider)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    gone = cookies(answer)[TICKET]
    assert (gone.value, gone["max-age"]) == ("", "0")


async def test_there_and_back_is_signed_in(browser: Browser) -> None:
    answer = await browser.there_and_back()
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["user"]["email"], told["user"]["roles"]) == (ANA.email, ["STUDENT"])
    assert told["mustChangePassword"] is False
    me = await browser.house.client.get(
        "/api/v1/auth/me", headers={**NOBODY, "Authorization": f"Bearer {told['token']}"}
    )
    assert me.json()["id"] == told["user"]["id"]


async def test_the_answer_has_the_shape_of_any_sign_in(browser: Browser) -> None:
    by_google = (await browser.there_and_back()).json()
    body = {"username": "ben", "firstName": "Ben", "lastName": "Cruz", "password": "plums on roofs"}
    await browser.house.client.post("/api/v1/admin/users", json=body)
    login = {"username": "ben", "password": "plums on roofs"}
    by_password = await browser.house.client.post("/api/v1/auth/login", json=login, headers=NOBODY)
    assert by_google.keys() == by_password.json().keys()


async def test_with_a_way_to_go_the_session_is_in_cookies_and_nowhere_else(
    browser: Browser,
) -> None:
    answer = await browser.there_and_back("/courses?tab=mine")
    assert (answer.status_code, answer.headers["location"]) == (303, "/courses?tab=mine")
    laid = cookies(answer)
    session = laid["homeroom-session"]
    assert session["httponly"]
    assert "token" not in answer.json()
    assert session.value not in answer.text
    me = await browser.house.client.get(
        "/api/v1/auth/me", headers={**NOBODY, "Cookie": f"homeroom-session={session.value}"}
    )
    assert me.json()["email"] == ANA.email


async def test_the_ticket_is_for_this_house_and_for_minutes(browser: Browser) -> None:
    answer = await browser.get(GOOGLE)
    ticket = cookies(answer)[TICKET]
    assert (ticket["path"], ticket["max-age"], ticket["domain"]) == ("/", "600", "")
    assert ticket["httponly"]
    assert ticket["samesite"].lower() == "lax"
    assert answer.headers["cache-control"] == "no-store"
    assert ticket.value not in answer.headers["location"]
    assert CLIENT_SECRET not in answer.headers["location"]


async def test_a_page_may_go_there_itself(browser: Browser) -> None:
    answer = await browser.house.client.post(GOOGLE, json={"returnTo": "/a"}, headers=NOBODY)
    assert answer.status_code == 200, answer.text
    browser.ticket = cookies(answer)[TICKET].value
    brought = await browser.sign_in_there(answer.json()["authorizationUrl"])
    assert (await browser.get(CALLBACK, **brought)).headers["location"] == "/a"
    bare = await browser.house.client.post(GOOGLE, headers=NOBODY)
    assert bare.json()["authorizationUrl"].startswith(browser.provider.url)


async def test_coming_back_takes_the_ticket_away_and_a_second_time_is_refused(
    browser: Browser,
) -> None:
    brought = await browser.sign_in_there(await browser.set_out())
    first = await browser.get(CALLBACK, **brought)
    assert (first.status_code, cookies(first)[TICKET]["max-age"]) == (200, "0")
    again = Browser(browser.house, browser.provider)  # which did as it was told
    refused(await again.get(CALLBACK, **brought), 401, "google_errand_refused")
    refused(await browser.get(CALLBACK, **brought), 401, "google_refused")  # which did not


async def test_another_browser_is_refused(browser: Browser, provider: Provider) -> None:
    """Login CSRF: a stranger sends a victim to the callback with what is the stranger's."""
    brought = await browser.sign_in_there(await browser.set_out())
    victim = Browser(browser.house, provider)
    refused(await victim.get(CALLBACK, **brought), 401, "google_errand_refused")
    await victim.set_out()
    refused(await victim.get(CALLBACK, **brought), 401, "google_errand_refused")
    victim.ticket = f"{victim.ticket}; {TICKET}={browser.ticket}"  # put there by a neighbour host
    refused(await victim.get(CALLBACK, **brought), 401, "google_errand_refused")


ELSEWHERE = ["//attacker.example", "https://attacker.example", "/\\attacker.example", "/a\r\nb: c"]


async def test_nobody_is_sent_elsewhere_afterwards(browser: Browser) -> None:
    for path in ELSEWHERE:
        for answer in (
            await browser.get(GOOGLE, returnTo=path),
            await browser.house.client.post(GOOGLE, json={"returnTo": path}, headers=NOBODY),
        ):
            assert answer.status_code == 400, path
            assert answer.json()["errors"][0]["field"] == "returnTo"
            assert "set-cookie" not in answer.headers


async def test_who_says_no_there_or_comes_with_another_s_token_is_not_signed_in(
    browser: Browser, provider: Provider
) -> None:
    provider.account = None
    refused(await browser.there_and_back(), 401, "google_refused")
    provider.account = ANA
    provider.forge = lambda told: told.key.token(told.header, {**told.said, "aud": "others"})
    refused(await browser.there_and_back(), 401, "google_refused")


NOWHERE_HERE = [
    attrs.evolve(ANA, email="ana@gmail.com", managed_by=""),
    attrs.evolve(ANA, email="ana@elsewhere.edu", managed_by="elsewhere.edu"),
    attrs.evolve(ANA, managed_by=""),
]


async def test_who_belongs_nowhere_here_is_refused_and_it_is_on_record(
    browser: Browser, provider: Provider
) -> None:
    for provider.account in NOWHERE_HERE:
        answer = await browser.there_and_back()
        refused(answer, 401, "google_refused")
        assert provider.account.email not in answer.text
    log = await browser.house.client.get("/api/v1/audit-logs?action=people.sign_in")
    assert [one["outcome"] for one in log.json()["data"]] == ["refused"] * len(NOWHERE_HERE)
    assert "ana@" not in log.text


async def test_while_google_is_away_it_can_be_tried_later(
    browser: Browser, provider: Provider
) -> None:
    provider.saying = {"/token": say(503)}
    answer = await browser.there_and_back()
    refused(answer, 503, "google_unavailable")
    assert provider.url not in answer.text
    provider.saying = {}
    assert (await browser.there_and_back()).status_code == 200


async def test_who_is_stopped_is_refused(browser: Browser) -> None:
    told = (await browser.there_and_back()).json()
    person = f"/api/v1/admin/users/{told['user']['id']}"
    await browser.house.client.patch(person, json={"isActive": False})
    refused(await browser.there_and_back(), 401, "google_refused")


async def test_what_goes_by_is_in_no_log(
    browser: Browser, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    brought = await browser.sign_in_there(await browser.set_out("/courses"))
    await browser.get(CALLBACK, **brought)
    await browser.get(CALLBACK, **brought)
    logged = caplog.text + "".join(capsys.readouterr())
    for secret in (*brought.values(), browser.ticket, CLIENT_SECRET, ANA.email, ANA.subject):
        assert secret not in logged


class TestRates:
    async def test_who_comes_back_too_often_waits(self, browser: Browser) -> None:
        statuses = [(await browser.get(CALLBACK)).status_code for _ in range(61)]
        assert (set(statuses[:60]), statuses[60]) == ({401}, 429)


class TestSecure:
    """As a house that others reach lays it."""

    @pytest.fixture
    def overrides(self, provider: Provider) -> dict[str, str]:
        plain = overrides.__wrapped__(provider)  # type: ignore[attr-defined]
        return {**plain, "HOMEROOM_WEB__HSTS": "true"}

    async def test_the_ticket_is_this_hosts_alone(self, browser: Browser) -> None:
        ticket = cookies(await browser.get(GOOGLE))[f"__Host-{TICKET}"]
        assert ticket["secure"]
        assert (ticket["path"], ticket["domain"]) == ("/", "")


class TestOff:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {}

    async def test_without_a_client_there_is_nothing_here_and_it_says_so(
        self, browser: Browser
    ) -> None:
        for path in (GOOGLE, CALLBACK):
            answer = await browser.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "google_not_set_up")
            assert "user name and a password" in answer.json()["detail"]
