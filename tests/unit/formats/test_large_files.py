"""A hundred thousand questions in a file: they come one by one, in little memory."""

import subprocess
import sys

import pytest

MANY, MANY_FILES = 100_000, 20_000
"""In one file; and as so many files of a package, each of which costs as much as five lines."""

MOST_MEGABYTES = 150
"""Beside what Python and the formats take before they read; a list of so many takes 300."""

_QTI = "Qti(__import__('homeroom_adapters.formats.qti').formats.qti.QTI_3, ('.zip',))"

READ = """
import resource, sys, tempfile
from homeroom_testing.exam_sheets import plain_sheet
from homeroom_adapters.formats.{module} import {name}

def peak():
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

before = peak()
notation = {made}
sheets = (plain_sheet(f"Number {{number}}?") for number in range({many}))
with tempfile.TemporaryFile() as file:
    for piece in notation.write(sheets):
        file.write(piece)
    file.seek(0)
    count = sum(1 for found in notation.read(file) if found.sheet is not None)
print(count, int(peak() - before))
"""


def _peak_of(module: str, made: str, many: int) -> tuple[int, int]:
    name = made.partition("(")[0]
    script = READ.format(module=module, name=name, made=made, many=many)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    count, peak = done.stdout.split()
    return int(count), int(peak)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("module", "made", "many"),
    [
        ("aiken", "Aiken()", MANY),
        ("gift", "Gift()", MANY),
        ("json_file", "JsonFile()", MANY),
        ("moodle_xml", "MoodleXml()", MANY),
        ("table", "Table()", MANY),
        ("qti", _QTI, MANY_FILES),
    ],
    ids=["aiken", "gift", "json", "moodle_xml", "csv", "qti3"],
)
def test_a_hundred_thousand_questions_are_read_in_bounded_memory(
    module: str, made: str, many: int
) -> None:
    count, peak = _peak_of(module, made, many)
    assert count == many
    assert peak < MOST_MEGABYTES
