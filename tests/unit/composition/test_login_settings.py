"""Settings of ways to sign in: what is refused, when, and what comes of the rest."""

from pathlib import Path

import attrs
import pytest

from homeroom.kernel.errors import Invalid
from homeroom.people.ports.lms import LmsSettings
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.logins import lms_settings
from homeroom_entrypoints.composition.plugins import UnknownAdapter
from homeroom_entrypoints.composition.settings import SettingsInvalid, explain, load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES

IN_MEMORY = {"HOMEROOM_STORAGE__ADAPTER": "memory", **FAST_VARIABLES}
MOODLE = "https://moodle.school.edu"


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("MOODLE__URL", "moodle.school.edu", "https://moodle.school.edu"),
        ("MOODLE__URL", "ftp://moodle.school.edu", "https://moodle.school.edu"),
        ("MOODLE__URL", "https://ana:secret@moodle.school.edu", "https://moodle.school.edu"),
        ("MOODLE__URL", "https://moodle.school.edu/?token=1", "https://moodle.school.edu"),
        ("MOODLE__SERVICE", " ", "moodle_mobile_app"),
        ("MOODLE__TIMEOUT_SECONDS", "0", "above 0"),
        ("MOODLE__ADAPTER", "canvas", "moodle"),
        ("LOGINS__LDAP__URL", "directory", "scheme://"),
        ("LOGINS__LDAP__ENABLED", "perhaps", "true or false"),
        ("LOGINS__LDAP__URI", "ldaps://directory.example", "LOGINS__LDAP__URL"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_write(
    name: str, text: str, advice: str
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({f"HOMEROOM_{name}": text})
    assert advice in refused.value.message
    assert "secret" not in refused.value.message


def test_the_door_is_opened_with_what_was_set() -> None:
    chosen = load_settings(
        {
            "HOMEROOM_MOODLE__URL": "http://moodle.internal/school/",
            "HOMEROOM_MOODLE__ALLOW_HTTP": "true",
            "HOMEROOM_MOODLE__TRUST_EMAIL": "false",
            "HOMEROOM_MOODLE__SERVICE": "homeroom",
            "HOMEROOM_MOODLE__TIMEOUT_SECONDS": "3",
        }
    )
    assert lms_settings(chosen) == LmsSettings(
        url="http://moodle.internal/school/",
        service="homeroom",
        timeout=3.0,
        allow_http=True,
        trust_email=False,
    )


@pytest.mark.parametrize(
    "url",
    ["https://moodle.school.edu", "http://127.0.0.1:8099", "http://localhost", "http://[::1]"],
)
def test_passwords_go_to_this_machine_without_tls(url: str) -> None:
    assert LmsSettings(url=url).url == url


@pytest.mark.parametrize("url", ["http://moodle.school.edu", "http://10.0.0.7"])
def test_and_to_no_other(url: str) -> None:
    with pytest.raises(Invalid, match="https://"):
        LmsSettings(url=url)
    assert LmsSettings(url=url, allow_http=True).allow_http


@pytest.mark.anyio
async def test_a_house_without_a_moodle_has_its_own_way_alone(tmp_path: Path) -> None:
    settings = load_settings({**IN_MEMORY, "HOMEROOM_DATA_DIR": str(tmp_path)})
    async with open_homeroom(settings) as homeroom:
        assert [one.name for one in homeroom.people.sign_in.strategies] == ["local"]
    with_moodle = attrs.evolve(settings, moodle=attrs.evolve(settings.moodle, url=MOODLE))
    async with open_homeroom(with_moodle) as homeroom:
        ways = {one.name: one.priority for one in homeroom.people.sign_in.strategies}
        assert ways == {"local": 10, "moodle": 100}


@pytest.mark.anyio
async def test_a_way_that_nobody_brings_stops_the_start(tmp_path: Path) -> None:
    chosen = {**IN_MEMORY, "HOMEROOM_DATA_DIR": str(tmp_path)}
    settings = load_settings({**chosen, "HOMEROOM_LOGINS__LDAP__SECRET": "hunter2"})
    with pytest.raises(UnknownAdapter, match="login: no adapter 'ldap'"):
        async with open_homeroom(settings):
            pass
    rows = {one.name: one.value for one in explain(settings)}
    assert rows["logins.ldap.secret"] == "(set)"
