"""Zips that strangers made. All that is in them is looked through before any is believed."""

import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Self

import attrs

from homeroom.exams.ports.formats import LONGEST_PIECE, QuestionSource, UnreadableFile
from homeroom_adapters.formats.lines import TOO_LONG, Unread, portions
from homeroom_adapters.formats.xml_parts import expect_no_type

LARGEST = 256_000_000
"""So many bytes a package may have."""

MOST_INFLATED = 512_000_000
"""So many bytes may be in it once it is unpacked."""

MOST_FILES = 110_000
"""So many files may be in it: a hundred thousand questions, and what goes with them."""

_LONGEST_LIST = 24_000_000
_HELD = 1_000_000
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
)
_MENDED = "Pack it anew, and bring it in again."


@contextmanager
def open_package(source: QuestionSource) -> "Iterator[Package]":
    """The package that *source* is, on disk if it is large, and gone again afterwards.

    Raises `UnreadableFile` for what is no whole zip, and for one that would do harm.
    """
    with tempfile.SpooledTemporaryFile(max_size=_HELD) as kept:
        length = 0
        for portion in portions(source):
            length += len(portion)
            if length > LARGEST:
                raise UnreadableFile(f"This package has more than {LARGEST:,} bytes. Divide it.")
            kept.write(portion)
        package = Package.of(_Guarded(kept))
        package.expect_harmless()
        yield package


@attrs.frozen
class Package:
    """The files in a zip, by their names. Nothing is ever unpacked to where a name points."""

    _zip: zipfile.ZipFile

    @classmethod
    def of(cls, file: "_Guarded") -> Self:
        """Raises `UnreadableFile`."""
        try:
            return cls(zipfile.ZipFile(file))
        except _BROKEN as error:
            raise UnreadableFile(
                f"This is no whole zip: it breaks off, or is none. {_MENDED}"
            ) from error

    def expect_harmless(self) -> None:
        """Raises `UnreadableFile`, before any of its questions was told."""
        infos = self._zip.infolist()
        if len(infos) > MOST_FILES:
            raise _too_many()
        if sum(one.file_size for one in infos) > MOST_INFLATED:
            raise UnreadableFile(
                f"This package unpacks to more than {MOST_INFLATED:,} bytes. Divide it."
            )
        seen = set[str]()
        for one in infos:
            _expect_harmless(one)
            if one.filename in seen:
                raise UnreadableFile(
                    f"This package has two files {_short(one.filename)}. {_MENDED}"
                )
            seen.add(one.filename)
        for one in infos:
            self._expect_whole(one)

    def has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with self._zip.open(name) as file:
            yield file

    def read(self, name: str) -> bytes:
        """A file that holds one question. Raises `Unread` for none, or one too long."""
        if not self.has(name):
            raise Unread(f"names a file {_short(name)}, which is not in the package. Put it in.")
        if self._zip.getinfo(name).file_size > LONGEST_PIECE:
            raise Unread(TOO_LONG)
        return self._zip.read(name)

    def _expect_whole(self, info: zipfile.ZipInfo) -> None:
        """Its bytes are those that were packed, and declare no type of document."""
        try:
            with self._zip.open(info) as file:
                if info.filename.lower().endswith(".xml"):
                    expect_no_type(file)
                for _ in portions(file):
                    pass
        except UnreadableFile as error:
            told = f"In this package the file {_short(info.filename)}: {error.message}"
            raise UnreadableFile(told) from error
        except _BROKEN as error:
            told = f"In this package the file {_short(info.filename)} is broken. {_MENDED}"
            raise UnreadableFile(told) from error


def _expect_harmless(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    steps = name.split("/")
    if name.startswith("/") or ".." in steps or "\\" in name or "\0" in name or ":" in steps[0]:
        raise UnreadableFile(
            f"This package has a file {_short(name)}, which leads out of it. {_MENDED}"
        )
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise UnreadableFile(f"In this package {_short(name)} is a link, and no file. {_MENDED}")
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFile(f"In this package {_short(name)} is encrypted. Pack it without.")
    if info.compress_type not in _METHODS:
        raise UnreadableFile(
            f"In this package {_short(name)} is packed in another way than usual. {_MENDED}"
        )


class _Guarded(io.BufferedIOBase):
    """A file of which no more than a list of files that may be is read at once."""

    def __init__(self, file: "tempfile.SpooledTemporaryFile[bytes]") -> None:
        super().__init__()
        self._file = file

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _LONGEST_LIST if size is None or size < 0 else size
        if wanted > _LONGEST_LIST:
            raise _too_many()
        found = self._file.read(wanted)
        if found.count(_ENTRY) > MOST_FILES:
            raise _too_many()
        return found

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        self._file.seek(place, whence)
        return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _too_many() -> UnreadableFile:
    return UnreadableFile(f"This package has more than {MOST_FILES:,} files. Divide it.")


def _short(name: str) -> str:
    return repr(name[:80])
