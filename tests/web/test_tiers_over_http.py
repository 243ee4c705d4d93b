"""Tiers over HTTP: what is left of a day, what is refused over it, and who says how much it is."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import QUESTIONS, SESSIONS, TESTS, Hall, Learner, open_hall, right

pytestmark = pytest.mark.anyio

NEW_YORK = "America/New_York"
ALLOWANCE = "/api/v1/me/allowance"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall(variables={"HOMEROOM_TIERS__FREE_ANSWERS_A_DAY": "2"}) as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


@pytest.fixture
async def head(hall: Hall) -> Learner:
    return await hall.learner(Role.ADMIN)


def tier_of(learner: Learner) -> str:
    return f"/api/v1/admin/users/{learner.actor.person_id}/tier"


async def study(hall: Hall, learner: Learner, **said: Any) -> Any:
    body = {"examId": hall.exam_id, **said}
    return await learner.ask("POST", f"{SESSIONS}/study/create", body)


async def test_a_schools_own_learner_may_answer_any_number(hall: Hall, ana: Learner) -> None:
    told = await ana.told("GET", ALLOWANCE)
    assert (told["tier"], told["usual"]) == ("enterprise", True)
    assert (told["answersADay"], told["answersLeft"], told["questionsAtOnce"]) == (None,) * 3


async def test_over_the_limit_of_a_day_one_is_told_when_it_ends(hall: Hall) -> None:
    late = datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo(NEW_YORK))
    hall.clock.instant = late.astimezone(UTC)
    ana, head = await hall.learner(), await hall.learner(Role.ADMIN)
    body = {"tier": "free", "timeZone": NEW_YORK}
    assert (await head.told("PUT", tier_of(ana), body))["answersLeft"] == 2
    session = (await study(hall, ana)).json()
    one, two, three = session["questions"][:3]
    for question in (one, two, two):
        said = {"sessionId": session["sessionId"], "answer": right(question)}
        assert (await ana.ask("POST", f"{QUESTIONS}/{question['id']}/answer", said)).is_success
    said = {"sessionId": session["sessionId"], "answer": right(three)}
    refused = await ana.ask("POST", f"{QUESTIONS}/{three['id']}/answer", said)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert "Go on after midnight" in refused.json()["detail"]
    assert (await ana.told("GET", ALLOWANCE))["answersLeft"] == 0
    hall.clock.step(seconds=60)
    assert (await ana.ask("POST", f"{QUESTIONS}/{three['id']}/answer", said)).is_success


async def test_a_test_keeps_no_more_either(hall: Hall, ana: Learner, head: Learner) -> None:
    sheet = await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
    await head.told("PUT", tier_of(ana), {"tier": "free"})
    one, two, three = sheet["questions"][:3]
    for question in (one, two, one):
        assert (await ana.keep(sheet, question, right(question))).is_success
    assert (await ana.keep(sheet, three, right(three))).status_code == 429
    await head.told("PUT", tier_of(ana), {"tier": "premium"})
    assert (await ana.keep(sheet, three, right(three))).is_success


async def test_twenty_one_questions_at_once_are_too_many_for_free(
    hall: Hall, ana: Learner, head: Learner
) -> None:
    await head.told("PUT", tier_of(ana), {"tier": "free"})
    refused = await study(hall, ana, questionCount=21)
    assert (refused.status_code, refused.json()["code"]) == (403, "subscription_required")
    assert "20 questions at once" in refused.json()["detail"]
    assert (await study(hall, ana, questionCount=20)).is_success


async def test_administrators_alone_say_who_may_do_how_much(
    hall: Hall, ana: Learner, head: Learner
) -> None:
    ben = await hall.learner(Role.TEACHER)
    for learner in (ana, ben):
        refused = await learner.ask("PUT", tier_of(ana), {"tier": "premium"})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    await head.told("PUT", tier_of(ana), {"tier": "premium", "timeZone": "Asia/Manila"})
    told = await head.told("GET", tier_of(ana))
    assert (told["tier"], told["timeZone"], told["usual"]) == ("premium", "Asia/Manila", False)
    usual = await head.told("PUT", tier_of(ana), {"tier": None})
    assert (usual["tier"], usual["usual"], usual["timeZone"]) == ("enterprise", True, "UTC")


async def test_a_tier_or_a_zone_that_there_is_not_is_refused(ana: Learner, head: Learner) -> None:
    for body in ({"tier": "gold"}, {"tier": "free", "timeZone": "Mars/Base"}, {}):
        assert (await head.ask("PUT", tier_of(ana), body)).status_code == 400
