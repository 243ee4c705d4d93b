"""QTI: packages of items with a manifest, as other houses of assessment exchange them."""

import io
import posixpath
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

import attrs

from homeroom.exams.model.answers import Kind
from homeroom.exams.ports.formats import (
    Found,
    Holds,
    QuestionFormat,
    QuestionSource,
    Sheet,
    Trait,
    UnreadableFile,
)
from homeroom.kernel.codec import Ambient
from homeroom_adapters.formats import qti_reading, qti_writing
from homeroom_adapters.formats.lines import Unread, broken, checked
from homeroom_adapters.formats.packages import MOST_FILES, Package, open_package
from homeroom_adapters.formats.packing import Packing, spool
from homeroom_adapters.formats.qti_metadata import about, metadata
from homeroom_adapters.formats.qti_words import QTI_3, QTI_21, Dialect, called
from homeroom_adapters.formats.xml_parts import Element, elements

_MANIFEST = "imsmanifest.xml"
_ITEM = ("imsqti_item", "imsqti_apipitem")
_LOM = "http://ltsc.ieee.org/xsd/LOM"


@attrs.frozen
class Qti:
    """An item is a file, and the manifest says which there are. Either version is read."""

    dialect: Dialect
    endings: tuple[str, ...]
    media_type = "application/zip"
    holds = Holds(kinds=frozenset(Kind), traits=frozenset(Trait))

    def read(self, source: QuestionSource) -> Iterator[Found]:
        with open_package(source) as package:
            if not package.has(_MANIFEST):
                raise UnreadableFile(
                    f"This package has no {_MANIFEST}. Pack its folder's content, not the folder."
                )
            with package.open(_MANIFEST) as manifest:
                way = ("manifest", "resources", "resource")
                known = set[str]()
                for resource in elements(manifest, *way, called=called):
                    if resource.wrong:
                        yield broken(resource.line, resource.wrong)
                    elif resource.attributes.get("type", "").lower().startswith(_ITEM):
                        yield _found(package, resource, known)

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        packing = Packing()
        with spool() as manifest:
            manifest.write(_head(self.dialect).encode())
            for number, sheet in enumerate(sheets, start=1):
                item = qti_writing.identifier(sheet, number)
                file = f"items/{number:06}.xml"
                manifest.write(_resource(sheet, item, file, number, self.dialect).encode())
                yield packing.add(file, qti_writing.item(sheet, item, self.dialect))
            manifest.write(b"</resources>\n</manifest>\n")
            manifest.seek(0)
            yield from packing.add_file(_MANIFEST, manifest)
        yield packing.end()


def _found(package: Package, resource: Element, known: set[str]) -> Found:
    """The question is told by the line of the manifest that names its file, which is read once."""
    try:
        name = posixpath.normpath(unquote(_file_of(resource)))
        _expect_new(name, known)
        read = elements(io.BytesIO(package.read(name)), "assessmentItem", called=called)
        for item in read:
            if item.wrong:
                raise Unread(f"{item.wrong} It is the file {name[:80]!r}, line {item.line}.")
            return checked(resource.line, qti_reading.sheet(item, about(resource)))
        raise Unread(f"names a file {name[:80]!r} without an item in it.")
    except Unread as error:
        return broken(resource.line, error.message)
    except UnreadableFile as error:
        return broken(resource.line, error.message)


def _expect_new(name: str, known: set[str]) -> None:
    """Raises `Unread` for a file that was named before, and `UnreadableFile` beyond reason."""
    if name in known:
        raise Unread(f"names the file {name[:80]!r}, which another one named before.")
    if len(known) >= MOST_FILES:
        raise UnreadableFile(f"This package names more than {MOST_FILES:,} files. Divide it.")
    known.add(name)


def _file_of(resource: Element) -> str:
    files = [one.attributes.get("href", "") for one in resource.named("file")]
    return resource.attributes.get("href", "") or next(iter(files), "")


def _head(dialect: Dialect) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest xmlns="{dialect.manifest_namespace}" xmlns:imsmd="{_LOM}"'
        f' identifier="questions">\n<metadata><schema>{dialect.schema}</schema>'
        f"<schemaversion>{dialect.version}</schemaversion></metadata>\n"
        "<organizations/>\n<resources>\n"
    )


def _resource(sheet: Sheet, item: str, file: str, number: int, dialect: Dialect) -> str:
    renamed = sheet.reference if sheet.reference and item != sheet.reference else None
    return (
        f'<resource identifier="R{number}" type="{dialect.item_type}" href={quoteattr(file)}>'
        f"{metadata(sheet, renamed)}<file href={quoteattr(file)}/></resource>\n"
    )


@asynccontextmanager
async def open_21(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `qti21`."""
    yield Qti(QTI_21, (".qti21.zip",))


@asynccontextmanager
async def open_3(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `qti3`."""
    yield Qti(QTI_3, (".qti3.zip", ".zip"))
