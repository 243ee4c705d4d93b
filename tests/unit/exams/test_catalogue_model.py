"""Vendors and exams: what is wrong is told at once, and what is out stays whole."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.errors import BadExam, BadVendor, NotPublishable, ObjectiveNotFound
from homeroom.exams.model.catalogue import Exam, ExamStatus, Objective, Outline, Terms, Vendor
from homeroom.kernel.ids import InstitutionId, ObjectiveId, VendorId, new_id
from homeroom_testing.clock import NOON
from homeroom_testing.exam_strategies import outlines

HOUSE, VENDOR = InstitutionId(new_id()), VendorId(new_id())
GROUP = Objective(code="1.0", name="Networking")
PORTS = Objective(code="1.1", name="Ports", weight=Fraction(60), parent_id=GROUP.id)
CABLES = Objective(code="1.2", name="Cables", weight=Fraction(40), parent_id=GROUP.id)
NETWORK = Outline(code="N10-008", name="Network+", objectives=(GROUP, PORTS, CABLES))


def exam_of(outline: Outline) -> Exam:
    return Exam.draft(HOUSE, VENDOR, outline, at=NOON)


def told_of(exam: Exam) -> list[str]:
    return [type(one).__name__ for one in exam.release_events()]


def test_a_vendor_is_called_without_the_blanks_around_it() -> None:
    vendor = Vendor.begin(HOUSE, "  CompTIA ", at=NOON)
    assert (vendor.name, vendor.website) == ("CompTIA", "")


@pytest.mark.parametrize("name", ["", "  ", "a" * 201, "Comp\x00TIA", "Comp\nTIA"])
@pytest.mark.parametrize("website", ["http://v.example", "https://", "https://[", "https://v\n.x"])
def test_all_that_is_wrong_with_a_vendor_is_told_at_once(name: str, website: str) -> None:
    with pytest.raises(BadVendor) as refused:
        Vendor.begin(HOUSE, name, website, at=NOON)
    assert [one.field for one in refused.value.problems] == ["name", "website"]


def test_a_vendor_that_is_refused_another_name_keeps_the_old_one() -> None:
    vendor = Vendor.begin(HOUSE, "CompTIA", "https://v.example", at=NOON)
    with pytest.raises(BadVendor):
        vendor.rename("", "")
    assert (vendor.name, vendor.website) == ("CompTIA", "https://v.example")


def test_all_that_is_wrong_with_an_outline_is_told_at_once() -> None:
    lost = ObjectiveId(new_id())
    twice = Objective(code="1.1", name="", weight=Fraction(101), parent_id=lost)
    heavy = attrs.evolve(GROUP, weight=Fraction(10))
    terms = Terms(
        questions=0, time_limit=timedelta(seconds=90), passing=Decimal("65.55"), attempts=0
    )
    outline = Outline(
        code="N10 008",
        name=" ",
        description="x" * 5001,
        objectives=(heavy, PORTS, twice),
        terms=terms,
    )
    with pytest.raises(BadExam) as refused:
        exam_of(outline)
    assert [one.field for one in refused.value.problems] == [
        *("code", "name", "description", "objectives[0].weight", "objectives[1].code"),
        *(f"objectives[2].{field}" for field in ("code", "name", "parent", "weight")),
        *("questions", "timeLimitMinutes", "passingScore", "attempts"),
    ]


@pytest.mark.parametrize("weight", [Fraction(-1), Fraction(1, 10**19)])
def test_a_weight_is_a_share_that_can_be_written_down(weight: Fraction) -> None:
    objective = Objective(code="1.1", name="Ports", weight=weight)
    with pytest.raises(BadExam):
        exam_of(attrs.evolve(NETWORK, objectives=(objective,)))


@pytest.mark.parametrize(
    "terms",
    [
        Terms(questions=1, time_limit=timedelta(minutes=1), passing=Decimal(0), attempts=1),
        Terms(questions=500, time_limit=timedelta(hours=8), passing=Decimal(100), attempts=1000),
    ],
)
def test_terms_go_up_to_their_limits(terms: Terms) -> None:
    assert exam_of(attrs.evolve(NETWORK, terms=terms)).outline.terms == terms


def test_groups_weigh_nothing_themselves() -> None:
    assert NETWORK.weights == {PORTS.id: 60, CABLES.id: 40}
    exam = exam_of(NETWORK)
    exam.expect_objective(PORTS.id)
    for unknown in (GROUP.id, ObjectiveId(new_id())):
        with pytest.raises(ObjectiveNotFound):
            exam.expect_objective(unknown)


def test_weights_must_sum_to_100_to_publish_and_the_sum_is_named() -> None:
    light = attrs.evolve(CABLES, weight=Fraction(75, 2))
    exam = exam_of(attrs.evolve(NETWORK, objectives=(GROUP, PORTS, light)))
    with pytest.raises(NotPublishable) as refused:
        exam.publish(at=NOON)
    (problem,) = refused.value.problems
    assert problem.message == "weights must sum to 100, and sum to 97.5"
    assert exam.status is ExamStatus.DRAFT
    assert told_of(exam) == []


def test_what_is_out_cannot_be_changed_into_what_could_not_be() -> None:
    exam = exam_of(NETWORK)
    exam.publish(at=NOON)
    with pytest.raises(NotPublishable):
        exam.change(attrs.evolve(NETWORK, objectives=(GROUP, PORTS)))
    assert exam.outline == NETWORK
    exam.change(attrs.evolve(NETWORK, name="Network+ anew"))
    assert exam.outline.name == "Network+ anew"


def test_a_step_is_told_once_however_often_it_is_taken() -> None:
    exam = exam_of(NETWORK)
    for _ in range(2):
        exam.publish(at=NOON)
    for _ in range(2):
        exam.retire(at=NOON)
    exam.publish(at=NOON)
    assert told_of(exam) == ["ExamPublished", "ExamRetired", "ExamPublished"]


@given(outlines(), st.integers(1, 500))
def test_a_blueprint_has_as_many_questions_as_the_form(outline: Outline, count: int) -> None:
    exam = exam_of(outline)
    exam.publish(at=NOON)
    blueprint = exam.blueprint(count)
    assert sum(blueprint.values()) == count
    assert blueprint.keys() == outline.weights.keys()
    exact = {one: weight * count / 100 for one, weight in outline.weights.items()}
    assert all(abs(blueprint[one] - share) < 1 for one, share in exact.items())
    assert sum(exam.blueprint().values()) == outline.terms.questions
