"""Districts on the wire, by the names that the seed gave their fields."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import attrs
import msgspec

from homeroom.people.model.districts import District, DistrictDetails, Office
from homeroom.people.model.institutions import Plan
from homeroom.people.use_cases.districts import Assembled
from homeroom_entrypoints.web.institution_wire import InstitutionBrief
from homeroom_entrypoints.web.task_answers import MetaAnswer
from homeroom_entrypoints.web.wire import Wire

_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Website = Annotated[str, msgspec.Meta(max_length=500)]


class NewDistrict(Wire, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    state: _Text = ""
    region: _Text = ""
    superintendent_name: _Text = ""
    contact_email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    contact_phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    website: _Website = ""
    subscription_tier: Plan = Plan.BASIC

    def details(self) -> DistrictDetails:
        """Raises `BadDistrict`."""
        office = Office(
            superintendent=self.superintendent_name,
            email=self.contact_email,
            phone=self.contact_phone,
            website=self.website,
        )
        return DistrictDetails.given(
            self.name,
            state=self.state,
            region=self.region,
            office=office,
            plan=self.subscription_tier,
        )


class DistrictChange(Wire, frozen=True, kw_only=True):
    """What is left out stays as it is; an empty text takes away what was said."""

    name: _Text | None = None
    state: _Text | None = None
    region: _Text | None = None
    superintendent_name: _Text | None = None
    contact_email: _Text | None = None
    contact_phone: _Text | None = None
    website: _Website | None = None
    subscription_tier: Plan | None = None
    is_active: bool | None = None
    """False closes it, and true opens it again."""

    def over(self, was: DistrictDetails) -> DistrictDetails:
        """*was* with what is said here. Raises `BadDistrict`."""
        said = {
            "superintendent": self.superintendent_name,
            "email": self.contact_email,
            "phone": self.contact_phone,
            "website": self.website,
        }
        office = {name: text for name, text in said.items() if text is not None}
        return DistrictDetails.given(
            was.name if self.name is None else self.name,
            state=was.state if self.state is None else self.state,
            region=was.region if self.region is None else self.region,
            office=attrs.evolve(was.office, **office),
            plan=self.subscription_tier or was.plan,
        )


class DistrictAnswer(Wire, frozen=True):
    id: UUID
    name: str
    state: str
    region: str
    superintendent_name: str
    contact_email: str
    contact_phone: str
    website: str
    subscription_tier: Plan
    is_active: bool
    created_at: datetime

    @classmethod
    def of(cls, district: District) -> "DistrictAnswer":
        details, office = district.details, district.details.office
        return cls(
            id=district.id,
            name=details.name,
            state=details.state,
            region=details.region,
            superintendent_name=office.superintendent,
            contact_email=office.email,
            contact_phone=office.phone,
            website=office.website,
            subscription_tier=details.plan,
            is_active=district.is_active,
            created_at=district.created_at,
        )


class DistrictsAnswer(Wire, frozen=True):
    data: list[DistrictAnswer]
    meta: MetaAnswer


class AssembledAnswer(Wire, frozen=True):
    """A district, and what stands under it, oldest first."""

    district: DistrictAnswer
    institutions: list[InstitutionBrief]

    @classmethod
    def of(cls, found: Assembled) -> "AssembledAnswer":
        return cls(
            district=DistrictAnswer.of(found.district),
            institutions=[InstitutionBrief.of(one) for one in found.institutions],
        )


class PlaceBody(Wire, frozen=True):
    """Null puts it under none."""

    district_id: UUID | None
