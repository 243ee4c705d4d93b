"""The promises of a format whose files are packages: no zip does harm, whatever is in it."""

import io
import stat
import zipfile
from collections.abc import Callable

import pytest

from homeroom.exams.ports.formats import Found, QuestionFormat, QuestionSource, UnreadableFile
from homeroom_testing import zips
from homeroom_testing.conformance.formats import QuestionFormatConformance, peak_of
from homeroom_testing.exam_sheets import plain_sheet
from homeroom_testing.zips import Member

_MEGABYTE = 1_000_000
_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
_OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'
_LEADING_OUT = ("../evil.xml", "/etc/evil.xml", "a/../../evil.xml", "C:evil.xml", "..\\evil.xml")


class PackagedFormatConformance(QuestionFormatConformance):
    """What is wrong with a package itself is told before any question of it is.

    Subclass, provide `notation` and `spoilt`, inherit the proof.
    """

    def edited(self, file: bytes, edit: Callable[[bytes], bytes]) -> bytes:
        return zips.edited(file, edit)

    def with_endless_line(self, notation: QuestionFormat) -> QuestionSource:
        return io.BytesIO(self._with(notation, b"x" * (26 * _MEGABYTE)))

    def test_a_truncated_package_is_refused_before_any_question(
        self, notation: QuestionFormat
    ) -> None:
        file = _file(notation)
        for length in range(1, len(file), max(1, len(file) // 50)):
            _expect_refused(notation, file[:length])

    @pytest.mark.parametrize("name", _LEADING_OUT)
    def test_a_name_that_leads_out_is_refused(self, notation: QuestionFormat, name: str) -> None:
        member = Member.of(name, b"<x/>")
        _expect_refused(notation, zips.with_members(_file(notation), member), told="leads out")

    @pytest.mark.parametrize("bomb", [_BOMB, _OUTSIDE], ids=["bomb", "outside"])
    def test_entities_are_refused_before_any_question(
        self, notation: QuestionFormat, bomb: bytes
    ) -> None:
        file = _file(notation)
        for name in zips.members_of(file):
            honest = {**zips.members_of(file), name: bomb}
            spoilt = zips.zip_of(Member.of(*one) for one in honest.items())
            _expect_refused(notation, spoilt, told="DOCTYPE")

    def test_a_gigabyte_that_is_told_of_is_refused(self, notation: QuestionFormat) -> None:
        bomb = Member(
            name="a.xml",
            packed=zips.inflating(1_000),
            size=1_000 * _MEGABYTE,
            method=zipfile.ZIP_DEFLATED,
        )
        _expect_refused(notation, zips.with_members(_file(notation), bomb), told="unpacks to")

    def test_a_gigabyte_that_hides_is_refused(self, notation: QuestionFormat) -> None:
        bomb = Member(
            name="a.xml", packed=zips.inflating(1_000), size=10, method=zipfile.ZIP_DEFLATED
        )
        _expect_refused(notation, zips.with_members(_file(notation), bomb), told="broken")

    def test_many_files_that_are_too_large_together_are_refused(
        self, notation: QuestionFormat
    ) -> None:
        packed = zips.inflating(90)
        bombs = (
            Member(
                name=f"{number}.xml",
                packed=packed,
                size=90 * _MEGABYTE,
                method=zipfile.ZIP_DEFLATED,
            )
            for number in range(10)
        )
        _expect_refused(notation, zips.with_members(_file(notation), *bombs), told="unpacks to")

    def test_too_many_files_are_refused(self, notation: QuestionFormat) -> None:
        many = (Member(name=f"{number:06}") for number in range(120_000))
        _expect_refused(notation, zips.zip_of(many), told="files", most=40)

    def test_two_files_of_one_name_are_refused(self, notation: QuestionFormat) -> None:
        file = _file(notation)
        name, content = next(iter(zips.members_of(file).items()))
        twice = zips.with_members(file, Member.of(name, content))
        _expect_refused(notation, twice, told="two files")

    def test_a_link_is_refused(self, notation: QuestionFormat) -> None:
        link = Member(name="link.xml", packed=b"/etc", size=4, mode=stat.S_IFLNK | 0o777)
        _expect_refused(notation, zips.with_members(_file(notation), link), told="link")

    def test_what_is_encrypted_is_refused(self, notation: QuestionFormat) -> None:
        secret = Member(name="secret.xml", packed=b"?" * 16, size=4, flags=1)
        _expect_refused(notation, zips.with_members(_file(notation), secret), told="encrypted")

    def test_what_is_packed_in_a_rare_way_is_refused(self, notation: QuestionFormat) -> None:
        rare = Member(name="rare.xml", packed=b"?" * 16, size=4, method=zipfile.ZIP_LZMA)
        _expect_refused(notation, zips.with_members(_file(notation), rare), told="another way")

    def test_a_file_that_was_changed_on_the_way_is_refused(self, notation: QuestionFormat) -> None:
        members = [Member.of(*one) for one in zips.members_of(_file(notation)).items()]
        file = zips.zip_of(members)
        changed = file.replace(b"Lima", b"Cali", 1)
        assert changed != file
        _expect_refused(notation, changed, told="broken")


def _file(notation: QuestionFormat) -> bytes:
    return b"".join(notation.write([plain_sheet("before"), plain_sheet("after")]))


def _expect_refused(
    notation: QuestionFormat, file: bytes, *, told: str = "zip", most: int = 3
) -> None:
    """Before any question was told, with no more than *most* megabytes held beside the file."""
    found = list[Found]()

    def read() -> None:
        with pytest.raises(UnreadableFile, match=told):
            found.extend(notation.read(io.BytesIO(file)))

    assert peak_of(read) < most * _MEGABYTE
    assert found == []
