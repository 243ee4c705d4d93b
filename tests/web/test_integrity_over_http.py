"""What happens beside a sitting, over HTTP: told by its page, and it ends nothing by itself."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import SESSIONS, TESTS, Hall, Learner, open_hall

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


async def start(hall: Hall, learner: Learner) -> str:
    sheet = await learner.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
    return str(sheet["testId"])


def event(mark: str, kind: str = "hidden", **more: Any) -> dict[str, Any]:
    return {"mark": mark, "type": kind, "at": "2026-05-01T09:00:00Z", **more}


def batch(*kinds: str, begin: int = 0) -> dict[str, Any]:
    return {"events": [event(f"e{begin + at}", kind) for at, kind in enumerate(kinds)]}


async def test_enough_of_it_warns_and_flags_and_never_ends(
    hall: Hall, ana: Learner, author: Learner
) -> None:
    test_id = await start(hall, ana)
    tell = f"{SESSIONS}/{test_id}/events"
    calm = await ana.told("POST", tell, batch("hidden", "blurred"))
    assert calm == {"keptCount": 2, "isWarned": False}
    assert (await author.told("GET", f"{SITTINGS}/flagged"))["data"] == []
    warned = await ana.told("POST", tell, batch("pasted", begin=2))
    assert warned["isWarned"] is True
    await ana.told("POST", tell, batch("printed", "devtools", begin=3))

    (flagged,) = (await author.told("GET", f"{SITTINGS}/flagged?examId={hall.exam_id}"))["data"]
    assert (flagged["sittingId"], flagged["points"], flagged["eventCount"]) == (test_id, 16, 5)
    assert flagged["personId"] == str(ana.actor.person_id)
    seen = await author.told("GET", f"{SITTINGS}/{test_id}/events?limit=2")
    assert [one["type"] for one in seen["data"]] == ["devtools", "printed"]
    assert (seen["isFlagged"], seen["counts"]["hidden"]) == (True, 1)
    rest = await author.told("GET", f"{SITTINGS}/{test_id}/events?cursor={seen['nextCursor']}")
    assert [one["type"] for one in rest["data"]] == ["pasted", "blurred", "hidden"]
    assert (await ana.told("GET", f"{TESTS}/{test_id}"))["status"] == "active"


async def test_told_again_it_is_the_same_event_and_our_clock_counts(
    hall: Hall, ana: Learner, author: Learner
) -> None:
    test_id = await start(hall, ana)
    tell = f"{SESSIONS}/{test_id}/events"
    for kept in (2, 0):
        assert (await ana.told("POST", tell, batch("copied", "copied")))["keptCount"] == kept
    (one, _) = (await author.told("GET", f"{SITTINGS}/{test_id}/events"))["data"]
    assert one["saidAt"] == "2026-05-01T09:00:00Z"
    assert one["at"] != one["saidAt"]


WRONG: dict[str, dict[str, Any]] = {
    "none": {"events": []},
    "too many": batch(*["hidden"] * 51),
    "an unknown kind": batch("winked"),
    "no mark": {"events": [event("")]},
    "a clock without a zone": {"events": [{**event("e"), "at": "2026-05-01T09:00:00"}]},
    "a while too long": {"events": [event("e", seconds=86_401)]},
    "a field that is not known": {"events": [event("e", payload="x")]},
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
async def test_what_cannot_be_kept_is_refused(
    hall: Hall, ana: Learner, body: dict[str, Any]
) -> None:
    refused = await ana.ask("POST", f"{SESSIONS}/{await start(hall, ana)}/events", body)
    assert refused.status_code == 400, refused.text


async def test_only_its_person_may_tell_as_long_as_it_goes_on(
    hall: Hall, ana: Learner, author: Learner
) -> None:
    test_id, ben = await start(hall, ana), await hall.learner()
    tell = f"{SESSIONS}/{test_id}/events"
    for learner in (ben, author):
        refused = await learner.ask("POST", tell, batch("hidden"))
        assert (refused.status_code, refused.json()["code"]) == (404, "sitting_not_found")
    strange = {"events": [event("e", questionId=str(new_id()))]}
    assert (await ana.ask("POST", tell, strange)).json()["code"] == "question_not_found"
    assert (await ana.ask("GET", f"{SITTINGS}/{test_id}/events")).status_code == 403
    await ana.told("POST", f"{TESTS}/{test_id}/submit")
    late = await ana.ask("POST", tell, batch("hidden"))
    assert (late.status_code, late.json()["code"]) == (409, "sitting_over")
