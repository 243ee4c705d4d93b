"""Authors keep the vendors, whose exams these are; everybody may look through them."""

from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.catalogue import Vendor
from homeroom.exams.ports.catalogue import CatalogueQueries, VendorFilter
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import VendorId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right


@attrs.frozen
class BeginVendor:
    """An author takes up a vendor, whose exams are to follow."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, name: str, website: str = "") -> Vendor:
        """Raises `BadVendor`, `VendorExists`."""
        actor.require(self.right)
        now = self.clock.now()
        vendor = Vendor.begin(actor.institution_id, name, website, at=now)
        async with self.start() as unit:
            await unit.vendors.save(vendor)
            about = _about_vendor(vendor)
            await unit.audit.note(entry_of(actor, self.right, about, at=now, after=vendor))
            await unit.commit()
        return vendor


@attrs.frozen
class RenameVendor:
    """An author calls a vendor otherwise. What is not said stays as it is."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        vendor_id: VendorId,
        *,
        name: str | None = None,
        website: str | None = None,
    ) -> Vendor:
        """Raises `VendorNotFound`, `BadVendor`, `VendorExists`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            vendor = await unit.vendors.get(vendor_id, reach=actor.reach)
            before = attrs.evolve(vendor)
            vendor.rename(
                vendor.name if name is None else name,
                vendor.website if website is None else website,
            )
            if vendor == before:
                return vendor
            await unit.vendors.save(vendor)
            about = _about_vendor(vendor)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=vendor)
            )
            await unit.commit()
        return vendor


@attrs.frozen
class RemoveVendor:
    """An author takes away a vendor that has no exams."""

    right: ClassVar[Right] = rights.KEEP_CATALOGUE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, vendor_id: VendorId) -> None:
        """Raises `VendorNotFound`, `VendorInUse`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            vendor = await unit.vendors.get(vendor_id, reach=actor.reach)
            await unit.vendors.remove(vendor)
            about = _about_vendor(vendor)
            await unit.audit.note(entry_of(actor, self.right, about, at=now, before=vendor))
            await unit.commit()


@attrs.frozen
class FindVendors:
    """Somebody looks through the vendors, newest first."""

    right: ClassVar[Right] = rights.SEE_CATALOGUE
    catalogue: CatalogueQueries

    async def __call__(
        self, actor: Actor, page: CursorRequest, *, text: str = ""
    ) -> CursorPage[Vendor]:
        actor.require(self.right)
        return await self.catalogue.vendors(VendorFilter(reach=actor.reach, text=text), page)


@attrs.frozen
class GetVendor:
    """Somebody looks at one vendor."""

    right: ClassVar[Right] = rights.SEE_CATALOGUE
    catalogue: CatalogueQueries

    async def __call__(self, actor: Actor, vendor_id: VendorId) -> Vendor:
        """Raises `VendorNotFound`."""
        actor.require(self.right)
        return await self.catalogue.vendor(vendor_id, reach=actor.reach)


def _about_vendor(vendor: Vendor) -> Subject:
    return Subject(kind="vendor", id=vendor.id, institution_id=vendor.institution_id)
