"""The promises of the reads of the catalogue."""

import attrs
import pytest

from homeroom.exams.errors import ExamNotFound, VendorNotFound
from homeroom.exams.model.catalogue import Exam, ExamStatus, Vendor
from homeroom.exams.ports.catalogue import ExamFilter, VendorFilter
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, VendorId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.exams_ground import (
    ExamsGround,
    a_kept_exam,
    a_kept_vendor,
    keep_exams,
)
from homeroom_testing.conformance.storage import settle_in

_ALL = CursorRequest(None, 200)


@attrs.frozen
class Catalogue:
    """Two vendors of one institution, and three exams, one of which may be taken."""

    house: Institution
    comptia: Vendor
    board: Vendor
    network: Exam
    security: Exam
    physics: Exam


class CatalogueQueriesConformance(ExamsGround):
    """What `CatalogueQueries` promises."""

    @pytest.fixture
    async def catalogue(self, storage: Storage, house: Institution) -> Catalogue:
        comptia = await a_kept_vendor(storage, house, "CompTIA")
        board = await a_kept_vendor(storage, house, "Dirección_100%")
        network = await a_kept_exam(storage, comptia, "N10-008", "Network+")
        security = await a_kept_exam(storage, comptia, "SY0-601", "Security+")
        physics = await a_kept_exam(storage, board, "F_1", "Física")
        security.publish(at=NOON)
        await keep_exams(storage, security)
        return Catalogue(house, comptia, board, network, security, physics)

    async def test_vendors_come_newest_first_and_only_within_reach(
        self, storage: Storage, catalogue: Catalogue
    ) -> None:
        theirs = await a_kept_vendor(storage, await settle_in(storage, "Elsewhere"))
        ours = [catalogue.board, catalogue.comptia]
        assert await _vendors(storage, VendorFilter(reach=catalogue.house.id)) == ours
        assert await _vendors(storage, VendorFilter(reach=None)) == [theirs, *ours]

    async def test_vendors_go_on_after_a_page(self, storage: Storage, catalogue: Catalogue) -> None:
        wanted = VendorFilter(reach=catalogue.house.id)
        first = await storage.catalogue.vendors(wanted, CursorRequest(None, 1))
        assert (list(first.items), first.next) == ([catalogue.board], catalogue.board.id)
        second = await storage.catalogue.vendors(wanted, CursorRequest(first.next, 1))
        assert (list(second.items), second.next) == ([catalogue.comptia], None)

    @pytest.mark.parametrize("text", ["DIRECCIÓN", "_100%", "n_1"])
    async def test_vendors_are_found_by_words_in_any_case_to_the_letter(
        self, storage: Storage, catalogue: Catalogue, text: str
    ) -> None:
        found = await _vendors(storage, VendorFilter(reach=catalogue.house.id, text=text))
        assert found == [catalogue.board]

    async def test_a_vendor_out_of_reach_is_not_found(
        self, storage: Storage, catalogue: Catalogue
    ) -> None:
        elsewhere, wanted = await settle_in(storage, "Elsewhere"), catalogue.comptia
        for reach in (catalogue.house.id, None):
            assert await storage.catalogue.vendor(wanted.id, reach=reach) == wanted
        for vendor_id, reach in ((wanted.id, elsewhere.id), (VendorId(new_id()), None)):
            with pytest.raises(VendorNotFound):
                await storage.catalogue.vendor(vendor_id, reach=reach)

    async def test_exams_come_newest_first_and_only_within_reach(
        self, storage: Storage, catalogue: Catalogue
    ) -> None:
        vendor = await a_kept_vendor(storage, await settle_in(storage, "Elsewhere"))
        theirs = await a_kept_exam(storage, vendor)
        ours = [catalogue.physics, catalogue.security, catalogue.network]
        assert await _exams(storage, ExamFilter(reach=catalogue.house.id)) == ours
        assert await _exams(storage, ExamFilter(reach=None)) == [theirs, *ours]

    async def test_exams_go_on_after_a_page(self, storage: Storage, catalogue: Catalogue) -> None:
        wanted = ExamFilter(reach=catalogue.house.id)
        first = await storage.catalogue.exams(wanted, CursorRequest(None, 2))
        assert first.next == catalogue.security.id
        second = await storage.catalogue.exams(wanted, CursorRequest(first.next, 2))
        assert (list(second.items), second.next) == ([catalogue.network], None)

    async def test_exams_are_found_by_what_they_are_and_whose(
        self, storage: Storage, catalogue: Catalogue
    ) -> None:
        reach = catalogue.house.id
        for wanted, found in (
            (ExamFilter(reach=reach, vendor=catalogue.board.id), [catalogue.physics]),
            (ExamFilter(reach=reach, code="N10-008"), [catalogue.network]),
            (ExamFilter(reach=reach, code="n10-008"), []),
            (ExamFilter(reach=reach, code="a\x00"), []),
            (ExamFilter(reach=reach, status=ExamStatus.PUBLISHED), [catalogue.security]),
        ):
            assert await _exams(storage, wanted) == found

    @pytest.mark.parametrize("text", ["FÍSICA", "f_", "_"])
    async def test_exams_are_found_by_words_in_any_case_to_the_letter(
        self, storage: Storage, catalogue: Catalogue, text: str
    ) -> None:
        found = await _exams(storage, ExamFilter(reach=catalogue.house.id, text=text))
        assert found == [catalogue.physics]

    @pytest.mark.parametrize("text", ["%%", "a\x00", "\ud800", "no such thing"])
    async def test_words_that_stand_nowhere_find_nothing(
        self, storage: Storage, catalogue: Catalogue, text: str
    ) -> None:
        reach = catalogue.house.id
        assert await _vendors(storage, VendorFilter(reach=reach, text=text)) == []
        assert await _exams(storage, ExamFilter(reach=reach, text=text)) == []

    async def test_an_exam_out_of_reach_is_not_found(
        self, storage: Storage, catalogue: Catalogue
    ) -> None:
        elsewhere, wanted = await settle_in(storage, "Elsewhere"), catalogue.physics
        for reach in (catalogue.house.id, None):
            assert await storage.catalogue.exam(wanted.id, reach=reach) == wanted
        for exam_id, reach in ((wanted.id, elsewhere.id), (ExamId(new_id()), None)):
            with pytest.raises(ExamNotFound):
                await storage.catalogue.exam(exam_id, reach=reach)


async def _vendors(storage: Storage, wanted: VendorFilter) -> list[Vendor]:
    return list((await storage.catalogue.vendors(wanted, _ALL)).items)


async def _exams(storage: Storage, wanted: ExamFilter) -> list[Exam]:
    return list((await storage.catalogue.exams(wanted, _ALL)).items)
