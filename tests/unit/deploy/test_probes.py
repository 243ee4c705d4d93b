"""Whoever asks a process how it is, asks something that it answers."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from homeroom_entrypoints.cli.listening import watched
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_entrypoints.worker.watched import Watched

pytestmark = pytest.mark.anyio

DEPLOY = Path(__file__).parents[3] / "entrypoints" / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
TRAEFIK = "traefik.http.services.homeroom.loadbalancer.healthcheck.path"


def deployment(component: str) -> Any:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes" / f"{component}.yaml").read_text())
    return next(one for one in documents if one["kind"] == "Deployment")["spec"]["template"]


def asked_paths(component: str) -> set[str]:
    """Every path that the manifests ask *component* for."""
    template = deployment(component)
    (container,) = template["spec"]["containers"]
    kinds = ("startupProbe", "livenessProbe", "readinessProbe")
    numbers = template["metadata"]["annotations"]["prometheus.io/path"]
    return {container[kind]["httpGet"]["path"] for kind in kinds} | {numbers}


def traefik_path() -> str:
    (path,) = re.findall(
        rf"{re.escape(TRAEFIK)}: (\S+)", (DEPLOY / "compose.prod.yaml").read_text()
    )
    return str(path)


def checks() -> dict[str, list[str]]:
    """Every command that asks a process of ours how it is, by where it is written."""
    (in_image,) = re.findall(r"^HEALTHCHECK .*\\\n\s+CMD (.*)$", DOCKERFILE, re.MULTILINE)
    services = COMPOSE["services"]
    composed = {name: services[name]["healthcheck"]["test"][1:] for name in ("app", "worker")}
    return {"image": json.loads(in_image), **composed}


def ends(command: list[str], port: int) -> int:
    """How *command* ends when what it asks is at *port*."""
    program, *rest = (re.sub(r":(8000|9100)/", f":{port}/", word) for word in command)
    assert program == "python"
    environ = {**os.environ, "HOMEROOM_WEB__PORT": str(port)}
    asking = [sys.executable, *rest]
    done = subprocess.run(asking, env=environ, capture_output=True, timeout=20, check=False)
    return done.returncode


@pytest.mark.parametrize("component", ["web", "worker"])
async def test_every_path_that_is_asked_is_answered(component: str, tmp_path: Path) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(tmp_path)})
    paths = asked_paths(component) | ({traefik_path()} if component == "web" else set())
    assert paths == {"/health/live", "/health/ready", "/metrics"}
    async with open_homeroom(settings) as homeroom:
        plant = homeroom.plant
        worker = Watched(Numbers(plant, settings), plant.storage.ping)
        app: Any = create_app(homeroom, settings) if component == "web" else worker
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            for path in paths:
                assert (await client.get(path)).status_code == 200, path


@pytest.mark.parametrize("where", ["image", "app", "worker"])
async def test_every_check_tells_life_from_death(where: str, tmp_path: Path) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(tmp_path)})
    command = checks()[where]
    async with open_homeroom(settings) as homeroom:
        app = Watched(Numbers(homeroom.plant, settings), homeroom.plant.storage.ping)
        async with watched(app, "127.0.0.1", 0) as port:
            assert await asyncio.to_thread(ends, command, port) == 0
    assert await asyncio.to_thread(ends, command, port) != 0
