"""What tells of a person is marked, told to whoever may ask, and gone after an erasure.

Whoever adds a text or a table adds a mark or an answer, or a line here with a reason.
"""

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NewType

import attrs
import pytest
import sqlalchemy as sa

import homeroom
import homeroom_adapters.sql.storage  # noqa: F401 - it reads every table
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import PersonId, new_id
from homeroom.kernel.privacy import Personal, is_personal
from homeroom_adapters.sql.engine import open_database
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.tables import Instant, metadata
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.clock import NOON
from homeroom_testing.fast_hashing import FAST_VARIABLES

_SECRET = "a digest, a hash or a seal, from which nobody reads anything"
_MACHINES = "what machines say to each other"
_WORK = "people write of work here, and are asked not to name anybody"
_TAUGHT = "what is taught and asked, of a subject and of nobody"
_PARTS = "what a part of a question is called in it"

NOT_PERSONAL: Mapping[str, str] = {
    "Accepted.explanation": _TAUGHT,
    "Accepted.text": _TAUGHT,
    "Account.provider": "the name of a way to sign in, which everybody there shares",
    "Account.sealed": _SECRET,
    "AgeRecord.sealed": _SECRET,
    "ApiKey.digest": _SECRET,
    "ApiKey.hint": "four of 43 random characters",
    "ApiKey.name": "what a key is for",
    "At.timezone": "a zone, in which many live",
    "Content.description": _WORK,
    "Content.explanation": _TAUGHT,
    "Content.media_url": "where a picture is that a question shows",
    "Content.name": _WORK,
    "Content.payload": _WORK,
    "Content.stem": _TAUGHT,
    "Content.tags": _WORK,
    "Credential.hashed": _SECRET,
    "Cron.expression": "an expression of cron",
    "Cron.timezone": "a zone, in which many live",
    "Device.browser": "the name of a browser, which many use",
    "Device.system": "the name of a system, which many use",
    "DistrictDetails.name": "the name of a district",
    "DistrictDetails.region": "a part of a land, in which many live",
    "DistrictDetails.state": "a part of a land, in which many live",
    "Every.timezone": "a zone, in which many live",
    "Execution.key": _MACHINES,
    "Execution.message": "a sentence of ours",
    "Execution.message_id": _MACHINES,
    "Execution.result": "a code",
    "Generation.code": "the code of a refusal",
    "Generation.model": "what a machine is called",
    "Generation.reason": "a sentence of ours",
    "Institution.name": "the name of a school",
    "Label.code": "what a place in the tree of a school is called",
    "Label.name": "what a place in the tree of a school is called",
    "Label.reference": _MACHINES,
    "Form.names": _TAUGHT,
    "Item.order": _PARTS,
    "Learner.house_zone": "a zone, in which many live",
    "Learner.zone": "a zone, in which many live",
    "LogLine.message": "a sentence of ours",
    "LogLine.reason": "a code",
    "LogLine.snippet": "the beginning of what another machine answered",
    "Matching.pairs": _PARTS,
    "Objective.code": _TAUGHT,
    "Objective.name": _TAUGHT,
    "Office.website": "where a district shows itself to everybody",
    "Option.explanation": _TAUGHT,
    "Option.id": _PARTS,
    "Option.text": _TAUGHT,
    "Outcome.remarks": _TAUGHT,
    "Outcome.words": _TAUGHT,
    "Outline.code": _TAUGHT,
    "Outline.description": _TAUGHT,
    "Outline.name": _TAUGHT,
    "Part.id": _PARTS,
    "Part.text": _TAUGHT,
    "PassedOver.reason": "a code",
    "Pause.note": _WORK,
    "Question.note": _WORK,
    "Question.reference": _MACHINES,
    "Range.explanation": _TAUGHT,
    "Regrade.reason": "what was wrong with a key",
    "SealedTarget.fingerprint": _SECRET,
    "SealedTarget.mask": "a target with all but its host masked",
    "SealedTarget.sealed": _SECRET,
    "Session.digest": _SECRET,
    "Source.title": _TAUGHT,
    "Source.url": _TAUGHT,
    "Step.order": _PARTS,
    "Task.failure": "a sentence of ours",
    "Task.imported_as": "what a task is called in a file of tasks",
    "Task.system": "the name of a kind of work",
    "Terms.time_zone": "a zone, in which many live",
    "Ticket.digest": _SECRET,
    "TrueFalse.why_false": _TAUGHT,
    "TrueFalse.why_true": _TAUGHT,
    "Vendor.name": "the name of a company, a board or a school",
    "Vendor.website": "where a vendor shows itself to everybody",
    "Watch.digest": _SECRET,
    "Wish.origin": "what the source of questions is called",
    "Wish.source": _TAUGHT,
}


def aggregates() -> Iterator[type]:
    for found in pkgutil.walk_packages(homeroom.__path__, "homeroom."):
        for thing in vars(importlib.import_module(found.name)).values():
            ours = isinstance(thing, type) and thing.__module__ == found.name
            if ours and issubclass(thing, Aggregate) and thing is not Aggregate:
                yield thing


def parts(annotation: object) -> Iterator[object]:
    """The plain types that *annotation* comes down to, but for what carries a mark."""
    if is_personal(annotation):
        return
    if isinstance(annotation, NewType):
        yield from parts(annotation.__supertype__)
    elif typing.get_origin(annotation) is not None or isinstance(annotation, types.UnionType):
        for part in typing.get_args(annotation):
            yield from parts(part)
    else:
        yield annotation


def unmarked_texts(cls: type, seen: set[type] | None = None) -> Iterator[str]:
    """The texts without a mark in *cls* and in the values it is made of, by class and field."""
    seen = set() if seen is None else seen
    if cls in seen:
        return
    seen.add(cls)
    hints = typing.get_type_hints(cls, include_extras=True)
    for field in attrs.fields(cls):
        for plain in parts(hints[field.name]):
            if plain is str:
                yield f"{cls.__name__}.{field.name}"
            elif isinstance(plain, type) and attrs.has(plain):
                yield from unmarked_texts(plain, seen)


@attrs.define(kw_only=True)
class Pupil(Aggregate):
    """Made up: one text with a mark, and two without."""

    nick: Annotated[str, Personal]
    motto: str | None
    friends: tuple[str, ...]


class TestFields:
    def test_a_text_is_marked_as_personal_or_there_is_a_reason_why_not(self) -> None:
        found = {text for cls in aggregates() for text in unmarked_texts(cls)}
        assert found == NOT_PERSONAL.keys()
        assert all(NOT_PERSONAL.values())

    def test_a_text_without_a_mark_is_seen(self) -> None:
        assert list(unmarked_texts(Pupil)) == ["Pupil.motto", "Pupil.friends"]


TOLD: Mapping[str, str] = {
    "ages": "ages.age",
    "audit_entries": "compliance.entriesByThem",
    "consents": "compliance.consents",
    "credentials": "people.password",
    "exam_achievers": "achievements.standing",
    "exam_adaptive_sittings": "exams.adaptive",
    "exam_awards": "achievements.awards",
    "exam_days": "exams.days",
    "exam_sums": "achievements.awards",
    "exam_tallies": "exams.days",
    "exam_tiers": "exams.tier",
    "identities": "people.identities",
    "person_names": "people.person",
    "person_posts": "people.person",
    "person_roles": "people.person",
    "exam_studies": "exams.studies",
    "question_attempts": "exams.attempts",
    "question_disputes": "exams.disputes",
    "question_notes": "exams.notes",
    "question_reviews": "exams.reviews",
    "roster_enrolments": "roster.enrolments",
    "sessions": "people.sessions",
    "sittings": "exams.sittings",
    "tickets": "people.tickets",
}
"""Where it is told what a table holds of a person."""

KEPT: Mapping[str, str] = {
    "audit_entries": "the record is never changed: it tells by id, for which nothing stands",
    "consents": "that somebody agreed must be provable; who gave it, and how one knows, is gone",
}
"""The tables that still name an id after an erasure, and why."""

A_NODE = new_id()
"""Somewhere to be enrolled."""

AN_EXAM = new_id()
"""Something to sit for."""

A_QUESTION = new_id()
"""Something to say a word about."""

FIT: Mapping[tuple[str, str], object] = {
    ("consents", "kind"): "ai",
    ("exam_adaptive_sittings", "exam_id"): AN_EXAM,
    ("exam_adaptive_sittings", "terms"): (
        '{"rules":{"fewest":1,"most":2,"error":0.3,"confidence":0.9,"settles":true,"among":1,'
        '"most_shown":1,"method":"eap"},"cut":0,"weights":{}}'
    ),
    ("exam_awards", "cause"): "answer",
    ("exam_awards", "day"): date(2026, 1, 5),
    ("exam_days", "day"): date(2026, 1, 5),
    ("exam_sums", "begins_on"): date(2026, 1, 5),
    ("person_posts", "role"): Role.TEACHER.value,
    ("person_posts", "source"): "manual",
    ("person_roles", "role"): Role.TEACHER.value,
    ("person_roles", "source"): "manual",
    ("exam_studies", "exam_id"): AN_EXAM,
    ("question_attempts", "credit"): "1/2",
    ("question_attempts", "exam_id"): AN_EXAM,
    ("question_disputes", "question_id"): A_QUESTION,
    ("question_disputes", "status"): "open",
    ("question_notes", "question_id"): A_QUESTION,
    ("question_reviews", "exam_id"): AN_EXAM,
    ("question_reviews", "phase"): "review",
    ("roster_enrolments", "node_id"): A_NODE,
    ("roster_enrolments", "role"): "STUDENT",
    ("roster_enrolments", "source"): "auto",
    ("sittings", "exam_id"): AN_EXAM,
    ("sittings", "mode"): "simulation",
    ("sittings", "status"): "active",
    ("sittings", "form"): '{"items":[],"weights":{},"names":{},"passing":"65","shortfalls":[]}',
    ("tickets", "kind"): "reset",
    ("audit_entries", "outcome"): "done",
    ("audit_entries", "changes"): "{}",
}
"""Cells that are read as something; any other text would do nowhere else either."""


def of_persons() -> Mapping[str, sa.Table]:
    return {name: table for name, table in metadata.tables.items() if "person_id" in table.c}


def a_row(table: sa.Table, person_id: PersonId, institution_id: object) -> Mapping[str, Any]:
    """A row of *table* about somebody, with nothing in it that need not be there."""
    return {
        column.name: _cell(column, person_id, institution_id)
        for column in table.c
        if not column.nullable or column.name == "person_id"
    }


def _cell(column: "sa.Column[Any]", person_id: PersonId, institution_id: object) -> object:
    known = {"person_id": person_id, "institution_id": institution_id}
    if column.name in known:
        return known[column.name]
    if (column.table.name, column.name) in FIT:
        return FIT[column.table.name, column.name]
    if isinstance(column.type, Instant):
        return NOON
    if isinstance(column.type, sa.Uuid):
        return new_id()
    plain: dict[type, object] = {sa.Boolean: False, sa.Integer: 1, sa.BigInteger: 1}
    return plain.get(type(column.type), f"secretly {column.name}")


@pytest.mark.anyio
class TestTables:
    def test_what_a_table_holds_of_persons_is_told_somewhere(self) -> None:
        assert of_persons().keys() == TOLD.keys()
        assert KEPT.keys() - TOLD.keys() == set()
        assert all(KEPT.values())

    async def test_rows_in_every_table_are_told_and_then_gone(self, tmp_path: Path) -> None:
        settings = load_settings({"HOMEROOM_DATA_DIR": str(tmp_path), **FAST_VARIABLES})
        async with open_homeroom(settings) as house:
            secret = await house.people.open_house("Home")
            assert secret is not None
            head = await house.people.authenticate(secret.text)
            person_id, url = PersonId(new_id()), f"sqlite:///{tmp_path / 'homeroom.sqlite3'}"
            await fill(url, person_id, head)

            told = (await house.compliance.export_person(head, person_id)).contexts
            full = {f"{name}.{one.name}" for name, of in told.items() for one in of if one.rows}
            assert full >= set(TOLD.values())
            assert "secretly" in str(told)
            await house.compliance.erase_person(head, person_id)

            assert await naming(url, person_id) == KEPT.keys()
            left = (await house.compliance.export_person(head, person_id)).contexts
            assert "secretly" not in str(left["people"])
            assert "secretly" not in str(left["compliance"][0])


async def fill(url: str, person_id: PersonId, head: Actor) -> None:
    """Somebody, with a row in every table that may name them."""
    persons = metadata.tables["persons"]
    somebody = {**a_row(persons, person_id, head.institution_id), "id": person_id}
    nodes = metadata.tables["roster_nodes"]
    course = {**a_row(nodes, person_id, head.institution_id), "id": A_NODE}
    vendors, exams = metadata.tables["vendors"], metadata.tables["exams"]
    vendor = a_row(vendors, person_id, head.institution_id)
    exam = {**a_row(exams, person_id, head.institution_id), "id": AN_EXAM}
    exam["vendor_id"] = vendor["id"]
    questions = metadata.tables["questions"]
    question = {**a_row(questions, person_id, head.institution_id), "id": A_QUESTION}
    question["exam_id"] = AN_EXAM
    async with open_database(url, pool_size=1) as database:
        await SqlSchema(database).upgrade()
        async with database.write() as connection:
            await connection.execute(sa.insert(persons).values(somebody))
            await connection.execute(sa.insert(nodes).values(course))
            await connection.execute(sa.insert(vendors).values(vendor))
            await connection.execute(sa.insert(exams).values(exam))
            await connection.execute(sa.insert(questions).values(question))
            for table in of_persons().values():
                row = a_row(table, person_id, head.institution_id)
                await connection.execute(sa.insert(table).values(row))


async def naming(url: str, person_id: PersonId) -> set[str]:
    """The tables that still name somebody."""
    async with open_database(url, pool_size=1) as database, database.read() as connection:
        counts = {
            name: sa.select(sa.func.count()).where(table.c.person_id == person_id)
            for name, table in of_persons().items()
        }
        return {
            name
            for name, counted in counts.items()
            if (await connection.execute(counted)).scalar_one()
        }
