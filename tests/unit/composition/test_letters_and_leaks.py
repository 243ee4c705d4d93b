"""What the settings say about letters to people and leaked passwords, and what comes of it."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from homeroom.kernel.rights import Role
from homeroom.people.errors import BreachedPassword
from homeroom.people.model.persons import Identity
from homeroom.people.ports.breaches import BreachListUnreadable
from homeroom_adapters.email.courier import EmailCourier
from homeroom_adapters.memory.courier import MemoryCourier
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings, SettingsInvalid, load_settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.post_office import open_post_office

pytestmark = pytest.mark.anyio

MAIL = {
    "HOMEROOM_EMAIL__HOST": "127.0.0.1",
    "HOMEROOM_EMAIL__SECURITY": "none",
    "HOMEROOM_EMAIL__SENDER": "bell@homeroom.example",
}


def settings(tmp_path: Path, more: Mapping[str, str]) -> Settings:
    own = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_DATA_DIR": str(tmp_path)}
    return load_settings({**own, **FAST_VARIABLES, **more})


async def invite(homeroom: Homeroom) -> str | None:
    """The secret of a new invitation, if it is told."""
    first = await homeroom.people.open_house("Home")
    assert first is not None
    head = await homeroom.people.authenticate(first.text)
    ana = Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
    invited = await homeroom.people.invite_person(head, ana, roles=frozenset({Role.TEACHER}))
    return None if invited.secret is None else invited.secret.text


@pytest.mark.parametrize(
    ("more", "courier"),
    [
        ({}, type(None)),
        ({"HOMEROOM_PEOPLE__COURIER": "memory"}, MemoryCourier),
        (MAIL, EmailCourier),
    ],
)
async def test_letters_go_the_way_that_is_set_or_none(
    tmp_path: Path, more: Mapping[str, str], courier: type
) -> None:
    async with open_homeroom(settings(tmp_path, more)) as homeroom:
        assert type(homeroom.plant.courier) is courier


@pytest.mark.parametrize(
    "url", ["school.example", "https://", "https://school.example/?a=b", "https://a b/", "*", "#x"]
)
def test_an_address_that_no_link_can_begin_with_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsInvalid, match="HOMEROOM_PEOPLE__PUBLIC_URL"):
        settings(tmp_path, {"HOMEROOM_PEOPLE__PUBLIC_URL": url})


@pytest.mark.parametrize("url", ["https://school.example", "http://127.0.0.1:3000/welcome/"])
async def test_links_begin_with_what_is_set(tmp_path: Path, url: str) -> None:
    chosen = settings(tmp_path, {"HOMEROOM_PEOPLE__PUBLIC_URL": url})
    async with open_homeroom(chosen) as homeroom:
        assert homeroom.plant.links.base == url


async def test_a_leaked_password_of_the_operators_file_is_not_chosen(tmp_path: Path) -> None:
    leaked = "plums on a warm roof"
    file = tmp_path / "leaked.txt"
    file.write_text(hashlib.sha1(leaked.encode()).hexdigest())  # noqa: S324 - as such lists are
    more = {"HOMEROOM_BREACHES__ADAPTER": "file", "HOMEROOM_BREACHES__FILE": str(file)}
    async with open_homeroom(settings(tmp_path, more)) as homeroom:
        secret = await invite(homeroom)
        assert secret is not None
        with pytest.raises(BreachedPassword):
            await homeroom.people.accept_invitation(secret, leaked)
        await homeroom.people.accept_invitation(secret, "password1234")  # not in this list


async def test_a_list_that_is_not_there_stops_the_house_at_once(tmp_path: Path) -> None:
    with pytest.raises(BreachListUnreadable, match="HOMEROOM_BREACHES__FILE"):
        async with open_homeroom(settings(tmp_path, {"HOMEROOM_BREACHES__ADAPTER": "file"})):
            pass


async def test_a_worker_brings_an_invitation_to_the_mail_server(tmp_path: Path) -> None:
    async with open_post_office() as office:
        more = {
            **MAIL,
            "HOMEROOM_EMAIL__PORT": str(office.port),
            "HOMEROOM_PEOPLE__PUBLIC_URL": "https://school.example",
        }
        chosen, stop = settings(tmp_path, more), asyncio.Event()
        async with open_homeroom(chosen) as homeroom:
            assert await invite(homeroom) is None
            working = asyncio.create_task(run_worker(homeroom, worker_settings(chosen), stop))
            try:
                async with asyncio.timeout(20):
                    while not office.letters:  # noqa: ASYNC110 - a server has no event for us
                        await asyncio.sleep(0.01)
            finally:
                stop.set()
                await working
            [posted] = office.letters
            text = posted.part("plain")
            assert posted.recipients == ("ana@school.edu",)
            token = text.partition("https://school.example/invitation#token=")[2].split()[0]
            ana = await homeroom.people.accept_invitation(token, "plums on a warm roof")
            assert ana.identity.user_name == "ana"
