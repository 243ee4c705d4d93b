"""Places for vendors and exams, and reads of the catalogue that take no locks."""

from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.catalogue import Exam, ExamStatus, Vendor
from homeroom.kernel.ids import ExamId, InstitutionId, VendorId
from homeroom.kernel.page import CursorPage, CursorRequest


class Vendors(Protocol):
    """The vendors of every institution; `save` puts released events in the outbox, atomically.

    Conformance: `homeroom_testing.conformance.vendors.VendorsConformance`.
    """

    async def get(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        """Raises `VendorNotFound`, also for a vendor of an institution out of *reach*."""
        ...

    async def by_name(self, institution_id: InstitutionId, name: str) -> Vendor | None:
        """The one that is called exactly so in that institution."""
        ...

    async def save(self, vendor: Vendor) -> None:
        """Raises `StaleVendor` after a newer save or once it was removed, `VendorExists` if the
        institution has another vendor of its name. Whoever is refused leaves the unit as it was.
        """
        ...

    async def remove(self, vendor: Vendor) -> None:
        """Raises `StaleVendor` after a newer save, `VendorInUse` while exams are kept of it."""
        ...


class Exams(Protocol):
    """The exams of every institution; `save` puts released events in the outbox, atomically.

    Conformance: `homeroom_testing.conformance.exams.ExamsConformance`.
    """

    async def get(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        """Raises `ExamNotFound`, also for an exam of an institution out of *reach*."""
        ...

    async def by_code(self, vendor_id: VendorId, code: str) -> Exam | None:
        """The one of that vendor's that has exactly this code."""
        ...

    async def save(self, exam: Exam) -> None:
        """Raises `StaleExam` after a newer save or once it was removed, `ExamExists` if its
        vendor has another exam of its code. Whoever is refused leaves the unit as it was.
        """
        ...

    async def remove(self, exam: Exam) -> None:
        """Raises `StaleExam` after a newer save, `ExamInUse` while questions are kept for it."""
        ...


@attrs.frozen(kw_only=True)
class VendorFilter:
    """Which vendors are looked for. Text is found in names, in any case."""

    reach: InstitutionId | None
    text: str = ""


@attrs.frozen(kw_only=True)
class ExamFilter:
    """Which exams are looked for. Text is found in codes and names, in any case."""

    reach: InstitutionId | None
    vendor: VendorId | None = None
    code: str | None = None
    """Exactly this one. Several vendors may have an exam of one code."""

    status: ExamStatus | None = None
    text: str = ""


@runtime_checkable
class CatalogueQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.catalogue_queries.CatalogueQueriesConformance`.
    """

    async def vendors(self, wanted: VendorFilter, page: CursorRequest) -> CursorPage[Vendor]:
        """Newest first."""
        ...

    async def vendor(self, vendor_id: VendorId, *, reach: InstitutionId | None) -> Vendor:
        """Raises `VendorNotFound`."""
        ...

    async def exams(self, wanted: ExamFilter, page: CursorRequest) -> CursorPage[Exam]:
        """Newest first."""
        ...

    async def exam(self, exam_id: ExamId, *, reach: InstitutionId | None) -> Exam:
        """Raises `ExamNotFound`."""
        ...
