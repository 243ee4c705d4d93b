"""Premises and their targets, as files have them: in pairs."""

from collections.abc import Iterable, Iterator

from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.ports.formats import part_id


def matching(pairs: Iterable[tuple[str, str]]) -> Matching:
    """*pairs* of a premise and its target. A target without a premise leads astray."""
    given = list(pairs)
    targets = list(dict.fromkeys(target for _, target in given))
    asked = [(premise, target) for premise, target in given if premise]
    return Matching(
        premises=tuple(_part(premise) for premise, _ in asked),
        targets=tuple(_part(target) for target in targets),
        pairs=tuple(part_id(target) for _, target in asked),
    )


def pairs_of(body: Matching) -> Iterator[tuple[str, str]]:
    """The pairs of *body*, then the targets that nothing belongs to."""
    texts = {target.id: target.text for target in body.targets}
    for premise, target_id in zip(body.premises, body.pairs, strict=True):
        yield premise.text, texts[target_id]
    for target_id, text in texts.items():
        if target_id not in body.pairs:
            yield "", text


def ordering(texts: Iterable[str]) -> Ordering:
    return Ordering(items=tuple(_part(text) for text in texts))


def _part(text: str) -> Part:
    return Part(id=part_id(text), text=text)
