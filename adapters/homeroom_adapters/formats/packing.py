"""A zip that is written from its first byte to its last, without going back."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO

_ALWAYS = (1980, 1, 1, 0, 0, 0)
"""When files in it were changed, as it says: a package of the same questions is the same."""

_PORTION = 65_536


class Packing:
    """Files go in one by one; what they come to is taken out as it is there."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, text: str) -> bytes:
        """What is to be sent on now."""
        self._zip.writestr(_info(name), text)
        return self._sink.taken()

    def add_file(self, name: str, file: IO[bytes]) -> Iterator[bytes]:
        with self._zip.open(_info(name), "w", force_zip64=True) as target:
            while portion := file.read(_PORTION):
                target.write(portion)
                if ready := self._sink.taken():
                    yield ready
        yield self._sink.taken()

    def end(self) -> bytes:
        self._zip.close()
        return self._sink.taken()


class _Sink(io.RawIOBase):
    """Where what was written can be taken away, and never be gone back to."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, portion: object, /) -> int:
        written = bytes(memoryview(portion))  # type: ignore[arg-type] # as a file would
        self._kept += written
        return len(written)

    def taken(self) -> bytes:
        taken = bytes(self._kept)
        self._kept.clear()
        return taken


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _ALWAYS)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def spool() -> "tempfile.SpooledTemporaryFile[bytes]":
    """Where what is to be packed last may wait."""
    return tempfile.SpooledTemporaryFile(max_size=1_000_000)
