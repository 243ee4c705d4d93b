"""An exam taken over HTTP: served without its key, answered in time, and scored once."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from homeroom_testing.marked_exam import MARK

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import TESTS, Hall, Learner, of_type, open_hall, right

pytestmark = pytest.mark.anyio

TELLING = re.compile(
    "correct|right|worth|credit|key|explan|remark|feedback|source|refer", re.IGNORECASE
)
"""Names of fields in which something could be told that is not to be known yet."""


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


async def start(hall: Hall, learner: Learner) -> Any:
    return await learner.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})


def leaves(told: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in *told*, each with the names that lead to it."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield from leaves(value, f"{at}.{name}")
    elif isinstance(told, list):
        for value in told:
            yield from leaves(value, at)
    yield at, told


def secrets_in(told: Any) -> list[tuple[str, Any]]:
    return [
        (at, leaf)
        for at, leaf in leaves(told)
        if leaf is not None and (TELLING.search(at) or (isinstance(leaf, str) and MARK in leaf))
    ]


class TestWhatIsServed:
    async def test_tells_no_key_explanation_reference_or_source_in_any_field(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        own = f"{TESTS}/{sheet['testId']}"
        served = [sheet, await ana.told("GET", own), await start(hall, ana)]
        for question in sheet["questions"]:
            served.append((await ana.keep(sheet, question, right(question))).json())
            served.append(await ana.told("PUT", f"{own}/flags/{question['id']}"))
        served.append(await ana.told("GET", f"/api/v1/sessions/{sheet['testId']}/progress"))
        served.append(await ana.told("GET", "/api/v1/me/sittings"))
        assert secrets_in(served) == []
        assert {one["type"] for one in sheet["questions"]} == {
            *("single", "multiple", "trueFalse", "shortAnswer", "numeric", "matching", "ordering")
        }

    async def test_tells_all_that_once_it_is_over(self, hall: Hall, ana: Learner) -> None:
        sheet = await start(hall, ana)
        result = await ana.told("POST", f"{TESTS}/{sheet['testId']}/submit")
        found = {at.rpartition(".")[2] for at, _ in secrets_in(result)}
        assert found >= {"correctAnswer", "explanation", "remarks", "sources", "credit"}
        assert await ana.told("GET", f"{TESTS}/{sheet['testId']}/result") == result

    async def test_keeps_its_order_and_ids_whatever_is_shuffled(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        assert await ana.told("GET", f"{TESTS}/{sheet['testId']}") == sheet
        ordered = [one["id"] for one in of_type(sheet, "ordering")["answers"]]
        assert sorted(ordered) == ["q", "r", "s", "t"]
        sheets = [await start(hall, await hall.learner()) for _ in range(8)]
        orders = {
            tuple(one["id"] for one in of_type(each, "ordering")["answers"]) for each in sheets
        }
        assert len(orders) > 1
        for question in sheet["questions"]:
            assert (await ana.keep(sheet, question, right(question))).status_code == 200
        result = await ana.told("POST", f"{TESTS}/{sheet['testId']}/submit")
        assert (result["score"], result["correctCount"]) == (100.0, 7)

    async def test_is_one_run_on_every_device(self, hall: Hall, ana: Learner) -> None:
        sheet, again = await start(hall, ana), await start(hall, ana)
        assert again == sheet
        other = await start(hall, await hall.learner())
        assert other["testId"] != sheet["testId"]


class TestAnswers:
    async def test_that_are_kept_are_shown_again_and_the_last_one_counts(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        question = of_type(sheet, "multiple")
        path = f"{TESTS}/{sheet['testId']}/answers/{question['id']}"
        await ana.told("PUT", path, {"answer": ["a"], "timeSpent": 4, "confidence": 2})
        kept = await ana.told("PUT", path, {"answer": ["c", "a"], "time_spent": 9})
        assert kept["answeredCount"] == 1
        shown = of_type(await ana.told("GET", f"{TESTS}/{sheet['testId']}"), "multiple")
        assert (shown["given"], shown["confidence"], shown["timeSpent"]) == (["c", "a"], 2, 9)

    async def test_that_come_a_second_too_late_are_refused_and_those_before_count(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        single, numeric = of_type(sheet, "single"), of_type(sheet, "numeric")
        hall.clock.step(seconds=90 * 60)
        assert (await ana.keep(sheet, single, right(single))).status_code == 200
        hall.clock.step(seconds=1)
        late = await ana.keep(sheet, numeric, right(numeric))
        assert (late.status_code, late.json()["code"]) == (409, "session_expired")
        result = await ana.told("GET", f"{TESTS}/{sheet['testId']}/result")
        assert (result["status"], result["timeTaken"]) == ("expired", 90 * 60)
        assert (result["correctCount"], result["skippedCount"]) == (1, 6)
        # One of three questions of the objective that weighs 60.
        assert (result["score"], result["passed"]) == (20.0, False)

    async def test_are_judged_by_the_edition_that_was_served(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        single = of_type(sheet, "single")
        (kept,) = [one for one in hall.marked.questions if str(one.id) == single["id"]]
        revised = hall.marked.revised(kept, at=hall.clock.now())
        await hall.homeroom.exams.revise_question(hall.owner, kept.id, revised.content)
        again = of_type(await ana.told("GET", f"{TESTS}/{sheet['testId']}"), "single")
        assert again["text"] == single["text"]
        await ana.keep(sheet, single, ["b"])
        result = await ana.told("POST", f"{TESTS}/{sheet['testId']}/submit")
        assert of_type(result, "single")["feedback"]["isCorrect"] is True
        fresh = of_type(await start(hall, await hall.learner()), "single")
        assert fresh["text"] == "Revised"

    @pytest.mark.parametrize(
        ("answer", "code"), [(["z"], "bad_answer"), (["a", "b"], "bad_answer"), (7, "invalid")]
    )
    async def test_that_cannot_be_are_refused(
        self, hall: Hall, ana: Learner, answer: Any, code: str
    ) -> None:
        sheet = await start(hall, ana)
        refused = await ana.keep(sheet, of_type(sheet, "single"), answer)
        assert (refused.status_code, refused.json()["code"]) == (400, code)

    async def test_may_be_flagged_and_the_flag_comes_off(self, hall: Hall, ana: Learner) -> None:
        sheet = await start(hall, ana)
        own, first = f"{TESTS}/{sheet['testId']}", sheet["questions"][0]["id"]
        assert await ana.told("PUT", f"{own}/flags/{first}") == {"isFlagged": True}
        assert (await ana.told("GET", own))["questions"][0]["isFlagged"] is True
        assert (await ana.ask("DELETE", f"{own}/flags/{first}")).status_code == 204
        assert (await ana.told("GET", own))["questions"][0]["isFlagged"] is False


class TestSubmitting:
    async def test_twice_at_once_has_one_result(self, hall: Hall, ana: Learner) -> None:
        sheet = await start(hall, ana)
        path = f"{TESTS}/{sheet['testId']}/submit"
        first, second = await asyncio.gather(ana.told("POST", path), ana.told("POST", path))
        hall.clock.step(seconds=60)
        assert first == second == await ana.told("POST", path)
        mine = (await ana.told("GET", "/api/v1/me/sittings"))["data"]
        assert [(one["status"], one["score"]) for one in mine] == [("submitted", first["score"])]

    async def test_takes_the_answers_that_older_clients_send_with_it(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await ana.told(
            "POST", f"{TESTS}/start", {"exam_id": hall.exam_id, "mode": "simulation"}
        )
        answers = {
            one["id"]: said[0] if len(said := right(one)) == 1 else said
            for one in sheet["questions"]
            if one["type"] != "ordering"
        }
        hall.clock.step(seconds=600)
        result = await ana.told(
            "POST", f"{TESTS}/{sheet['testId']}/submit", {"answers": answers, "time_taken": 1}
        )
        # All of the first objective, and three of four of the one that weighs 40.
        assert (result["score"], result["passed"], result["timeTaken"]) == (90.0, True, 600)
        assert [(one["name"], one["score"], one["strength"]) for one in result["objectives"]] == [
            ("To choose", 100.0, "strong"),
            ("To write and arrange", 75.0, "moderate"),
        ]

    async def test_with_an_answer_that_cannot_be_ends_nothing(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        path = f"{TESTS}/{sheet['testId']}"
        body = {"answers": {of_type(sheet, "single")["id"]: "z"}}
        assert (await ana.ask("POST", f"{path}/submit", body)).status_code == 400
        assert (await ana.told("GET", path))["status"] == "active"
        nobody = {"answers": {"the first": "a"}}
        assert (await ana.ask("POST", f"{path}/submit", nobody)).status_code == 400

    async def test_comes_before_a_result(self, hall: Hall, ana: Learner) -> None:
        sheet = await start(hall, ana)
        refused = await ana.ask("GET", f"{TESTS}/{sheet['testId']}/result")
        assert (refused.status_code, refused.json()["code"]) == (404, "sitting_goes_on")

    async def test_uses_up_an_attempt(self) -> None:
        async with open_hall(attempts=1) as hall:
            ana = await hall.learner()
            sheet = await start(hall, ana)
            await ana.told("POST", f"{TESTS}/{sheet['testId']}/submit")
            refused = await ana.ask("POST", f"{TESTS}/start", {"examId": hall.exam_id})
            assert (refused.status_code, refused.json()["code"]) == (409, "attempts_used_up")


async def test_somebody_elses_sitting_is_as_one_that_never_was(hall: Hall, ana: Learner) -> None:
    sheet, ben = await start(hall, ana), await hall.learner()
    question, never = sheet["questions"][0]["id"], "00000000-0000-7000-8000-000000000000"
    asked = [
        ("GET", "", None),
        ("GET", "/result", None),
        ("POST", "/submit", {}),
        ("PUT", f"/answers/{question}", {"answer": ""}),
        ("PUT", f"/flags/{question}", None),
        ("DELETE", f"/flags/{question}", None),
    ]
    for method, what, body in asked:
        answers = [
            await ben.ask(method, f"{TESTS}/{one}{what}", body) for one in (sheet["testId"], never)
        ]
        told = [{**answer.json(), "traceId": ""} for answer in answers]
        assert {answer.status_code for answer in answers} == {404}
        assert told[0] == told[1]
    assert (await ana.told("GET", f"{TESTS}/{sheet['testId']}"))["status"] == "active"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"examId": "{exam}", "exam_id": "{exam}"}, "body"),
        ({"examId": "{exam}", "mode": "certification"}, "mode"),
    ],
)
async def test_what_cannot_be_started_is_told_by_its_field(
    hall: Hall, ana: Learner, body: dict[str, str], field: str
) -> None:
    said = {name: value.format(exam=hall.exam_id) for name, value in body.items()}
    refused = await ana.ask("POST", f"{TESTS}/start", said)
    assert refused.status_code == 400
    assert [one["field"] for one in refused.json()["errors"]] == [field]
