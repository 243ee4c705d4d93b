"""What may be asked of operations, and in which roles."""

from homeroom.kernel.rights import Role, declare

ASK_FOR_JOB = declare(
    "operations.ask_for_job",
    Role.ADMIN,
    lets="Ask for work by its name, for one's own institution.",
    everywhere=False,
)
SEE_JOBS = declare(
    "operations.see_jobs",
    Role.ADMIN,
    lets="Look at jobs and dead letters, without their payloads.",
)
RETRY_JOB = declare(
    "operations.retry_job",
    Role.ADMIN,
    lets="Have a dead or cancelled job tried once more.",
)
CANCEL_JOB = declare(
    "operations.cancel_job",
    Role.ADMIN,
    lets="Call a job off, also one that is running.",
)
REPLAY_DEAD_LETTERS = declare(
    "operations.replay_dead_letters",
    Role.ADMIN,
    lets="Have every dead letter that fits tried once more.",
)
PURGE_DEAD_LETTERS = declare(
    "operations.purge_dead_letters",
    Role.ADMIN,
    lets="Have every dead letter that fits forgotten.",
)
SEE_QUEUES = declare(
    "operations.see_queues",
    lets="See how the queues do, which all institutions share.",
)
