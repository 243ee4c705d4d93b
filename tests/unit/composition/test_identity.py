"""What people sign in with, as the settings say; and the keys that a house makes for itself."""

import base64
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from homeroom.kernel.errors import Unavailable
from homeroom_entrypoints.composition.identity import (
    PasswordSettingsInvalid,
    hasher_settings,
    new_signing_key,
    signer_settings,
)
from homeroom_entrypoints.composition.sending import new_sealing_key, sealer_settings
from homeroom_entrypoints.composition.settings import Settings, SettingsInvalid, load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES

HUSH = base64.b64encode(b"hush" * 8).decode()
SIGNING = f"Ed25519:{HUSH}"


@attrs.frozen
class Kind:
    """One of the keys that a house keeps."""

    file: str
    variable: str
    keys: Callable[[Settings], tuple[str, ...]]
    new: Callable[[], str]


SEAL = Kind(
    "sealing.key",
    "HOMEROOM_SEALING__KEYS",
    lambda settings: sealer_settings(settings).keys,
    new_sealing_key,
)
SIGN = Kind(
    "signing.key",
    "HOMEROOM_SIGNING__KEYS",
    lambda settings: signer_settings(settings).keys,
    new_signing_key,
)
_RACE = (
    "import sys; from pathlib import Path; "
    "from homeroom_entrypoints.composition.identity import signer_settings; "
    "from homeroom_entrypoints.composition.settings import Settings; "
    "sys.stdin.readline(); "
    "print(*signer_settings(Settings(data_dir=Path(sys.argv[1]))).keys)"
)


@pytest.mark.parametrize("kind", [SEAL, SIGN], ids=lambda kind: kind.file)
class TestAKeyOfOnesOwn:
    def test_it_is_made_once_and_kept_for_its_owner_alone(self, kind: Kind, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "deep" / "data")
        (made,) = kind.keys(settings)
        kept = settings.data_dir / kind.file
        assert kept.read_text() == f"{made}\n"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kind.keys(settings) == (made,)
        assert [one.name for one in settings.data_dir.iterdir()] == [kind.file], "no draft is left"

    def test_a_key_that_is_set_is_taken_and_none_is_made(self, kind: Kind, tmp_path: Path) -> None:
        given, older = kind.new(), kind.new()
        environ = {kind.variable: f"{given}, {older}", "HOMEROOM_DATA_DIR": str(tmp_path)}
        assert kind.keys(load_settings(environ)) == (given, older)
        assert not any(tmp_path.iterdir())

    def test_a_house_in_memory_keeps_none(self, kind: Kind, tmp_path: Path) -> None:
        environ = {"HOMEROOM_STORAGE__ADAPTER": "memory", "HOMEROOM_DATA_DIR": str(tmp_path)}
        settings = load_settings(environ)
        assert kind.keys(settings) != kind.keys(settings)
        assert not any(tmp_path.iterdir())

    @pytest.mark.parametrize("content", ["", "hush", "Ed25519:hush", "ñ"])
    def test_a_file_that_holds_none_is_told_and_left_alone(
        self, kind: Kind, tmp_path: Path, content: str
    ) -> None:
        (tmp_path / kind.file).write_text(content)
        with pytest.raises(Unavailable, match=f"{kind.file} .* or set {kind.variable}") as refused:
            kind.keys(Settings(data_dir=tmp_path))
        assert not content or content not in refused.value.message
        assert (tmp_path / kind.file).read_text() == content

    def test_a_directory_that_cannot_be_is_told(self, kind: Kind, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("no directory")
        with pytest.raises(Unavailable, match=f"Mend that, or set {kind.variable}"):
            kind.keys(Settings(data_dir=tmp_path / "data"))


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", _RACE, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for one in racing:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = {one.communicate(timeout=60)[0] for one in racing}
    assert told == {(tmp_path / "signing.key").read_text()}
    assert [one.name for one in tmp_path.iterdir()] == ["signing.key"]


class TestSigning:
    def test_settings_reach_the_signer(self) -> None:
        environ = {
            "HOMEROOM_SIGNING__KEYS": SIGNING,
            "HOMEROOM_SIGNING__ISSUER": "us",
            "HOMEROOM_SIGNING__AUDIENCE": "you",
            "HOMEROOM_SIGNING__LEEWAY_SECONDS": "0",
        }
        made = signer_settings(load_settings(environ))
        assert (made.keys, made.issuer, made.audience) == ((SIGNING,), "us", "you")
        assert made.leeway == timedelta(0)

    @pytest.mark.parametrize(
        ("name", "text", "instead"),
        [
            ("KEYS", HUSH, "new-key --kind signing"),
            ("KEYS", f"{SIGNING},{SIGNING}", "newest first"),
            ("ISSUER", " ", "a name of 1 to 200"),
            ("ACCESS_SECONDS", "0", "from 10 to 86400"),
            ("LEEWAY_SECONDS", "301", "from 0 to 300"),
        ],
    )
    def test_what_cannot_be_is_refused_and_not_quoted(
        self, name: str, text: str, instead: str
    ) -> None:
        with pytest.raises(SettingsInvalid, match=f"HOMEROOM_SIGNING__{name}.*{instead}") as told:
            load_settings({f"HOMEROOM_SIGNING__{name}": text})
        assert HUSH not in told.value.message


class TestPasswords:
    def test_settings_reach_the_hasher(self) -> None:
        named = {"PASSES": "4", "MEMORY_MIB": "64", "LANES": "2", "LIMIT_MIB": "128"}
        environ = {f"HOMEROOM_PASSWORDS__{name}": text for name, text in named.items()}
        made = hasher_settings(load_settings(environ))
        assert (made.passes, made.memory_kib, made.lanes) == (4, 64 * 1_024, 2)
        assert made.limit_kib == 128 * 1_024

    def test_a_limit_below_one_hash_is_refused_with_what_to_write(self) -> None:
        environ = {"HOMEROOM_PASSWORDS__LIMIT_MIB": "18"}
        with pytest.raises(PasswordSettingsInvalid, match="HOMEROOM_PASSWORDS__LIMIT_MIB"):
            hasher_settings(load_settings(environ))

    def test_a_house_for_tests_may_be_quick(self) -> None:
        assert hasher_settings(load_settings(FAST_VARIABLES)).memory_kib == 1_024
