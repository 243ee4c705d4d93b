"""The catalogue: who sets exams, what an exam asks for, and under which terms it is taken."""

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Self

import attrs

from homeroom.exams.errors import BadExam, BadVendor, NotPublishable, ObjectiveNotFound
from homeroom.exams.model.answers import FINEST
from homeroom.exams.model.assembly import apportion
from homeroom.exams.model.web import is_web
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, VendorId, new_id
from homeroom.published.exams import ExamPublished, ExamRetired

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LONGEST_NAME, _LONGEST_DESCRIPTION = 200, 5000
_LONGEST_WEBSITE = 500
_WHOLE = Fraction(100)
_MINUTE = timedelta(minutes=1)


class ExamStatus(enum.Enum):
    """Whether an exam may be taken."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


@attrs.define(kw_only=True)
class Vendor(Aggregate):
    """Who sets exams: a company, a board, or the school itself. Its name is its alone."""

    id: VendorId
    institution_id: InstitutionId
    name: str
    website: str = ""
    created_at: datetime

    @classmethod
    def begin(
        cls, institution_id: InstitutionId, name: str, website: str = "", *, at: datetime
    ) -> Self:
        """Raises `BadVendor`."""
        vendor = cls(id=VendorId(new_id()), institution_id=institution_id, name="", created_at=at)
        vendor.rename(name, website)
        return vendor

    def rename(self, name: str, website: str) -> None:
        """Raises `BadVendor` with all that is wrong."""
        name = name.strip()
        if problems := list(_wrong_with_vendor(name, website)):
            raise BadVendor(problems=problems)
        self.name, self.website = name, website


@attrs.frozen(kw_only=True)
class Objective:
    """One thing an exam asks for. Those that have others under them only group these."""

    id: ObjectiveId = attrs.field(factory=lambda: ObjectiveId(new_id()))
    code: str
    name: str
    weight: Fraction = Fraction(0)
    """In percent of the whole exam; a group has none of its own."""

    parent_id: ObjectiveId | None = None


@attrs.frozen(kw_only=True)
class Terms:
    """Under which conditions an exam is taken."""

    questions: int = 65
    time_limit: timedelta = timedelta(minutes=90)
    passing: Decimal = Decimal("65.0")
    """In percent; whoever reaches it has passed."""

    attempts: int | None = None
    """How often one person may begin it; None is as often as they like."""

    def problems(self) -> Iterator[Problem]:
        if not 1 <= self.questions <= 500:
            yield Problem("questions", "must be from 1 to 500")
        if not _MINUTE <= self.time_limit <= timedelta(hours=8) or self.time_limit % _MINUTE:
            yield Problem("timeLimitMinutes", "must be a whole number from 1 to 480")
        if not 0 <= self.passing <= 100 or self.passing != round(self.passing, 1):
            yield Problem("passingScore", "must be from 0 to 100, with one decimal at most")
        if self.attempts is not None and not 1 <= self.attempts <= 1000:
            yield Problem("attempts", "must be from 1 to 1000, or left out for any number")


@attrs.frozen(kw_only=True)
class Outline:
    """What somebody wrote of an exam."""

    code: str
    name: str
    description: str = ""
    objectives: tuple[Objective, ...] = ()
    terms: Terms = Terms()

    def expect_sound(self) -> None:
        """Raises `BadExam` with all that is wrong. Weights may still be wanting: it is a draft."""
        if problems := [*self._problems(), *self.terms.problems()]:
            raise BadExam(problems=problems)

    @property
    def weights(self) -> Mapping[ObjectiveId, Fraction]:
        """Of the objectives that questions are asked for, in the order of the outline."""
        groups = {one.parent_id for one in self.objectives}
        return {one.id: one.weight for one in self.objectives if one.id not in groups}

    def after(self, before: "Outline") -> Self:
        """This, written in place of *before*: an objective of a code that stood there already is
        still the same one, and so are the questions that are asked for it."""
        taken = {one.id for one in self.objectives}
        known = {one.code: one.id for one in before.objectives if one.id not in taken}
        old = {one.id for one in before.objectives}
        same = {
            one.id: known[one.code]
            for one in self.objectives
            if one.id not in old and one.code in known
        }
        objectives = tuple(
            attrs.evolve(
                one,
                id=same.get(one.id, one.id),
                parent_id=one.parent_id and same.get(one.parent_id, one.parent_id),
            )
            for one in self.objectives
        )
        return attrs.evolve(self, objectives=objectives)

    def _problems(self) -> Iterator[Problem]:
        if not _CODE.fullmatch(self.code):
            yield Problem("code", "must be 1 to 40 of A-Z a-z 0-9 . _ -, such as N10-008")
        if not _is_name(self.name):
            yield Problem("name", f"write 1 to {_LONGEST_NAME} characters, in one line")
        if len(self.description) > _LONGEST_DESCRIPTION:
            yield Problem("description", f"write at most {_LONGEST_DESCRIPTION} characters")
        yield from _wrong_with(self.objectives)


@attrs.define(kw_only=True)
class Exam(Aggregate):
    """An exam of a vendor's, whose code is its alone there."""

    id: ExamId
    institution_id: InstitutionId
    vendor_id: VendorId
    outline: Outline
    status: ExamStatus = ExamStatus.DRAFT
    created_at: datetime

    @classmethod
    def draft(
        cls, institution_id: InstitutionId, vendor_id: VendorId, outline: Outline, *, at: datetime
    ) -> Self:
        """Raises `BadExam`."""
        outline.expect_sound()
        return cls(
            id=ExamId(new_id()),
            institution_id=institution_id,
            vendor_id=vendor_id,
            outline=outline,
            created_at=at,
        )

    def change(self, outline: Outline) -> None:
        """Raises `BadExam`, and `NotPublishable` if it is out and could not stay so."""
        outline.expect_sound()
        if self.status is ExamStatus.PUBLISHED:
            _expect_whole(outline)
        self.outline = outline

    def publish(self, *, at: datetime) -> None:
        """It may be taken from now on. Raises `NotPublishable`, which names what is missing."""
        _expect_whole(self.outline)
        if self.status is not ExamStatus.PUBLISHED:
            self.status = ExamStatus.PUBLISHED
            self.record(
                ExamPublished(occurred_at=at, institution_id=self.institution_id, exam_id=self.id)
            )

    def retire(self, *, at: datetime) -> None:
        """Nobody may begin it any more; whoever sits with it goes on."""
        if self.status is not ExamStatus.RETIRED:
            self.status = ExamStatus.RETIRED
            self.record(
                ExamRetired(occurred_at=at, institution_id=self.institution_id, exam_id=self.id)
            )

    def expect_objective(self, objective_id: ObjectiveId) -> None:
        """Raises `ObjectiveNotFound` for one that no question may be asked for."""
        if objective_id not in self.outline.weights:
            raise ObjectiveNotFound

    def blueprint(self, count: int | None = None) -> Mapping[ObjectiveId, int]:
        """How many questions of each objective a form of *count* has."""
        return apportion(self.outline.weights, count or self.outline.terms.questions)


def _wrong_with_vendor(name: str, website: str) -> Iterator[Problem]:
    if not _is_name(name):
        yield Problem("name", f"write 1 to {_LONGEST_NAME} characters, in one line")
    if website and not (len(website) <= _LONGEST_WEBSITE and is_web(website)):
        yield Problem("website", f"must be an https address of at most {_LONGEST_WEBSITE}")


def _is_name(text: str) -> bool:
    return 1 <= len(text.strip()) <= _LONGEST_NAME and text.isprintable()


def _expect_whole(outline: Outline) -> None:
    total = sum(outline.weights.values(), start=Fraction(0))
    if total != _WHOLE:
        said = f"{float(total):.12g}"
        problem = Problem("objectives", f"weights must sum to 100, and sum to {said}")
        raise NotPublishable(problems=[problem])


def _wrong_with(objectives: Sequence[Objective]) -> Iterator[Problem]:
    codes = [one.code for one in objectives]
    groups = {one.parent_id for one in objectives} - {None}
    before: set[ObjectiveId] = set()
    for number, one in enumerate(objectives):
        field = f"objectives[{number}]"
        if one.id in before:
            yield Problem(f"{field}.id", "is another objective's already")
        if not _CODE.fullmatch(one.code) or codes.count(one.code) > 1:
            yield Problem(f"{field}.code", "must be such as 1.1, and used once")
        if not _is_name(one.name):
            yield Problem(f"{field}.name", f"write 1 to {_LONGEST_NAME} characters, in one line")
        if one.parent_id is not None and one.parent_id not in before:
            yield Problem(f"{field}.parent", "must be an objective that stands before this one")
        if one.id in groups and one.weight:
            yield Problem(f"{field}.weight", "belongs to the objectives under this one")
        if not 0 <= one.weight <= _WHOLE or one.weight.denominator > FINEST:
            yield Problem(f"{field}.weight", "must be from 0 to 100")
        before.add(one.id)
