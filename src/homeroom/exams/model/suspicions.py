"""What makes a question poor although it can be read: reasons for a person to look at it."""

from collections.abc import Iterator

from homeroom.exams.model.choices import Multiple, Option, Single
from homeroom.exams.model.likeness import plain
from homeroom.exams.model.questions import Content

_LAZY = frozenset({"all of the above", "none of the above", "n a", "error"})
_FEWEST, _LONGER = 20, 2
_SHORTEST_TOLD = 4


def suspicions(content: Content) -> Iterator[str]:
    """Sentences about what an examinee could guess from, or could not learn from."""
    if len(content.stem.strip()) < _FEWEST:
        yield f"The stem has fewer than {_FEWEST} characters."
    if not content.explanation.strip():
        yield "Nothing explains why the answer is right."
    if isinstance(content.body, Single | Multiple):
        yield from _of_options(content.stem, content.body.options)
    if isinstance(content.body, Multiple) and all(one.is_right for one in content.body.options):
        yield "Every option is right."


def _of_options(stem: str, options: tuple[Option, ...]) -> Iterator[str]:
    texts = [plain(one.text) for one in options]
    if len(set(texts)) < len(texts):
        yield "Two options say the same."
    if lazy := sorted(_LAZY.intersection(texts)):
        yield f"An option is no real one: {lazy[0]}."
    asked = f" {plain(stem)} "
    right = [plain(one.text) for one in options if one.is_right]
    if any(len(text) >= _SHORTEST_TOLD and f" {text} " in asked for text in right):
        yield "The stem has the answer in it."
    wrong = [len(one.text) for one in options if not one.is_right]
    if right and wrong and min(map(len, right)) > _LONGER * max(wrong) > _FEWEST:
        yield "The right option is by far the longest."
