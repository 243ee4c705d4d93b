"""A task: something to send, again and again or once, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import InstitutionId, TaskId, new_id
from homeroom.published.scheduling import TaskChanged, TaskCreated, TaskDeleted, TaskFailed
from homeroom.scheduling.errors import SystemTaskStays, TaskUnreadable
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.due import Owed, PassedOver, Reckoner, Reckoning
from homeroom.scheduling.model.policies import Pause, Policies, SealedTarget, TaskStatus
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.when import Timing, jittered, next_firing

UNREADABLE = "unreadable"
"""Why a task fails of which this machine cannot read what it is."""

_TICK = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class Content:
    """What a task is: everything about it that somebody chose."""

    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    kind: NotifierKind
    target: SealedTarget
    payload: str = attrs.field(repr=False)
    """A JSON object, as the notifier's kind wants it."""

    timing: Timing
    policies: Policies = Policies()


@attrs.define(kw_only=True)
class Task(Aggregate):
    """Something to send when it is due. What it is, is its `content`; the rest happened to it."""

    id: TaskId
    institution_id: InstitutionId
    content: Content
    status: TaskStatus = TaskStatus.ACTIVE
    failure: str = ""
    """Why it is FAILED, in a stable word; empty otherwise."""

    pause: Pause | None = None
    fired: int = 0
    """Firings so far, by schedule or made up for; what `maxRuns` counts."""

    upcoming: datetime | None = None
    """The instant of the schedule it fires for next; None while it does not fire."""

    next_run_at: datetime | None = None
    """When that is due: `upcoming`, and the task's jitter. Where a pause outlasts the schedule,
    when the pause ends: there is nothing to fire for then, but the task to let end."""

    system: str = ""
    """The name of the house's own work it asks for; empty for everybody else's tasks."""

    imported_as: str | None = None
    """The name a file knows it by: importing the file again changes this very task."""

    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    unreadable: bool = False
    """Whether this machine cannot read what it is: its content is a stand-in, and never kept."""

    _left: list[PassedOver] = attrs.field(
        factory=list, init=False, eq=False, repr=False, alias="left"
    )

    @classmethod
    def create(
        cls,
        institution_id: InstitutionId,
        content: Content,
        *,
        at: datetime,
        calendar: CronCalendar,
        active: bool = True,
        system: str = "",
        imported_as: str | None = None,
    ) -> Self:
        task = cls(
            id=TaskId(new_id()),
            institution_id=institution_id,
            content=content,
            status=TaskStatus.ACTIVE if active else TaskStatus.INACTIVE,
            system=system,
            imported_as=imported_as,
            created_at=at,
            updated_at=at,
        )
        task._look_ahead(at, calendar)
        task.record(TaskCreated(occurred_at=at, institution_id=institution_id, task_id=task.id))
        return task

    @property
    def fires(self) -> bool:
        """Whether its schedule counts at all just now."""
        return self.status is TaskStatus.ACTIVE and self.deleted_at is None

    @property
    def fires_at(self) -> datetime | None:
        """When it fires next; None if it only waits for its pause to end, or for nothing."""
        return None if self.upcoming is None else self.next_run_at

    @property
    def is_spent(self) -> bool:
        """Whether it is active, and will never fire again by itself."""
        return self.fires and self.pause is None and self.upcoming is None and not self.unreadable

    def revise(self, content: Content, *, at: datetime, calendar: CronCalendar) -> None:
        """Be *content* from now on. Only another timing moves the next firing."""
        self._expect_readable()
        retimed = content.timing != self.content.timing
        if retimed:
            self._leave_behind(at, calendar, "rescheduled")
        self.content = content
        if retimed:
            self._look_ahead(at, calendar)
        self._changed(at)

    def toggle(self, *, at: datetime, calendar: CronCalendar) -> None:
        """Active tasks stop; inactive and failed ones start anew, with a clean slate."""
        if self.status is TaskStatus.ACTIVE:
            self.deactivate(at=at, calendar=calendar)
        else:
            self.activate(at=at, calendar=calendar)

    def activate(self, *, at: datetime, calendar: CronCalendar) -> None:
        self._expect_readable()
        self.status, self.failure = TaskStatus.ACTIVE, ""
        self._look_ahead(at, calendar)
        self._changed(at)

    def deactivate(self, *, at: datetime, calendar: CronCalendar) -> None:
        self._leave_behind(at, calendar, "switched_off")
        self.status, self.failure = TaskStatus.INACTIVE, ""
        self._end_rest(at)
        self._stop()
        self._changed(at)

    def rest(self, pause: Pause, *, at: datetime, calendar: CronCalendar) -> None:
        """Fire for nothing until the pause is over; what falls into it is not made up for."""
        self._expect_readable()
        self._leave_behind(at, calendar, "paused")
        self.pause = pause
        self._look_ahead(at, calendar)
        self._changed(at)

    def resume(self, *, at: datetime, calendar: CronCalendar) -> None:
        """Fire again. A task that does not rest any more keeps what it is about to fire for."""
        self._expect_readable()
        rests = self.pause is not None and self.pause.covers(at)
        self.pause = None
        if rests:
            self._look_ahead(at, calendar)
        else:
            self._aim_at(self.upcoming)
        self._changed(at)

    def delete(self, *, at: datetime) -> None:
        """Gone for everybody. Raises `SystemTaskStays` for the house's own."""
        if self.system:
            raise SystemTaskStays
        self.deleted_at, self.imported_as = at, None
        self._stop()
        self.updated_at = at
        self.record(
            TaskDeleted(occurred_at=at, institution_id=self.institution_id, task_id=self.id)
        )

    def fail(self, reason: str, *, at: datetime, calendar: CronCalendar) -> bool:
        """Stop firing until somebody looks, switched off or not. Only if it is news, alert."""
        if self.status is TaskStatus.FAILED or self.deleted_at is not None:
            return False
        self._leave_behind(at, calendar, "task_failed")
        self._give_up(reason, at)
        return True

    def put_off(self, *, until: datetime) -> None:
        """It is due, and this machine cannot read what for: until then it is left to others."""
        self.next_run_at = until

    def set_aside(self, *, at: datetime) -> None:
        """It is due, and nobody can read what for: it waits for somebody to look."""
        self._left.append(PassedOver.alone(self.upcoming or at, UNREADABLE))
        self._give_up(UNREADABLE, at)

    def _give_up(self, reason: str, at: datetime) -> None:
        self.status, self.failure = TaskStatus.FAILED, reason
        self._stop()
        self.updated_at = at
        self.record(TaskFailed(occurred_at=at, institution_id=self.institution_id, task_id=self.id))

    def retire(self, *, at: datetime) -> None:
        """Its last firing has ended well: there is nothing left to be active for."""
        if self.is_spent:
            self.status, self.updated_at = TaskStatus.INACTIVE, at

    def come_due(self, *, at: datetime, calendar: CronCalendar, grace: timedelta) -> Reckoning:
        """What is owed at *at*. The task moves on: asked again, it owes nothing."""
        if not self.fires:
            return Reckoning()
        self._end_rest(at)
        if self.upcoming is None:
            self._aim_at(None)
            return Reckoning()
        reckoning = self._reckoner(calendar, grace).reckon(self.upcoming, at=at)
        owed = self._within_runs(reckoning.owed)
        self.fired += len(owed)
        self._aim_at(None if self._is_run_out() else reckoning.upcoming)
        left_out = reckoning.owed[len(owed) :]
        beyond = left_out[0].scheduled_for if left_out else reckoning.upcoming
        return attrs.evolve(reckoning, owed=owed, upcoming=self.upcoming, beyond=beyond)

    def take_back(self, count: int, reckoning: Reckoning) -> None:
        """So many that came due had been fired before: they leave runs for what comes next."""
        self.fired -= count
        if count and self.upcoming is None:
            self._aim_at(reckoning.beyond)

    def release_left_behind(self) -> tuple[PassedOver, ...]:
        """Hand over, once, the instants that were due and will not be fired any more."""
        released, self._left = tuple(self._left), []
        return released

    def due_at(self, instant: datetime) -> datetime:
        """When a firing for *instant* is due: later by the task's jitter, always the same."""
        return jittered(self.content.timing, self.id, instant)

    def _leave_behind(self, at: datetime, calendar: CronCalendar, reason: str) -> None:
        """What is due, and nobody has fired yet, is not fired after a change."""
        if self.upcoming is not None and not self.unreadable:
            reckoner = self._reckoner(calendar, -_TICK)  # for nothing is on time any more
            self._left += reckoner.leave_behind(self.upcoming, at=at, reason=reason)
        elif self.upcoming is not None and self.upcoming <= at:
            self._left.append(PassedOver.alone(self.upcoming, reason))

    def _expect_readable(self) -> None:
        if self.unreadable:
            raise TaskUnreadable

    def _reckoner(self, calendar: CronCalendar, grace: timedelta) -> Reckoner:
        return Reckoner(
            task_id=self.id,
            timing=self.content.timing,
            catch_up=self.content.policies.catch_up,
            grace=grace,
            calendar=calendar,
        )

    def _within_runs(self, owed: Sequence[Owed]) -> Sequence[Owed]:
        most = self.content.timing.max_runs
        return owed if most is None else owed[: max(0, most - self.fired)]

    def _is_run_out(self) -> bool:
        most = self.content.timing.max_runs
        return most is not None and self.fired >= most

    def _look_ahead(self, at: datetime, calendar: CronCalendar) -> None:
        """Aim at the first firing after *at*, or after the pause."""
        self._end_rest(at)
        self._aim_at(self._first_after(at, calendar))

    def _first_after(self, at: datetime, calendar: CronCalendar) -> datetime | None:
        if not self.fires or self._is_run_out():
            return None
        if self.pause is not None:
            if self.pause.until is None:
                return None
            at = self.pause.until - _TICK  # what falls on its very end, fires
        return next_firing(self.content.timing, at, calendar)

    def _end_rest(self, at: datetime) -> None:
        """A pause that is over at *at* is forgotten."""
        if self.pause is not None and not self.pause.covers(at):
            self.pause = None

    def _aim_at(self, upcoming: datetime | None) -> None:
        self.upcoming = upcoming
        rests_until = self.pause.until if self.pause is not None and self.fires else None
        self.next_run_at = rests_until if upcoming is None else self.due_at(upcoming)

    def _stop(self) -> None:
        self.upcoming = self.next_run_at = None

    def _changed(self, at: datetime) -> None:
        self.updated_at = at
        self.record(
            TaskChanged(occurred_at=at, institution_id=self.institution_id, task_id=self.id)
        )
