"""`homeroom secrets` makes keys that the settings take, and never the same one twice."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.secrets import secrets
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES


def made(*words: str) -> str:
    told = CliRunner().invoke(secrets, ["new-key", *words])
    assert told.exit_code == 0, told.output
    return told.output.strip()


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        ((), "HOMEROOM_SEALING__KEYS"),
        (("--kind", "sealing"), "HOMEROOM_SEALING__KEYS"),
        (("--kind", "signing"), "HOMEROOM_SIGNING__KEYS"),
    ],
)
def test_the_settings_take_two_of_them(words: tuple[str, ...], variable: str) -> None:
    new, old = made(*words), made(*words)
    assert new != old
    settings = load_settings({variable: f"{new},{old}"})
    assert settings.signing.keys or settings.sealing.keys


def test_there_are_no_other_kinds() -> None:
    told = CliRunner().invoke(secrets, ["new-key", "--kind", "skeleton"])
    assert told.exit_code == 2
    assert "sealing" in told.output


class TestKeysThatChange:
    """What is kept about people goes under the newest key, before the old one goes away."""

    @pytest.fixture
    def ran(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
        for name, value in {**FAST_VARIABLES, "HOMEROOM_DATA_DIR": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("HOMEROOM_LOG__LEVEL", "error")

        def run(*words: str, keys: str | None = None) -> Result:
            env = {} if keys is None else {"HOMEROOM_SEALING__KEYS": keys}
            return CliRunner(env=env).invoke(main, words)

        return run

    def test_birth_dates_go_under_the_new_one(
        self, ran: Callable[..., Result], tmp_path: Path
    ) -> None:
        named = ("--first-name", "Ana", "--last-name", "Reyes", "--born", "2014-05-17")
        ana = json.loads(ran("people", "create", "ana", *named, "--json").stdout)["person"]["id"]
        old, new = (tmp_path / "sealing.key").read_text().strip(), made()
        assert sealer_of(ran("doctor", "--json", keys=new)) == (
            "degraded",
            "the targets of 0 of 0 tasks and the secrets about 1 of 1 people do not open",
        )
        assert "2014" not in ran("people", "age", ana, keys=new).output
        both = f"{new},{old}"
        assert sealer_of(ran("doctor", "--json", keys=both)) == (
            "ok",
            "the targets of 0 of 0 tasks and the secrets about 1 of 1 people are not sealed",
        )
        told = ran("secrets", "reseal", keys=both)
        assert told.output == (
            "Sealed under the newest key: 0 targets of tasks, 1 secrets about people.\n"
        )
        assert sealer_of(ran("doctor", "--json", keys=new)) == ("ok", "aesgcm, its keys are set")
        assert "2014-05-17" in ran("people", "age", ana, keys=new).output

    def test_what_opens_with_no_key_is_told_and_nothing_is_changed(
        self, ran: Callable[..., Result]
    ) -> None:
        named = ("--first-name", "Ana", "--last-name", "Reyes", "--born", "2014-05-17")
        ana = json.loads(ran("people", "create", "ana", *named, "--json").stdout)["person"]["id"]
        refused = ran("secrets", "reseal", keys=made())
        assert refused.exit_code != 0
        assert "which is not among those set" in refused.output
        assert "2014-05-17" in ran("people", "age", ana).output


def sealer_of(doctor: Result) -> tuple[str, str]:
    """How the doctor finds the seals: the state, and where the advice begins."""
    (row,) = (one for one in json.loads(doctor.stdout) if one["what"] == "sealer")
    advice = str(row["advice"]).removeprefix("aesgcm, its keys are set; ")
    for end in (" with the keys", " under the newest"):
        advice = advice.partition(end)[0]
    return row["state"], advice
