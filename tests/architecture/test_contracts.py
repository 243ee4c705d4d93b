"""Every contract of `importlinter.ini` holds, and bites when somebody breaks it."""

import configparser
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "homeroom": ROOT / "src",
    "homeroom_testing": ROOT / "src",
    "homeroom_adapters": ROOT / "adapters",
    "homeroom_entrypoints": ROOT / "entrypoints",
}
LINTER = Path(sysconfig.get_path("scripts")) / "lint-imports"
SECTION = "importlinter:contract:"


def contracts() -> dict[str, configparser.SectionProxy]:
    """The contracts by their id, as the file has them."""
    ini = configparser.ConfigParser()
    ini.read(ROOT / "importlinter.ini", "utf-8")
    return {name.removeprefix(SECTION): ini[name] for name in ini if name.startswith(SECTION)}


def words(text: str) -> set[str]:
    return set(text.replace("|", " ").replace("(", " ").replace(")", " ").split())


@attrs.frozen
class Breach:
    """One line that the contract called *contract* forbids in *file*."""

    contract: str
    file: str
    line: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.file} says {self.line}"


BREACHES = [
    Breach("packages", "homeroom/kernel/ids.py", "import homeroom_adapters"),
    Breach("packages", "homeroom/house.py", "import homeroom_entrypoints"),
    Breach("packages", "homeroom/kernel/clock.py", "import homeroom_testing"),
    Breach("packages", "homeroom_adapters/sql/rows.py", "import homeroom_entrypoints"),
    Breach("packages", "homeroom_adapters/memory/rates.py", "import homeroom_testing.clock"),
    Breach("packages", "homeroom_entrypoints/web/app.py", "import homeroom_adapters.sql.engine"),
    Breach("packages", "homeroom_entrypoints/cli/main.py", "import homeroom_testing.clock"),
    Breach("packages", "homeroom_testing/clock.py", "import homeroom_adapters.codec.json"),
    Breach("core", "homeroom/people/model/keys.py", "import homeroom.operations.model"),
    Breach("core", "homeroom/operations/ports.py", "import homeroom.people.ports"),
    Breach("core", "homeroom/published/people.py", "import homeroom.people.errors"),
    Breach("core", "homeroom/kernel/jobs.py", "import homeroom.published.people"),
    Breach("core", "homeroom/people/use_cases/keys.py", "import homeroom.house"),
    Breach("core", "homeroom/undeclared.py", "import attrs"),
    Breach("context", "homeroom/people/errors.py", "import homeroom.people.model"),
    Breach("context", "homeroom/people/model/keys.py", "import homeroom.people.ports"),
    Breach("context", "homeroom/people/ports/repositories.py", "import homeroom.people.use_cases"),
    Breach("context", "homeroom/operations/model.py", "import homeroom.operations.use_cases"),
    Breach("context", "homeroom/operations/rights.py", "import homeroom.operations.model"),
    Breach("context", "homeroom/operations/undeclared.py", "import attrs"),
    Breach("when", "homeroom/scheduling/model/when.py", "import homeroom.scheduling.model.tasks"),
    Breach("when", "homeroom/scheduling/model/cron.py", "import homeroom.scheduling.model.when"),
    Breach("pure", "homeroom/kernel/ids.py", "import msgspec"),
    Breach("pure", "homeroom/people/model/keys.py", "from sqlalchemy import Column"),
    Breach("pure", "homeroom/kernel/names.py", "if False:\n    import pytest"),
    Breach(
        "pure",
        "homeroom/kernel/page.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import litestar",
    ),
    Breach("technologies", "homeroom_adapters/sql/rows.py", "import homeroom_adapters.codec.json"),
    Breach("technologies", "homeroom_adapters/http/calls.py", "import homeroom_adapters.redis"),
    Breach("technologies", "homeroom_adapters/memory/bus.py", "import homeroom_adapters.sql.rows"),
    Breach("container", "homeroom_entrypoints/web/app.py", "import dependency_injector"),
    Breach(
        "container",
        "homeroom_entrypoints/worker/relay.py",
        "from dependency_injector.providers import Factory",
    ),
    Breach("container", "homeroom_entrypoints/cli/main.py", "import dependency_injector.wiring"),
    Breach("httpx", "homeroom_adapters/sql/rows.py", "import httpx"),
    Breach("httpx", "homeroom_entrypoints/composition/facade.py", "from httpx import AsyncClient"),
    Breach("httpx", "homeroom_entrypoints/worker/relay.py", "import httpcore"),
    Breach("httpx", "homeroom_testing/clock.py", "def late():\n    import httpx"),
    Breach("technologies", "homeroom_adapters/jose/keys.py", "import homeroom_adapters.seals.keys"),
    Breach("identity", "homeroom_entrypoints/web/app.py", "from joserfc import jwt"),
    Breach("identity", "homeroom_adapters/sql/rows.py", "import argon2"),
    Breach("identity", "homeroom_testing/clock.py", "def late():\n    import joserfc.jws"),
]


@attrs.frozen
class House:
    """A copy of every package, to be broken in peace."""

    root: Path

    def lint(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [LINTER, "--config", "importlinter.ini", "--cache-dir", ".seen", *options],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def broken_by(self, breach: Breach) -> subprocess.CompletedProcess[str]:
        """What the linter says of *breach*, which is undone at once."""
        file = self.root / breach.file
        before = file.read_bytes() if file.exists() else None
        try:
            file.write_bytes((before or b"") + f"\n{breach.line}\n".encode())
            return self.lint("--contract", breach.contract)
        finally:
            if before is None:
                file.unlink()
            else:
                file.write_bytes(before)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    ignore = shutil.ignore_patterns("__pycache__")
    for package, room in PACKAGES.items():
        shutil.copytree(room / package, root / package, ignore=ignore)
    shutil.copy(ROOT / "importlinter.ini", root)
    own = root / "tests" / "architecture" / "contracts.py"
    own.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "contracts.py", own)
    yield House(root)
    shutil.rmtree(root)


class TestContracts:
    def test_every_contract_is_kept(self, house: House) -> None:
        said = house.lint()
        assert said.returncode == 0, said.stdout
        assert f"{len(contracts())} kept, 0 broken" in said.stdout

    @pytest.mark.parametrize("breach", BREACHES, ids=str)
    def test_a_breach_is_reported(self, house: House, breach: Breach) -> None:
        said = house.broken_by(breach)
        assert said.returncode == 1, said.stdout + said.stderr
        assert f"{contracts()[breach.contract]['name']} BROKEN" in said.stdout

    def test_what_was_broken_is_mended_for_the_next(self, house: House) -> None:
        assert house.broken_by(BREACHES[0]).returncode == 1
        assert house.lint().returncode == 0

    def test_no_contract_is_without_a_breach(self) -> None:
        assert {breach.contract for breach in BREACHES} == contracts().keys()

    def test_no_contract_makes_exceptions(self) -> None:
        assert not [name for name, one in contracts().items() if "ignore_imports" in one]


class TestWhatTheContractsName:
    def test_every_context_has_its_layers(self) -> None:
        above_and_below = {"kernel", "published", "processes"}
        contexts = {
            f"homeroom.{path.parent.name}"
            for path in (ROOT / "src" / "homeroom").glob("*/__init__.py")
            if path.parent.name not in above_and_below
        }
        assert words(contracts()["context"]["containers"]) == contexts

    def test_every_technology_is_kept_apart(self) -> None:
        found = (ROOT / "adapters" / "homeroom_adapters").glob("*/__init__.py")
        technologies = {f"homeroom_adapters.{path.parent.name}" for path in found}
        assert words(contracts()["technologies"]["modules"]) == technologies

    def test_only_composition_may_know_the_container(self) -> None:
        found = (ROOT / "entrypoints" / "homeroom_entrypoints").glob("*/__init__.py")
        others = {f"homeroom_entrypoints.{path.parent.name}" for path in found}
        others -= {"homeroom_entrypoints.composition"}
        named = words(contracts()["container"]["source_modules"])
        assert named == others | PACKAGES.keys() - {"homeroom_entrypoints"}

    def test_only_the_http_technology_may_know_httpx(self) -> None:
        technologies = words(contracts()["technologies"]["modules"])
        named = words(contracts()["httpx"]["source_modules"])
        assert named == {
            *PACKAGES.keys() - {"homeroom_adapters"},
            *technologies - {"homeroom_adapters.http"},
        }

    def test_only_their_own_technologies_may_know_argon2_and_jose(self) -> None:
        technologies = words(contracts()["technologies"]["modules"])
        named = words(contracts()["identity"]["source_modules"])
        assert named == {
            *PACKAGES.keys() - {"homeroom_adapters"},
            *technologies - {f"homeroom_adapters.{one}" for one in ("argon2", "jose", "openid")},
        }
