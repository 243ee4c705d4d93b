"""Who writes exams sees over HTTP what others' sittings came to, and gives them more time."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import TESTS, Hall, Learner, open_hall

pytestmark = pytest.mark.anyio

SITTINGS = "/api/v1/sittings"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


@pytest.fixture
async def author(hall: Hall) -> Learner:
    return await hall.learner(Role.TEACHER)


async def start(hall: Hall, learner: Learner) -> Any:
    return await learner.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})


async def test_sittings_are_found_by_exam_person_and_status_page_by_page(
    hall: Hall, ana: Learner, author: Learner
) -> None:
    ben = await hall.learner()
    hers, his = await start(hall, ana), await start(hall, ben)
    await ana.told("POST", f"{TESTS}/{hers['testId']}/submit")

    async def found(query: str) -> list[str]:
        return [one["id"] for one in (await author.told("GET", f"{SITTINGS}?{query}"))["data"]]

    assert await found(f"examId={hall.exam_id}") == [his["testId"], hers["testId"]]
    assert await found(f"examId={new_id()}") == []
    assert await found(f"personId={ana.actor.person_id}") == [hers["testId"]]
    assert await found("status=active") == [his["testId"]]
    first = await author.told("GET", f"{SITTINGS}?limit=1")
    assert await found(f"limit=1&cursor={first['nextCursor']}") == [hers["testId"]]
    (one,) = (await author.told("GET", f"{SITTINGS}?status=submitted"))["data"]
    assert (one["personId"], one["score"]) == (str(ana.actor.person_id), 0.0)


async def test_the_result_is_told_to_authors_once_it_is_over(
    hall: Hall, ana: Learner, author: Learner
) -> None:
    test_id = (await start(hall, ana))["testId"]
    early = await author.ask("GET", f"{SITTINGS}/{test_id}/result")
    assert (early.status_code, early.json()["code"]) == (404, "sitting_goes_on")
    own = await ana.told("POST", f"{TESTS}/{test_id}/submit")
    assert await author.told("GET", f"{SITTINGS}/{test_id}/result") == own
    assert (await ana.ask("GET", f"{SITTINGS}/{test_id}/result")).status_code == 403


async def test_more_time_counts_from_the_beginning_however_often_it_is_given(
    hall: Hall, ana: Learner, author: Learner
) -> None:
    test_id = (await start(hall, ana))["testId"]
    for _ in range(2):
        given = await author.told("POST", f"{SITTINGS}/{test_id}/extension", {"percent": 50})
        assert given["extraPercent"] == 50
    assert (await ana.told("GET", f"{TESTS}/{test_id}"))["timeLimit"] == 135
    refused = await ana.ask("POST", f"{SITTINGS}/{test_id}/extension", {"percent": 50})
    assert refused.status_code == 403
    beyond = await author.ask("POST", f"{SITTINGS}/{test_id}/extension", {"percent": 301})
    assert beyond.status_code == 400


async def test_a_sitting_that_does_not_count_says_so_to_its_person_until_it_is_restored() -> None:
    async with open_hall(attempts=1) as hall:
        ana, author = await hall.learner(), await hall.learner(Role.TEACHER)
        test_id = (await start(hall, ana))["testId"]
        path = f"{SITTINGS}/{test_id}/invalidation"
        early = await author.ask("POST", path, {"reason": "It was noisy."})
        assert (early.status_code, early.json()["code"]) == (400, "bad_sitting")
        await ana.told("POST", f"{TESTS}/{test_id}/submit")
        again = await ana.ask("POST", f"{TESTS}/start", {"examId": hall.exam_id})
        assert again.json()["code"] == "attempts_used_up"

        await author.told("POST", path, {"reason": "It was noisy.", "attempt": "givenBack"})
        result = await ana.told("GET", f"{TESTS}/{test_id}/result")
        said = (result["invalidation"]["reason"], result["invalidation"]["attempt"])
        assert said == ("It was noisy.", "givenBack")
        another = (await start(hall, ana))["testId"]
        assert another != test_id
        assert (await author.told("DELETE", path))["invalidation"] is None
        meanwhile = await ana.ask("GET", f"{TESTS}/{test_id}/result")
        assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "exam_under_way")
        await ana.told("POST", f"{TESTS}/{another}/submit")
        assert (await ana.told("GET", f"{TESTS}/{test_id}/result"))["invalidation"] is None
        assert (await ana.ask("DELETE", path)).status_code == 403
