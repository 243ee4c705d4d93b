"""Tasks for tests, made as people make them but for what a test says."""

import json
from datetime import datetime, timedelta

import attrs

from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.policies import Policies, SealedTarget
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.when import Every, Schedule, Timing
from homeroom_testing.clock import NOON

HOUSE = InstitutionId(new_id())
MINUTE = timedelta(minutes=1)


@attrs.frozen
class NoCron:
    """A calendar for tasks that need none; asked all the same, it says so."""

    def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
        raise AssertionError(f"this test has no cron expression, and was asked for {expression}")


def content(
    timing: Timing | Schedule | None = None, policies: Policies | None = None, name: str = "Report"
) -> Content:
    """What a task is: by itself, a line in the log every minute from noon on."""
    if not isinstance(timing, Timing):
        timing = Timing(timing or Every(60, anchor=NOON))
    return Content(
        name=name,
        kind=NotifierKind.LOG,
        target=SealedTarget(sealed="sealed", mask="log", fingerprint="f" * 64),
        payload=json.dumps({"text": "hello"}),
        timing=timing,
        policies=policies or Policies(),
    )


def a_task(
    what: Content | None = None,
    *,
    at: datetime = NOON,
    calendar: CronCalendar | None = None,
    institution_id: InstitutionId = HOUSE,
) -> Task:
    """A new task, and the event of its birth let go."""
    task = Task.create(institution_id, what or content(), at=at, calendar=calendar or NoCron())
    task.release_events()
    return task
