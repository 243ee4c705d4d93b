"""Signing in with Google, as settings say: what is refused at start, and what the doctor finds."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from homeroom.kernel.rights import Role
from homeroom_entrypoints.cli.google_check import look_at_google
from homeroom_entrypoints.composition.application import open_ambient, open_homeroom
from homeroom_entrypoints.composition.google import GoogleSettingsInvalid, openid_rules
from homeroom_entrypoints.composition.settings import SettingsInvalid, load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.liars import say
from homeroom_testing.openid import CLIENT_ID, CLIENT_SECRET, Provider, open_provider

pytestmark = pytest.mark.anyio

QUICK = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8"}


def variables(**values: str) -> dict[str, str]:
    return {f"HOMEROOM_GOOGLE__{name}": value for name, value in values.items()}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with open_provider() as provider:
        yield provider


@pytest.fixture
def environ(provider: Provider, tmp_path: Path) -> dict[str, str]:
    own = variables(
        CLIENT_ID=CLIENT_ID,
        CLIENT_SECRET=CLIENT_SECRET,
        REDIRECT_URL=provider.redirect_url,
        DOMAINS="school.edu",
        KEYS_URL=f"{provider.url}/keys",
    )
    return {**own, **QUICK, **FAST_VARIABLES, "HOMEROOM_DATA_DIR": str(tmp_path)}


class TestSettings:
    @pytest.mark.parametrize(
        "domains",
        ["gmail.com", "school.edu,googlemail.com", "school", "@school.edu", "a.edu,A.edu=x", "=x"],
    )
    async def test_domains_are_an_institutions_own_and_stand_there_once(self, domains: str) -> None:
        with pytest.raises(SettingsInvalid, match="HOMEROOM_GOOGLE__DOMAINS"):
            load_settings(variables(DOMAINS=domains))

    @pytest.mark.parametrize("name", ["REDIRECT_URL", "TOKEN_URL", "KEYS_URL", "AUTHORIZATION_URL"])
    async def test_nothing_goes_unprotected_over_a_network(self, name: str) -> None:
        for url in ("http://school.example/a", "ftp://school.example", "school.example"):
            with pytest.raises(SettingsInvalid, match=f"HOMEROOM_GOOGLE__{name}"):
                load_settings(variables(**{name: url}))
        load_settings(variables(**{name: "http://127.0.0.1:8000/a"}))

    async def test_every_page_that_brings_codes_is_protected(self) -> None:
        safe = "https://app.school.example/a"
        for url in ("http://school.example/a", "school.example"):
            with pytest.raises(SettingsInvalid, match="HOMEROOM_GOOGLE__PAGES"):
                load_settings(variables(PAGES=f"{safe},{url}"))
        assert load_settings(variables(PAGES=safe)).google.pages == (safe,)

    async def test_they_say_who_may_come_in(self) -> None:
        domains = "School.edu, college.edu=Bicol College"
        own = load_settings(variables(DOMAINS=domains, NEWCOMERS="teacher")).google
        rules = openid_rules(own)
        assert rules.domains == {"school.edu": "", "college.edu": "Bicol College"}
        assert (rules.newcomers, rules.managed_only) == (Role.TEACHER, True)
        assert openid_rules(load_settings({}).google).newcomers is None

    async def test_a_client_without_the_rest_is_refused_at_start(
        self, environ: dict[str, str]
    ) -> None:
        bare = {name: one for name, one in environ.items() if "GOOGLE" not in name}
        with pytest.raises(GoogleSettingsInvalid) as refused:
            async with open_homeroom(load_settings({**bare, **variables(CLIENT_ID="x")})):
                pass
        missing = {problem.field.rpartition("__")[2] for problem in refused.value.problems}
        assert missing == {"CLIENT_SECRET", "REDIRECT_URL", "DOMAINS"}


class TestDoctor:
    async def found(self, environ: dict[str, str]) -> list[tuple[str, str, str]]:
        async with AsyncExitStack() as stack:
            ambient = await stack.enter_async_context(open_ambient())
            return await look_at_google(load_settings(environ), ambient)

    async def test_it_says_nothing_of_what_is_not_set_up(self) -> None:
        assert await self.found(QUICK) == []

    async def test_it_says_who_is_let_in(self, environ: dict[str, str]) -> None:
        [(_, state, advice)] = await self.found(environ)
        assert (state, "school.edu" in advice) == ("ok", True)

    async def test_it_says_what_is_missing(self, environ: dict[str, str]) -> None:
        [(_, state, advice)] = await self.found({**environ, **variables(CLIENT_SECRET="")})
        assert state == "missing"
        assert "HOMEROOM_GOOGLE__CLIENT_SECRET" in advice

    async def test_it_says_that_the_provider_is_away(
        self, environ: dict[str, str], provider: Provider
    ) -> None:
        for lie in (say(503), say(200, body=b'{"keys":[]}')):
            provider.saying = {"/keys": lie}
            [(_, state, _)] = await self.found(environ)
            assert state == "degraded"

    async def test_it_says_whose_institution_is_not_here(
        self, environ: dict[str, str], tmp_path: Path
    ) -> None:
        kept = {"HOMEROOM_STORAGE__ADAPTER": "sql", "HOMEROOM_STORAGE__URL": ""}
        strange = {**environ, **kept, **variables(DOMAINS="a.edu,b.edu=Nowhere,c.edu=Home")}
        async with open_homeroom(load_settings(strange)) as homeroom:
            await homeroom.people.open_house("Home")
            [(_, state, advice)] = await self.found(strange)
        assert state == "degraded"
        assert advice.endswith("for b.edu")
