"""`homeroom exams import` and `export`: files of questions come in, and go out again."""

import asyncio
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom.exams.model.catalogue import Objective, Outline
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES

Ran = Callable[..., Result]
GIFT = "// [id:a]\nOne?{T}\n\nNo answers\n\n// [id:b]\nTwo?{=x ~y}\n"


@pytest.fixture
def ran(house_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A command, run in a house with an exam."""
    monkeypatch.chdir(house_dir)
    asyncio.run(furnish(house_dir))
    Path(house_dir, "bank.gift").write_text(GIFT, "utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["exams", *words])

    return run


async def furnish(data_dir: Path) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(data_dir), **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        actor = await operator(homeroom)
        vendor = await homeroom.exams.begin_vendor(actor, "Academy")
        part = Objective(code="1.1", name="Part 1", weight=Fraction(100))
        written = Outline(code="TESTING", name="Testing", objectives=(part,))
        await homeroom.exams.draft_exam(actor, vendor.id, written)


def test_a_file_comes_in_and_what_is_broken_is_told_by_its_line(ran: Ran) -> None:
    tried = ran("import", "TESTING", "bank.gift", "--objective", "1.1", "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "Nothing was kept. It would be: 2 drafted" in tried.output
    done = ran("import", "TESTING", "bank.gift", "--objective", "1.1")
    assert "Brought in: 2 drafted, 0 revised, 0 unchanged, 1 refused." in done.output
    again = ran("import", "TESTING", "bank.gift", "--objective", "1.1", "--json")
    told = json.loads(again.stdout)
    assert (told["unchanged"], told["refused"], told["dryRun"]) == (2, 1, False)
    assert [row["line"] for row in told["rows"] if row["status"] == "refused"] == [4]


def test_what_goes_out_comes_in_again_unchanged(ran: Ran, tmp_path: Path) -> None:
    ran("import", "TESTING", "bank.gift", "--objective", "1.1")
    for name, file in (("moodle_xml", "out.xml"), ("csv", "out.csv"), ("json", "out.json")):
        written = ran("export", "TESTING", "--format", name, "--to", file)
        assert written.exit_code == 0, written.output
        back = ran("import", "TESTING", file, "--json")
        assert json.loads(back.stdout)["unchanged"] == 2, (tmp_path / file).read_text("utf-8")


@pytest.mark.parametrize("name", ["qti21", "qti3"])
def test_a_package_goes_out_and_is_known_by_its_ending(ran: Ran, name: str) -> None:
    ran("import", "TESTING", "bank.gift", "--objective", "1.1")
    written = ran("export", "TESTING", "--format", name, "--to", f"out.{name}.zip")
    assert written.exit_code == 0, written.output
    back = ran("import", "TESTING", f"out.{name}.zip", "--json")
    assert json.loads(back.stdout)["unchanged"] == 2, back.output


def test_a_torn_package_is_refused_in_a_sentence(ran: Ran, tmp_path: Path) -> None:
    ran("import", "TESTING", "bank.gift", "--objective", "1.1")
    ran("export", "TESTING", "--format", "qti3", "--to", "out.zip")
    torn = (tmp_path / "out.zip").read_bytes()[:-30]
    (tmp_path / "torn.zip").write_bytes(torn)
    refused = ran("import", "TESTING", "torn.zip")
    assert refused.exit_code != 0
    assert "This is no whole zip" in refused.output


def test_what_a_format_cannot_hold_is_told_beside_the_file(ran: Ran) -> None:
    ran("import", "TESTING", "bank.gift", "--objective", "1.1")
    out = ran("export", "TESTING", "--format", "aiken")
    assert out.stdout == "Two?\nA. x\nB. y\nANSWER: A\n\n"
    assert "Left out, for aiken cannot hold them: 1 (trueFalse)." in out.stderr


def test_a_file_of_an_unknown_ending_asks_for_its_format(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / "bank.txt").write_text(GIFT, "utf-8")
    refused = ran("import", "TESTING", "bank.txt")
    assert refused.exit_code == 2
    assert "gift" in refused.output
    done = ran("import", "TESTING", "bank.txt", "--format", "gift", "--objective", "1.1")
    assert done.exit_code == 0, done.output
