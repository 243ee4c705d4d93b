"""The bank that comes along can be trusted: it is sound, it is fair, and it says why."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from statistics import mean

import pytest

from homeroom.exams.model.answers import Kind
from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.choices import Multiple, Single, TrueFalse
from homeroom.exams.model.written import ShortAnswer
from homeroom.exams.ports.formats import Sheet
from homeroom.kernel.ids import InstitutionId, VendorId, new_id
from homeroom_entrypoints.demo.bank import read_bank
from homeroom_testing.clock import NOON

BANK = read_bank()

CHAPTERS = {
    "1.1": ("1_start_here", 1),
    "2.1": ("2_jwt_task", 2),
    "3.1": ("3_databases", 3),
    "3.2": ("4_postgresql_tasks", 3),
    "4.1": ("5_caching", 3),
    "5.1": ("6_nodejs_ecosystem", 3),
    "5.2": ("7_websockets", 2),
    "5.3": ("8_networking", 2),
    "6.1": ("9_rabbitmq", 3),
    "6.2": ("10_clickhouse", 3),
    "7.1": ("11_docker", 2),
    "7.2": ("12_kubernetes", 3),
    "8.1": ("13_monitoring_logging", 2),
    "8.2": ("14_metrics", 3),
    "9.1": ("15_testing", 2),
    "10.1": ("16_microservice_architecture", 4),
    "11.1": ("17_nestjs", 2),
    "12.1": ("18_soft_skill", 1),
}
"""The chapter that each objective is taught in, and how hard its questions ought to be."""

FORM = (1, 4, 5, 5, 5, 5, 3, 3, 5, 2, 3, 4, 3, 3, 4, 6, 3, 1)
"""How many questions of each objective a sitting has, in their order."""


def by_objective() -> dict[str, list[Sheet]]:
    found = defaultdict(list)
    for one in BANK.questions:
        found[one.objective].append(one)
    return found


def singles() -> list[Single]:
    return [one.content.body for one in BANK.questions if isinstance(one.content.body, Single)]


def plain(text: str) -> str:
    """*text* without capitals, blanks and punctuation, as duplicates are looked for."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def shingles(text: str) -> frozenset[str]:
    bare = plain(text)
    return frozenset(bare[place : place + 5] for place in range(max(1, len(bare) - 4)))


def share(hits: Iterable[bool]) -> float:
    return mean(map(float, hits))


class TestTheExam:
    def test_it_can_be_published_and_has_eighteen_objectives_in_groups(self) -> None:
        institution, vendor = InstitutionId(new_id()), VendorId(new_id())
        exam = Exam.draft(institution, vendor, BANK.outline, at=NOON)
        exam.publish(at=NOON)
        codes = {one.id: one.code for one in exam.outline.objectives}
        assert [codes[one] for one in exam.outline.weights] == list(CHAPTERS)
        assert sum(exam.outline.weights.values()) == 100
        groups = {one.id: one.code for one in exam.outline.objectives if one.parent_id is None}
        assert list(groups.values()) == [str(number) for number in range(1, 13)]
        for one in exam.outline.objectives:
            if one.parent_id is not None:
                assert one.code.startswith(f"{groups[one.parent_id]}.")

    def test_a_form_of_65_questions_has_the_counts_of_the_blueprint_and_the_bank_has_more(
        self,
    ) -> None:
        institution, vendor = InstitutionId(new_id()), VendorId(new_id())
        exam = Exam.draft(institution, vendor, BANK.outline, at=NOON)
        codes = {one.id: one.code for one in exam.outline.objectives}
        wanted = {codes[one]: count for one, count in exam.blueprint().items()}
        assert tuple(wanted.values()) == FORM
        kept = {code: len(found) for code, found in by_objective().items()}
        assert [code for code in wanted if kept[code] <= wanted[code]] == []

    def test_its_terms_are_65_questions_in_90_minutes_with_65_percent_to_pass(self) -> None:
        terms = BANK.outline.terms
        assert (terms.questions, terms.time_limit.total_seconds()) == (65, 5400)
        assert (BANK.outline.code, terms.passing) == ("backend-pro", 65)


@pytest.mark.parametrize("sheet", BANK.questions, ids=lambda sheet: sheet.reference)
class TestEachQuestion:
    def test_it_is_sound_and_its_key_is_worth_the_whole_mark(self, sheet: Sheet) -> None:
        sheet.content.expect_sound()
        body = sheet.content.body
        body.check(body.key)
        assert body.credit(body.key) == 1
        if isinstance(body, Single | Multiple):
            wrong = [(one.id,) for one in body.options if not one.is_right]
            assert wrong
            assert all(body.credit(one) < 1 for one in wrong)

    def test_it_says_why_and_where_to_read_more(self, sheet: Sheet) -> None:
        assert len(sheet.content.explanation) >= 40
        assert sheet.content.sources
        for source in sheet.content.sources:
            assert source.title
            assert source.url.startswith("https://")

    def test_it_says_of_each_choice_why_it_is_right_or_wrong(self, sheet: Sheet) -> None:
        match sheet.content.body:
            case Single() | Multiple() as body:
                assert all(len(one.explanation) >= 12 for one in body.options)
                right = [one for one in body.options if one.explanation.startswith("Right: ")]
                assert [one.id for one in right] == list(body.key)
            case TrueFalse() as body:
                right, wrong = body.why_true, body.why_false
                if not body.is_true:
                    right, wrong = wrong, right
                assert right.startswith("Right: ")
                assert not wrong.startswith("Right: ")
            case _:
                pass

    def test_it_belongs_to_the_chapter_of_its_objective_and_is_about_as_hard(
        self, sheet: Sheet
    ) -> None:
        chapter, centre = CHAPTERS[sheet.objective]
        topic = chapter.partition("_")[2]
        assert sheet.content.tags == {chapter}
        assert re.fullmatch(rf"backend-pro/{topic}/[a-z0-9-]+", sheet.reference or "")
        assert abs(sheet.content.difficulty - centre) <= 1

    def test_neither_its_words_nor_its_ids_give_the_answer_away(self, sheet: Sheet) -> None:
        body = sheet.content.body
        match body:
            case ShortAnswer():
                said = plain(sheet.content.stem).split()
                assert [one for one in body.accepted if plain(one.text) in said] == []
            case Matching():
                assert list(body.key) != [one.id for one in body.targets][: len(body.key)]
            case Ordering():
                assert list(body.key) != sorted(body.key)
            case _:
                assert body.key


class TestTheWhole:
    def test_there_are_enough_questions_of_every_kind(self) -> None:
        kinds = Counter(one.content.body.kind for one in BANK.questions)
        assert len(BANK.questions) >= 72
        assert {kind for kind in Kind if kinds[kind] < 5} == set()

    def test_no_question_stands_there_twice_in_other_words_or_under_another_reference(self) -> None:
        assert len({one.reference for one in BANK.questions}) == len(BANK.questions)
        stems = [plain(one.content.stem) for one in BANK.questions]
        assert [stem for stem, times in Counter(stems).items() if times > 1] == []
        cut = [(one.reference, shingles(one.content.stem)) for one in BANK.questions]
        alike = [
            (one, other)
            for (one, left), (other, right) in combinations(cut, 2)
            if len(left & right) / len(left | right) >= 0.6
        ]
        assert alike == []

    def test_no_position_is_a_better_guess_than_another(self) -> None:
        places = Counter(
            next(place for place, one in enumerate(body.options) if one.is_right)
            for body in singles()
        )
        assert all(0.2 <= places[place] / len(singles()) <= 0.3 for place in range(4))

    def test_neither_the_longest_nor_the_shortest_option_is_a_good_guess(self) -> None:
        def lengths(body: Single) -> list[tuple[int, bool]]:
            return sorted((len(one.text), one.is_right) for one in body.options)

        assert share(lengths(body)[-1][1] for body in singles()) < 0.45
        assert share(lengths(body)[0][1] for body in singles()) < 0.45

    def test_true_is_no_better_guess_than_false(self) -> None:
        bodies = [one.content.body for one in BANK.questions]
        true = share(body.is_true for body in bodies if isinstance(body, TrueFalse))
        assert 0.35 <= true <= 0.65

    def test_an_objective_is_as_hard_as_its_chapter_on_the_whole(self) -> None:
        for code, found in by_objective().items():
            middle = mean(one.content.difficulty for one in found)
            assert abs(middle - CHAPTERS[code][1]) <= 0.6, code

    def test_reading_it_again_gives_the_same_questions(self) -> None:
        assert read_bank().questions == BANK.questions
