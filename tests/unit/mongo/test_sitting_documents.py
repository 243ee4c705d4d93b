"""A sitting is one document: nothing of it is lost, and an index finds it by what it is now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.answers import LONGEST_TEXT
from homeroom.exams.model.forms import Form, Item
from homeroom.exams.model.sittings import Reply, Sitting, SittingStatus
from homeroom.exams.model.summaries import Attempt, Invalidation
from homeroom.exams.model.wishes import MOST_QUESTIONS, Mode
from homeroom.kernel.ids import (
    ExamId,
    InstitutionId,
    ObjectiveId,
    PersonId,
    QuestionId,
    SittingId,
    new_id,
)
from homeroom_adapters.mongo.rows import Document
from homeroom_adapters.mongo.sitting_rows import sitting_document, sitting_from, summary_from
from homeroom_testing.clock import NOON

A_DOCUMENT = 16 * 1024 * 1024

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(-(10**15), 10**17).map(lambda one: EPOCH + timedelta(microseconds=one))


def a_form(questions: int = 2) -> Form:
    objective_id = ObjectiveId(new_id())
    items = tuple(
        Item(
            question_id=QuestionId(new_id()), edition=3, objective_id=objective_id, order=("b", "a")
        )
        for _ in range(questions)
    )
    return Form(
        items=items,
        weights={objective_id: Fraction(100, 3)},
        passing=Decimal("65.0"),
        names={objective_id: "Ñandú"},
    )


def a_sitting(
    mode: Mode = Mode.SIMULATION, *, at: datetime = NOON, replies: Sequence[Reply] = ()
) -> Sitting:
    form = a_form(max(2, len(replies)))
    ids = (item.question_id for item in form.items)
    return Sitting(
        id=SittingId(new_id()),
        institution_id=InstitutionId(new_id()),
        exam_id=ExamId(new_id()),
        person_id=PersonId(new_id()),
        mode=mode,
        form=form,
        time_limit=timedelta(minutes=90),
        began_at=at,
        ends_at=at + timedelta(minutes=90),
        replies=dict(zip(ids, replies, strict=False)),
    )


def through_mongo(sitting: Sitting) -> Document:
    """The document of *sitting*, as it comes back from where it was sent."""
    return bson.decode(bson.encode(sitting_document(sitting)))


@given(at=instants, credit=st.fractions(-1, 1, max_denominator=10**18) | st.none())
def test_instants_and_worths_come_back_exactly(at: datetime, credit: Fraction | None) -> None:
    reply = Reply(answer=("a", ""), at=at, flagged=True, seconds=0, credit=credit)
    sitting = a_sitting(at=NOON, replies=[reply])
    found = sitting_from(through_mongo(sitting))
    assert found == sitting
    assert found.version == sitting.version + 1
    assert found.replies[sitting.form.items[0].question_id].at == at


@given(st.tuples(instants, instants))
def test_instants_stand_in_the_order_in_which_they_are(both: tuple[datetime, datetime]) -> None:
    first, second = (through_mongo(a_sitting(at=one))["began_at"] for one in both)
    assert (first < second) is (both[0] < both[1])


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=8)))
    assert through_mongo(a_sitting(at=there))["began_at"] == "2026-03-02T12:00:00.000000+00:00"


def test_the_largest_sitting_is_far_from_what_a_document_may_have() -> None:
    answer = ("\N{GRINNING FACE}" * LONGEST_TEXT,)
    replies = [Reply(answer=answer, at=NOON)] * MOST_QUESTIONS
    encoded = bson.encode(sitting_document(a_sitting(replies=replies)))
    assert len(encoded) < A_DOCUMENT / 2


@pytest.mark.parametrize(
    ("mode", "status", "attempt", "found_by"),
    [
        (Mode.SIMULATION, SittingStatus.ACTIVE, None, {"under_way", "spends"}),
        (Mode.SIMULATION, SittingStatus.EXPIRED, None, {"spends", "counts_for"}),
        (Mode.SIMULATION, SittingStatus.EXPIRED, Attempt.SPENT, {"spends", "counts_for"}),
        (Mode.SIMULATION, SittingStatus.EXPIRED, Attempt.GIVEN_BACK, {"counts_for"}),
        (Mode.RANDOM, SittingStatus.ACTIVE, None, set()),
        (Mode.RANDOM, SittingStatus.COMPLETED, None, set()),
    ],
)
def test_what_an_index_finds_it_by_is_there_only_while_it_is_so(
    mode: Mode, status: SittingStatus, attempt: Attempt | None, found_by: set[str]
) -> None:
    sitting = a_sitting(mode)
    sitting.status = status
    if attempt is not None:
        sitting.invalidation = Invalidation(invalidated_at=NOON, reason="Why", attempt=attempt)
    document = sitting_document(sitting)
    assert {"under_way", "spends", "counts_for"} & document.keys() == found_by


def test_a_summary_is_read_without_the_form_and_the_replies() -> None:
    sitting = a_sitting(replies=[Reply(answer=("a",), at=NOON)])
    document = through_mongo(sitting)
    for name in ("form", "replies", "replied", "time_limit", "version", "under_way", "spends"):
        del document[name]
    assert summary_from(document) == sitting.summary
