"""What people's context refuses of ages."""

from homeroom.kernel.errors import Conflict, Invalid, Stale


class BadAge(Invalid):
    """This cannot be kept of somebody's age as given."""

    code = "bad_age"


class BirthDateKnown(Conflict):
    """A birth date is kept, and counts more. If it is wrong, an administrator changes it."""

    code = "birth_date_known"


class StaleAge(Stale):
    """Someone changed what is known of this age at the same time. Read it again, decide anew."""

    code = "stale_age"
