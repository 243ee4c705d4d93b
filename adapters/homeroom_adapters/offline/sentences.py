"""Sentences of a text, and the words in them that are worth asking for."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import attrs

_FENCE = re.compile(r"```.*?(```|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LEAD = re.compile(r"^\s*(?:[-*+>]|\d+[.)])\s+")
_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?]\*\*))\s+(?=[\"'“(]?[A-Z0-9`*_À-ÖØ-Þ])")
_MARKED = re.compile(r"\*\*([^*\n]{2,60})\*\*|`([^`\n]{2,60})`|__([^_\n]{2,60})__")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)\*|\*(?!\w)")
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*\w")
_FEWEST_WORDS, _MOST_CHARACTERS, _SHORTEST_TERM, _LONGEST_TERM = 6, 400, 4, 4

_COMMON = frozenset(
    """
    about above across after again against almost along already also although always among another
    because been before being below between both called came cannot could does doing done down
    during each either else enough even ever every everything first from gets give given goes going
    have having hence here however into itself just keep kept know known last least less like made
    make makes many means might more most much must near need needs never next nothing often once
    only other others otherwise over part perhaps rather read same says second several shall should
    since some something still such take takes than that their them then there these they thing
    things this those though three through thus together until upon used uses using usually very
    want well were what when where whether which while whole whose will with within without word
    words work would your
    """.split()  # noqa: SIM905 - a list of so many would fill the page
)


@attrs.frozen
class Sentence:
    """A sentence as it reads, and what its writer marked in it."""

    text: str
    marked: tuple[str, ...] = ()

    @property
    def terms(self) -> list[str]:
        """What may be asked for, what is marked first, then longer words before shorter ones."""
        words = [word for word in _WORD.findall(self.text) if is_term(word)]
        longest = sorted(dict.fromkeys(words), key=lambda word: (-len(word), self.text.find(word)))
        inside = [one for one in self.marked if one in self.text and _is_name(one)]
        return [*dict.fromkeys([*inside, *longest])]


def is_term(word: str) -> bool:
    return len(word) >= _SHORTEST_TERM and word.casefold() not in _COMMON


def _is_name(marked: str) -> bool:
    """Whether what is marked is called something, and is no half of a sentence."""
    return bool(_WORD.search(marked)) and len(marked.split()) <= _LONGEST_TERM


def sentences(source: str) -> list[Sentence]:
    """Every sentence that says something, once, in the order of the text."""
    found = dict[str, Sentence]()
    for block in _blocks(_FENCE.sub("\n", source)):
        for piece in _END.split(block):
            sentence = _sentence(piece)
            if sentence is not None:
                found.setdefault(sentence.text.casefold(), sentence)
    return list(found.values())


def rarity(every: Sequence[Sentence]) -> Counter[str]:
    """In how many sentences each term stands: what stands in few is worth more."""
    return Counter(term.casefold() for one in every for term in one.terms)


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs and points of lists, in one line each; headings and tables say no sentences."""
    lines = list[str]()
    for line in [*text.splitlines(), ""]:
        if not line.strip() or line.lstrip().startswith(("#", "|")) or _LEAD.match(line):
            yield " ".join(lines)
            lines = []
        if line.strip() and not line.lstrip().startswith(("#", "|")):
            lines.append(_LEAD.sub("", line).strip())
    yield " ".join(lines)


def _sentence(piece: str) -> Sentence | None:
    linked = _LINK.sub(r"\1", piece).strip()
    marked = tuple(next(filter(None, groups)).strip() for groups in _MARKED.findall(linked))
    text = " ".join(_MARKS.sub("", linked).split())
    said = len(_WORD.findall(text)) >= _FEWEST_WORDS and text.endswith((".", "!", "?"))
    if not said or len(text) > _MOST_CHARACTERS or not text.isprintable():
        return None
    return Sentence(text, marked)
