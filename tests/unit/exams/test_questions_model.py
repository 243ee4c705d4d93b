"""Questions: what is wrong is told at once, and a life takes no step that is not its next."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from homeroom.exams.errors import BadQuestion, QuestionElsewhere
from homeroom.exams.model.answers import NO_ANSWER
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Option, Single, TrueFalse
from homeroom.exams.model.questions import Content, Question, QuestionStatus, Source
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, new_id
from homeroom_testing.clock import NOON
from homeroom_testing.exam_strategies import answers, bodies, contents

HOUSE, EXAM = InstitutionId(new_id()), ExamId(new_id())
OBJECTIVES = [ObjectiveId(new_id()) for _ in range(2)]
PLAIN = Content(stem="Is water wet?", body=TrueFalse(is_true=True))


def question_of(content: Content = PLAIN, reference: str | None = None) -> Question:
    return Question.draft(HOUSE, EXAM, OBJECTIVES[0], content, at=NOON, reference=reference)


def fields_wrong(content: Content) -> list[str]:
    with pytest.raises(BadQuestion) as refused:
        question_of(content)
    return [one.field for one in refused.value.problems]


def test_all_that_is_wrong_with_a_question_is_told_at_once() -> None:
    options = (Option(id="a!", text=""), Option(id="b", text="B", worth=Fraction(2)))
    content = Content(
        stem=" ",
        body=Single(options=options),
        explanation="x" * 5001,
        difficulty=6,
        tags=frozenset({""}),
        sources=(Source("RFC 9110", "http://rfc.example"), *[Source("RFC")] * 10),
        media_url="file:///etc/passwd",
    )
    assert fields_wrong(content) == [
        *("stem", "explanation", "difficulty", "tags", "sources", "sources[0]", "mediaUrl"),
        *("options[0].id", "options[0].text", "options[1].worth", "options"),
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"difficulty": 0}, "difficulty"),
        ({"tags": frozenset({"x" * 51})}, "tags"),
        ({"tags": frozenset(map(str, range(21)))}, "tags"),
        ({"stem": "x" * 5001}, "stem"),
        ({"sources": (Source(" "),)}, "sources[0]"),
        ({"media_url": "https://["}, "mediaUrl"),
    ],
)
def test_a_limit_is_told_by_its_field(changed: dict[str, Any], field: str) -> None:
    assert fields_wrong(attrs.evolve(PLAIN, **changed)) == [field]


@pytest.mark.parametrize("reference", ["", " ", "x" * 201, "q\n7", "q\x007"])
def test_a_reference_is_one_line(reference: str) -> None:
    with pytest.raises(BadQuestion) as refused:
        question_of(reference=reference)
    assert [one.field for one in refused.value.problems] == ["reference"]


@given(contents)
def test_what_is_sound_is_kept_as_a_draft_of_one_edition(content: Content) -> None:
    question = question_of(content, "q7")
    assert (question.content, question.edition, question.is_served) == (content, 1, False)
    assert question.release_events() == ()


def test_a_revision_that_changes_nothing_is_no_edition() -> None:
    question = question_of()
    question.revise(attrs.evolve(PLAIN), at=NOON)
    assert question.edition == 1


def test_a_revision_that_is_refused_leaves_the_question_as_it_was() -> None:
    question = question_of()
    with pytest.raises(BadQuestion):
        question.revise(attrs.evolve(PLAIN, stem=""), at=NOON)
    assert (question.content, question.edition) == (PLAIN, 1)


@given(st.data(), bodies)
def test_whatever_may_be_answered_is_worth_from_nothing_to_all(
    data: st.DataObject, body: Body
) -> None:
    answer = data.draw(answers(body))
    body.check(answer)
    assert 0 <= body.credit(answer) <= 1
    assert body.credit(NO_ANSWER) == 0


DRAFT, IN_REVIEW, NEEDS_REVISION, ACTIVE, RETIRED, REJECTED = QuestionStatus
STEPS: dict[str, tuple[set[QuestionStatus], QuestionStatus]] = {
    "submit": ({DRAFT, NEEDS_REVISION}, IN_REVIEW),
    "send_back": ({IN_REVIEW}, NEEDS_REVISION),
    "reject": ({IN_REVIEW}, REJECTED),
    "activate": ({IN_REVIEW}, ACTIVE),
    "retire": ({ACTIVE}, RETIRED),
}
"""From where each step leads where, as the issue draws it."""

TAKES: dict[str, Callable[[Question], None]] = {
    "submit": Question.submit,
    "send_back": lambda it: it.send_back("Look again."),
    "reject": lambda it: it.reject("Never."),
    "activate": lambda it: it.activate(at=NOON),
    "retire": lambda it: it.retire(at=NOON),
}


class ALife(RuleBasedStateMachine):
    """Every step from everywhere, beside a drawing of the steps there are."""

    @initialize()
    def begin(self) -> None:
        self.question = question_of()
        self.status, self.edition = DRAFT, 1
        self.told: list[str] = []

    @rule(step=st.sampled_from(sorted(STEPS)))
    def take(self, step: str) -> None:
        before, after = STEPS[step]
        if self.status not in before:
            kept = attrs.evolve(self.question)
            with pytest.raises(QuestionElsewhere, match=self.status.value):
                TAKES[step](self.question)
            assert self.question == kept
            return
        TAKES[step](self.question)
        self.status = after
        facts = {"activate": ["QuestionActivated"], "retire": ["QuestionRetired"]}
        self.told += facts.get(step, [])

    @rule(text=st.sampled_from("abc"))
    def revise(self, text: str) -> None:
        content = attrs.evolve(PLAIN, stem=text)
        if self.status in {RETIRED, REJECTED}:
            with pytest.raises(QuestionElsewhere):
                self.question.revise(content, at=NOON)
            return
        is_news = self.question.content != content
        self.question.revise(content, at=NOON)
        assert self.question.content == content
        self.edition += is_news
        self.told += ["QuestionRevised"] * (is_news and self.status is ACTIVE)

    @rule(objective=st.sampled_from(OBJECTIVES))
    def move(self, objective: ObjectiveId) -> None:
        if self.status in {RETIRED, REJECTED}:
            with pytest.raises(QuestionElsewhere):
                self.question.move(objective)
            return
        self.question.move(objective)
        assert self.question.objective_id == objective

    @invariant()
    def it_is_where_the_drawing_says(self) -> None:
        assert (self.question.status, self.question.edition) == (self.status, self.edition)
        assert self.question.is_served == (self.status is ACTIVE)

    @invariant()
    def only_what_was_served_is_told(self) -> None:
        news = [type(one).__name__ for one in self.question.release_events()]
        assert news == self.told
        self.told = []


TestALife = ALife.TestCase
