"""One door out: nobody but the guarded one speaks HTTP to other systems."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HTTP = ROOT / "adapters" / "homeroom_adapters" / "http"
DOOR = [HTTP / f"{name}.py" for name in ("calls", "dial", "lines", "outbound", "streams")]
ROOMS = ["src/homeroom", "adapters/homeroom_adapters", "entrypoints/homeroom_entrypoints"]
CLIENTS = {"httpcore", "httpx", "aiohttp", "requests", "urllib3", "urllib.request", "http.client"}


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that *tree* imports, in each way it may be named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def clients_in(source: str) -> set[str]:
    return {
        client
        for name in imports(ast.parse(source))
        for client in CLIENTS
        if name == client or name.startswith(f"{client}.")
    }


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


class TestOneDoor:
    def test_only_the_door_imports_an_http_client(self) -> None:
        guilty = [path for path in modules() if clients_in(path.read_text("utf-8"))]
        assert guilty == DOOR

    def test_nobody_follows_redirects(self) -> None:
        asking = [path for path in modules() if "follow_redirects" in path.read_text("utf-8")]
        assert asking == []

    @pytest.mark.parametrize(
        "source",
        [
            "import httpcore",
            "import httpx",
            "import httpx as web",
            "from httpx import AsyncClient",
            "import urllib.request",
            "from urllib import request",
            "from http.client import HTTPConnection",
            "def late():\n    import requests",
        ],
    )
    def test_a_client_by_any_import_is_seen(self, source: str) -> None:
        assert clients_in(source)

    def test_a_namesake_is_not_one(self) -> None:
        assert not clients_in("from homeroom_adapters.http import outbound\nimport urllib.parse")
