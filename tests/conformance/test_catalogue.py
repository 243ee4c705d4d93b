"""The storages sign the suites of the catalogue, and broken ones are caught."""

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.ports.catalogue import ExamFilter, VendorFilter
from homeroom.kernel.ids import ExamId, InstitutionId, VendorId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.catalogue import (
    MemoryCatalogueQueries,
    MemoryExams,
    MemoryVendors,
)
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.catalogue_queries import CatalogueQueriesConformance
from homeroom_testing.conformance.exams import ExamsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.vendors import VendorsConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestVendorsInMemory(InMemory, VendorsConformance): ...


class TestVendorsOnSqlite(OnSqlite, VendorsConformance): ...


class TestVendorsOnPostgres(OnPostgres, VendorsConformance): ...


class TestVendorsOnMongo(OnMongo, VendorsConformance): ...


class TestExamsInMemory(InMemory, ExamsConformance): ...


class TestExamsOnSqlite(OnSqlite, ExamsConformance): ...


class TestExamsOnPostgres(OnPostgres, ExamsConformance): ...


class TestExamsOnMongo(OnMongo, ExamsConformance): ...


class TestCatalogueQueriesInMemory(InMemory, CatalogueQueriesConformance): ...


class TestCatalogueQueriesOnSqlite(OnSqlite, CatalogueQueriesConformance): ...


class TestCatalogueQueriesOnPostgres(OnPostgres, CatalogueQueriesConformance): ...


class TestCatalogueQueriesOnMongo(OnMongo, CatalogueQueriesConformance): ...


class ForgetsWebsites(MemoryVendors):
    async def save(self, vendor: Vendor) -> None:
        await super().save(vendor)
        kept = attrs.evolve(vendor, website="https://vendor.example")
        (await self._transaction.writing()).vendors.put(kept)


class FindsForeignVendors(MemoryVendors):
    async def get(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        return await super().get(vendor_id, reach=None)


class FindsNamesInAnyCase(MemoryVendors):
    async def by_name(self, institution_id: InstitutionId, name: str) -> Vendor | None:
        every = self._transaction.reading().vendors.select(
            lambda one: (one.institution_id, one.name.lower()) == (institution_id, name.lower())
        )
        return every[0] if every else None


class WritesOverVendors(MemoryVendors):
    async def save(self, vendor: Vendor) -> None:
        vendor.version += 1
        (await self._transaction.writing()).vendors.put(vendor)


class RemovesVendorsInUse(MemoryVendors):
    async def remove(self, vendor: Vendor) -> None:
        (await self._transaction.writing()).vendors.remove(vendor.id)


class RemovesWhateverTheVersion(MemoryVendors):
    async def remove(self, vendor: Vendor) -> None:
        await super().remove(await self.get(vendor.id, reach=None))


class ForgetsTerms(MemoryExams):
    async def save(self, exam: Exam) -> None:
        await super().save(exam)
        outline = attrs.evolve(exam.outline, description="")
        kept = attrs.evolve(exam, outline=outline)
        (await self._transaction.writing()).exams.put(kept)


class FindsForeignExams(MemoryExams):
    async def get(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        return await super().get(exam_id, reach=None)


class FindsCodesOfAnyVendor(MemoryExams):
    async def by_code(self, vendor_id: VendorId, code: str) -> Exam | None:
        every = self._transaction.reading().exams.select(lambda one: one.outline.code == code)
        return every[0] if every else None


class WritesOverExams(MemoryExams):
    async def save(self, exam: Exam) -> None:
        exam.version += 1
        (await self._transaction.writing()).exams.put(exam)
        await self._outbox.put(*exam.release_events())


class RemovesExamsInUse(MemoryExams):
    async def remove(self, exam: Exam) -> None:
        (await self._transaction.writing()).exams.remove(exam.id)


class LosesEvents(MemoryExams):
    async def save(self, exam: Exam) -> None:
        exam.release_events()
        await super().save(exam)


class ReachesEveryVendor(MemoryCatalogueQueries):
    async def vendors(self, wanted: VendorFilter, page: CursorRequest) -> CursorPage[Vendor]:
        return await super().vendors(attrs.evolve(wanted, reach=None), page)


class KnowsOnePage(MemoryCatalogueQueries):
    async def vendors(self, wanted: VendorFilter, page: CursorRequest) -> CursorPage[Vendor]:
        return await super().vendors(wanted, attrs.evolve(page, after=None))


class ShowsForeignVendors(MemoryCatalogueQueries):
    async def vendor(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        return await super().vendor(vendor_id, reach=None)


class ReachesEveryExam(MemoryCatalogueQueries):
    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        return await super().exams(attrs.evolve(wanted, reach=None), page)


class AsksForNoStatus(MemoryCatalogueQueries):
    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        return await super().exams(attrs.evolve(wanted, status=None), page)


class KnowsWildcards(MemoryCatalogueQueries):
    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        plain = wanted.text.replace("%", "").replace("_", "")
        return await super().exams(attrs.evolve(wanted, text=plain), page)


class ShowsForeignExams(MemoryCatalogueQueries):
    async def exam(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        return await super().exam(exam_id, reach=None)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    VendorsConformance: {
        ForgetsWebsites: "test_a_vendor_comes_back_as_it_went",
        FindsForeignVendors: "test_a_vendor_out_of_reach_is_not_found",
        FindsNamesInAnyCase: "test_a_vendor_is_found_by_its_name_in_its_own_institution",
        WritesOverVendors: "test_no_two_vendors_of_an_institution_have_one_name",
        RemovesVendorsInUse: "test_a_vendor_is_removed_once_it_has_no_exams",
        RemovesWhateverTheVersion: ("test_a_vendor_is_not_removed_by_who_read_an_older_version"),
    },
    ExamsConformance: {
        ForgetsTerms: "test_an_exam_comes_back_as_it_went",
        FindsForeignExams: "test_an_exam_out_of_reach_is_not_found",
        FindsCodesOfAnyVendor: "test_an_exam_is_found_by_its_code_at_its_own_vendor",
        WritesOverExams: "test_no_two_exams_of_a_vendor_have_one_code",
        RemovesExamsInUse: "test_an_exam_is_removed_unless_it_has_questions",
        LosesEvents: "test_a_change_is_told_once_it_is_committed",
    },
    CatalogueQueriesConformance: {
        ReachesEveryVendor: "test_vendors_come_newest_first_and_only_within_reach",
        KnowsOnePage: "test_vendors_go_on_after_a_page",
        ShowsForeignVendors: "test_a_vendor_out_of_reach_is_not_found",
        ReachesEveryExam: "test_exams_come_newest_first_and_only_within_reach",
        AsksForNoStatus: "test_exams_are_found_by_what_they_are_and_whose",
        KnowsWildcards: "test_words_that_stand_nowhere_find_nothing",
        ShowsForeignExams: "test_an_exam_out_of_reach_is_not_found",
    },
}
CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
