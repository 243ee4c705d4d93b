"""`homeroom doctor` asks every adapter that is configured, and says in plain words which is ill."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from homeroom_testing.children import free_port

SECRET = "hunter2"
REDIS_AWAY = "Redis cannot be reached: is it running, and is its address right?"


@attrs.frozen
class Diagnosis:
    """What the doctor said."""

    code: int
    rows: Mapping[str, tuple[str, str]]
    """What it looked at: the state and the advice."""

    text: str

    @property
    def states(self) -> dict[str, str]:
        return {what: state for what, (state, _) in self.rows.items()}


def doctor(directory: Path, *words: str, **chosen: str) -> Diagnosis:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOMEROOM_")}
    ours = {"HOMEROOM_DATA_DIR": str(directory / "data"), "HOMEROOM_ENVIRONMENT": "test"}
    program = [sys.executable, "-c", "from homeroom_entrypoints.cli.main import main; main()"]
    done = subprocess.run(
        [*program, "doctor", "--json", *words],
        env={**kept, **ours, **{f"HOMEROOM_{name}": text for name, text in chosen.items()}},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout) if done.stdout.startswith("[") else []
    told = {row["what"]: (row["state"], row["advice"]) for row in rows}
    return Diagnosis(done.returncode, told, done.stdout + done.stderr)


def nowhere() -> str:
    return f"redis://:{SECRET}@127.0.0.1:{free_port()}/0"


def test_a_house_that_needs_no_server_is_healthy(tmp_path: Path) -> None:
    found = doctor(tmp_path)
    assert found.code == 0, found.text
    assert found.states == dict.fromkeys(("storage", "bus", "cache", "rates", "outbound"), "ok")


@pytest.mark.service("redis")
def test_everything_that_redis_does_is_asked_and_found_well(tmp_path: Path, redis_url: str) -> None:
    found = doctor(
        tmp_path,
        BUS__ADAPTER="redis",
        BUS__URL=redis_url,
        CACHE__ADAPTER="redis",
        CACHE__URL=redis_url,
        WEB__RATE_LIMIT_STORE="redis",
        WEB__RATE_LIMIT_URL=redis_url,
    )
    assert found.code == 0, found.text
    assert {found.rows[what] for what in ("bus", "cache", "rates")} == {("ok", "redis")}


@pytest.mark.parametrize(
    ("what", "chooser", "url"),
    [
        ("bus", "BUS__ADAPTER", "BUS__URL"),
        ("cache", "CACHE__ADAPTER", "CACHE__URL"),
        ("rates", "WEB__RATE_LIMIT_STORE", "WEB__RATE_LIMIT_URL"),
    ],
)
def test_the_one_that_is_away_is_named_and_the_others_are_well(
    tmp_path: Path, what: str, chooser: str, url: str
) -> None:
    found = doctor(tmp_path, **{chooser: "redis", url: nowhere()})
    assert found.code == 1
    state, advice = found.rows[what]
    assert state == "degraded"
    assert advice.endswith(REDIS_AWAY)
    assert {state for one, state in found.states.items() if one != what} == {"ok"}
    assert SECRET not in found.text


def test_all_that_are_away_are_told_at_once(tmp_path: Path) -> None:
    found = doctor(
        tmp_path,
        BUS__ADAPTER="redis",
        BUS__URL=nowhere(),
        WEB__RATE_LIMIT_STORE="redis",
        WEB__RATE_LIMIT_URL=nowhere(),
    )
    assert found.code == 1
    assert (found.states["bus"], found.states["rates"]) == ("degraded", "degraded")


@pytest.mark.service("redis")
def test_a_password_that_is_wrong_is_told_as_such(tmp_path: Path, redis_url: str) -> None:
    stranger = redis_url.replace("redis://", f"redis://nobody:{SECRET}@")
    found = doctor(tmp_path, BUS__ADAPTER="redis", BUS__URL=stranger)
    assert found.code == 1
    assert "check the user and the password" in found.rows["bus"][1]
    assert SECRET not in found.text


def test_adapters_that_nobody_installed_are_settings_to_mend_all_told_at_once(
    tmp_path: Path,
) -> None:
    typos = {
        "STORAGE__ADAPTER": ("slq", "sql"),
        "JOBS__CARRIER": ("bulmq", "bullmq"),
        "BUS__ADAPTER": ("reddis", "redis"),
        "CACHE__ADAPTER": ("rediz", "redis"),
        "WEB__RATE_LIMIT_STORE": ("rediss", "redis"),
    }
    found = doctor(tmp_path, **{name: typo for name, (typo, _) in typos.items()})
    assert (found.code, found.states) == (2, {})
    lines = found.text.splitlines()[1:]
    assert len(lines) == len(typos)
    for name, (typo, meant) in typos.items():
        (line,) = [one for one in lines if one.startswith(f"  HOMEROOM_{name} (")]
        assert f": no adapter {typo!r} among the installed " in line
        assert line.endswith(f"Did you mean {meant!r}?")


def test_an_address_that_is_missing_is_a_setting_to_mend(tmp_path: Path) -> None:
    found = doctor(tmp_path, BUS__ADAPTER="redis")
    assert found.code == 2
    assert "HOMEROOM_BUS__URL" in found.text


def test_a_database_that_is_away_is_named_in_plain_words(tmp_path: Path) -> None:
    away = f"postgresql://nobody:{SECRET}@127.0.0.1:{free_port()}/nothing"
    found = doctor(tmp_path, STORAGE__URL=away)
    assert found.code == 1
    well = dict.fromkeys(("bus", "cache", "rates", "outbound"), "ok")
    assert found.states == {"storage": "missing", **well}
    assert "cannot be reached" in found.rows["storage"][1]
    assert SECRET not in found.text


def test_a_carrier_that_is_away_is_named(tmp_path: Path) -> None:
    away = f"amqp://guest:{SECRET}@127.0.0.1:{free_port()}/"
    found = doctor(tmp_path, JOBS__CARRIER="rabbitmq", JOBS__URL=away)
    assert (found.code, found.rows["carrier"][0]) == (1, "degraded")
    assert "RabbitMQ cannot be reached" in found.rows["carrier"][1]
    assert SECRET not in found.text
