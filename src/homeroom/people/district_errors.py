"""What people's context refuses of districts."""

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Stale


class DistrictNotFound(NotFound):
    """There is no such district."""

    code = "district_not_found"


class DistrictExists(Conflict):
    """There is a district of this name in this state already."""

    code = "district_exists"


class DistrictClosed(Conflict):
    """This district is closed and takes no institutions. Open it again, or choose another."""

    code = "district_closed"


class BadDistrict(Invalid):
    """This district cannot be kept as given."""

    code = "bad_district"


class StaleDistrict(Stale):
    """Someone changed this district at the same time. Read it again and decide anew."""

    code = "stale_district"
