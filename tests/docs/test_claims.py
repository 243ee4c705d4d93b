"""What pages claim of the code is so: kinds and their answers, extras, commands, what changed."""

import re
import tomllib
from pathlib import Path

import click
import pytest

from homeroom.kernel import errors
from homeroom.kernel.errors import Refusal
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import EXIT_CODES
from homeroom_entrypoints.web.errors import STATUS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NUMBERS = {5: "five", 6: "six", 7: "seven"}


def decision(number: int) -> str:
    (page,) = (DOCS / "adr").glob(f"{number:04}-*.md")
    return page.read_text("utf-8")


def kinds_of_refusal() -> dict[str, type[Refusal]]:
    """What stands directly under `Refusal` in the kernel; every other refusal is one of these."""
    return {cls.__name__: cls for cls in vars(errors).values() if is_kind(cls)}


def is_kind(one: object) -> bool:
    return isinstance(one, type) and Refusal in one.__bases__


class TestKindsOfRefusal:
    def test_the_kernel_draws_each_of_them_once(self) -> None:
        drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
        assert sorted(drawn) == sorted(kinds_of_refusal())
        assert f"the {NUMBERS[len(drawn)]} kinds" in (errors.__doc__ or "")

    def test_the_decision_says_what_each_is_answered_with(self) -> None:
        text, kinds = decision(5), kinds_of_refusal()
        rows = re.findall(r"^\| `(\w+)` \|.*\| (\d+) \| (\d+) \|$", text, re.MULTILINE)
        told = {name: (int(status), int(code)) for name, status, code in rows}
        assert told == {name: (STATUS[cls], EXIT_CODES[cls]) for name, cls in kinds.items()}
        assert f"{NUMBERS[len(kinds)]} kinds" in text


def extras() -> dict[str, list[str]]:
    found: dict[str, list[str]] = PROJECT["optional-dependencies"]
    return found


def libraries(requirements: list[str]) -> set[str]:
    return {found[0] for one in requirements if (found := re.match(r"[\w-]+", one))}


class TestPackaging:
    @pytest.mark.parametrize("apart", ["offline-ai", "speech"])
    def test_an_extra_that_is_heavy_is_there_apart_and_pinned(self, apart: str) -> None:
        assert f"`{apart}`" in decision(6)
        pins = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        wanted = libraries(extras()[apart])
        assert wanted
        assert wanted - libraries(pins) == set()
        assert apart not in "".join(extras()["all"])

    def test_an_extra_that_a_page_names_is_there(self) -> None:
        pages = "\n".join(page.read_text("utf-8") for page in PAGES)
        named = ",".join(re.findall(r"homeroom\[([\w,-]+)\]", pages)).split(",")
        assert {*named} - extras().keys() == set()

    def test_each_of_the_two_commands_is_one_line_with_what_is_pinned(self) -> None:
        lines = (ROOT / "README.md").read_text("utf-8").splitlines()
        up, check = (line for line in lines if line.startswith("python3.11 -m venv .venv && "))
        assert [line for line in (up, check) if " -c constraints.txt " not in line] == []
        assert up.endswith("'.[all]' && .venv/bin/homeroom up")
        assert check.endswith(" && .venv/bin/tox run")

    def test_the_guide_to_adapters_names_every_port_that_takes_them(self) -> None:
        guide = (DOCS / "guides" / "write-an-adapter.md").read_text("utf-8")
        named = re.findall(r"^\| `(homeroom\.\w+)` \|", guide, re.MULTILINE)
        assert sorted(named) == sorted(PROJECT["entry-points"])


class TestTheChangelog:
    TOLD = (ROOT / "CHANGELOG.md").read_text("utf-8").lower()

    def test_it_names_every_technology(self) -> None:
        words = {"http": "outbound http", "sql": "postgresql", "codec": "json"}
        packages = {path.parent.name for path in (ROOT / "adapters").glob("*/*/__init__.py")}
        assert sorted(one for one in packages if words.get(one, one) not in self.TOLD) == []

    def test_it_names_every_command(self) -> None:
        spans = re.findall(r"`(?:homeroom )?(\w+)`", self.TOLD)
        assert sorted({*main.list_commands(click.Context(main))} - {*spans}) == []


def test_the_answers_shown_for_compose_are_all_that_it_asks_for() -> None:
    operate = (DOCS / "guides" / "operate.md").read_text("utf-8")
    (shown,) = re.findall(r"<!-- file: \.env -->\n```text\n(.*?)```", operate, re.DOTALL)
    compose = (ROOT / "entrypoints" / "deploy" / "compose.yaml").read_text("utf-8")
    asked = set(re.findall(r"\$\{(\w+):\?", compose))
    assert {line.partition("=")[0] for line in shown.splitlines()} == asked
