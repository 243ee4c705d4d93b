"""Zips as those make them who mean harm: nothing in them need be what it says it is."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache

import attrs

_MEGABYTE = 1_000_000
_FINAL = b"\x03\x00"


@attrs.frozen(kw_only=True)
class Member:
    """A file in a zip, as its header has it."""

    name: str
    packed: bytes = b""
    size: int = 0
    check: int = 0
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    mode: int = 0
    """Kind and rights, as Unix has them."""

    @classmethod
    def of(cls, name: str, content: bytes) -> "Member":
        """An honest one."""
        return cls(name=name, packed=content, size=len(content), check=zlib.crc32(content))


def zip_of(members: Iterable[Member]) -> bytes:
    """A zip with these in it, whatever they say of themselves."""
    body, listed, count = io.BytesIO(), io.BytesIO(), 0
    for one in members:
        place, name = body.tell(), one.name.encode()
        told = struct.pack(
            "<HHHHHIIIHH",
            *(20, one.flags, one.method, 0, 33, one.check, len(one.packed), one.size),
            *(len(name), 0),
        )
        body.write(b"PK\x03\x04" + told + name + one.packed)
        tail = struct.pack("<HHHII", 0, 0, 0, one.mode << 16, place)
        listed.write(b"PK\x01\x02" + struct.pack("<H", 0x0314) + told + tail + name)
        count += 1
    place, size = body.tell(), listed.tell()
    end = struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, size, place, 0)
    return body.getvalue() + listed.getvalue() + b"PK\x05\x06" + end


def members_of(file: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def edited(file: bytes, edit: Callable[[bytes], bytes]) -> bytes:
    """*file*, each of its files as *edit* has it."""
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members_of(file).items():
            packed.writestr(name, edit(content))
    return result.getvalue()


def with_members(file: bytes, *more: Member) -> bytes:
    """*file*, with *more* in it."""
    honest = [Member.of(name, content) for name, content in members_of(file).items()]
    return zip_of([*honest, *more])


@cache
def inflating(megabytes: int) -> bytes:
    """So many million zeros, packed: the same little piece again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packer.compress(b"")
    piece = packer.compress(bytes(_MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * megabytes + _FINAL
