"""One request for each thing that is asked of tiers, of marks and of disputes."""

from typing import Any
from uuid import UUID

from rights_example import Example
from rights_others_sittings import begun
from rights_subjects import Subject, a_person

from homeroom.exams.model import rights as exams
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import DisputeId
from homeroom_entrypoints.composition.facade import Homeroom

_TIER = "/api/v1/admin/users/{person_id}/tier"
_FREE: Any = {"tier": "free"}
_NONE: Any = {"otherwise": "sitting_not_found"}
_HANDLE = exams.HANDLE_DISPUTES


async def a_dispute(homeroom: Homeroom, owner: Actor) -> Subject:
    sheet, learner = await begun(homeroom, owner)
    question = sheet.questions[0].question_id
    raised = await homeroom.exams.dispute_question(learner, sheet.summary.id, question, "Wrong.")
    return Subject(str(raised.id), str(raised.id))


async def an_answered_dispute(homeroom: Homeroom, owner: Actor) -> Subject:
    subject = await a_dispute(homeroom, owner)
    which = DisputeId(UUID(subject.id))
    await homeroom.exams.answer_dispute(owner, which, "It is not.", upheld=False)
    return subject


OF_TIERS = [
    Example(f"GET {_TIER}", exams.SEE_TIER, concerns=a_person),
    Example(f"PUT {_TIER}", exams.SET_TIER, concerns=a_person, body=_FREE),
    Example("GET /api/v1/disputes", exams.SEE_DISPUTES, listed=a_dispute),
    Example(
        "POST /api/v1/disputes/{dispute_id}/answer",
        _HANDLE,
        concerns=a_dispute,
        body={"answer": "It is not.", "upheld": False},
    ),
    Example("POST /api/v1/disputes/{dispute_id}/close", _HANDLE, concerns=an_answered_dispute),
]

OWN_REMARKS = [
    Example("GET /api/v1/me/allowance", exams.SIT),
    Example("GET /api/v1/me/notes", exams.SIT),
    Example("DELETE /api/v1/me/notes/{question_id}", exams.SIT, otherwise="note_not_found"),
    Example("PUT /api/v1/sessions/{session_id}/notes/{question_id}", exams.SIT, body={}, **_NONE),
    Example(
        "POST /api/v1/sessions/{session_id}/disputes/{question_id}",
        exams.SIT,
        body={"reason": "It is wrong."},
        **_NONE,
    ),
    Example("GET /api/v1/me/disputes", exams.SIT),
    Example(
        "POST /api/v1/me/disputes/{dispute_id}/withdraw",
        exams.SIT,
        otherwise="dispute_not_found",
    ),
]
"""What is there is asked for in tests of its own, by whoever it is about."""
