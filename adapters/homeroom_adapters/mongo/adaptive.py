"""Adaptive sittings and what is known of questions, as documents."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import attrs
from pymongo import ReplaceOne

from homeroom.exams.errors import (
    SittingNotFound,
    SittingUnderWay,
    StaleSitting,
    TooManyAdaptive,
)
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.rules import Stop
from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting, Step, Terms
from homeroom.exams.model.answers import ALL
from homeroom.exams.ports.adaptive import A_DAY, KnownCurve, still_known
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.mongo.asking import NEWEST, in_turn
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.exposures import count_exposure, exposure_of
from homeroom_adapters.mongo.reach import within
from homeroom_adapters.mongo.regrades import regrades_of
from homeroom_adapters.mongo.rows import (
    Document,
    Row,
    document_of,
    fields_of,
    instant_text,
    row_of,
)
from homeroom_adapters.mongo.sitting_rows import SITTINGS, IdRow, JudgedRow, taken_by

ADAPTIVE, CURVES = "exam_adaptive_sittings", "question_curves"

_TRIES = 3
"""Whoever was in the way may be through by the time one looks who it was."""

_AT_ONCE = 500
"""So many curves are written at once."""


@attrs.frozen(kw_only=True)
class AdaptiveRow(Row):
    """An adaptive sitting, with every step of it."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    terms: Terms
    began_at: datetime
    ends_at: datetime
    steps: tuple[Step, ...] = ()
    ended_at: datetime | None = None
    stop: Stop | None = None
    version: int
    under_way: str | None = None
    """Whose and of which exam, of one that is not over; an index has it once."""


@attrs.frozen(kw_only=True)
class CurveRow(Row):
    """What is known of one edition of a question."""

    id: str
    question_id: QuestionId
    edition: int
    exam_id: ExamId
    curve: Curve
    a_error: float | None = None
    b_error: float | None = None
    answers: int | None = None
    at: datetime


@attrs.frozen
class MongoAdaptiveSittings:
    """The adaptive sittings, inside a unit. What is read is held."""

    _desk: Desk

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> AdaptiveSitting:
        held = await self._desk.hold(ADAPTIVE, _visible(sitting_id, reach))
        if held is None:
            raise SittingNotFound
        return _sitting(held)

    async def add(self, sitting: AdaptiveSitting, *, most: int | None = None) -> None:
        await in_turn(self._desk, lambda: self._insert(sitting))
        if most is not None:
            await self._expect_at_most(most, sitting)
        await self._kept(sitting, before=0, begun=1)

    async def save(self, sitting: AdaptiveSitting) -> None:
        same = {"_id": str(sitting.id), "version": sitting.version}
        before = await self._desk.find_one(ADAPTIVE, same)
        if before is None or not await self._desk.replace(ADAPTIVE, same, _document(sitting)):
            raise StaleSitting
        await self._kept(sitting, before=len(_sitting(before).steps))

    async def of(self, person_id: PersonId) -> Sequence[AdaptiveSitting]:
        theirs = await self._desk.find(ADAPTIVE, {"person_id": str(person_id)}, sort=NEWEST)
        return [_sitting(one) for one in theirs]

    async def remove(self, person_id: PersonId) -> int:
        return await self._desk.remove(ADAPTIVE, {"person_id": str(person_id)})

    async def _insert(self, sitting: AdaptiveSitting) -> None:
        document = _document(sitting)
        for _ in range(_TRIES):
            if await self._desk.insert_unless_taken(ADAPTIVE, document):
                return
            await self._expect_nobody(sitting)
        raise StaleSitting

    async def _expect_nobody(self, sitting: AdaptiveSitting) -> None:
        """Raises `SittingUnderWay` for one that is there already, and `StaleSitting` for itself."""
        if await self._desk.find_one(ADAPTIVE, {"_id": str(sitting.id)}) is not None:
            raise StaleSitting
        whose = taken_by(sitting.person_id, sitting.exam_id)
        found = await self._desk.find_one(ADAPTIVE, {"under_way": whose})
        if found is not None:
            raise SittingUnderWay(_sitting(found).id)

    async def _expect_at_most(self, most: int, sitting: AdaptiveSitting) -> None:
        """Nobody adds one beside us: of those that are not over, ours is the only one."""
        lately = {
            "person_id": str(sitting.person_id),
            "exam_id": str(sitting.exam_id),
            "began_at": {"$gt": instant_text(sitting.began_at - A_DAY)},
        }
        fields = fields_of(IdRow)
        if len(await self._desk.find(ADAPTIVE, lately, fields=fields, limit=most + 1)) > most:
            raise TooManyAdaptive

    async def _kept(self, sitting: AdaptiveSitting, *, before: int, begun: int = 0) -> None:
        """*before* are the steps of which it was counted already that they were put."""
        sitting.version += 1
        sitting.release_steps()
        put = [step.question_id for step in sitting.steps[before:]]
        await count_exposure(self._desk, sitting, put, begun=begun)


@attrs.frozen
class MongoQuestionCurves:
    """What is known of questions, inside a unit."""

    _desk: Desk

    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        in_order = sorted(curves, key=lambda one: one.edition)
        every = [_curve_document(exam_id, one) for one in in_order]
        known = [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in every]
        for first in range(0, len(known), _AT_ONCE):
            portion = known[first : first + _AT_ONCE]
            with translated():
                writing = self._desk.writing(CURVES)
                await writing.bulk_write(portion, session=self._desk.session)


@attrs.frozen
class MongoAdaptiveQueries:
    """Reads of adaptive tests, outside of any unit."""

    _desk: Desk

    async def adaptive(
        self, sitting_id: SittingId, *, reach: InstitutionId | None
    ) -> AdaptiveSitting:
        found = await self._desk.find_one(ADAPTIVE, _visible(sitting_id, reach))
        if found is None:
            raise SittingNotFound
        return _sitting(found)

    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        of_it: Document = {"exam_id": str(exam_id)}
        if only is not None:
            of_it["question_id"] = {"$in": [str(one) for one in only]}
        known = [_curve(one) for one in await self._desk.find(CURVES, of_it)]
        about = {question_id for question_id, _ in (one.edition for one in known)}
        return still_known(known, await regrades_of(self._desk, about))

    async def exposure(self, exam_id: ExamId) -> Exposure:
        return await exposure_of(self._desk, exam_id)

    async def judged(self, exam_id: ExamId, *, most: int) -> Sequence[Mapping[Edition, bool]]:
        over = {"counts_for": str(exam_id), "invalidation": None, "answered": {"$gt": 0}}
        fields = fields_of(JudgedRow)
        found = await self._desk.find(SITTINGS, over, fields=fields, sort=NEWEST, limit=most)
        return [_right(row_of(JudgedRow, one)) for one in found]


def _right(sitting: JudgedRow) -> Mapping[Edition, bool]:
    """Which of its questions were wholly right."""
    whole = {one for one, reply in sitting.replies.items() if reply.credit == ALL}
    return {item.key: item.question_id in whole for item in sitting.form.items}


def _visible(sitting_id: SittingId, reach: InstitutionId | None) -> Document:
    return {"_id": str(sitting_id), **within(reach)}


def _document(sitting: AdaptiveSitting) -> Document:
    """*sitting*, as its next version."""
    whose = taken_by(sitting.person_id, sitting.exam_id)
    return document_of(
        AdaptiveRow(
            id=sitting.id,
            institution_id=sitting.institution_id,
            exam_id=sitting.exam_id,
            person_id=sitting.person_id,
            terms=sitting.terms,
            began_at=sitting.began_at,
            ends_at=sitting.ends_at,
            steps=sitting.steps,
            ended_at=sitting.ended_at,
            stop=sitting.stop,
            version=sitting.version + 1,
            under_way=whose if sitting.is_active else None,
        )
    )


def _sitting(document: Document) -> AdaptiveSitting:
    fields = attrs.asdict(row_of(AdaptiveRow, document), recurse=False)
    del fields["under_way"]
    return AdaptiveSitting(**fields)


def _curve_document(exam_id: ExamId, known: KnownCurve) -> Document:
    question_id, edition = known.edition
    return document_of(
        CurveRow(
            id=f"{question_id} {edition}",
            question_id=question_id,
            edition=edition,
            exam_id=exam_id,
            curve=known.curve,
            a_error=known.a_error,
            b_error=known.b_error,
            answers=known.answers,
            at=known.at,
        )
    )


def _curve(document: Document) -> KnownCurve:
    row = row_of(CurveRow, document)
    return KnownCurve(
        edition=(row.question_id, row.edition),
        curve=row.curve,
        a_error=row.a_error,
        b_error=row.b_error,
        answers=row.answers,
        at=row.at,
    )
