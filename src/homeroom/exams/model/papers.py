"""Papers: the questions of one sitting as bytes, put together from what was written down once."""

from collections.abc import Callable, Mapping, Sequence

import attrs

from homeroom.exams.model.forms import Item
from homeroom.exams.model.questions import Content
from homeroom.kernel.ids import InstitutionId, PersonId, QuestionId, SittingId


@attrs.frozen
class Printed:
    """One edition of a question, as learners see it. It holds for ever, for editions never change.

    No key, explanation or source is in it: whoever sits for an exam is given these bytes.
    """

    head: bytes = attrs.field(repr=False)
    """All but what there is to choose from, of which each learner has an order of their own."""

    choices: Mapping[str, bytes] = attrs.field(repr=False)

    @property
    def size(self) -> int:
        return len(self.head) + sum(map(len, self.choices.values()))


@attrs.frozen(kw_only=True)
class Press:
    """How questions are written down, which whoever answers them over a wire decides."""

    layout: str
    """Names what it looks like. What was printed in another layout is never mixed in."""

    printed: Callable[[QuestionId, Content], Printed]
    bound: Callable[[SittingId, Sequence[tuple[Item, Printed]]], Sequence[bytes]]
    """What is joined to a paper: the printed bytes themselves, and few of its own between them."""


@attrs.frozen(kw_only=True)
class Paper:
    """All questions of a sitting, in the order of its person, without what they answered.

    Neither the form of a sitting nor an edition changes, so it is good for as long as both are.
    """

    sitting_id: SittingId
    institution_id: InstitutionId
    person_id: PersonId
    mark: str
    """Equal for equal papers, in whichever process they were put together."""

    size: int
    parts: Sequence[bytes] = attrs.field(repr=False)
    """Shared with all papers that have the same questions; joined for each answer."""

    def joined(self) -> bytes:
        return b"".join(self.parts)
