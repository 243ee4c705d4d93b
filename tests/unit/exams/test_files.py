"""Files of questions, brought into an exam and taken out again."""

import io
from collections import Counter

import pytest

from homeroom.exams.errors import ObjectiveNotFound
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.choices import Marking, Multiple, Option
from homeroom.exams.model.questions import Content, Question, QuestionStatus, Source
from homeroom.exams.ports.formats import UnreadableFile
from homeroom.exams.use_cases.bringing import Arrival, Report, Wishes
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.errors import Forbidden, Invalid
from homeroom.kernel.page import CursorRequest

pytestmark = pytest.mark.anyio

GIFT = """\
$CATEGORY: top/1.1

// [id:capital] [tag:peru]
Capital of Peru?{=Lima ~Quito}

// [id:pi]
Pi?{#3.141..3.142}

// [id:broken]
No answers

$CATEGORY: top/1.2

// [id:truth]
A stub answers{T}
"""


async def bring(school, exam: Exam, text: str | bytes, *, name: str = "gift", **wishes) -> Report:
    source = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    import_ = school.exams.import_questions
    return await import_(school.author, exam.id, name, source, Wishes(**wishes))


async def take_out(school, exam: Exam, name: str) -> bytes:
    taken = await school.exams.export_questions(school.author, exam.id, name)
    return b"".join([piece async for piece in taken.pieces])


async def bank(school, exam: Exam) -> dict[str | None, Question]:
    page = CursorRequest(limit=200)
    found = await school.exams.find_questions(school.author, Wanted(exam=exam.id), page)
    return {one.reference: one for one in found.items}


def became(report: Report) -> list[tuple[int, Arrival]]:
    return [(row.line, row.arrival) for row in report.rows]


async def test_what_is_sound_is_drafted_and_what_is_broken_is_told_by_its_line(school) -> None:
    exam = await school.exam()
    report = await bring(school, exam, GIFT)
    drafted = Arrival.DRAFTED
    assert became(report) == [(4, drafted), (7, drafted), (10, Arrival.REFUSED), (15, drafted)]
    kept = await bank(school, exam)
    assert kept.keys() == {"capital", "pi", "truth"}
    assert {one.status for one in kept.values()} == {QuestionStatus.DRAFT}
    first, second = exam.outline.weights
    assert (kept["pi"].objective_id, kept["truth"].objective_id) == (first, second)


async def test_a_dry_run_tells_the_same_and_keeps_nothing(school) -> None:
    exam = await school.exam()
    tried = await bring(school, exam, GIFT, dry_run=True)
    assert await bank(school, exam) == {}
    assert became(tried) == became(await bring(school, exam, GIFT))


async def test_a_file_brought_in_again_changes_only_what_reads_otherwise(school) -> None:
    exam = await school.exam()
    await bring(school, exam, GIFT)
    again = await bring(school, exam, GIFT)
    assert again.counts == {Arrival.UNCHANGED: 3, Arrival.REFUSED: 1}
    changed = await bring(school, exam, GIFT.replace("3.142", "3.15"))
    assert changed.counts == {Arrival.UNCHANGED: 2, Arrival.REVISED: 1, Arrival.REFUSED: 1}
    assert (await bank(school, exam))["pi"].edition == 2


async def test_a_file_without_names_may_be_brought_in_twice(school) -> None:
    exam = await school.exam()
    text = "Capital of Peru?\nA. Quito\nB. Lima\nANSWER: B\n"
    first = await bring(school, exam, text, name="aiken", objective="Part 2")
    second = await bring(school, exam, text, name="aiken", objective="1.2")
    assert (first.counts, second.counts) == ({Arrival.DRAFTED: 1}, {Arrival.UNCHANGED: 1})


async def test_questions_go_to_review_if_asked(school) -> None:
    exam = await school.exam()
    await bring(school, exam, GIFT, submit=True)
    statuses = {one.status for one in (await bank(school, exam)).values()}
    assert statuses == {QuestionStatus.IN_REVIEW}


async def test_an_export_brought_in_again_changes_nothing(school) -> None:
    exam = await school.exam()
    options = tuple(
        Option(id=one, text=one, worth=int(one != "c"), explanation="so") for one in ("a", "b", "c")
    )
    rich = Content(
        stem="Which?",
        body=Multiple(options=options, marking=Marking.HALVES),
        difficulty=5,
        sources=(Source("A book"),),
        tags=frozenset({"x, y", "z"}),
    )
    where = next(iter(exam.outline.weights))
    await school.exams.write_question(school.author, exam.id, where, rich)
    await school.question(exam)
    for name in ("gift", "moodle_xml", "csv", "json", "qti21", "qti3"):
        report = await bring(school, exam, await take_out(school, exam, name), name=name)
        assert report.counts == {Arrival.UNCHANGED: 2}, name


async def test_a_large_export_comes_page_by_page_and_whole(school) -> None:
    exam = await school.exam()
    many = "".join(f"// [id:q{number}]\nNumber {number}?{{T}}\n\n" for number in range(230))
    await bring(school, exam, many, objective="1.1")
    for name in ("gift", "moodle_xml", "csv", "json", "qti21", "qti3"):
        report = await bring(school, exam, await take_out(school, exam, name), name=name)
        assert report.counts == {Arrival.UNCHANGED: 230}


async def test_what_a_format_cannot_hold_is_left_out_and_counted(school) -> None:
    exam = await school.exam()
    await bring(school, exam, GIFT)
    taken = await school.exams.export_questions(school.author, exam.id, "aiken")
    text = b"".join([piece async for piece in taken.pieces]).decode()
    assert sum(taken.left_out.values()) == 2
    assert text == "Capital of Peru?\nA. Lima\nB. Quito\nANSWER: A\n\n"
    assert (taken.name, taken.media_type) == ("BACKEND.aiken", "text/plain")


async def test_one_name_twice_in_a_file_is_told(school) -> None:
    exam = await school.exam()
    twice = "// [id:a]\nOne?{T}\n\n// [id:a]\nTwo?{T}\n"
    report = await bring(school, exam, twice, objective="1.1")
    assert became(report) == [(2, Arrival.DRAFTED), (5, Arrival.REFUSED)]
    assert "line 2" in report.rows[1].problems[0].message


async def test_a_question_without_an_objective_says_which_there_are(school) -> None:
    exam = await school.exam()
    report = await bring(school, exam, "One?{T}\n")
    assert report.counts == Counter({Arrival.REFUSED: 1})
    assert "1.1, 1.2" in report.rows[0].problems[0].message
    with pytest.raises(ObjectiveNotFound):
        await bring(school, exam, GIFT, objective="9.9")


async def test_a_question_whose_life_is_over_is_left_alone(school) -> None:
    exam = await school.exam()
    await bring(school, exam, GIFT, submit=True)
    truth = (await bank(school, exam))["truth"]
    await school.exams.reject_question(school.author, truth.id, "It is no question.")
    report = await bring(school, exam, GIFT.replace("answers{T}", "answers{F}"))
    refused = [row.line for row in report.rows if row.arrival is Arrival.REFUSED]
    assert refused == [10, 15]


async def test_only_authors_bring_questions_in_or_take_them_out(school) -> None:
    exam = await school.exam()
    with pytest.raises(Forbidden):
        await school.exams.import_questions(school.learner, exam.id, "gift", io.BytesIO())
    with pytest.raises(Forbidden):
        await school.exams.export_questions(school.learner, exam.id, "gift")


async def test_a_format_that_is_not_installed_names_those_that_are(school) -> None:
    exam = await school.exam()
    with pytest.raises(Invalid, match="aiken, csv, gift, json, moodle_xml, qti21, qti3"):
        await bring(school, exam, GIFT, name="qti")


async def test_a_declared_document_type_is_refused_and_nothing_kept(school) -> None:
    exam = await school.exam()
    bomb = '<!DOCTYPE quiz [<!ENTITY a "b">]><quiz><question/></quiz>'
    with pytest.raises(UnreadableFile):
        await bring(school, exam, bomb, name="moodle_xml")
    assert await bank(school, exam) == {}


async def test_what_was_brought_in_stands_in_the_record(school) -> None:
    exam = await school.exam()
    before = len(await school.entries())
    await bring(school, exam, GIFT)
    noted = (await school.entries())[before:]
    assert {one.action for one in noted} == {"exams.write_questions"}
    assert [one.resource for one in noted] == ["question"] * 3 + ["exam"]
