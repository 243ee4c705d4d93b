"""Questions that a machine writes, over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from homeroom.exams.use_cases.generating import WriteOrdered
from homeroom.kernel.ids import GenerationId, JobId, new_id
from homeroom.kernel.jobs import work_names
from homeroom.kernel.queue import Run
from homeroom_testing.conformance.question_writer import SOURCE

pytestmark = pytest.mark.anyio


async def an_exam(house: Any) -> tuple[str, str]:
    """Its id, and that of its one objective."""
    vendor = await house.client.post("/api/v1/vendors", json={"name": "Academy"})
    parts = [{"code": "6.1", "name": "Queues", "weight": 100}]
    body = {"code": "GEN", "name": "Gen", "objectives": parts, "vendorId": vendor.json()["id"]}
    exam = (await house.client.post("/api/v1/exams", json=body)).json()
    return exam["id"], exam["objectives"][0]["id"]


async def order(house: Any, exam: tuple[str, str], **said: Any) -> Any:
    wanted = {"examId": exam[0], "objectiveId": exam[1], "source": SOURCE, **said}
    return await house.client.post("/api/v1/questions/generate", json=wanted)


async def work(house: Any, generation_id: str) -> None:
    """What a worker does."""
    _, handle = house.homeroom.plant.handlers.find(work_names.name_of(WriteOrdered))
    run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
    await handle(WriteOrdered(generation_id=GenerationId(UUID(generation_id))), run)


async def test_what_is_ordered_is_written_and_waits_for_a_reviewer(house: Any) -> None:
    exam = await an_exam(house)
    ordered = await order(house, exam, origin="queues.md", count=3, difficulty=4)
    assert ordered.status_code == 202, ordered.text
    told = ordered.json()
    assert (told["status"], told["questions"], told["origin"]) == ("waiting", [], "queues.md")
    await work(house, told["id"])
    done = (await house.client.get(f"/api/v1/questions/generations/{told['id']}")).json()
    assert (done["status"], done["model"], done["costDollars"]) == ("done", "cloze-1", 0)
    assert [one["status"] for one in done["questions"]] == ["inReview"] * 3
    approved = await house.client.post(f"/api/v1/exams/{exam[0]}/questions/approve-all")
    ids = [one["questionId"] for one in done["questions"]]
    assert sorted(approved.json()["approved"]) == sorted(ids)
    listed = (await house.client.get(f"/api/v1/exams/{exam[0]}/generations")).json()
    assert [one["id"] for one in listed["data"]] == [told["id"]]


async def test_what_is_wrong_with_an_order_is_told_by_field(house: Any) -> None:
    refused = await order(house, await an_exam(house), source="too short", count=99)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_generation")
    assert [one["field"] for one in refused.json()["errors"]] == ["source", "count"]


async def test_an_order_that_never_was_is_not_found(house: Any) -> None:
    found = await house.client.get(f"/api/v1/questions/generations/{new_id()}")
    assert (found.status_code, found.json()["code"]) == (404, "generation_not_found")


async def test_the_budget_says_what_is_left_today_and_this_month(house: Any) -> None:
    told = (await house.client.get("/api/v1/questions/generations/budget")).json()
    assert (told["day"]["mostDollars"], told["month"]["mostDollars"]) == (1, 20)
    assert (told["day"]["leftDollars"], told["day"]["spentDollars"]) == (1, 0)
