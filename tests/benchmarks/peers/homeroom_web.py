"""Ours: the product's own composition and web application, asked for one job with a real key."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asgi_driver
from asgi_driver import Question

from homeroom.kernel.actor import Actor, Role
from homeroom.operations.use_cases import Asked
from homeroom_entrypoints.composition.application import open_homeroom, storage_settings
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.web.app import create_app


def settings_for(store: str) -> Settings:
    """The defaults, but nobody is turned away for asking often."""
    in_memory = store == "memory"
    return load_settings(
        {
            "HOMEROOM_DATA_DIR": tempfile.gettempdir() if in_memory else store,
            "HOMEROOM_STORAGE__ADAPTER": "memory" if in_memory else "sql",
            "HOMEROOM_STORAGE__URL": "memory://bench" if in_memory else "",
            "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "100000000",
        }
    )


async def a_job(homeroom: Homeroom) -> tuple[str, str]:
    """The path of a job of the first institution, and the key of its administrator."""
    await homeroom.people.open_house("Home")
    (school,) = await homeroom.plant.storage.people.institutions()
    owner = Actor(institution_id=school.id, roles=frozenset({Role.SUPER_ADMIN}))
    issued = await homeroom.people.issue_key(owner, name="bench", roles=frozenset({Role.ADMIN}))
    job = await homeroom.operations.ask_for_job(
        owner, Asked(name="operations.checkup.v1", payload="{}")
    )
    return f"/api/v1/ops/jobs/{job}", issued.secret.text


@asynccontextmanager
async def opened(store: str) -> AsyncIterator[Question]:
    settings = settings_for(store)
    with Path(os.devnull).open("w") as nowhere:
        configure_logs(settings.log, stream=nowhere)
        opening = find_adapter("schema", settings.storage.adapter)
        async with opening(storage_settings(settings)) as schema:
            await schema.upgrade()
        async with open_homeroom(settings) as homeroom:
            path, key = await a_job(homeroom)
            app: Any = create_app(homeroom, settings)
            yield Question(app, path, key)


if __name__ == "__main__":
    asgi_driver.main(opened)
