"""What a package of QTI tells about a question beside the item: learning object metadata."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

import attrs

from homeroom.exams.model.questions import Source
from homeroom.exams.model.web import is_web
from homeroom.exams.ports.formats import Sheet
from homeroom_adapters.formats.qti_words import part
from homeroom_adapters.formats.xml_parts import Element, legal

_LEVELS = ("very easy", "easy", "medium", "difficult", "very difficult")
_USUAL = 3
_OBJECTIVE = "educational objective"
_OURS = "homeroom"


@attrs.frozen(kw_only=True)
class About:
    """What is known of a question that its item does not say."""

    reference: str | None = None
    objective: str = ""
    difficulty: int = _USUAL
    tags: frozenset[str] = frozenset()
    sources: tuple[Source, ...] = ()


def about(resource: Element) -> About:
    """What the manifest tells of one of its resources; others' words for it are passed over."""
    levels = [*_texts(resource, "metadata", "lom", "educational", "difficulty", "value")]
    level = levels[0].lower() if levels else ""
    references = (
        one
        for one in _at(resource, "metadata", "lom", "general", "identifier")
        if [*_texts(one, "catalog")] == [_OURS]
    )
    own = [text for one in references for text in _texts(one, "entry")]
    return About(
        reference=own[0] if own else None,
        objective=_objective(resource),
        difficulty=_LEVELS.index(level) + 1 if level in _LEVELS else _USUAL,
        tags=frozenset(_texts(resource, "metadata", "lom", "general", "keyword")),
        sources=tuple(_sources(resource)),
    )


def metadata(sheet: Sheet, renamed: str | None) -> str:
    """What the manifest tells of *sheet*; *renamed*, if its item cannot be called so."""
    content = sheet.content
    own = [part("identifier", part("catalog", _OURS), part("entry", renamed))] if renamed else []
    words = [part("keyword", _string(tag)) for tag in sorted(content.tags)]
    level = _LEVELS[content.difficulty - 1]
    difficulty = part("educational", part("difficulty", *_chosen(level)))
    told = [
        *([part("general", *own, *words)] if own or words else []),
        *([difficulty] if content.difficulty != _USUAL else []),
        *map(_relation, content.sources),
        *([_classification(sheet.objective)] if sheet.objective else []),
    ]
    return f"<metadata>{_written(part('lom', *told))}</metadata>" if told else ""


def _relation(source: Source) -> Element:
    address = part("identifier", part("catalog", "URI"), part("entry", source.url))
    title = part("description", _string(source.title))
    resource = part("resource", *([address] if source.url else []), title)
    return part("relation", part("kind", *_chosen("references")), resource)


def _classification(objective: str) -> Element:
    path = part("taxonPath", part("taxon", part("id", objective)))
    return part("classification", part("purpose", *_chosen(_OBJECTIVE)), path)


def _chosen(value: str) -> tuple[Element, Element]:
    return part("source", "LOMv1.0"), part("value", value)


def _string(text: str) -> Element:
    return part("string", text)


def _written(element: Element) -> str:
    inside = "".join(
        escape(legal(one)) if isinstance(one, str) else _written(one) for one in element.inside
    )
    return f"<imsmd:{element.name}>{inside}</imsmd:{element.name}>"


def _objective(resource: Element) -> str:
    """The last step of the first path of objectives, by its id or else by its name."""
    for one in _at(resource, "metadata", "lom", "classification"):
        if [text.lower() for text in _texts(one, "purpose", "value")] != [_OBJECTIVE]:
            continue
        for taxon in reversed([*_at(one, "taxonpath", "taxon")]):
            for text in (*_texts(taxon, "id"), *_texts(taxon, "entry")):
                return text
    return ""


def _sources(resource: Element) -> Iterator[Source]:
    for relation in _at(resource, "metadata", "lom", "relation"):
        if [*_texts(relation, "kind", "value")] != ["references"]:
            continue
        titles = [*_texts(relation, "resource", "description")]
        found = [*_texts(relation, "resource", "identifier", "entry")]
        addresses = [one for one in found if is_web(one)]
        if titles or addresses:
            address = addresses[0] if addresses else ""
            yield Source(titles[0] if titles else address, address)


def _texts(element: Element, *way: str) -> Iterator[str]:
    """The texts at the end of *way*, whichever string in whichever language holds them."""
    for one in _at(element, *way):
        text = one.text.strip() or next((it.text.strip() for it in one.children), "")
        if text:
            yield text


def _at(element: Element, *way: str) -> Iterator[Element]:
    """The elements at the end of *way*: older metadata writes `taxonpath` for `taxonPath`."""
    if not way:
        yield element
        return
    for one in element.children:
        if one.name.lower() == way[0]:
            yield from _at(one, *way[1:])
