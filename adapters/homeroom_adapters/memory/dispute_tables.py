"""What of notes on questions, and of disputes about them, is committed: tables by key."""

import attrs

from homeroom.exams.model.disputes import Dispute
from homeroom.exams.model.notes import Note
from homeroom.kernel.ids import DisputeId, PersonId, QuestionId
from homeroom_adapters.memory.tables import Table

Spot = tuple[PersonId, QuestionId]


def notes() -> Table[Spot, Note]:
    return Table(
        key=lambda one: (one.person_id, one.question_id),
        unique=lambda _: None,
        copied=lambda one: one,
    )


def disputes() -> Table[DisputeId, Dispute]:
    return Table(key=lambda one: one.id, unique=place_of, copied=attrs.evolve)


def place_of(dispute: Dispute) -> Spot | None:
    """What no two disputes share as long as they go on."""
    return (dispute.person_id, dispute.question_id) if dispute.goes_on else None
