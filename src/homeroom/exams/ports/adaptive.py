"""The places for adaptive sittings and for what is known of questions, and reads without locks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.adaptive.calibration import Calibration, Person
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.model.regrading import Regrade
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId

A_DAY = timedelta(days=1)


class AdaptiveSittings(Protocol):
    """Everybody's adaptive sittings. What a unit gets here it holds: nobody else changes it until
    the unit ends, so that two devices are put the same question and no answer is lost.

    Conformance: `homeroom_testing.conformance.adaptive.AdaptiveSittingsConformance`.
    """

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> AdaptiveSitting:
        """Raises `SittingNotFound`, also for one of an institution out of *reach*."""
        ...

    async def add(self, sitting: AdaptiveSitting, *, most: int | None = None) -> None:
        """Keep a new one.

        A person has one at most of each exam that is not over, and begins *most* at most of it
        within a day, however many ask at once: raises `SittingUnderWay`, which names the one, and
        `TooManyAdaptive`. After `TooManyAdaptive` the unit is not to be committed.
        """
        ...

    async def save(self, sitting: AdaptiveSitting) -> None:
        """Keep a changed one, with every step in it. Raises `StaleSitting` after a newer save."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[AdaptiveSitting]:
        """Theirs, newest first."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all of theirs, with what they answered; how many."""
        ...


@attrs.frozen(kw_only=True)
class KnownCurve:
    """What is known of one edition of a question, and how well."""

    edition: Edition
    curve: Curve
    a_error: float | None = None
    """Standard errors; None where somebody said what it is like."""

    b_error: float | None = None
    answers: int | None = None
    """How many it was learnt from; likewise."""

    at: datetime


def still_known(
    curves: Iterable[KnownCurve], regrades: Iterable[Regrade]
) -> Mapping[Edition, KnownCurve]:
    """Those of *curves* that hold, whatever *regrades* were decided on.

    What was learnt from answers that were judged by a wrong key, before all of them were judged
    again, is not known any more. What somebody said of a question stays.
    """
    doubted = dict[Edition, list[Regrade]]()
    for regrade in regrades:
        for number in regrade.editions:
            doubted.setdefault((regrade.question_id, number), []).append(regrade)
    return {
        one.edition: one
        for one in curves
        if one.answers is None
        or all(
            regrade.done_at is not None and regrade.done_at <= one.at
            for regrade in doubted.get(one.edition, ())
        )
    }


class QuestionCurves(Protocol):
    """What is known of questions, edition by edition.

    Conformance: `homeroom_testing.conformance.question_curves.QuestionCurvesConformance`.
    """

    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        """Know these from now on, in place of what was known of the same editions. All of them
        are editions of questions of that exam."""
        ...


@runtime_checkable
class AdaptiveQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.question_curves.QuestionCurvesConformance` and
    `homeroom_testing.conformance.adaptive.AdaptiveSittingsConformance`.
    """

    async def adaptive(
        self, sitting_id: SittingId, *, reach: InstitutionId | None
    ) -> AdaptiveSitting:
        """Raises `SittingNotFound`."""
        ...

    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        """What is known of the questions of that exam, or of *only* these: see `still_known`."""
        ...

    async def exposure(self, exam_id: ExamId) -> Exposure:
        """How often each of its questions was put, in how many adaptive sittings; those of people
        who are gone included. It is counted as they are put, and costs as much as the exam has
        questions, however many sat for it."""
        ...

    async def judged(self, exam_id: ExamId, *, most: int) -> Sequence[Mapping[Edition, bool]]:
        """Who had which questions wholly right: of the newest timed sittings that are over, *most*
        at most. What they were asked and did not answer counts as not right."""
        ...


class Calibrator(Protocol):
    """Learns from answers what questions are like.

    Conformance: `homeroom_testing.conformance.calibrators.CalibratorConformance`.
    """

    def __call__(self, persons: Iterable[Person], items: int) -> Calibration:
        """Of questions 0 to *items* - 1. The same answers teach the same, in whatever order."""
        ...
