"""Starting sooner must not be noticed by anything but a clock."""

import gc
import importlib
import subprocess
import sys
import weakref

import click
import pytest

from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.starting import without, without_collecting


class Knot:
    """Something that only the collector can let go."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_collected_again_afterwards() -> None:
    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled()
    gone = weakref.ref(Knot())
    gc.collect()
    assert gone() is None


def test_whoever_had_switched_the_collector_off_finds_it_so() -> None:
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_it_is_switched_on_whatever_happens() -> None:
    with pytest.raises(ModuleNotFoundError), without_collecting():
        importlib.import_module("homeroom_nowhere")
    assert gc.isenabled()


def test_a_hidden_library_is_absent_inside_and_there_afterwards() -> None:
    sys.modules.pop("colorsys", None)
    with without("colorsys"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").__name__ == "colorsys"


def test_what_is_read_already_is_not_hidden() -> None:
    import colorsys

    with without("colorsys"):
        assert importlib.import_module("colorsys") is colorsys


READ = """
import click, sys
from homeroom_entrypoints.cli.main import main
main.get_command(click.Context(main), {command!r})
from homeroom_entrypoints.cli import serving
serving.{half}()
import homeroom_adapters.sql.storage
print(*sys.modules)
"""
OTHERS = [
    "alembic",
    "psycopg",
    "rich",
    "sqlalchemy.orm",
    "sqlalchemy.dialects.postgresql",
    "werkzeug",
]


@pytest.mark.parametrize(
    "unread",
    [
        *OTHERS,
        "homeroom_entrypoints.cli.tasks",
        "litestar",
        "prometheus_client",
        "uvicorn",
        "yaml",
    ],
)
def test_a_worker_starts_without(unread: str, read_by_a_worker: set[str]) -> None:
    assert unread not in read_by_a_worker


@pytest.mark.parametrize(
    "unread", [*OTHERS, "homeroom_entrypoints.cli.tasks", "homeroom_entrypoints.worker.service"]
)
def test_the_web_service_starts_without(unread: str, read_by_the_web_service: set[str]) -> None:
    assert unread not in read_by_the_web_service


@pytest.fixture(scope="module")
def read_by_a_worker() -> set[str]:
    return _read_by("worker", "_back")


@pytest.fixture(scope="module")
def read_by_the_web_service() -> set[str]:
    return _read_by("web", "_front")


def _read_by(command: str, half: str) -> set[str]:
    reading = [sys.executable, "-c", READ.format(command=command, half=half)]
    done = subprocess.run(reading, capture_output=True, text=True, timeout=60, check=True)
    read = set(done.stdout.split())
    assert "sqlalchemy" in read
    return read


def test_who_wants_the_object_mapper_finds_it_whole() -> None:
    asking = (
        "from homeroom_adapters.sql.alchemy import AsyncConnection as ours\n"
        "from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, engine\n"
        "assert AsyncConnection is ours and engine.AsyncConnection is ours\n"
    )
    subprocess.run([sys.executable, "-c", asking], timeout=60, check=True)


def test_every_command_is_where_it_is_looked_for() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
