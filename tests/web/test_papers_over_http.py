"""The questions of a sitting, handed out as bytes: the same as elsewhere, and to nobody else."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from homeroom.exams.model.questions import Question
from homeroom.kernel.ids import SittingId
from homeroom_testing.marked_exam import MARK

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import TESTS, Hall, Learner, open_hall, right

pytestmark = pytest.mark.anyio

SHOWN = ("id", "objectiveId", "type", "text", "mediaUrl", "answers", "premises")
"""What there is to tell of a question before it may be known what is right. Nothing else is."""


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


async def start(hall: Hall, learner: Learner) -> Any:
    return await learner.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})


def paper_of(sheet: Any) -> str:
    return f"{TESTS}/{sheet['testId']}/questions"


async def ask(learner: Learner, path: str, **headers: str) -> httpx.Response:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return await learner.client.get(path, headers={**learner.headers, **said})


class TestAPaper:
    async def test_says_what_the_sheet_says_but_for_what_was_answered(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        paper = await ana.told("GET", paper_of(sheet))
        assert paper["testId"] == sheet["testId"]
        shown = [{name: one[name] for name in SHOWN} for one in sheet["questions"]]
        assert paper["questions"] == shown

    async def test_is_letter_for_letter_the_same_before_and_after_it_lies_ready(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        see = hall.homeroom.exams.see_questions
        assert see.at_hand(ana.actor, SittingId(UUID(sheet["testId"]))) is None
        first = await ask(ana, paper_of(sheet))
        again = await ask(ana, paper_of(sheet))
        through = await ask(ana, paper_of(sheet), origin="http://house")
        assert first.content == again.content == through.content
        for name in ("etag", "cache-control", "content-type", "content-length"):
            assert first.headers[name] == again.headers[name] == through.headers[name]
        assert first.headers.keys() == again.headers.keys()

    async def test_tells_no_key_explanation_reference_or_source_at_any_time(
        self, hall: Hall, ana: Learner
    ) -> None:
        sheet = await start(hall, ana)
        before = await ask(ana, paper_of(sheet))
        for question in sheet["questions"]:
            await ana.keep(sheet, question, right(question))
        await ana.told("POST", f"{TESTS}/{sheet['testId']}/submit")
        after = await ask(ana, paper_of(sheet))
        assert before.content == after.content
        assert MARK not in before.text
        for question in before.json()["questions"]:
            assert question.keys() == set(SHOWN)
            for one in (*question["answers"], *question["premises"]):
                assert one.keys() == {"id", "text"}

    async def test_stands_in_everybodys_own_order(self, hall: Hall) -> None:
        papers = [
            await one.told("GET", paper_of(await start(hall, one)))
            for one in [await hall.learner() for _ in range(8)]
        ]
        orders = {tuple(one["id"] for one in paper["questions"]) for paper in papers}
        assert len(orders) > 1
        assert len({frozenset(order) for order in orders}) == 1

    async def test_keeps_the_editions_it_was_made_of(self, hall: Hall, ana: Learner) -> None:
        sheet = await start(hall, ana)
        before = (await ask(ana, paper_of(sheet))).content
        await revise(hall, hall.marked.questions[0])
        assert (await ask(ana, paper_of(sheet))).content == before
        other = await hall.learner()
        told = await other.told("GET", paper_of(await start(hall, other)))
        assert "Revised" in {one["text"] for one in told["questions"]}


class TestWhoHasItAlready:
    @pytest.mark.parametrize("said", ["{mark}", "W/{mark}", '"other", {mark}', "*"])
    async def test_is_told_that_it_holds(self, hall: Hall, ana: Learner, said: str) -> None:
        path = paper_of(await start(hall, ana))
        mark = (await ask(ana, path)).headers["etag"]
        for more in ({}, {"origin": "http://house"}):  # by the short way, and through the framework
            answer = await ask(ana, path, if_none_match=said.format(mark=mark), **more)
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == mark

    async def test_but_for_another_it_is_told_whole(self, hall: Hall, ana: Learner) -> None:
        path = paper_of(await start(hall, ana))
        first = await ask(ana, path)
        answer = await ask(ana, path, if_none_match='"other"')
        assert (answer.status_code, answer.content) == (200, first.content)


class TestWhoseItIsNot:
    async def test_finds_nothing_whether_it_lies_ready_or_not(
        self, hall: Hall, ana: Learner
    ) -> None:
        path = paper_of(await start(hall, ana))
        ben = await hall.learner()
        cold = await ask(ben, path)
        mark = (await ask(ana, path)).headers["etag"]
        warm = [await ask(ben, path), await ask(ben, path, if_none_match=mark)]
        for answer in (cold, *warm):
            assert (answer.status_code, answer.json()["code"]) == (404, "sitting_not_found")
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["traceId"] == answer.headers["x-trace-id"]

    async def test_says_first_who_they_are(self, hall: Hall, ana: Learner) -> None:
        path = paper_of(await start(hall, ana))
        cold = await hall.client.get(path)
        await ask(ana, path)
        warm = await hall.client.get(path)
        for answer in (cold, warm):
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"

    async def test_a_parameter_that_nobody_reads_is_refused_there_too(
        self, hall: Hall, ana: Learner
    ) -> None:
        path = paper_of(await start(hall, ana))
        await ask(ana, path)
        assert (await ask(ana, f"{path}?page=2")).status_code == 400

    async def test_is_counted_by_the_same_address(self, hall: Hall, ana: Learner) -> None:
        path = paper_of(await start(hall, ana))
        for _ in range(3):
            await ask(ana, path)
        told = (await hall.client.get("/metrics")).text
        route = 'route="/api/v1/tests/{test_id}/questions",status="200"'
        assert f'http_requests_total{{method="GET",{route}}} 3.0' in told


async def test_what_was_said_so_far_stands_apart(hall: Hall, ana: Learner) -> None:
    sheet = await start(hall, ana)
    first, second = sheet["questions"][:2]
    path = f"{TESTS}/{sheet['testId']}/answers"
    assert (await ana.told("GET", path))["answers"] == []
    await ana.keep(sheet, first, right(first))
    await ana.told("PUT", f"{TESTS}/{sheet['testId']}/flags/{second['id']}")
    told = await ana.told("GET", path)
    assert [one["questionId"] for one in told["answers"]] == [first["id"], second["id"]]
    assert told["answers"][0]["given"] == right(first)
    assert [one["isFlagged"] for one in told["answers"]] == [False, True]
    assert (told["answeredCount"], told["questionCount"]) == (1, 7)
    assert (await ask(await hall.learner(), path)).status_code == 404


async def revise(hall: Hall, question: Question) -> None:
    """As an author does."""
    changed = hall.marked.revised(question, at=hall.clock.now())
    await hall.homeroom.exams.revise_question(hall.owner, question.id, changed.content)
