"""A whole house on SQLite, asked over HTTP without a socket."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import httpx
import pytest

from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--api-examples",
        type=int,
        default=0,
        help="Requests of each operation to draw at random, beside all that come to mind.",
    )


@attrs.frozen
class House:
    """An open Homeroom, and a client with its first administrator's key."""

    homeroom: Homeroom
    client: httpx.AsyncClient

    def stranger(self, key: str = "") -> dict[str, str]:
        return {"X-API-Key": key}


@pytest.fixture
def overrides() -> dict[str, str]:
    return {}


@pytest.fixture
async def house(
    furnished_file: Path, tmp_path: Path, overrides: dict[str, str]
) -> AsyncIterator[House]:
    shutil.copy(furnished_file, tmp_path / "homeroom.sqlite3")
    ours = {"HOMEROOM_DATA_DIR": str(tmp_path), "HOMEROOM_LOG__ACCESS": "false"}
    environ = {**ours, **FAST_VARIABLES, **overrides}
    settings = load_settings(environ)
    async with open_homeroom(settings) as homeroom:
        secret = await homeroom.people.open_house("Home")
        assert secret is not None
        transport = httpx.ASGITransport(create_app(homeroom, settings))  # type: ignore[arg-type]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://house", headers={"X-API-Key": secret.text}
        ) as client:
            yield House(homeroom, client)
