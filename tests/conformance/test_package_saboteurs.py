"""Readers of packages that pass over one kind of harm each, and the clause that catches them."""

import io
import stat
import zipfile
from collections.abc import Iterator
from typing import ClassVar

import pytest

from homeroom.exams.ports.formats import (
    Found,
    QuestionFormat,
    QuestionSource,
    UnreadableFile,
)
from homeroom_adapters.formats.qti import QTI_3, Qti
from homeroom_testing.conformance.packages import PackagedFormatConformance
from homeroom_testing.exam_sheets import plain_sheet
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.zips import Member, edited, zip_of

_LARGE = 50_000_000


class Saboteur(PackagedFormatConformance):
    format_type: ClassVar[type[Qti]] = Qti

    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return self.format_type(QTI_3, (".zip",))

    @pytest.fixture
    def spoilt(self, notation: QuestionFormat) -> tuple[bytes, int]:
        file = b"".join(notation.write([plain_sheet(stem) for stem in ("one", "two", "three")]))
        return edited(file, lambda text: text.replace(b"<p>two</p>", b"<p>two")), 7


class _Forgiving(Qti):
    """Leaves out what it does not like, and reads the rest."""

    def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
        raise NotImplementedError

    def read(self, source: QuestionSource) -> Iterator[Found]:
        file = b"".join(iter(lambda: source.read(65_536), b""))
        return super().read(io.BytesIO(self._rest(file)))

    def _rest(self, file: bytes) -> bytes:
        try:
            with zipfile.ZipFile(io.BytesIO(file)) as packed:
                infos = packed.infolist()
                if not any(self.dislikes(one, packed) for one in infos):
                    return file
                liked = [one for one in infos if not self.dislikes(one, packed)]
                return zip_of(Member.of(one.filename, packed.read(one)) for one in liked)
        except zipfile.BadZipFile:
            return file


class MakesDo(Saboteur):
    """Of a package that breaks off it tells nothing."""

    class format_type(Qti):  # noqa: N801 - takes the place of the attribute
        def read(self, source: QuestionSource) -> Iterator[Found]:
            try:
                yield from super().read(source)
            except UnreadableFile:
                return


class TrustsNames(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return "evil" in info.filename


class TrustsDocumentTypes(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return info.file_size < _LARGE and b"<!DOCTYPE" in file.read(info)


class PassesOverLargeFiles(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return info.file_size > _LARGE


class PassesOverWhatIsBroken(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            try:
                return info.file_size < _LARGE and not file.read(info)
            except zipfile.BadZipFile:
                return True


class PassesOverEmptyFiles(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return info.file_size == 0


class TakesTheLastOfTwo(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return file.NameToInfo[info.filename] is not info


class PassesOverLinks(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return stat.S_ISLNK(info.external_attr >> 16)


class PassesOverSecrets(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return bool(info.flag_bits & 1)


class PassesOverRareWays(Saboteur):
    class format_type(_Forgiving):  # noqa: N801
        def dislikes(self, info: zipfile.ZipInfo, file: zipfile.ZipFile) -> bool:
            return info.compress_type == zipfile.ZIP_LZMA


CAUGHT_BY: dict[type[Saboteur], str | dict[str, str]] = {
    MakesDo: "test_a_truncated_package_is_refused_before_any_question",
    TrustsNames: "test_a_name_that_leads_out_is_refused",
    TrustsDocumentTypes: "test_entities_are_refused_before_any_question",
    PassesOverLargeFiles: {
        "one": "test_a_gigabyte_that_is_told_of_is_refused",
        "many": "test_many_files_that_are_too_large_together_are_refused",
    },
    PassesOverWhatIsBroken: {
        "hidden": "test_a_gigabyte_that_hides_is_refused",
        "changed": "test_a_file_that_was_changed_on_the_way_is_refused",
    },
    PassesOverEmptyFiles: "test_too_many_files_are_refused",
    TakesTheLastOfTwo: "test_two_files_of_one_name_are_refused",
    PassesOverLinks: "test_a_link_is_refused",
    PassesOverSecrets: "test_what_is_encrypted_is_refused",
    PassesOverRareWays: "test_what_is_packed_in_a_rare_way_is_refused",
}

CASES = [
    (saboteur, clause)
    for saboteur, clauses in CAUGHT_BY.items()
    for clause in ([clauses] if isinstance(clauses, str) else clauses.values())
]


@pytest.mark.parametrize(
    ("saboteur", "clause"),
    CASES,
    ids=[f"{saboteur.__name__}-{clause[5:]}" for saboteur, clause in CASES],
)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur], clause: str) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}
