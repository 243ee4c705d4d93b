"""Adaptive tests over HTTP: a question at a time, an outcome, and what authors know of a pool."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.rights import Role
from homeroom_testing.marked_exam import MARK

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import Hall, Learner, open_hall, right

pytestmark = pytest.mark.anyio

ADAPTIVE = "/api/v1/adaptive"
WHOLE = {"fewest": 7, "most": 7, "stopWhenSettled": False, "standardError": 0}


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


async def begin(hall: Hall, learner: Learner, **rules: Any) -> Any:
    body = {"examId": hall.exam_id, **WHOLE, **rules}
    return await learner.told("POST", f"{ADAPTIVE}/start", body)


async def say(learner: Learner, told: Any, answer: Any) -> Any:
    body = {"questionId": told["question"]["id"], "answer": answer}
    return await learner.told("POST", f"{ADAPTIVE}/{told['id']}/answers", body)


class TestTakingOne:
    async def test_from_the_first_question_to_the_outcome(self, hall: Hall) -> None:
        learner = await hall.learner()
        told, kinds = await begin(hall, learner), list[str]()
        while told["question"]:
            assert "outcome" not in told
            assert MARK not in str(told)
            kinds.append(told["question"]["type"])
            body = right(told["question"]) if told["question"]["type"] != "shortAnswer" else MARK
            told = await say(learner, told, body)
        assert len(set(kinds)) == 7
        outcome = told["outcome"]
        assert (told["status"], told["answeredCount"], outcome["stop"]) == ("over", 7, "longEnough")
        assert [one["credit"] for one in outcome["course"]] == [1.0] * 7
        assert outcome["low"] < outcome["ability"] < outcome["high"]
        assert outcome["course"][-1]["ability"] == outcome["ability"] > 0.5
        assert await learner.told("GET", f"{ADAPTIVE}/{told['id']}") == told

    async def test_another_device_goes_on_with_the_same_question(self, hall: Hall) -> None:
        learner = await hall.learner()
        told = await begin(hall, learner)
        assert await begin(hall, learner, most=9) == told
        after = await say(learner, told, "")
        assert await say(learner, told, "") == after
        assert await learner.told("GET", f"{ADAPTIVE}/{told['id']}") == after

    async def test_the_first_answer_counts(self, hall: Hall) -> None:
        learner = await hall.learner()
        told = await begin(hall, learner)
        await say(learner, told, "")
        body = {"questionId": told["question"]["id"], "answer": right(told["question"])}
        refused = await learner.ask("POST", f"{ADAPTIVE}/{told['id']}/answers", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "answered_already")

    async def test_it_can_be_left_off(self, hall: Hall) -> None:
        learner = await hall.learner()
        told = await say(learner, await begin(hall, learner), "")
        left = await learner.told("POST", f"{ADAPTIVE}/{told['id']}/stop")
        assert (left["status"], left["question"], left["outcome"]["stop"]) == ("over", None, "left")
        assert left["outcome"]["ability"] < 0
        assert await learner.told("POST", f"{ADAPTIVE}/{told['id']}/stop") == left

    async def test_after_the_time_an_answer_is_refused(self, hall: Hall) -> None:
        learner = await hall.learner()
        told = await begin(hall, learner)
        hall.clock.step(seconds=90 * 60 + 1)
        body = {"questionId": told["question"]["id"], "answer": ""}
        refused = await learner.ask("POST", f"{ADAPTIVE}/{told['id']}/answers", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "session_expired")

    async def test_anothers_is_not_found(self, hall: Hall) -> None:
        told = await begin(hall, await hall.learner())
        other = await hall.learner()
        assert (await other.ask("GET", f"{ADAPTIVE}/{told['id']}")).status_code == 404

    @pytest.mark.parametrize(
        "wrong",
        [{"most": 0}, {"most": 3, "fewest": 4}, {"confidence": 1}, {"among": 99}, {"cut": 0}],
        ids=["no questions", "fewest above most", "too sure", "too many", "unknown"],
    )
    async def test_what_cannot_be_is_refused(self, hall: Hall, wrong: dict[str, Any]) -> None:
        learner = await hall.learner()
        body = {"examId": hall.exam_id, **WHOLE, **wrong}
        assert (await learner.ask("POST", f"{ADAPTIVE}/start", body)).status_code in (400, 422)


class TestThePool:
    async def test_authors_say_what_questions_are_like(self, hall: Hall) -> None:
        author = await hall.learner(Role.TEACHER)
        pool = f"{ADAPTIVE}/exams/{hall.exam_id}/items"
        before = (await author.told("GET", f"{pool}?limit=200"))["data"]
        assert {one["source"] for one in before} == {"assumed"}
        first = before[0]["questionId"]
        said = {"items": [{"questionId": first, "a": 1.5, "b": -0.25, "c": 0.2}]}
        assert await author.told("PUT", pool, said) == {"kept": 1}
        after = {
            one["questionId"]: one
            for one in (await author.told("GET", f"{pool}?limit=200"))["data"]
        }
        known = after[first]
        assert (known["source"], known["a"], known["b"], known["c"]) == ("said", 1.5, -0.25, 0.2)

    @pytest.mark.parametrize(
        "items",
        [[], [{"a": 0, "b": 0}], [{"a": 1, "b": 0}, {"a": 1, "b": 0}]],
        ids=["none", "flat", "twice"],
    )
    async def test_what_cannot_be_a_curve_is_refused(self, hall: Hall, items: list[Any]) -> None:
        author, question = await hall.learner(Role.TEACHER), str(hall.marked.questions[0].id)
        body = {"items": [{**one, "questionId": question} for one in items]}
        pool = f"{ADAPTIVE}/exams/{hall.exam_id}/items"
        assert (await author.ask("PUT", pool, body)).status_code in (400, 422)

    async def test_a_worker_is_asked_to_learn_once(self, hall: Hall) -> None:
        author = await hall.learner(Role.TEACHER)
        path = f"{ADAPTIVE}/exams/{hall.exam_id}/calibrate"
        first, second = [await author.told("POST", path) for _ in range(2)]
        assert first == second

    async def test_learners_are_not_told(self, hall: Hall) -> None:
        learner = await hall.learner()
        pool = f"{ADAPTIVE}/exams/{hall.exam_id}/items"
        assert (await learner.ask("GET", pool)).status_code == 403
