"""Answers, and what they are worth: a share of the mark, exactly.

An answer is a tuple of words, whatever the kind of question: the ids of the options chosen, the
text written, the number, the targets in the order of the premises, the items in the order given.
An empty one is no answer. Ids stay as they are, however a form shuffles what it shows.
"""

import enum
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from homeroom.kernel.errors import Problem

Answer = tuple[str, ...]

NO_ANSWER: Answer = ()

NOTHING, ALL = Fraction(0), Fraction(1)

LONGEST_TEXT, LONGEST_ANSWER = 2000, 500
FEWEST, MOST = 2, 20
FINEST = 10**18
"""A share of a mark is counted in parts no smaller than one of so many."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Kind(enum.Enum):
    """How a question is to be answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "trueFalse"
    SHORT_ANSWER = "shortAnswer"
    NUMERIC = "numeric"
    MATCHING = "matching"
    ORDERING = "ordering"


def wrong_with(field: str, parts: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    """What is wrong with *parts*, each an id and a text, of which a question is made."""
    if not FEWEST <= len(parts) <= MOST:
        yield Problem(field, f"give {FEWEST} to {MOST} of them")
    ids, texts = (Counter(column) for column in zip(*parts, strict=True)) if parts else ({}, {})
    for number, (part_id, text) in enumerate(parts):
        if not _ID.fullmatch(part_id) or ids[part_id] > 1:
            yield Problem(f"{field}[{number}].id", "must be 1 to 40 of A-Z a-z 0-9 _ -, used once")
        if not text.strip() or len(text) > LONGEST_TEXT:
            yield Problem(f"{field}[{number}].text", f"write 1 to {LONGEST_TEXT} characters")
        elif texts[text] > 1:
            yield Problem(f"{field}[{number}].text", "stands there twice")


def is_share(worth: Fraction) -> bool:
    """Whether *worth* can be written down."""
    return abs(worth) <= ALL and worth.denominator <= FINEST
