"""A key that was wrong, over HTTP: a dry run first, then answers are judged again."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from homeroom.exams.use_cases.regrading import JudgeAgain
from homeroom.kernel.ids import JobId, RegradeId, new_id
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import QUESTIONS, TESTS, Hall, Learner, of_type, open_hall

pytestmark = pytest.mark.anyio

WHY = {"reason": "The book says otherwise."}


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def author(hall: Hall) -> Learner:
    return await hall.learner(Role.TEACHER)


async def answered(hall: Hall, learner: Learner) -> tuple[str, str]:
    """A test that is over, of which one statement was judged to be false; and that question."""
    sheet = await learner.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
    question = of_type(sheet, "trueFalse")
    await learner.keep(sheet, question, "false")
    await learner.told("POST", f"{TESTS}/{sheet['testId']}/submit")
    return sheet["testId"], question["id"]


async def revise(author: Learner, question_id: str) -> None:
    body = {"stem": "A mock asserts", "body": {"kind": "trueFalse", "isTrue": False}}
    await author.told("PUT", f"{QUESTIONS}/{question_id}", body)


async def worked_off(hall: Hall, regrade_id: str) -> None:
    _, handle = hall.homeroom.plant.handlers.find("exams.regrade_sittings.v1")
    run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
    await handle(JudgeAgain(regrade_id=RegradeId(UUID(regrade_id))), run)


async def test_who_changes_is_told_first_and_then_judged_again(hall: Hall, author: Learner) -> None:
    ana = await hall.learner()
    test_id, question_id = await answered(hall, ana)
    await revise(author, question_id)
    path = f"{QUESTIONS}/{question_id}"

    plan = await author.told("POST", f"{path}/regrade", WHY)
    (change,) = plan["changes"]
    assert (plan["id"], plan["isWhole"], change["sittingId"]) == (None, True, test_id)
    assert (change["scoreBefore"], change["scoreAfter"]) == (0.0, 20.0)
    before: Any = await ana.told("GET", f"{TESTS}/{test_id}/result")
    assert (before["score"], before["regrades"]) == (0.0, [])

    regrade = await author.told("POST", f"{path}/regrade", {**WHY, "dryRun": False})
    await worked_off(hall, regrade["id"])
    (kept,) = (await author.told("GET", f"{path}/regrades"))["data"]
    assert (kept["id"], kept["key"], kept["editions"]) == (regrade["id"], 2, [1])
    assert kept["outcome"] == {"examined": 1, "changed": 1, "passed": 0, "failed": 0}
    assert kept["doneAt"] is not None
    after = await ana.told("GET", f"{TESTS}/{test_id}/result")
    assert after["score"] == 20.0
    assert [one["scoreBefore"] for one in after["regrades"]] == [0.0]


async def test_without_another_edition_it_is_refused_with_what_to_do(
    hall: Hall, author: Learner
) -> None:
    _, question_id = await answered(hall, await hall.learner())
    refused = await author.ask("POST", f"{QUESTIONS}/{question_id}/regrade", WHY)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_regrade")
    assert "Revise the question first" in refused.json()["detail"]
