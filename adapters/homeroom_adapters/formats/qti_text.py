"""Text among the elements of QTI, which are those of HTML: read and written."""

import attrs

from homeroom.exams.model.web import is_web
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.qti_words import part
from homeroom_adapters.formats.xml_parts import Element, legal

_GAP, _SHOWN_GAP = "\0", "_____"
_BLOCKS = {
    *("p", "div", "br", "li", "tr", "table", "ul", "ol", "dl", "dt", "dd", "blockquote", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "prompt", "rubricBlock", "section", "article"),
    *("templateBlock", "feedbackBlock"),
}
_CELLS = {"td", "th"}
_PICTURES = {"img": "src", "object": "data", "audio": "src", "video": "src", "source": "src"}
_UNKEPT = {"math": "a formula", "svg": "a drawing", "iframe": "a page", "include": "another file"}
_UNSEEN = {"style", "script", "stylesheet", "feedbackInline", "feedbackBlock"}


@attrs.define
class Words:
    """What a reader would see of an element, line by line."""

    media: list[str] = attrs.Factory(list[str])
    """Addresses of pictures and the like that are shown with it."""

    _lines: list[str] = attrs.Factory(list[str])
    _line: list[str] = attrs.Factory(list[str])

    def read(self, element: Element) -> str:
        """Raises `Unread` for what no text can stand for. Where an answer goes, is a gap."""
        self._enter(element)
        self._end_line()
        return "\n".join(self._lines)

    def _enter(self, element: Element) -> None:
        for one in element.inside:
            if isinstance(one, str):
                self._line.append(one)
            elif one.name.endswith("Interaction"):
                self._ask(one)
            elif one.name == "pre":
                self._end_line()
                self._lines.append(_whole(one).strip())
            elif one.name not in _UNSEEN:
                self._element(one)

    def _element(self, element: Element) -> None:
        if element.name in _UNKEPT:
            kept = _UNKEPT[element.name]
            raise Unread(f"has {kept} in it (<{element.name}>), which cannot be kept. Take it out.")
        if address := element.attributes.get(_PICTURES.get(element.name, ""), ""):
            self._show(address)
        if element.name in _BLOCKS:
            self._end_line()
        self._enter(element)
        if element.name in _BLOCKS:
            self._end_line()
        elif element.name in _CELLS:
            self._line.append(" ")

    def _ask(self, interaction: Element) -> None:
        """What it says before it lets somebody answer."""
        inline = interaction.name in {"textEntryInteraction", "inlineChoiceInteraction"}
        if inline:
            self._line.append(_GAP)
        for prompt in interaction.named("prompt"):
            self._element(prompt)

    def _show(self, address: str) -> None:
        if not is_web(address):
            told = "has a file in it, such as a picture, which cannot be kept. Take it out."
            raise Unread(told)
        self.media.append(address)

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line.clear()
        if line.strip(_GAP):
            self._lines.append(line.replace(_GAP, _SHOWN_GAP))


def text_of(element: Element) -> str:
    """Raises `Unread` if there is anything but text in it."""
    words = Words()
    text = words.read(element)
    if words.media:
        raise Unread("has a picture in an answer or a remark, which cannot be kept. Take it out.")
    return text


def blocks(text: str) -> list[Element]:
    """*text* as paragraphs, or as it is where its blanks would be lost in those."""
    lines = legal(text).split("\n")
    if all(_is_plain(line) for line in lines):
        return [part("p", line) for line in lines]
    return [part("pre", legal(text))]


def flow(text: str) -> list[Element | str]:
    """*text* where a single line needs no paragraph of its own."""
    line = legal(text)
    return [line] if _is_plain(line) else list(blocks(text))


def _is_plain(line: str) -> bool:
    return bool(line) and line == " ".join(line.split())


def _whole(element: Element) -> str:
    return "".join(one if isinstance(one, str) else _whole(one) for one in element.inside)
