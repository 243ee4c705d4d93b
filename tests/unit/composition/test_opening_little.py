"""A house that uses little opens little."""

import subprocess
import sys

import pytest

OPENING = """
import asyncio, sys
from homeroom.scheduling.model.targets import NotifierKind
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings

async def main():
    in_memory = load_settings({"HOMEROOM_STORAGE__ADAPTER": "memory"})
    async with open_homeroom(in_memory) as homeroom:
        letters = homeroom.plant.notifiers[NotifierKind.EMAIL]
        print("certificates", letters._trusted.cert_store_stats()["x509_ca"])
    print(*sys.modules)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def opened() -> list[str]:
    opening = [sys.executable, "-c", OPENING]
    done = subprocess.run(opening, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("library", ["cryptography", "sqlalchemy", "psycopg", "litestar", "httpx"])
def test_it_reads_no_library_that_it_does_not_use(library: str, opened: list[str]) -> None:
    assert library not in opened


def test_it_reads_no_certificates_where_no_letters_are_sent(opened: list[str]) -> None:
    assert opened[:2] == ["certificates", "0"]
