"""Bookmarks, notes and disputes over HTTP."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import SESSIONS, TESTS, Hall, Learner, open_hall

pytestmark = pytest.mark.anyio

NOTES, MINE, DISPUTES = "/api/v1/me/notes", "/api/v1/me/disputes", "/api/v1/disputes"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


@pytest.fixture
async def sheet(hall: Hall, ana: Learner) -> Any:
    return await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})


def of(sheet: Any, what: str, number: int = 0) -> str:
    """What is said of one of the questions of *sheet*."""
    return f"{SESSIONS}/{sheet['testId']}/{what}/{sheet['questions'][number]['id']}"


async def test_bookmarks_and_notes_are_kept_listed_and_taken_off(
    hall: Hall, ana: Learner, sheet: Any
) -> None:
    kept = await ana.told("PUT", of(sheet, "notes"), {"bookmarked": True, "note": "why not b?"})
    assert (kept["bookmarked"], kept["note"]) == (True, "why not b?")
    await ana.told("PUT", of(sheet, "notes", 1), {"note": "only a word"})
    every = (await ana.told("GET", f"{NOTES}?examId={hall.exam_id}"))["data"]
    assert [one["note"] for one in every] == ["only a word", "why not b?"]
    (marked,) = (await ana.told("GET", f"{NOTES}?bookmarked=true"))["data"]
    assert marked["stem"] == sheet["questions"][0]["text"]
    path = f"{NOTES}/{marked['questionId']}"
    assert (await ana.ask("DELETE", path)).status_code == 204
    assert len((await ana.told("GET", NOTES))["data"]) == 1


async def test_nobody_notes_anything_on_somebody_elses_sitting(hall: Hall, sheet: Any) -> None:
    ben = await hall.learner()
    bodies: dict[str, Any] = {"notes": {"bookmarked": True}, "disputes": {"reason": "Wrong."}}
    for what, method in (("notes", "PUT"), ("disputes", "POST")):
        refused = await ben.ask(method, of(sheet, what), bodies[what])
        assert (refused.status_code, refused.json()["code"]) == (404, "sitting_not_found")


async def test_a_dispute_goes_from_a_learner_to_an_author_and_back(
    hall: Hall, ana: Learner, sheet: Any
) -> None:
    author = await hall.learner(Role.TEACHER)
    raised = await ana.told("POST", of(sheet, "disputes"), {"reason": "Both are right."})
    assert (raised["status"], raised["answer"]) == ("open", None)
    twice = await ana.ask("POST", of(sheet, "disputes"), {"reason": "Both are right."})
    assert (twice.status_code, twice.json()["code"]) == (409, "dispute_under_way")
    question = raised["questionId"]
    (listed,) = (await author.told("GET", f"{DISPUTES}?questionId={question}&status=open"))["data"]
    assert listed["personId"] == str(ana.actor.person_id)
    path = f"{DISPUTES}/{raised['id']}"
    early = await author.ask("POST", f"{path}/close")
    assert (early.status_code, early.json()["code"]) == (409, "dispute_elsewhere")
    verdict = {"answer": "They are, thank you.", "upheld": True}
    assert (await author.told("POST", f"{path}/answer", verdict))["status"] == "answered"
    assert (await author.told("POST", f"{path}/close"))["status"] == "closed"
    (told,) = (await ana.told("GET", MINE))["data"]
    assert (told["answer"], told["upheld"]) == ("They are, thank you.", True)
    assert "personId" not in told


async def test_what_was_raised_in_haste_is_withdrawn(hall: Hall, ana: Learner, sheet: Any) -> None:
    raised = await ana.told("POST", of(sheet, "disputes"), {"reason": "Hm."})
    withdrawn = await ana.told("POST", f"{MINE}/{raised['id']}/withdraw")
    assert withdrawn["status"] == "withdrawn"
    refused = await (await hall.learner()).ask("POST", f"{MINE}/{raised['id']}/withdraw")
    assert refused.status_code == 404


async def test_learners_see_no_list_of_disputes(ana: Learner) -> None:
    assert (await ana.ask("GET", DISPUTES)).status_code == 403
