"""What may be asked of scheduling, and in which roles."""

from homeroom.kernel.rights import Role, declare

_MANAGERS = (Role.ADMIN, Role.SERVICE)
_READERS = (*_MANAGERS, Role.CAMPUS_HEAD, Role.DEAN, Role.CHAIRPERSON)

CREATE_TASK = declare(
    "scheduling.create_task",
    *_MANAGERS,
    lets="Make a task in one's own institution.",
    everywhere=False,
)
IMPORT_TASKS = declare(
    "scheduling.import_tasks",
    *_MANAGERS,
    lets="Bring a file of tasks into one's own institution.",
    everywhere=False,
)
UPDATE_TASK = declare(
    "scheduling.update_task",
    *_MANAGERS,
    lets="Change what a task says.",
)
TOGGLE_TASK = declare(
    "scheduling.toggle_task",
    *_MANAGERS,
    lets="Switch a task off, or on again.",
)
PAUSE_TASK = declare(
    "scheduling.pause_task",
    *_MANAGERS,
    lets="Let a task rest, or all that share a tag.",
)
RESUME_TASK = declare(
    "scheduling.resume_task",
    *_MANAGERS,
    lets="End a task's rest early, or that of all that share a tag.",
)
DELETE_TASK = declare(
    "scheduling.delete_task",
    *_MANAGERS,
    lets="Remove a task with its history, or all that share a tag.",
)
CHANGE_HOUSE_TASK = declare(
    "scheduling.change_house_task",
    lets="Change, switch or pause one of the house's own tasks.",
)
RUN_TASK = declare(
    "scheduling.run_task",
    *_MANAGERS,
    lets="Run a task at once.",
)
BACKFILL_TASK = declare(
    "scheduling.backfill_task",
    *_MANAGERS,
    lets="Run a task for instants of the past.",
)
WATCH_TASK = declare(
    "scheduling.watch_task",
    *_MANAGERS,
    lets="Have a task's work watched by its pings, and end that.",
)
SEE_SECRET = declare(
    "scheduling.see_secret",
    *_MANAGERS,
    lets="See what a webhook's messages are signed with.",
)
ROTATE_SECRET = declare(
    "scheduling.rotate_secret",
    *_MANAGERS,
    lets="Change what a webhook's messages are signed with.",
)
SEAL_AGAIN = declare(
    "scheduling.seal_again",
    lets="Have every target sealed under the newest key.",
)
SEE_TASKS = declare(
    "scheduling.see_tasks",
    *_READERS,
    lets="Look at tasks, their watches, how they do, and when they would run.",
)
SEE_RUNS = declare(
    "scheduling.see_runs",
    *_READERS,
    lets="Look at what became of tasks: executions, and the log of every attempt.",
)
PREVIEW = declare(
    "scheduling.preview",
    *_READERS,
    lets="Ask when a schedule would fire, and what a message would look like.",
    everywhere=False,
)
