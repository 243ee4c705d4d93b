"""The words of QTI: one tree for both of its versions, and how each of them writes it."""

import re
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import attrs

from homeroom.exams.ports.formats import part_id
from homeroom_adapters.formats.xml_parts import Element, legal

_PREFIX = "qti-"
_HTML = {"p", "pre", "object"}
_OUR_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_PLAIN_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LONGEST_NAME = 100
"""No name of QTI is longer; what is, is none of it, and not remembered."""

OURS = "Homeroom"
"""What an item says of the tool that wrote it."""

_TRUTHS = {"true", "false"}


def called(name: str) -> str:
    """As version 2 calls it, whatever its namespace: `qti-simple-choice` is `simpleChoice`."""
    return _called(name) if len(name) <= _LONGEST_NAME else name


@lru_cache(maxsize=1_000)
def _called(name: str) -> str:
    own = name.rpartition(":")[2].removeprefix(_PREFIX)
    first, *others = own.split("-")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


@lru_cache(maxsize=1_000)
def _dashed(word: str) -> str:
    return re.sub("[A-Z]", lambda sign: f"-{sign[0].lower()}", word)


@attrs.frozen(kw_only=True)
class Dialect:
    """How a version of QTI writes what we have to say."""

    version: str
    schema: str
    item_type: str
    namespace: str
    manifest_namespace: str
    templates: str
    template_ending: str = ""
    dashes: bool = False
    """Whether its words are `qti-simple-choice`, and not `simpleChoice`."""

    def name(self, word: str) -> str:
        return f"{_PREFIX}{self.word(word)}" if self.dashes and word not in _HTML else word

    def word(self, word: str) -> str:
        return _dashed(word) if self.dashes else word

    def template(self, name: str) -> str:
        return f"{self.templates}/{name}{self.template_ending}"

    def text(self, element: Element) -> str:
        """*element* as this version writes it."""
        name = self.name(element.name)
        given = "".join(
            f" {key if key == 'xmlns' else self.word(key)}={quoteattr(legal(value))}"
            for key, value in element.attributes.items()
        )
        inside = "".join(
            escape(one) if isinstance(one, str) else self.text(one) for one in element.inside
        )
        return f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>"


QTI_21 = Dialect(
    version="2.1.0",
    schema="QTIv2.1 Package",
    item_type="imsqti_item_xmlv2p1",
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    manifest_namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
    templates="http://www.imsglobal.org/question/qti_v2p1/rptemplates",
)
QTI_3 = Dialect(
    version="3.0.0",
    schema="QTI Package",
    item_type="imsqti_item_xmlv3p0",
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    manifest_namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    templates="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates",
    template_ending=".xml",
    dashes=True,
)


def part(name: str, *inside: Element | str, **attributes: str) -> Element:
    """An element that is to be written, of the words of version 2."""
    return Element(name, 0, attributes, list(inside))


def shape(element: Element) -> tuple[object, ...]:
    """What *element* says, wherever it stands and however it is indented."""
    inside = tuple(shape(one) for one in element.children)
    return (element.name, sorted(element.attributes.items()), element.text.strip(), inside)


def identifier_of(own: str) -> str:
    """What an option of that id is called: QTI wants a letter first. Truths are nobody else's."""
    return own if _PLAIN_ID.fullmatch(own) and own not in _TRUTHS else f"i.{own}"


def id_in(item: Element, identifier: str, prefix: str = "i.") -> str:
    """The id behind *identifier*, in an item of ours.

    Those of another house are never kept: whoever wrote them did not think that they would be
    shown, and some are called `correct`. What stands for them tells nothing, and is the same
    whenever the item is brought in again.
    """
    if item.attributes.get("toolName") != OURS:
        return part_id(f"{item.attributes.get('identifier', '')}:{identifier}")
    for own in (identifier.removeprefix(prefix), identifier):
        if _OUR_ID.fullmatch(own):
            return own
    return part_id(identifier)
