"""The formats of questions sign their suite."""

import pytest

from homeroom.exams.ports.formats import QuestionFormat
from homeroom_adapters.formats.aiken import Aiken
from homeroom_adapters.formats.gift import Gift
from homeroom_adapters.formats.json_file import JsonFile
from homeroom_adapters.formats.moodle_xml import MoodleXml
from homeroom_adapters.formats.qti import QTI_3, QTI_21, Qti
from homeroom_adapters.formats.table import Table
from homeroom_testing.conformance.formats import QuestionFormatConformance
from homeroom_testing.conformance.packages import PackagedFormatConformance
from homeroom_testing.exam_sheets import plain_sheet
from homeroom_testing.zips import edited


class TestGift(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Gift()

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        return b"One?{T}\n\n// a note\nTwo?{right wrong}\n\nThree?{=3 ~4}\n", 4


class TestAiken(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Aiken()

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        options = "A. one\nB. two\n"
        file = f"1?\n{options}ANSWER: B\n\n2?\n{options}\n3?\n{options}ANSWER: A\n"
        return file.encode(), 6


class TestTable(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Table()

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        return b"kind;question;answer\ntrueFalse;1?;true\ntrueFalse;2?;yes\ntrueFalse;3?;false\n", 3


class TestJsonFile(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return JsonFile()

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        one = '{"stem": "?", "body": {"kind": "trueFalse", "isTrue": true}}'
        return f'[\n{one},\n{{"stem": "?"}},\n{one}\n]'.encode(), 3


class TestMoodleXml(QuestionFormatConformance):
    recovers = False  # XML that is not well-formed ends there

    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return MoodleXml()

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        words = "<questiontext><text>?</text></questiontext>"
        answers = (
            '<answer fraction="100"><text>true</text></answer>'
            '<answer fraction="0"><text>false</text></answer>'
        )
        whole = f'<question type="truefalse">{words}{answers}</question>'
        essay = f'<question type="essay">{words}</question>'
        return f"<quiz>\n{whole}\n{essay}\n{whole}\n</quiz>".encode(), 3


class TestQti21(PackagedFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Qti(QTI_21, (".qti21.zip",))

    @pytest.fixture
    def spoilt(self, notation: QuestionFormat) -> tuple[bytes, int]:
        return without_a_key(notation)


class TestQti3(PackagedFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Qti(QTI_3, (".zip",))

    @pytest.fixture
    def spoilt(self, notation: QuestionFormat) -> tuple[bytes, int]:
        return without_a_key(notation)


def without_a_key(notation: QuestionFormat) -> tuple[bytes, int]:
    """A package whose second item, of the manifest's seventh line, cannot be closed."""
    file = b"".join(notation.write([plain_sheet(stem) for stem in ("one", "two", "three")]))
    return edited(file, lambda text: text.replace(b"<p>two</p>", b"<p>two")), 7
