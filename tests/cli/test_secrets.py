"""`homeroom secrets` makes keys that the settings take, and never the same one twice."""

import pytest
from click.testing import CliRunner

from homeroom_entrypoints.cli.secrets import secrets
from homeroom_entrypoints.composition.settings import load_settings


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
