"""What is typed at a question and what is shown of it: words for a terminal, and nothing else.

It reads what is served, which has no key in it; so nothing that is shown here can give one away.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

from homeroom.exams.model.answers import Kind
from homeroom_entrypoints.web.sheets_wire import (
    FeedbackAnswer,
    ResultAnswer,
    ServedQuestion,
    ShownAnswer,
)

HELP = """\
Answer with the number before a choice, or with several, such as: 1 3
A word or a number that is asked for is typed as it is; put = before it if it is one of these:
  n  next (or just Enter)     p  previous     g 7  go to question 7
  f  flag, or take it off     l  list them    x    take the answer back
  s  submit                   q  leave; what you answered is kept"""

_HOW = {
    Kind.SINGLE: "Choose one",
    Kind.MULTIPLE: "Choose all that are right, such as 1 3",
    Kind.TRUE_FALSE: "Choose one",
    Kind.SHORT_ANSWER: "Type a word or a few",
    Kind.NUMERIC: "Type a number",
    Kind.MATCHING: "For each, in this order, the number of its partner; 0 leaves one open",
    Kind.ORDERING: "Bring them into order, such as 3 1 2",
}
_APART = re.compile(r"[\s,]+")


class Unclear(Exception):
    """What was typed is no answer to this question, and why."""


def told(question: ServedQuestion) -> Iterator[str]:
    """The question, line by line."""
    yield question.text
    if question.media_url:
        yield f"  see {question.media_url}"
    yield from (f"  - {one.text}" for one in question.premises)
    yield from (f"  {number}) {one.text}" for number, one in _numbered(question.answers))
    yield f"{_HOW[Kind(question.type)]}:"


def named(question: ServedQuestion, answer: Sequence[str]) -> str:
    """*answer* in the words that are shown, not by the ids that are kept."""
    numbers = {one.id: f"{number}) {one.text}" for number, one in _numbered(question.answers)}
    return ", ".join(numbers.get(word, word) or "open" for word in answer)


def read(question: ServedQuestion, typed: str) -> list[str]:
    """The answer that was typed. Raises `Unclear`."""
    if not question.answers:
        return [typed]
    return [_chosen(word, question) for word in _APART.split(typed) if word]


def explained(question: ServedQuestion, feedback: FeedbackAnswer) -> Iterator[str]:
    """What was right, and why, line by line."""
    if not question.given:
        yield "Not answered."
    else:
        yield "Right." if feedback.is_correct else f"Not right: {feedback.credit:.0%} of the mark."
    if not feedback.is_correct:
        yield f"The answer is: {named(question, feedback.correct_answer)}"
    chosen = [one for one in feedback.remarks if one.id in question.given]
    yield from (f"  {named(question, [one.id])}: {one.text}" for one in chosen)
    if feedback.explanation:
        yield feedback.explanation
    for source in feedback.sources:
        yield f"  Read: {source.title} {source.url}".rstrip()


def outcome(result: ResultAnswer) -> str:
    """What a sitting came to, in a sentence."""
    verdict = "Passed" if result.passed else "Not passed"
    return (
        f"{verdict} with {result.score:.1f} % ({result.passing_score:.1f} % is needed): "
        f"{result.correct_count} right, {result.incorrect_count} not right, "
        f"{result.skipped_count} not answered, in {left(timedelta(seconds=result.time_taken))}."
    )


def breakdown(result: ResultAnswer) -> list[dict[str, object]]:
    """The same by objective."""
    return [
        {
            "objective": one.name,
            "weight": f"{one.weight:g} %",
            "questions": one.questions,
            "score": f"{one.score:.1f} %",
            "so it is": one.strength,
        }
        for one in result.objectives
    ]


def left(time: timedelta) -> str:
    """So much time in hours, minutes and seconds; never less than none."""
    minutes, seconds = divmod(max(0, int(time.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _chosen(word: str, question: ServedQuestion) -> str:
    if question.premises and word == "0":
        return ""
    if not (word.isdecimal() and 1 <= int(word) <= len(question.answers)):
        raise Unclear(f"Type numbers from 1 to {len(question.answers)}, or ? for help.")
    return question.answers[int(word) - 1].id


def _numbered(parts: Sequence[ShownAnswer]) -> Iterator[tuple[int, ShownAnswer]]:
    return enumerate(parts, start=1)
