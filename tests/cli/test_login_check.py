"""The doctor looks at ways to sign in: one line for each that is set up, and none for others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeroom_entrypoints.cli.login_check import look_at_logins
from homeroom_entrypoints.composition.application import open_ambient, open_homeroom
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_testing.children import free_port
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.moodle import Moodle, open_moodle

pytestmark = pytest.mark.anyio
WHAT = "sign-in by moodle"


@pytest.fixture
async def moodle() -> AsyncIterator[Moodle]:
    async with open_moodle() as opened:
        yield opened


def settings(room: Path, **chosen: str) -> Settings:
    ours = {
        "HOMEROOM_DATA_DIR": str(room),
        "HOMEROOM_OUTBOUND__ALLOW": "127.0.0.0/8",
        **FAST_VARIABLES,
    }
    return load_settings({**ours, **{f"HOMEROOM_{name}": text for name, text in chosen.items()}})


async def looked(chosen: Settings) -> list[tuple[str, str, str]]:
    async with open_ambient() as ambient:
        return await look_at_logins(chosen, ambient)


async def test_a_house_without_any_says_nothing(tmp_path: Path) -> None:
    assert await looked(settings(tmp_path)) == []


async def test_a_moodle_that_answers_is_well(tmp_path: Path, moodle: Moodle) -> None:
    chosen = settings(tmp_path, MOODLE__URL=moodle.url)
    assert await looked(chosen) == [(WHAT, "ok", "moodle; its people are let in")]
    async with open_homeroom(chosen) as homeroom:
        await homeroom.people.open_house("Home")
    assert await looked(chosen) == [(WHAT, "ok", "moodle; its people are let in")]


async def test_an_institution_that_is_not_there_is_told(tmp_path: Path, moodle: Moodle) -> None:
    chosen = settings(tmp_path, MOODLE__URL=moodle.url, MOODLE__INSTITUTION="Nowhere")
    async with open_homeroom(chosen) as homeroom:
        await homeroom.people.open_house("Home")
    [(what, state, advice)] = await looked(chosen)
    assert (what, state) == (WHAT, "degraded")
    assert "moodle.institution" in advice


async def test_a_moodle_that_is_away_is_told_with_what_ails_it(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    [(what, state, advice)] = await looked(settings(tmp_path, MOODLE__URL=nowhere))
    assert (what, state) == (WHAT, "degraded")
    assert nowhere in advice


async def test_web_services_that_are_off_are_told_by_what_to_switch_on(
    tmp_path: Path, moodle: Moodle
) -> None:
    moodle.rest = False
    [(_, state, advice)] = await looked(settings(tmp_path, MOODLE__URL=moodle.url))
    assert (state, "REST" in advice) == ("degraded", True)


async def test_passwords_do_not_leave_the_machine_without_tls(tmp_path: Path) -> None:
    away = settings(tmp_path, MOODLE__URL="http://moodle.school.edu")
    [(_, state, advice)] = await looked(away)
    assert (state, "https://" in advice) == ("missing", True)


async def test_a_plugin_that_nobody_installed_is_told(tmp_path: Path) -> None:
    chosen = settings(tmp_path, LOGINS__LDAP__URL="ldaps://directory.example")
    [(what, state, advice)] = await looked(chosen)
    assert (what, state) == ("sign-in by ldap", "missing")
    assert "ldap" in advice


async def test_one_that_is_switched_off_is_not_looked_for(tmp_path: Path) -> None:
    assert await looked(settings(tmp_path, LOGINS__LDAP__ENABLED="false")) == []
