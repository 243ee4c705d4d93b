"""Items of QTI are built as its schema has it, and ids of other houses are never shown.

The schema's own files may not be had without asking, so that what it says of the elements that we
write stands here: which may stand in which, in what order, and what each must be given.
"""

import io
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

import attrs
import pytest

from homeroom.exams.model.answers import Kind
from homeroom.exams.model.choices import Marking, Multiple, Single
from homeroom.exams.ports.formats import Sheet
from homeroom_adapters.formats.qti import QTI_3, QTI_21, Qti
from homeroom_adapters.formats.qti_words import Dialect, called
from homeroom_adapters.formats.xml_parts import Element, elements
from homeroom_testing.exam_sheets import sheet_of
from homeroom_testing.zips import Member, members_of, zip_of

DIALECTS = {"2.1": QTI_21, "3.0": QTI_3}
TERMS = (
    *("and", "anyN", "baseValue", "correct", "customOperator", "divide", "equal", "gt", "gte"),
    *("index", "integerDivide", "isNull", "lt", "lte", "mapResponse", "match", "max", "member"),
    *("min", "multiple", "not", "null", "or", "ordered", "product", "round", "stringMatch"),
    *("subtract", "sum", "variable", "containerSize", "contains", "delete", "default"),
)
BLOCKS = ("p", "pre", "choiceInteraction", "matchInteraction", "orderInteraction")
INSIDE = {
    "assessmentItem": (
        "responseDeclaration* outcomeDeclaration* itemBody? responseProcessing? modalFeedback*"
    ),
    "responseDeclaration": "defaultValue? correctResponse? mapping?",
    "outcomeDeclaration": "defaultValue?",
    "correctResponse": "value+",
    "defaultValue": "value+",
    "mapping": "mapEntry+",
    "choiceInteraction": "prompt? simpleChoice+",
    "orderInteraction": "prompt? simpleChoice+",
    "matchInteraction": "prompt? simpleMatchSet simpleMatchSet",
    "simpleMatchSet": "simpleAssociableChoice*",
    "responseCondition": "responseIf responseElseIf* responseElse?",
    "textEntryInteraction": "",
    "value": "",
    "variable": "",
    "correct": "",
    "mapResponse": "",
    "baseValue": "",
}
"""What stands in an element, in this order; of others it does not matter in which."""

AMONG = {
    "itemBody": BLOCKS,
    "responseProcessing": ("responseCondition", "setOutcomeValue"),
    "responseIf": (*TERMS, "responseCondition", "setOutcomeValue"),
    "responseElseIf": (*TERMS, "responseCondition", "setOutcomeValue"),
    "responseElse": ("responseCondition", "setOutcomeValue"),
    "setOutcomeValue": TERMS,
}
NEEDED = {
    "assessmentItem": ("identifier", "title", "adaptive", "timeDependent"),
    "responseDeclaration": ("identifier", "cardinality", "baseType"),
    "outcomeDeclaration": ("identifier", "cardinality", "baseType"),
    "mapping": ("defaultValue",),
    "mapEntry": ("mapKey", "mappedValue"),
    "choiceInteraction": ("responseIdentifier", "shuffle", "maxChoices"),
    "orderInteraction": ("responseIdentifier", "shuffle"),
    "matchInteraction": ("responseIdentifier", "shuffle", "maxAssociations"),
    "textEntryInteraction": ("responseIdentifier",),
    "simpleChoice": ("identifier",),
    "simpleAssociableChoice": ("identifier", "matchMax"),
    "modalFeedback": ("outcomeIdentifier", "identifier", "showHide"),
    "setOutcomeValue": ("identifier",),
    "variable": ("identifier",),
    "baseValue": ("baseType",),
}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def variants() -> Iterator[Sheet]:
    """A question of each kind, and of each way to mark several."""
    for kind in Kind:
        sheet = sheet_of(kind)
        yield sheet
        body = sheet.content.body
        if isinstance(body, Multiple):
            for marking in Marking:
                content = attrs.evolve(sheet.content, body=attrs.evolve(body, marking=marking))
                yield attrs.evolve(sheet, content=content, reference=f"m-{marking.value}")


def items_of(dialect: Dialect, *sheets: Sheet) -> list[Element]:
    package = b"".join(Qti(dialect, (".zip",)).write(sheets))
    files = members_of(package)
    texts = [files[name] for name in sorted(files) if name.startswith("items/")]
    assert all(f'xmlns="{dialect.namespace}"'.encode() in text for text in texts)
    return [
        one for text in texts for one in elements(io.BytesIO(text), "assessmentItem", called=called)
    ]


def every(element: Element) -> Iterator[Element]:
    yield element
    for one in element.children:
        yield from every(one)


def problems_of(element: Element) -> Iterator[str]:
    """What the schema would say of *element*, and of all that stands in it."""
    name, inside = element.name, [one.name for one in element.children]
    if name in INSIDE and not _reads_as(inside, INSIDE[name]):
        yield f"{name} has in it {inside}"
    if strays := [one for one in inside if name in AMONG and one not in AMONG[name]]:
        yield f"{name} may not have {strays} in it"
    if missing := [one for one in NEEDED.get(name, ()) if one not in element.attributes]:
        yield f"{name} lacks {missing}"
    identifier = element.attributes.get("identifier")
    if identifier is not None and not NAME.fullmatch(identifier):
        yield f"{name} is called {identifier}"
    for one in element.children:
        yield from problems_of(one)


def _reads_as(inside: Sequence[str], wanted: str) -> bool:
    pattern = "".join(
        f"(?:{word.rstrip('*+?')} ){word[len(word.rstrip('*+?')) :]}" for word in wanted.split()
    )
    return re.fullmatch(pattern, "".join(f"{one} " for one in inside)) is not None


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_every_item_is_built_as_the_schema_has_it(dialect: Dialect) -> None:
    items = items_of(dialect, *variants())
    assert len(items) == len(Kind) + len(Marking)
    for item in items:
        assert list(problems_of(item)) == []


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_what_an_item_refers_to_is_declared_in_it_once(dialect: Dialect) -> None:
    for item in items_of(dialect, *variants()):
        declared = [
            one.attributes["identifier"] for one in every(item) if one.name.endswith("Declaration")
        ]
        assert len(declared) == len(set(declared))
        for one in every(item):
            for reference in ("responseIdentifier", "outcomeIdentifier"):
                assert one.attributes.get(reference, declared[0]) in declared
            if one.name in ("variable", "correct", "mapResponse", "setOutcomeValue"):
                assert one.attributes["identifier"] in declared


def test_the_check_itself_sees_what_is_amiss() -> None:
    (item, *_) = items_of(QTI_21, sheet_of(Kind.SINGLE))
    given = {name: value for name, value in item.attributes.items() if name != "title"}
    spoilt = Element(item.name, 0, given, [*item.children, item.children[0]])
    found = " ".join(problems_of(spoilt))
    assert "assessmentItem has in it" in found
    assert "assessmentItem lacks ['title']" in found


TELLING = (
    '<?xml version="1.0"?><assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'
    ' identifier="{item}" title="T" adaptive="false" timeDependent="false">'
    '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">'
    "<correctResponse><value>correct_1</value></correctResponse></responseDeclaration><itemBody>"
    '<p>Which?</p><choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="1">'
    "{choices}</choiceInteraction></itemBody></assessmentItem>"
)
CHOICES = (
    '<simpleChoice identifier="correct_1">the moon</simpleChoice>',
    '<simpleChoice identifier="wrong_1">the sun</simpleChoice>',
)


def brought_in(item: str, *choices: str) -> Single:
    text = TELLING.format(item=item, choices="".join(choices))
    files = members_of(b"".join(Qti(QTI_21, (".zip",)).write([sheet_of(Kind.SINGLE)])))
    package = zip_of(
        Member.of(name, text.encode() if name.startswith("items/") else content)
        for name, content in files.items()
    )
    (found,) = Qti(QTI_21, (".zip",)).read(io.BytesIO(package))
    assert found.sheet is not None, found.problems
    body = found.sheet.content.body
    assert isinstance(body, Single)
    return body


def test_what_another_house_calls_an_option_is_never_shown() -> None:
    body = brought_in("q1", *CHOICES)
    assert [one.worth for one in body.options] == [Fraction(1), Fraction(0)]
    assert not any("correct" in one.id or "wrong" in one.id for one in body.options)


def test_it_stands_for_the_same_whenever_it_is_brought_in_and_in_whatever_order() -> None:
    first, again = brought_in("q1", *CHOICES), brought_in("q1", *reversed(CHOICES))
    assert {one.id: one.text for one in first.options} == {
        one.id: one.text for one in again.options
    }
    other = brought_in("q2", *CHOICES)
    assert not {one.id for one in first.options} & {one.id for one in other.options}
