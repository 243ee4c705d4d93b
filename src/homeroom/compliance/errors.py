"""What compliance refuses."""

from homeroom.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Stale


class EntryNotFound(NotFound):
    """There is no such entry in the record."""

    code = "entry_not_found"


class RecordNotFound(NotFound):
    """There is no such record."""

    code = "record_not_found"


class StaleHead(Stale):
    """Somebody else sealed this record at the same time. It goes on where they stopped."""

    code = "stale_head"


class ConsentNotFound(NotFound):
    """There is no such consent."""

    code = "consent_not_found"


class BadConsent(Invalid):
    """This consent cannot be kept as given."""

    code = "bad_consent"


class ConsentAlreadyWithdrawn(Conflict):
    """This consent has been withdrawn already."""

    code = "consent_already_withdrawn"


class NotTheirsToWithdraw(Forbidden):
    """A parent agreed to this, and a parent takes it back: through an administrator of yours."""

    code = "parental_consent"


class StaleConsent(Stale):
    """Someone changed this consent at the same time. Read it again and decide anew."""

    code = "stale_consent"
