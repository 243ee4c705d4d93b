"""What a writer wrote is read, compared with what is there, solved, and doubted, one by one."""

from collections.abc import Iterator, Sequence

import attrs

from homeroom.exams.errors import BadQuestion
from homeroom.exams.model.answers import ALL, Answer
from homeroom.exams.model.choices import Multiple, Single
from homeroom.exams.model.generations import Fate, Outcome
from homeroom.exams.model.likeness import NEAR, Gists, Twin, gist, likeness, shingles
from homeroom.exams.model.notation import read_content
from homeroom.exams.model.questions import Content, Source
from homeroom.exams.model.suspicions import suspicions
from homeroom.exams.ports.writer import Choice, Puzzle, Solved

GENERATED = "generated"
"""The tag of every question that a machine wrote."""

_LONGEST_WORDS, _MOST_TAGS, _MOST_SOURCES = 80, 18, 9


@attrs.frozen(kw_only=True)
class Draft:
    """A question that can be read and says nothing that is there already."""

    content: Content
    twin: Twin | None = None
    remarks: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return words_of(self.content)

    @property
    def puzzle(self) -> Puzzle:
        body = self.content.body
        options = body.options if isinstance(body, Single | Multiple) else ()
        choices = tuple(Choice(one.id, one.text) for one in options)
        return Puzzle(kind=body.kind, stem=self.content.stem, choices=choices)


@attrs.frozen(kw_only=True)
class Label:
    """By which it is seen that a machine wrote a question, and which one."""

    method: str
    model: str
    origin: str

    def on(self, content: Content) -> Content:
        """*content*, labelled; nothing that a writer says can take that away."""
        about = f" from {self.origin}" if self.origin else ""
        title = f"Written by a machine ({self.method}, {self.model}){about}"
        return attrs.evolve(
            content,
            tags=frozenset(sorted(content.tags)[:_MOST_TAGS]) | {GENERATED, self.method},
            sources=(*content.sources[:_MOST_SOURCES], Source(title)),
        )


def sift(said: Sequence[object], label: Label, known: Gists) -> Iterator[Draft | Outcome]:
    """What may be kept of what was *said*, and of the rest what became of it."""
    kept: list[Content] = []
    for one in said:
        judged = _judged(one, label, known, kept)
        if isinstance(judged, Draft):
            kept.append(judged.content)
        yield judged


def _judged(said: object, label: Label, known: Gists, kept: Sequence[Content]) -> Draft | Outcome:
    try:
        content = label.on(read_content(said))
        content.expect_sound()
    except BadQuestion as error:
        remarks = tuple(f"{one.field}: {one.message}" for one in error.problems)
        return Outcome(fate=Fate.REFUSED, remarks=remarks or (error.message,))
    twin = known.twin(content)
    if twin is not None and twin.is_same:
        return _duplicate(content, twin)
    own = shingles(gist(content))
    if any(likeness(own, shingles(gist(one))) >= NEAR for one in kept):
        told = "Another one that was written with it says nearly the same."
        return Outcome(fate=Fate.DUPLICATE, words=words_of(content), remarks=(told,))
    return Draft(content=content, twin=twin, remarks=tuple(_doubts(content, twin)))


def _duplicate(content: Content, twin: Twin) -> Outcome:
    told = "There is a question that says the same."
    return Outcome(
        fate=Fate.DUPLICATE, words=words_of(content), remarks=(told,), like=twin.question_id
    )


def _doubts(content: Content, twin: Twin | None) -> Iterator[str]:
    yield from suspicions(content)
    if twin is not None:
        yield f"There is a question that is {twin.likeness:.0%} the same."


def weighed(drafts: Sequence[Draft], solved: Solved | None) -> Iterator[tuple[Draft, bool]]:
    """Each draft with what solving it showed, and whether it was solved and nothing is doubtful."""
    answers = solved.answers if solved is not None else ()
    padded = [*answers, *(None for _ in drafts)]
    for draft, answer in zip(drafts, padded, strict=False):
        if answer is None:
            yield draft, False
        elif draft.content.body.credit(answer) == ALL:
            yield draft, not draft.remarks
        else:
            told = f"Asked without the key, the writer itself answered {_shown(draft, answer)}."
            yield attrs.evolve(draft, remarks=(*draft.remarks, told)), False


def _shown(draft: Draft, answer: Answer) -> str:
    texts = {one.id: one.text for one in draft.puzzle.choices}
    return "; ".join(texts.get(one, one) for one in answer)[:200] or "nothing"


def words_of(content: Content) -> str:
    return " ".join(content.stem.split())[:_LONGEST_WORDS]
