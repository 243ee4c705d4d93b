"""Whoever watches a sitting is told how it goes on, and nothing that they may not know."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.ids import SittingId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import TESTS, Hall, Learner, of_type, open_hall, right
from socket_ground import accepted, opened

pytestmark = pytest.mark.anyio

LIMIT = 90 * 60
"""Seconds that the exam lasts."""

LIMIT = 90 * 60


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as hall:
        yield hall


async def begun(hall: Hall) -> tuple[Learner, Any]:
    """Somebody, and the test that they began."""
    ana = await hall.learner()
    return ana, await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})


class TestTheTime:
    async def test_is_told_at_once_and_by_our_clock(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        hall.clock.step(seconds=90.5)
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            told = await line.hear()
        assert told["type"] == "time_remaining"
        assert told["seconds"] == LIMIT - 91
        assert told["sessionId"] == test["testId"]
        assert told["serverTime"] == hall.clock.now().isoformat().replace("+00:00", "Z")
        assert told.keys() == {"type", "sessionId", "seconds", "endsAt", "serverTime"}

    async def test_is_told_anew_where_there_is_more_of_it(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            before = await line.hear()
            await hall.homeroom.exams.extend_sitting(hall.owner, id_of(test), 50)
            after = await line.hear()
        assert after["type"] == "time_remaining"
        assert after["seconds"] == before["seconds"] * 3 // 2

    async def test_is_told_again_and_again(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            before = await line.hear()
            hall.clock.step(seconds=10)
            assert (await line.hear("time_remaining"))["seconds"] == before["seconds"] - 10

    async def test_that_is_up_ends_the_sitting_while_nobody_asks(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        question = of_type(test, "single")
        await ana.keep(test, question, right(question))
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            ends_at = (await line.hear())["endsAt"]
            hall.clock.step(seconds=LIMIT + 1)
            expired = await line.hear()
            assert (expired["type"], expired["expiredAt"]) == ("expired", ends_at)
            assert (await line.hear())["type"] == "result_ready"
            assert await line.ended() == (1000, "over")
        result = await ana.told("GET", f"{TESTS}/{test['testId']}/result")
        assert result["status"] == "expired"


class TestAnAnswer:
    async def test_is_acknowledged_on_every_device_without_what_it_says(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        question = of_type(test, "single")
        async with (
            accepted(hall.app, test["testId"], ana.headers) as phone,
            accepted(hall.app, test["testId"], ana.headers) as desk,
        ):
            await phone.hear(), await desk.hear()
            kept = (await ana.keep(test, question, right(question))).json()
            for line in (phone, desk):
                told = await line.hear("autosave_ack")
                assert told == {
                    "type": "autosave_ack",
                    "sessionId": test["testId"],
                    "questionId": question["id"],
                    "savedAt": kept["savedAt"],
                    "answeredCount": 1,
                }

    async def test_from_before_one_watched_is_not_news(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        one, other = of_type(test, "single"), of_type(test, "multiple")
        await ana.keep(test, one, right(one))
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            await line.hear()
            assert await line.silent()
            await ana.keep(test, other, right(other))
            assert (await line.hear())["questionId"] == other["id"]

    async def test_of_somebody_else_is_not_told(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        ben, bens = await begun(hall)
        question = of_type(bens, "single")
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            await line.hear()
            await ben.keep(bens, question, right(question))
            assert await line.silent()


class TestTheEnd:
    async def test_by_submitting_is_a_result_to_ask_for_and_no_score(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        question = of_type(test, "single")
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            await line.hear()
            last = {"answers": {question["id"]: right(question)}}
            await ana.told("POST", f"{TESTS}/{test['testId']}/submit", last)
            assert (await line.hear())["type"] == "autosave_ack"
            told = await line.hear()
            assert told == {"type": "result_ready", "sessionId": test["testId"]}
            assert await line.ended() == (1000, "over")

    async def test_of_what_was_over_already_is_told_at_once(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        await ana.told("POST", f"{TESTS}/{test['testId']}/submit")
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            assert (await line.hear())["type"] == "result_ready"
            assert await line.ended() == (1000, "over")

    async def test_of_a_study_that_is_left_alone_is_an_end_as_well(self, hall: Hall) -> None:
        ana = await hall.learner()
        body = {"examId": hall.exam_id, "mode": "sequential"}
        study = await ana.told("POST", "/api/v1/sessions/study/create", body)
        async with accepted(hall.app, study["sessionId"], ana.headers) as line:
            assert (await line.hear())["seconds"] == 2 * 60 * 60
            hall.clock.step(seconds=2 * 60 * 60 + 1)
            assert (await line.hear())["type"] == "expired"
            assert (await line.hear())["type"] == "result_ready"

    async def test_of_somebody_s_data_ends_it_too(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            await line.hear()
            async with hall.homeroom.start() as unit:
                assert ana.actor.person_id is not None
                await unit.sittings.remove(ana.actor.person_id)
                await unit.commit()
            assert await line.ended() == (4404, "sitting_not_found")


class TestNothingTold:
    async def test_is_a_key_a_score_or_an_answer_from_beginning_to_end(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        told: list[Any] = []
        async with accepted(hall.app, test["testId"], ana.headers) as line:
            told.append(await line.hear())
            for question in test["questions"]:
                await ana.keep(test, question, right(question))
                told.append(await line.hear("autosave_ack"))
            await ana.told("POST", f"{TESTS}/{test['testId']}/submit")
            told.append(await line.hear("result_ready"))
        known = {"type", "sessionId", "seconds", "endsAt", "serverTime", "questionId", "savedAt"}
        assert set(fields(told)) <= known | {"answeredCount"}


def fields(told: Any) -> Iterator[str]:
    """The names of all fields, wherever they stand."""
    match told:
        case dict():
            yield from told
            for inner in told.values():
                yield from fields(inner)
        case list():
            for inner in told:
                yield from fields(inner)
        case _:
            pass


class TestWhoWatches:
    async def test_another_s_sitting_is_as_one_that_never_was(self, hall: Hall) -> None:
        _, test = await begun(hall)
        ben = await hall.learner()
        for sitting_id in (test["testId"], new_id()):
            async with accepted(hall.app, sitting_id, ben.headers) as line:
                assert await line.ended() == (4404, "sitting_not_found")

    async def test_who_writes_exams_may_watch_others_and_that_is_on_record(
        self, hall: Hall
    ) -> None:
        ana, test = await begun(hall)
        teacher = await hall.learner(Role.TEACHER)
        question = of_type(test, "single")
        async with accepted(hall.app, test["testId"], teacher.headers) as line:
            assert (await line.hear())["type"] == "time_remaining"
            await ana.keep(test, question, right(question))
            assert (await line.hear())["questionId"] == question["id"]
        await hall.homeroom.plant.looks.roll_up(everything=True)
        page = await eventually_noted(hall)
        assert test["testId"] in page

    async def test_the_socket_is_there_behind_the_prefix_of_the_api_too(self, hall: Hall) -> None:
        ana, test = await begun(hall)
        path = f"/api/v1/ws/sessions/{test['testId']}"
        async with opened(hall.app, path, ana.headers) as line:
            assert (await line.event())["type"] == "websocket.accept"
            assert (await line.hear())["type"] == "time_remaining"


def id_of(test: Any) -> SittingId:
    return SittingId(UUID(test["testId"]))


async def eventually_noted(hall: Hall) -> set[str]:
    """What the record says was looked at, once that is written."""
    wanted = EntryFilter(reach=None, action="exams.see_sittings")
    for _ in range(50):
        page = await hall.homeroom.compliance.read_record(hall.owner, wanted, CursorRequest())
        if page.items:
            return {str(one.resource_id) for one in page.items}
        await asyncio.sleep(0.1)
    return set()
