"""Requests of somebody who sits for an exam, which are known to be granted."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
from whole_schema import Ground

from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.wishes import Mode, Wish
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import new_id
from homeroom_testing.marked_exam import MarkedExam, keep_marked_exam


@attrs.frozen
class Known:
    """A request that is known to do something, before anything in it is changed."""

    path: str | Mapping[str, str]
    """What stands in the holes of the address: one thing in all, or each by its name."""

    query: Mapping[str, str]
    body: Any


KnownBy = Callable[[Ground], Awaitable[Known]]


def _of_exam(**said: Any) -> KnownBy:
    async def known(ground: Ground) -> Known:
        kept, _ = await an_exam(ground)
        return Known("", {}, {"examId": str(kept.exam.id), **said})

    return known


def _of_sitting(hole: str, mode: Mode, body: Any = None, *, over: bool = False) -> KnownBy:
    async def known(ground: Ground) -> Known:
        sheet, actor = await _a_sitting(ground, mode)
        if over:
            await ground.homeroom.exams.submit_sitting(actor, sheet.summary.id)
        question = str(sheet.questions[0].question_id)
        return Known({hole: str(sheet.summary.id), "question_id": question}, {}, body)

    return known


async def _of_study(ground: Ground) -> Known:
    sheet, _ = await _a_sitting(ground, Mode.SEQUENTIAL)
    body = {"sessionId": str(sheet.summary.id), "answer": ""}
    return Known(str(sheet.questions[0].question_id), {}, body)


async def an_exam(ground: Ground) -> tuple[MarkedExam, Actor]:
    await ground.sign_in(Role.SUPER_ADMIN)
    storage, now = ground.homeroom.plant.storage, ground.homeroom.plant.ambient.clock.now()
    person = await storage.persons.person(ground.persons[Role.SUPER_ADMIN], reach=None)
    house, code = person.institution_id, new_id().hex
    return await keep_marked_exam(storage, house, at=now, code=code), person.act()


async def _a_sitting(ground: Ground, mode: Mode) -> tuple[Sheet, Actor]:
    kept, actor = await an_exam(ground)
    begin = ground.homeroom.exams.begin_sitting
    return await begin(actor, kept.exam.id, Wish(mode=mode)), actor


_TEST, _SESSION = "/api/v1/tests/{test_id}", "/api/v1/sessions/{session_id}"
_TIMED, _STUDY = Mode.SIMULATION, Mode.SEQUENTIAL

_EVENTS = {"events": [{"mark": "1", "type": "hidden", "at": "2026-05-01T09:00:00Z"}]}

KNOWN_SITTINGS: Mapping[str, KnownBy] = {
    "POST /api/v1/tests/start": _of_exam(),
    f"GET {_TEST}": _of_sitting("test_id", _TIMED),
    "GET /api/v1/me/sittings/{sitting_id}/earnings": _of_sitting("sitting_id", _TIMED, over=True),
    f"GET {_TEST}/result": _of_sitting("test_id", _TIMED, over=True),
    f"POST {_TEST}/submit": _of_sitting("test_id", _TIMED, {}),
    f"PUT {_TEST}/answers/{{question_id}}": _of_sitting("test_id", _TIMED, {"answer": ""}),
    f"PUT {_TEST}/flags/{{question_id}}": _of_sitting("test_id", _TIMED),
    f"DELETE {_TEST}/flags/{{question_id}}": _of_sitting("test_id", _TIMED),
    "POST /api/v1/sessions/study/create": _of_exam(),
    "POST /api/v1/questions/{question_id}/answer": _of_study,
    f"GET {_SESSION}": _of_sitting("session_id", _STUDY),
    f"GET {_SESSION}/progress": _of_sitting("session_id", _STUDY),
    f"POST {_SESSION}/complete": _of_sitting("session_id", _STUDY),
    f"POST {_SESSION}/events": _of_sitting("session_id", _TIMED, _EVENTS),
}
