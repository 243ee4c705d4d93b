"""A house that browsers reach over TLS, and what their cookies are called there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import new_id
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES

HOME, PARTNER = "https://school.example", "https://partner.example"
PASSWORD = "plums on a warm roof"
SESSION, RENEWAL = "__Host-homeroom-session", "__Secure-homeroom-renewal"
CSRF = "__Host-homeroom-csrf"
AUTH = "/api/v1/auth"
LOGIN, REFRESH, LOGOUT = f"{AUTH}/login", f"{AUTH}/refresh", f"{AUTH}/logout"
ME, TOKEN, SESSIONS = f"{AUTH}/me", f"{AUTH}/csrf-token", f"{AUTH}/sessions"
OURS = {"Origin": HOME, "Sec-Fetch-Site": "same-origin"}


@attrs.frozen(repr=False)
class House:
    """A house that browsers reach over TLS, and somebody who takes people in."""

    homeroom: Homeroom
    owner: Actor
    settings: Settings
    gate: Any

    async def somebody(self, *roles: Role) -> str:
        """The user name of somebody whose password is their own."""
        name, people = f"ana{new_id().hex}", self.homeroom.people
        ana, first = Identity.given(name, "Ana", "Reyes"), "a first password"
        person = await people.create_person(self.owner, ana, roles=frozenset(roles), password=first)
        own = attrs.evolve(self.owner, person_id=person.id)
        await people.change_own_password(own, old=first, new=PASSWORD)
        return name

    def client(self, base: str = HOME, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.gate), base_url=base, headers=headers
        )

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        """A page of ours, in a browser where somebody is signed in; it shows its token."""
        name = await self.somebody(Role.TEACHER)
        async with self.client(**OURS) as page:
            answer = await signed_in(page, name)
            page.headers["X-CSRF-Token"] = answer.json()["csrfToken"]
            yield page


@asynccontextmanager
async def opened() -> AsyncIterator[House]:
    """An open house in memory, which a partner's pages may ask, too."""
    variables = {
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": f"memory://browsers-{new_id()}",
        "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "1000000",
        "HOMEROOM_WEB__HSTS": "true",
        "HOMEROOM_WEB__CORS_ORIGINS": PARTNER,
        "HOMEROOM_LOG__ACCESS": "false",
    }
    settings = load_settings({**variables, **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        secret = await homeroom.people.open_house("Ours")
        assert secret is not None
        owner = await homeroom.people.authenticate(secret.text)
        yield House(homeroom, owner, settings, create_app(homeroom, settings))


async def signed_in(page: httpx.AsyncClient, name: str, **more: Any) -> httpx.Response:
    body = {"username": name, "password": PASSWORD, "cookies": True, **more}
    answer = await page.post(LOGIN, json=body)
    assert answer.status_code == 200, answer.text
    return answer


def set_by(answer: httpx.Response) -> dict[str, str]:
    """The cookies that an answer sets, by name, each with all that is said of it."""
    lines = answer.headers.get_list("set-cookie")
    return {line.partition("=")[0]: line.partition("=")[2] for line in lines}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "") if answer.is_error else ""
