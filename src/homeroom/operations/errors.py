"""What operations refuses."""

from homeroom.kernel.errors import Invalid, NotFound, Stale


class JobNotFound(NotFound):
    """There is no such job."""

    code = "job_not_found"


class StaleJob(Stale):
    """A worker or an operator changed this job in the same moment. Look at it again."""

    code = "stale_job"


class WorkNotKnown(Invalid):
    """No work of this name is known here."""

    code = "work_not_known"
