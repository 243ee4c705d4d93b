"""The deploy files say nothing that the product does not know, and keep no secret."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.composition.catalogue import ALIASES, PREFIX, Entry
from homeroom_entrypoints.composition.identity_sections import signing_keys
from homeroom_entrypoints.composition.sending_sections import sealing_keys
from homeroom_entrypoints.composition.settings import CATALOGUE, Settings, load_settings

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "entrypoints" / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
GIVEN = {
    "POSTGRES_PASSWORD": "letters",
    "REDIS_PASSWORD": "letters",
    "HOMEROOM_BOOTSTRAP_KEY": "hr_" + "k" * 40,
    "HOMEROOM_SEALING__KEYS": "a2" * 21 + "k=",
    "HOMEROOM_SIGNING__KEYS": "Ed25519:" + "a2" * 21 + "k=",
    "TRUSTED_PROXIES": "172.18.0.0/16",
    "DOMAIN": "school.example",
}
"""What an operator writes where the compose files ask for it."""

PREFIXED = {**GIVEN, "HOMEROOM_WEB__ROOT_PATH": "/homeroom"}
LAST_WORDS = 10.0
"""Seconds beyond the grace in which a process releases what is left, and closes."""


class Loader(yaml.SafeLoader):  # type: ignore[misc]  # untyped, as above
    """Reads Compose's own tags too."""


Loader.add_constructor("!reset", lambda loader, node: None)


def documents(path: Path) -> list[Any]:
    return list(yaml.load_all(path.read_text(), Loader))


(COMPOSE,) = documents(DEPLOY / "compose.yaml")
(PROD,) = documents(DEPLOY / "compose.prod.yaml")
HOUSE = ("migrate", "app", "worker")
PODS = {
    one["metadata"]["name"]: one["spec"]["template"]["spec"]
    for name in ("migrate", "web", "worker")
    for one in documents(DEPLOY / "kubernetes" / f"{name}.yaml")
    if one["kind"] in {"Deployment", "Job"}
}


def filled_in(text: str, given: Mapping[str, str] = GIVEN) -> str:
    """*text* as Compose fills it in."""

    def value(found: re.Match[str]) -> str:
        name, how, rest = found.groups()
        return given.get(name) or (rest if how == ":-" else pytest.fail(f"{name}: {rest}"))

    return re.sub(r"\$\{(\w+)(:-|:\?)([^}]*)\}", value, text)


def settings_of(environment: Mapping[str, str], given: Mapping[str, str] = GIVEN) -> Settings:
    ours = {name: filled_in(str(text), given) for name, text in environment.items()}
    assert not [text for text in ours.values() if "$" in text]
    return load_settings(ours)


def setting(variable: str) -> Entry | None:
    path = ALIASES.get(variable) or tuple(variable.removeprefix(PREFIX).lower().split("__"))
    return CATALOGUE.find(path)


class TestFiles:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_every_file_can_be_read(self, path: Path) -> None:
        match path.suffix:
            case ".yaml":
                assert documents(path)
            case ".json":
                assert json.loads(path.read_text())
            case _:
                assert path.name in {"Dockerfile", "Dockerfile.dockerignore"}

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_every_variable_is_a_setting(self, path: Path) -> None:
        named = set(re.findall(r"HOMEROOM_[A-Z0-9_]+", path.read_text()))
        assert [one for one in sorted(named) if setting(one) is None] == []


class TestCompose:
    @pytest.mark.parametrize("service", HOUSE)
    def test_every_service_starts_with_settings_that_hold(self, service: str) -> None:
        settings = settings_of(COMPOSE["services"][service]["environment"])
        assert settings.environment == "production"
        assert settings.storage.url.reveal().startswith("postgresql://homeroom:letters@postgres:")

    @pytest.mark.parametrize("given", [GIVEN, PREFIXED], ids=["a host", "a path"])
    def test_behind_traefik_the_prefix_is_stripped_and_told(self, given: dict[str, str]) -> None:
        app = PROD["services"]["app"]
        environment = {**COMPOSE["services"]["app"]["environment"], **app["environment"]}
        web = settings_of(environment, given).web
        labels = {name: filled_in(text, given) for name, text in app["labels"].items()}
        prefix = given.get("HOMEROOM_WEB__ROOT_PATH", "")
        rule = labels["traefik.http.routers.homeroom.rule"]
        stripped = labels["traefik.http.middlewares.homeroom-prefix.stripprefix.prefixes"]
        assert web.root_path == prefix
        assert stripped == (prefix or "/")
        assert f"PathPrefix(`{prefix}/`) && !PathPrefix(`{prefix}/metrics`)" in rule
        assert [str(network) for network in web.trusted_proxies] == ["172.18.0.0/16"]
        assert labels["traefik.http.services.homeroom.loadbalancer.server.port"] == str(web.port)

    @pytest.mark.parametrize("file", [COMPOSE, PROD], ids=["alone", "behind Traefik"])
    def test_what_it_asks_for_it_asks_for_in_a_sentence(self, file: Any) -> None:
        asked = re.findall(r"\$\{(\w+):\?([^}]*)\}", json.dumps(file))
        assert asked
        assert [name for name, why in asked if not why.startswith(f"Set {name} to ")] == []

    def test_no_secret_is_written_down(self) -> None:
        variables = [
            (name, text)
            for service in HOUSE
            for name, text in COMPOSE["services"][service]["environment"].items()
        ]
        known = {name: setting(name) for name, _ in variables}
        secrets = [text for name, text in variables if (it := known[name]) and it.secret]
        assert len(secrets) == 6 * len(HOUSE) + 1
        assert [text for text in secrets if ":?" not in text] == []

    def test_whoever_seals_and_whoever_opens_have_the_same_keys(self) -> None:
        every = [settings_of(COMPOSE["services"][name]["environment"]) for name in HOUSE]
        assert {sealing_keys(it.sealing.keys) for it in every} == {
            (GIVEN["HOMEROOM_SEALING__KEYS"],)
        }

    def test_whoever_signs_and_whoever_reads_have_the_same_keys(self) -> None:
        every = [settings_of(COMPOSE["services"][name]["environment"]) for name in HOUSE]
        assert {signing_keys(it.signing.keys) for it in every} == {
            (GIVEN["HOMEROOM_SIGNING__KEYS"],)
        }

    @pytest.mark.parametrize("service", sorted(set(COMPOSE["services"]) - {"migrate"}))
    def test_every_service_that_stays_is_watched(self, service: str) -> None:
        assert COMPOSE["services"][service]["healthcheck"]["test"]

    @pytest.mark.parametrize("service", HOUSE)
    def test_a_stopped_service_may_finish(self, service: str) -> None:
        allowed = float(COMPOSE["services"][service]["stop_grace_period"].removesuffix("s"))
        settings = settings_of(COMPOSE["services"][service]["environment"])
        assert allowed >= settings.jobs.grace_seconds + LAST_WORDS


class TestCommands:
    @pytest.mark.parametrize(
        "words",
        [
            json.loads(re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[0]),
            *(COMPOSE["services"][name]["command"] for name in HOUSE),
            *(pod["containers"][0]["args"] for pod in PODS.values()),
        ],
        ids=" ".join,
    )
    def test_every_command_is_one_of_ours(self, words: list[str]) -> None:
        command: click.Command | None = main
        for word in words:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word)
        assert command is not None
        assert not isinstance(command, click.Group)


class TestTheImage:
    def test_starts_the_program_that_is_installed(self) -> None:
        (entry,) = re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)
        scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
        assert json.loads(entry)[0] in scripts

    def test_holds_what_was_constrained_and_runs_without_rights(self) -> None:
        *before, last = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
        assert last.startswith("python:3.11-slim\n")
        assert "-c /wheels/constraints.txt" in "".join(before)
        assert "pip" not in last
        (user,) = re.findall(r"^USER (\d+):\d+$", last, re.MULTILINE)
        assert int(user) > 0

    def test_is_built_from_files_that_are_there(self) -> None:
        copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        needed = {name for line in copied for name in line.split()}
        admitted = (DEPLOY / "Dockerfile.dockerignore").read_text()
        assert [name for name in sorted(needed) if not (ROOT / name).exists()] == []
        assert [name for name in sorted(needed) if f"!{name}\n" not in admitted] == []
