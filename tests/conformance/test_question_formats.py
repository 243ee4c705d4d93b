"""The formats of questions sign their suite."""

import pytest

from homeroom.exams.ports.formats import QuestionFormat
from homeroom_adapters.formats.aiken import Aiken
from homeroom_adapters.formats.gift import Gift
from homeroom_adapters.formats.json_file import JsonFile
from homeroom_adapters.formats.moodle_xml import MoodleXml
from homeroom_adapters.formats.table import Table
from homeroom_testing.conformance.formats import QuestionFormatConformance


class TestGift(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Gift()

    @pytest.fixture
    def spoilt(self) -> tuple[str, int]:
        return "One?{T}\n\n// a note\nTwo?{right wrong}\n\nThree?{=3 ~4}\n", 4


class TestAiken(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Aiken()

    @pytest.fixture
    def spoilt(self) -> tuple[str, int]:
        options = "A. one\nB. two\n"
        return f"1?\n{options}ANSWER: B\n\n2?\n{options}\n3?\n{options}ANSWER: A\n", 6


class TestTable(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return Table()

    @pytest.fixture
    def spoilt(self) -> tuple[str, int]:
        return "kind;question;answer\ntrueFalse;1?;true\ntrueFalse;2?;yes\ntrueFalse;3?;false\n", 3


class TestJsonFile(QuestionFormatConformance):
    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return JsonFile()

    @pytest.fixture
    def spoilt(self) -> tuple[str, int]:
        one = '{"stem": "?", "body": {"kind": "trueFalse", "isTrue": true}}'
        return f'[\n{one},\n{{"stem": "?"}},\n{one}\n]', 3


class TestMoodleXml(QuestionFormatConformance):
    recovers = False  # XML that is not well-formed ends there

    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return MoodleXml()

    @pytest.fixture
    def spoilt(self) -> tuple[str, int]:
        words = "<questiontext><text>?</text></questiontext>"
        answers = (
            '<answer fraction="100"><text>true</text></answer>'
            '<answer fraction="0"><text>false</text></answer>'
        )
        whole = f'<question type="truefalse">{words}{answers}</question>'
        return f'<quiz>\n{whole}\n<question type="essay">{words}</question>\n{whole}\n</quiz>', 3
