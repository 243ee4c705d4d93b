"""The collections and their indexes: made at open, by whoever comes first.

A unique index is on one field. Where several together may be there once only, a row joins them
into one text, and leaves the field out where there is nothing to be unique: MongoDB's sparse
index passes over documents that lack it.
"""

from collections.abc import Mapping
from typing import Any

import attrs
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

from homeroom_adapters.mongo.errors import translated

_THERE_ALREADY = 48


@attrs.frozen
class Index:
    """One index, by the order of its fields; a field that starts with "-" falls."""

    name: str
    fields: tuple[str, ...]
    unique: bool = False

    def model(self, *, lone: bool) -> IndexModel:
        """As MongoDB is asked for it. A *lone* peer knows no `_id` beside other fields."""
        keys = [
            (one.removeprefix("-"), DESCENDING if one.startswith("-") else ASCENDING)
            for one in self.fields
            if not (lone and one.removeprefix("-") == "_id")
        ]
        if self.unique:
            return IndexModel(keys, name=self.name, unique=True, sparse=True)
        return IndexModel(keys, name=self.name)


_BOARD = ("institution_id", "exam_id", "period", "begins_on", "listed")
"""What boards are looked up by, before whoever did most."""

INDEXES: Mapping[str, tuple[Index, ...]] = {
    "vendors": (
        Index("uq_vendors_name", ("name_key",), unique=True),
        Index("ix_vendors_institution", ("institution_id", "-_id")),
    ),
    "exams": (
        Index("uq_exams_code", ("code_key",), unique=True),
        Index("ix_exams_institution", ("institution_id", "-_id")),
        Index("ix_exams_vendor", ("vendor_id", "-_id")),
    ),
    "questions": (
        Index("uq_questions_reference", ("reference_key",), unique=True),
        # What a form is put together from is all in here: no document is read for it.
        Index(
            "ix_questions_pool",
            ("exam_id", "status", "objective_id", "difficulty", "_id", "edition"),
        ),
        Index("ix_questions_objective", ("exam_id", "objective_id", "difficulty")),
        Index("ix_questions_exam", ("exam_id", "-_id")),
        Index("ix_questions_institution", ("institution_id", "-_id")),
    ),
    "question_editions": (),
    "sittings": (
        Index("uq_sittings_under_way", ("under_way",), unique=True),
        Index("ix_sittings_spends", ("spends",)),
        Index("ix_sittings_ends", ("status", "ends_at", "_id")),
        # What statistics are due is all in here, and so is which sittings they are made of.
        Index("ix_sittings_counted", ("counts_for", "institution_id", "version", "ended_at")),
        Index("ix_sittings_exam", ("counts_for", "_id")),
        Index("ix_sittings_person", ("person_id", "exam_id", "-_id")),
        Index("ix_sittings_exam_newest", ("exam_id", "-_id")),
        Index("ix_sittings_institution", ("institution_id", "-_id")),
        Index("ix_sittings_replied", ("replied", "_id")),
    ),
    "sitting_events": (
        Index("uq_sitting_events_once", ("once",), unique=True),
        Index("ix_sitting_events_kind", ("sitting_id", "kind")),
        Index("ix_sitting_events_newest", ("sitting_id", "-_id")),
        Index("ix_sitting_events_person", ("person_id", "-_id")),
    ),
    "sitting_event_counts": (
        Index("ix_sitting_event_counts_newest", ("several", "-_id")),
        Index("ix_sitting_event_counts_house", ("several", "institution_id", "-_id")),
        Index("ix_sitting_event_counts_exam", ("several", "exam_id", "-_id")),
        Index("ix_sitting_event_counts_person", ("person_id",)),
    ),
    "exam_adaptive_sittings": (
        Index("uq_exam_adaptive_sittings_under_way", ("under_way",), unique=True),
        Index("ix_exam_adaptive_sittings_person", ("person_id", "-_id")),
        Index("ix_exam_adaptive_sittings_lately", ("person_id", "exam_id", "began_at")),
    ),
    "exam_exposures": (Index("ix_exam_exposures_exam", ("exam_id",)),),
    "question_curves": (Index("ix_question_curves_exam", ("exam_id", "question_id")),),
    "question_regrades": (Index("ix_question_regrades_question", ("question_id", "_id")),),
    "exam_studies": (Index("ix_exam_studies_person", ("person_id",)),),
    "question_attempts": (
        Index("ix_question_attempts_exam", ("person_id", "exam_id", "objective_id", "at")),
        Index("ix_question_attempts_waiting", ("person_id", "exam_id", "planned")),
        Index("ix_question_attempts_time", ("person_id", "at")),
    ),
    "question_reviews": (
        Index("ix_question_reviews_due", ("person_id", "exam_id", "due_at")),
        Index("ix_question_reviews_question", ("person_id", "question_id")),
    ),
    "exam_achievers": (),
    "exam_awards": (
        Index("ix_exam_awards_newest", ("person_id", "cause", "-at")),
        Index("ix_exam_awards_sitting", ("person_id", "sitting_id")),
        Index("ix_exam_awards_question", ("person_id", "question_id")),
    ),
    "exam_sums": (
        Index("ix_exam_sums_person", ("person_id", "exam_id", "period", "begins_on")),
        *(
            Index(f"ix_exam_sums_{measure}", (*_BOARD, f"-{measure}", "-person_id"))
            for measure in ("points", "accuracy", "streak", "answered")
        ),
    ),
    "exam_statistics": (),
    "question_statistics": (
        Index("ix_question_statistics_exam", ("exam_id", "-question_id")),
        Index("ix_question_statistics_question", ("question_id", "edition")),
    ),
    "question_alarms": (),
    "exam_tiers": (),
    "exam_days": (Index("ix_exam_days_person", ("person_id", "day")),),
    "exam_tallies": (Index("ix_exam_tallies_person", ("person_id",)),),
    "question_notes": (
        Index("uq_question_notes_once", ("once",), unique=True),
        Index("ix_question_notes_person", ("person_id", "-_id")),
    ),
    "question_disputes": (
        Index("uq_question_disputes_once", ("once",), unique=True),
        Index("ix_question_disputes_institution", ("institution_id", "-_id")),
        Index("ix_question_disputes_question", ("question_id", "-_id")),
        Index("ix_question_disputes_person", ("person_id", "-_id")),
        Index("ix_question_disputes_lately", ("person_id", "raised_at")),
    ),
    "question_disputers": (),
    "question_generations": (Index("ix_question_generations_exam", ("exam_id", "-_id")),),
    "question_spenders": (),
    "question_spendings": (Index("ix_question_spendings_institution", ("institution_id", "at")),),
    "heard": (),
    "handovers": (Index("ix_handovers_age", ("at", "_id")),),
}


def unique_fields(name: str) -> tuple[str, ...]:
    """The fields of collection *name* that no two documents share."""
    return tuple(index.fields[0] for index in INDEXES.get(name, ()) if index.unique)


async def make_indexes(database: AsyncDatabase[dict[str, Any]], *, lone: bool = False) -> None:
    """Collections and indexes as they are declared; what is there already stays.

    A collection is made here, for who makes one in a transaction is in the way of others.
    """
    with translated():
        there = set(await database.list_collection_names())
        for name, indexes in INDEXES.items():
            if name not in there:
                await _make(database, name)
            if indexes:
                await database[name].create_indexes([one.model(lone=lone) for one in indexes])


async def _make(database: AsyncDatabase[dict[str, Any]], name: str) -> None:
    """Make the collection, unless somebody else did a moment ago."""
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        pass
    except OperationFailure as error:
        if error.code != _THERE_ALREADY:
            raise
