"""The promises of the place for exams."""

import attrs
import pytest
from hypothesis import given

from homeroom.exams.errors import ExamExists, ExamInUse, ExamNotFound, StaleExam
from homeroom.exams.model.catalogue import Exam, Outline, Vendor
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, new_id
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.exams_ground import (
    ExamsGround,
    a_kept_exam,
    a_kept_vendor,
    a_question,
    an_exam,
    keep_exams,
    keep_questions,
    seen_exam,
)
from homeroom_testing.conformance.people_ground import ROUND_TRIP
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.exam_strategies import outlines


class ExamsConformance(ExamsGround):
    """What `Exams` promises."""

    @ROUND_TRIP
    @given(outline=outlines())
    async def test_an_exam_comes_back_as_it_went(
        self, storage: Storage, vendor: Vendor, outline: Outline
    ) -> None:
        exam = an_exam(vendor, new_id().hex)
        await keep_exams(storage, exam)
        exam.change(attrs.evolve(outline, code=exam.outline.code))
        exam.publish(at=NOON)
        await keep_exams(storage, exam)
        assert await seen_exam(storage, exam) == exam

    async def test_an_exam_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, exam: Exam
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert await unit.exams.get(exam.id, reach=reach) == exam
            for wanted, reach in ((exam.id, elsewhere.id), (ExamId(new_id()), None)):
                with pytest.raises(ExamNotFound):
                    await unit.exams.get(wanted, reach=reach)

    async def test_an_exam_is_found_by_its_code_at_its_own_vendor(
        self, storage: Storage, house: Institution, vendor: Vendor, exam: Exam
    ) -> None:
        other = await a_kept_vendor(storage, house, "Other")
        theirs = await a_kept_exam(storage, other)
        async with storage.start() as unit:
            assert await unit.exams.by_code(vendor.id, "N10-008") == exam
            assert await unit.exams.by_code(other.id, "N10-008") == theirs
            for code in ("n10-008", "N10%", "N10-008\x00"):
                assert await unit.exams.by_code(vendor.id, code) is None

    async def test_no_two_exams_of_a_vendor_have_one_code(
        self, storage: Storage, house: Institution, vendor: Vendor, exam: Exam
    ) -> None:
        elsewhere = await a_kept_vendor(storage, house, "Elsewhere")
        other = an_exam(vendor, "Other")
        await keep_exams(storage, other, an_exam(elsewhere))
        other.change(attrs.evolve(other.outline, code=exam.outline.code))
        async with storage.start() as unit:
            for twin in (an_exam(vendor), other):
                with pytest.raises(ExamExists):
                    await unit.exams.save(twin)
            await unit.exams.save(an_exam(vendor, "After"))
            await unit.commit()
        assert (await seen_exam(storage, other)).outline.code == "Other"

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, exam: Exam
    ) -> None:
        mine, theirs = [await seen_exam(storage, exam) for _ in range(2)]
        theirs.publish(at=NOON)
        await keep_exams(storage, theirs)
        mine.retire(at=NOON)
        for stale in (mine, attrs.evolve(mine, version=0)):
            with pytest.raises(StaleExam):
                await keep_exams(storage, stale)
        assert await seen_exam(storage, exam) == theirs

    async def test_an_exam_is_removed_unless_it_has_questions(
        self, storage: Storage, vendor: Vendor, exam: Exam
    ) -> None:
        await keep_questions(storage, a_question(exam))
        empty = await a_kept_exam(storage, vendor, "Empty")
        async with storage.start() as unit:
            with pytest.raises(ExamInUse):
                await unit.exams.remove(exam)
            await unit.exams.remove(empty)
            await unit.commit()
        assert await seen_exam(storage, exam) == exam
        async with storage.start() as unit:
            with pytest.raises(ExamNotFound):
                await unit.exams.get(empty.id, reach=None)
            for use in (unit.exams.save, unit.exams.remove):
                with pytest.raises(StaleExam):
                    await use(empty)

    async def test_an_exam_is_not_removed_by_who_read_an_older_version(
        self, storage: Storage, exam: Exam
    ) -> None:
        mine = await seen_exam(storage, exam)
        exam.publish(at=NOON)
        await keep_exams(storage, exam)
        async with storage.start() as unit:
            with pytest.raises(StaleExam):
                await unit.exams.remove(mine)
        assert await seen_exam(storage, exam) == exam

    async def test_a_change_is_told_once_it_is_committed(
        self, storage: Storage, exam: Exam
    ) -> None:
        self.require("transactional")
        exam.publish(at=NOON)
        await keep_exams(storage, exam)
        assert [one.name for one in await told_by(storage)] == ["exams.exam_published.v1"]
        never = await seen_exam(storage, exam)
        never.retire(at=NOON)
        async with storage.start() as unit:
            await unit.exams.save(never)
        assert await told_by(storage) == []
        assert await seen_exam(storage, exam) == exam

    async def test_what_is_read_is_a_copy(self, storage: Storage, exam: Exam) -> None:
        kept = await seen_exam(storage, exam)
        (await seen_exam(storage, exam)).publish(at=NOON)
        exam.publish(at=NOON)
        assert await seen_exam(storage, exam) == kept
