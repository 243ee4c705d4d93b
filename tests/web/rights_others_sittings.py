"""One request for each thing that those who write exams may ask of others' sittings."""

from typing import Any
from uuid import UUID

import attrs
from rights_example import Example
from rights_subjects import Subject, somebody

from homeroom.exams.model import rights as exams
from homeroom.exams.model.choices import TrueFalse
from homeroom.exams.model.integrity import EventKind, Told
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.summaries import Attempt
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import SittingId, new_id
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_testing.marked_exam import keep_marked_exam


async def begun(homeroom: Homeroom, owner: Actor) -> tuple[Sheet, Actor]:
    """A timed sitting of somebody new, for an exam of its own."""
    person = await homeroom.people.create_person(owner, somebody(), roles=frozenset({Role.STUDENT}))
    storage, now = homeroom.plant.storage, homeroom.plant.ambient.clock.now()
    kept = await keep_marked_exam(storage, owner.institution_id, at=now, code=new_id().hex)
    learner = person.act()
    return await homeroom.exams.begin_sitting(learner, kept.exam.id), learner


async def a_sitting(homeroom: Homeroom, owner: Actor) -> Subject:
    sheet, _ = await begun(homeroom, owner)
    return Subject(str(sheet.summary.id), str(sheet.summary.id))


async def a_sitting_that_is_over(homeroom: Homeroom, owner: Actor) -> Subject:
    sheet, learner = await begun(homeroom, owner)
    await homeroom.exams.submit_sitting(learner, sheet.summary.id)
    return Subject(str(sheet.summary.id), str(sheet.summary.id))


async def an_invalid_sitting(homeroom: Homeroom, owner: Actor) -> Subject:
    over = await a_sitting_that_is_over(homeroom, owner)
    invalidate = homeroom.exams.invalidate_sitting
    await invalidate(owner, SittingId(UUID(over.id)), "It was noisy.", Attempt.SPENT)
    return over


async def a_flagged_sitting(homeroom: Homeroom, owner: Actor) -> Subject:
    sheet, learner = await begun(homeroom, owner)
    now = homeroom.plant.ambient.clock.now()
    told = [Told(mark=f"e{one}", kind=EventKind.PRINTED, said_at=now) for one in range(9)]
    await homeroom.exams.tell_events(learner, sheet.summary.id, told)
    return Subject(str(sheet.summary.id), str(sheet.summary.id))


async def a_question_with_two_editions(homeroom: Homeroom, owner: Actor) -> Subject:
    storage, now = homeroom.plant.storage, homeroom.plant.ambient.clock.now()
    kept = await keep_marked_exam(storage, owner.institution_id, at=now, code=new_id().hex)
    question = kept.questions[2]
    content = attrs.evolve(question.content, body=TrueFalse(is_true=False))
    await homeroom.exams.revise_question(owner, question.id, content)
    return Subject(str(question.id), str(question.id))


_SITTINGS = "/api/v1/sittings"
_SITTING = f"{_SITTINGS}/{{sitting_id}}"
_SEE = exams.SEE_SITTINGS
_REGRADE = "POST /api/v1/questions/{question_id}/regrade"
_WHY = {"reason": "It is not true."}
_REVISED: Any = {"concerns": a_question_with_two_editions}

OF_OTHERS_SITTINGS = [
    Example(f"GET {_SITTINGS}", _SEE, listed=a_sitting),
    Example(f"GET {_SITTING}/result", _SEE, concerns=a_sitting_that_is_over),
    Example(
        f"POST {_SITTING}/extension", exams.ACCOMMODATE, concerns=a_sitting, body={"percent": 25}
    ),
    Example(
        f"POST {_SITTING}/invalidation",
        exams.INVALIDATE,
        concerns=a_sitting_that_is_over,
        body={"reason": "Somebody else sat there."},
    ),
    Example(f"DELETE {_SITTING}/invalidation", exams.INVALIDATE, concerns=an_invalid_sitting),
    Example(f"GET {_SITTING}/events", _SEE, concerns=a_sitting),
    Example(f"GET {_SITTINGS}/flagged", _SEE, listed=a_flagged_sitting),
    Example(_REGRADE, _SEE, body=_WHY, **_REVISED),
    Example(_REGRADE, exams.REGRADE, body={**_WHY, "dryRun": False}, **_REVISED),
    Example("GET /api/v1/questions/{question_id}/regrades", exams.SEE_QUESTIONS, **_REVISED),
]
