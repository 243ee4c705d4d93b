"""The catalogue and the bank over HTTP; and that no learner ever reads a key there."""

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

VENDORS, EXAMS, QUESTIONS = "/api/v1/vendors", "/api/v1/exams", "/api/v1/questions"
MARK = "zyx7key"
SECRET = {"body", "content", "explanation", "options", "sources", "stem", "worth", "isTrue"}
"""What no answer to a learner may have anywhere: the words of the bank."""

HALVES: list[dict[str, Any]] = [
    {"code": "1.1", "name": "Caches", "weight": 50},
    {"code": "1.2", "name": "Queues", "weight": "50"},
]
BODIES: dict[str, dict[str, Any]] = {
    "single": {
        "options": [
            {"id": "a", "text": "fanout", "worth": "1", "explanation": MARK},
            {"id": "b", "text": "topic"},
        ]
    },
    "multiple": {
        "options": [
            {"id": "a", "text": "AOF", "worth": "1/2"},
            {"id": "b", "text": "RDB", "worth": "1/2"},
            {"id": "c", "text": "TTL", "worth": "-1"},
        ],
        "marking": "weighted",
    },
    "trueFalse": {"isTrue": True, "whyTrue": MARK},
    "shortAnswer": {"accepted": [{"text": MARK, "explanation": "so"}], "caseMatters": True},
    "numeric": {"ranges": [{"low": "3.141", "high": "3.142"}]},
    "matching": {
        "premises": [{"id": "1", "text": "stub"}, {"id": "2", "text": "mock"}],
        "targets": [{"id": "x", "text": "answers"}, {"id": "y", "text": "asserts"}],
        "pairs": ["x", "y"],
    },
    "ordering": {"items": [{"id": "1", "text": "microtask"}, {"id": "2", "text": "macrotask"}]},
}


async def drafted(house: Any, code: str = "BACKEND", **said: Any) -> dict[str, Any]:
    vendor = await house.client.post(VENDORS, json={"name": f"Academy of {code}"})
    assert vendor.status_code == 201, vendor.text
    body = {"code": code, "name": "Backend", "objectives": HALVES, **said}
    answer = await house.client.post(EXAMS, json={**body, "vendorId": vendor.json()["id"]})
    assert answer.status_code == 201, answer.text
    exam: dict[str, Any] = answer.json()
    return exam


def content(kind: str = "trueFalse", stem: str = "Is it so?") -> dict[str, Any]:
    source = {"title": f"{MARK} 7.2", "url": "https://example.org/7"}
    body = {"kind": kind, **BODIES[kind]}
    return {"stem": stem, "body": body, "explanation": MARK, "sources": [source]}


async def written(house: Any, exam: dict[str, Any], kind: str = "trueFalse") -> dict[str, Any]:
    where = {"examId": exam["id"], "objectiveId": exam["objectives"][0]["id"]}
    answer = await house.client.post(QUESTIONS, json={**content(kind), **where})
    assert answer.status_code == 201, answer.text
    question: dict[str, Any] = answer.json()
    return question


async def step(house: Any, question: dict[str, Any], name: str, **body: Any) -> Any:
    answer = await house.client.post(f"{QUESTIONS}/{question['id']}/{name}", json=body or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def learner(house: Any) -> dict[str, str]:
    issued = await house.client.post("/api/v1/keys", json={"name": "L", "roles": ["STUDENT"]})
    return {"X-API-Key": issued.json()["secret"]}


def walked(answer: Any) -> Iterator[tuple[str, Any]]:
    """Every name and every value in *answer*, however deep."""
    parts = answer.items() if isinstance(answer, dict) else enumerate(answer)
    for name, value in parts:
        yield str(name), value
        if isinstance(value, dict | list):
            yield from walked(value)


class TestTheCatalogue:
    async def test_an_exam_is_drafted_changed_published_and_retired(self, house: Any) -> None:
        exam = await drafted(house)
        assert (exam["status"], exam["terms"]["passingScore"]) == ("draft", "65.0")
        at = f"{EXAMS}/{exam['id']}"
        body = {name: exam[name] for name in ("code", "description", "objectives")}
        terms = {"questions": 10, "timeLimitMinutes": 15, "passingScore": 70.5, "attempts": 3}
        changed = await house.client.put(at, json={**body, "name": "Other", "terms": terms})
        assert changed.json()["terms"] == {**terms, "passingScore": "70.5"}
        assert changed.json()["objectives"] == exam["objectives"]
        assert (await house.client.post(f"{at}/publish")).json()["status"] == "published"
        found = await house.client.get(EXAMS, params={"search": "back", "status": "published"})
        assert [one["name"] for one in found.json()["data"]] == ["Other"]
        by_code = await house.client.get(f"{EXAMS}/by-code/BACKEND")
        assert by_code.json() == (await house.client.get(at)).json()
        assert (await house.client.post(f"{at}/retire")).json()["status"] == "retired"

    async def test_the_sum_of_weights_is_named_when_it_is_not_100(self, house: Any) -> None:
        objectives = [*HALVES, {"code": "1.3", "name": "More", "weight": "1/2"}]
        exam = await drafted(house, objectives=objectives)
        answer = await house.client.post(f"{EXAMS}/{exam['id']}/publish")
        assert (answer.status_code, answer.json()["code"]) == (400, "not_publishable")
        message = "weights must sum to 100, and sum to 100.5"
        assert answer.json()["errors"] == [{"field": "objectives", "message": message}]

    async def test_a_vendor_with_exams_stays(self, house: Any) -> None:
        exam = await drafted(house)
        at = f"{VENDORS}/{exam['vendorId']}"
        refused = await house.client.delete(at)
        assert (refused.status_code, refused.json()["code"]) == (409, "vendor_in_use")
        assert (await house.client.delete(f"{EXAMS}/{exam['id']}")).status_code == 204
        renamed = await house.client.patch(at, json={"name": "School"})
        assert renamed.json()["name"] == "School"
        assert (await house.client.delete(at)).status_code == 204
        assert (await house.client.get(VENDORS)).json() == {"data": [], "nextCursor": None}


class TestTheBank:
    @pytest.mark.parametrize("kind", BODIES)
    async def test_every_kind_of_question_is_answered_as_it_was_written(
        self, house: Any, kind: str
    ) -> None:
        question = await written(house, await drafted(house), kind)
        shown = (await house.client.get(f"{QUESTIONS}/{question['id']}")).json()
        assert shown["question"] == question
        body = question["content"]["body"]
        assert body["kind"] == kind
        rewritten = await house.client.put(
            f"{QUESTIONS}/{question['id']}", json=question["content"]
        )
        assert (rewritten.json()["edition"], rewritten.json()["content"]["body"]) == (1, body)

    async def test_a_question_goes_through_its_review(self, house: Any) -> None:
        exam = await drafted(house)
        question = await written(house, exam)
        await step(house, question, "submit")
        back = await step(house, question, "send-back", note="Say where.")
        assert (back["status"], back["note"]) == ("needsRevision", "Say where.")
        at = f"{QUESTIONS}/{question['id']}"
        revised = await house.client.put(at, json=content(stem="Is it so here?"))
        assert revised.json()["edition"] == 2
        other = exam["objectives"][1]["id"]
        assert (await step(house, question, "move", objectiveId=other))["objectiveId"] == other
        await step(house, question, "submit")
        assert (await step(house, question, "approve"))["status"] == "active"
        found = await house.client.get(QUESTIONS, params={"status": "active", "objectiveId": other})
        assert [one["id"] for one in found.json()["data"]] == [question["id"]]
        assert (await step(house, question, "retire"))["status"] == "retired"
        editions = (await house.client.get(at)).json()["editions"]
        assert [one["content"]["stem"] for one in editions] == ["Is it so?", "Is it so here?"]
        late = await house.client.post(f"{at}/approve")
        assert (late.status_code, late.json()["code"]) == (409, "question_elsewhere")

    async def test_all_that_wait_are_approved_at_once_with_a_report(self, house: Any) -> None:
        exam = await drafted(house)
        waiting = [await written(house, exam, kind) for kind in ("single", "ordering")]
        for question in waiting:
            await step(house, question, "submit")
        answer = await house.client.post(f"{EXAMS}/{exam['id']}/questions/approve-all")
        report = answer.json()
        assert set(report.pop("approved")) == {one["id"] for one in waiting}
        assert report == {"leftOut": [], "isWhole": True}

    @pytest.mark.parametrize(
        ("said", "fields"),
        [
            ({"body": {"kind": "essay"}}, ["body.kind"]),
            ({"body": {"kind": "trueFalse"}}, ["body.isTrue"]),
            ({"body": {"kind": "trueFalse", "isTrue": True, "key": 1}}, ["body.key"]),
            ({"stem": "", "difficulty": 9}, ["stem", "difficulty"]),
            ({"body": {"kind": "single", "options": []}}, ["options", "options"]),
            (
                {"body": {"kind": "numeric", "ranges": [{"low": "1e9", "high": "x"}]}},
                ["body.ranges[0].high"],
            ),
        ],
    )
    async def test_what_is_wrong_with_a_question_is_told_by_field(
        self, house: Any, said: dict[str, Any], fields: list[str]
    ) -> None:
        exam = await drafted(house)
        where = {"examId": exam["id"], "objectiveId": exam["objectives"][0]["id"]}
        answer = await house.client.post(QUESTIONS, json={**content(), **where, **said})
        assert answer.status_code == 400, answer.text
        assert [one["field"] for one in answer.json()["errors"]] == fields


class TestLearners:
    async def test_a_learner_reads_no_key_explanation_or_source_anywhere(self, house: Any) -> None:
        exam = await drafted(house)
        for kind in BODIES:
            await step(house, await written(house, exam, kind), "submit")
        await house.client.post(f"{EXAMS}/{exam['id']}/questions/approve-all")
        await house.client.post(f"{EXAMS}/{exam['id']}/publish")
        found = (await house.client.get(QUESTIONS)).json()["data"]
        own = await learner(house)
        told = [VENDORS, f"{VENDORS}/{exam['vendorId']}", EXAMS, f"{EXAMS}/{exam['id']}"]
        for address in (*told, f"{EXAMS}/by-code/BACKEND"):
            answer = await house.client.get(address, headers=own)
            assert answer.status_code == 200, address
            assert MARK not in answer.text
            assert {name for name, _ in walked(answer.json())} & SECRET == set()
        for address in (QUESTIONS, *(f"{QUESTIONS}/{one['id']}" for one in found)):
            refused = await house.client.get(address, headers=own)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
            assert MARK not in refused.text

    async def test_the_walk_finds_a_key_where_there_is_one(self, house: Any) -> None:
        await written(house, await drafted(house), "single")
        answer = await house.client.get(QUESTIONS)
        assert MARK in answer.text
        assert {name for name, _ in walked(answer.json())} >= {"worth", "explanation", "sources"}

    async def test_a_learner_sees_no_exam_before_it_is_published(self, house: Any) -> None:
        exam, own = await drafted(house), await learner(house)
        for address in (f"{EXAMS}/{exam['id']}", f"{EXAMS}/by-code/BACKEND"):
            assert (await house.client.get(address, headers=own)).status_code == 404
        assert (await house.client.get(EXAMS, headers=own)).json()["data"] == []
