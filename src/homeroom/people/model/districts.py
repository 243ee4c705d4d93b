"""Districts: what several institutions stand under. They order institutions, and hold no data."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self
from urllib.parse import urlsplit

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import DistrictId, InstitutionId, new_id
from homeroom.kernel.privacy import Contact, Personal
from homeroom.people.district_errors import BadDistrict, DistrictClosed
from homeroom.people.model.institutions import Plan
from homeroom.people.model.persons import is_email
from homeroom.published.people import DistrictChanged, DistrictOpened

_LONGEST_NAME, _LONGEST_PHONE, _LONGEST_WEBSITE = 200, 40, 500


@attrs.frozen(kw_only=True)
class Office:
    """Who speaks for a district, and how they are reached; empty for what nobody said."""

    superintendent: Annotated[str, Personal] = ""
    email: Annotated[str, Contact] = ""
    phone: Annotated[str, Contact] = ""
    website: str = ""


@attrs.frozen(kw_only=True)
class DistrictDetails:
    """What is known of a district."""

    name: str
    state: str = ""
    region: str = ""
    office: Office = Office()
    plan: Plan = Plan.BASIC
    """How much of the house it subscribed to; what lets people in is their own institution's."""

    @classmethod
    def given(
        cls,
        name: str,
        *,
        state: str = "",
        region: str = "",
        office: Office | None = None,
        plan: Plan = Plan.BASIC,
    ) -> Self:
        """As somebody wrote it. Raises `BadDistrict` with all that is wrong."""
        said = office or Office()
        details = cls(
            name=name.strip(),
            state=state.strip(),
            region=region.strip(),
            office=Office(
                superintendent=said.superintendent.strip(),
                email=said.email.strip().lower(),
                phone=said.phone.strip(),
                website=said.website.strip(),
            ),
            plan=plan,
        )
        if problems := list(details._wrong()):
            raise BadDistrict(problems=problems)
        return details

    def _wrong(self) -> Iterable[Problem]:
        if not self.name:
            yield Problem("name", "must not be empty")
        office = self.office
        for field, text, longest in (
            ("name", self.name, _LONGEST_NAME),
            ("state", self.state, _LONGEST_NAME),
            ("region", self.region, _LONGEST_NAME),
            ("superintendentName", office.superintendent, _LONGEST_NAME),
            ("contactPhone", office.phone, _LONGEST_PHONE),
        ):
            if len(text) > longest or not text.isprintable():
                yield Problem(field, f"must be at most {longest} printable characters")
        if office.email and not is_email(office.email):
            yield Problem("contactEmail", "must be an e-mail address such as office@district.edu")
        if office.website and not _is_website(office.website):
            yield Problem("website", "must be an address such as https://district.edu")


@attrs.define(kw_only=True)
class District(Aggregate):
    """What institutions stand under. In one state, no two are called the same."""

    id: DistrictId
    details: DistrictDetails
    is_active: bool = True
    """One that is closed takes no further institutions, and keeps those it has."""

    created_at: datetime

    @classmethod
    def open(cls, details: DistrictDetails, *, by: InstitutionId, at: datetime) -> Self:
        """A new one; *by* is the institution of whoever opens it."""
        district = cls(id=DistrictId(new_id()), details=details, created_at=at)
        district.record(DistrictOpened(occurred_at=at, institution_id=by, district_id=district.id))
        return district

    def describe(self, details: DistrictDetails, *, by: InstitutionId, at: datetime) -> None:
        if details != self.details:
            self.details = details
            self._changed(by, at)

    def close(self, *, by: InstitutionId, at: datetime) -> None:
        if self.is_active:
            self.is_active = False
            self._changed(by, at)

    def reopen(self, *, by: InstitutionId, at: datetime) -> None:
        if not self.is_active:
            self.is_active = True
            self._changed(by, at)

    def expect_open(self) -> None:
        """Raises `DistrictClosed`."""
        if not self.is_active:
            raise DistrictClosed

    def _changed(self, by: InstitutionId, at: datetime) -> None:
        self.record(DistrictChanged(occurred_at=at, institution_id=by, district_id=self.id))


def _is_website(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    known = parts.scheme in {"http", "https"} and bool(host)
    return known and len(text) <= _LONGEST_WEBSITE and text.isprintable() and " " not in text
