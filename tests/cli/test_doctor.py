"""`homeroom doctor` asks every adapter that is configured, and says in plain words which is ill."""

import base64
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
PORTS = ("storage", "bus", "cache", "rates", "outbound", "handover")
SENDING = ("sealer", "hasher", "signer", "calendar", "by discord", "by webhook", "by log", "alerts")
WELL = {**dict.fromkeys((*PORTS, *SENDING), "ok"), "by email": "not set up"}
"""How a house is that nobody has set up, and that nothing ails."""

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
    assert found.states == WELL


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
        ("handover", "AUDIT__HANDOVER", "AUDIT__URL"),
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
    assert found.states == WELL | {what: "degraded"}
    assert SECRET not in found.text


def test_a_store_of_documents_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    where = f"mongodb://school:{SECRET}@127.0.0.1:{free_port()}/homeroom"
    found = doctor(tmp_path, DOCUMENTS__ADAPTER="mongo", DOCUMENTS__URL=where)
    assert found.code == 1
    assert found.states == WELL | {"documents": "missing"}
    assert "cannot be reached" in found.rows["documents"][1]
    assert SECRET not in found.text


@pytest.mark.service("mongo")
def test_a_mongodb_without_transactions_is_refused_with_the_way_out(
    tmp_path: Path, mongo_url: str
) -> None:
    found = doctor(tmp_path, DOCUMENTS__ADAPTER="mongo", DOCUMENTS__URL=mongo_url)
    if found.states.get("documents") == "ok":
        pytest.skip("this MongoDB declares replicated=True")
    assert found.states == WELL | {"documents": "missing"}
    assert "--replSet" in found.rows["documents"][1]


def test_a_store_of_documents_at_another_kind_of_address_is_refused(tmp_path: Path) -> None:
    found = doctor(tmp_path, DOCUMENTS__ADAPTER="mongo", DOCUMENTS__URL="redis://127.0.0.1:6379/0")
    assert found.code != 0
    assert "HOMEROOM_DOCUMENTS__URL" in found.text
    assert "mongodb://" in found.text


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
    assert found.states == WELL | {"storage": "missing"}
    assert "cannot be reached" in found.rows["storage"][1]
    assert SECRET not in found.text


def test_a_carrier_that_is_away_is_named(tmp_path: Path) -> None:
    away = f"amqp://guest:{SECRET}@127.0.0.1:{free_port()}/"
    found = doctor(tmp_path, JOBS__CARRIER="rabbitmq", JOBS__URL=away)
    assert (found.code, found.rows["carrier"][0]) == (1, "degraded")
    assert "RabbitMQ cannot be reached" in found.rows["carrier"][1]
    assert SECRET not in found.text


class TestWhatTasksAreSentWith:
    KEY = base64.b64encode(b"k" * 32).decode()

    def test_the_sealer_says_where_its_key_comes_from(self, tmp_path: Path) -> None:
        made = doctor(tmp_path)
        assert made.rows["sealer"] == ("ok", "aesgcm, its key is kept in the data directory")
        given = doctor(tmp_path, SEALING__KEYS=self.KEY)
        assert given.rows["sealer"] == ("ok", "aesgcm, its keys are set")
        assert self.KEY not in given.text

    def test_a_key_in_a_file_beside_a_database_for_many_is_told(self, tmp_path: Path) -> None:
        away = f"postgresql://nobody:{SECRET}@127.0.0.1:{free_port()}/nothing"
        state, advice = doctor(tmp_path, STORAGE__URL=away).rows["sealer"]
        assert state == "ok"
        assert advice.endswith("set HOMEROOM_SEALING__KEYS for all")
        given = doctor(tmp_path, STORAGE__URL=away, SEALING__KEYS=self.KEY)
        assert given.rows["sealer"][1] == "aesgcm, its keys are set"

    def test_a_key_file_that_holds_no_key_is_told_and_not_quoted(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "sealing.key").write_text(SECRET)
        found = doctor(tmp_path)
        assert (found.code, found.states["sealer"]) == (1, "missing")
        assert SECRET not in found.text

    def test_so_does_the_signer_and_the_hasher_says_what_it_costs(self, tmp_path: Path) -> None:
        made = doctor(tmp_path, PASSWORDS__MEMORY_MIB="20", PASSWORDS__PASSES="3")
        assert made.rows["signer"] == ("ok", "jose, its key is kept in the data directory")
        assert made.rows["hasher"] == ("ok", "argon2, 20 MiB and 3 passes a hash")
        given = doctor(tmp_path, SIGNING__KEYS=f"Ed25519:{self.KEY}")
        assert given.rows["signer"] == ("ok", "jose, its keys are set")
        assert self.KEY not in given.text
        away = f"postgresql://nobody:{SECRET}@127.0.0.1:{free_port()}/nothing"
        shared = doctor(tmp_path, STORAGE__URL=away).rows["signer"][1]
        assert shared.endswith("set HOMEROOM_SIGNING__KEYS for all")

    def test_what_cannot_sign_or_hash_is_told(self, tmp_path: Path) -> None:
        found = doctor(tmp_path, SIGNING__KEYS=f"RS256:{self.KEY}", PASSWORDS__LIMIT_MIB="1")
        assert found.code == 1
        assert found.states == WELL | {"signer": "missing", "hasher": "missing"}
        assert "PKCS#8" in found.rows["signer"][1]
        assert "HOMEROOM_PASSWORDS__LIMIT_MIB" in found.rows["hasher"][1]
        assert self.KEY not in found.text

    def test_alerts_that_can_go_nowhere_are_told(self, tmp_path: Path) -> None:
        found = doctor(tmp_path, ALERTS__KIND="discord", ALERTS__TARGET=f"ftp://{SECRET}")
        assert found.code == 1
        assert found.states == WELL | {"alerts": "missing"}
        assert "HOMEROOM_ALERTS__TARGET" in found.rows["alerts"][1]
        assert SECRET not in found.text

    def test_a_mail_server_that_nobody_named_is_no_ailment(self, tmp_path: Path) -> None:
        found = doctor(tmp_path)
        state, advice = found.rows["by email"]
        assert (found.code, state) == (0, "not set up")
        assert "HOMEROOM_EMAIL__HOST" in advice

    def test_a_mail_server_that_is_away_is_named_and_the_others_are_well(
        self, tmp_path: Path
    ) -> None:
        found = doctor(
            tmp_path,
            EMAIL__HOST="127.0.0.1",
            EMAIL__PORT=str(free_port()),
            EMAIL__SENDER="school@example.org",
        )
        assert found.code == 1
        assert found.states == WELL | {"by email": "degraded"}
        assert "HOMEROOM_EMAIL__HOST" in found.rows["by email"][1]

    def test_a_sender_that_is_no_address_is_told(self, tmp_path: Path) -> None:
        found = doctor(tmp_path, EMAIL__HOST="127.0.0.1", EMAIL__SENDER="nobody")
        assert (found.code, found.states["notifiers"]) == (1, "missing")
        assert "email.sender" in found.rows["notifiers"][1]
