"""Tasks, runs and what they hold, made up at random for the suites over scheduling."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId, new_id
from homeroom.kernel.jobs import Backoff
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import (
    CatchUp,
    Chain,
    Missed,
    Overlap,
    Pause,
    Policies,
    Retries,
    SealedTarget,
    TaskStatus,
)
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.watches import Expectation
from homeroom.scheduling.model.when import (
    At,
    Blackout,
    BlackoutDays,
    BlackoutHours,
    Cron,
    Every,
    Schedule,
    Timing,
)
from homeroom_testing.strategies import instants, texts

ROUND_TRIP = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

_zones = st.sampled_from(["UTC", "Asia/Manila", "Europe/Berlin", "America/New_York"])
_expressions = st.sampled_from(["*/5 * * * *", "0 9 * * 1-5", "30 0 2 L * *", "15 3 * * 5#2"])
_days = st.dates(datetime(2020, 1, 1, tzinfo=UTC).date(), datetime(2090, 1, 1, tzinfo=UTC).date())
_counts = st.integers(0, 2**31 - 1)
_seconds = st.floats(0.001, 1e6)
_ids = st.builds(lambda: TaskId(new_id()))


@st.composite
def _blackout_days(draw: st.DrawFn) -> BlackoutDays:
    first = draw(_days)
    return BlackoutDays(first, first + timedelta(days=draw(st.integers(0, 30))))


@st.composite
def _blackout_hours(draw: st.DrawFn) -> BlackoutHours:
    minutes = draw(st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True))
    start, end = (time(one // 60, one % 60) for one in minutes)
    return BlackoutHours(start, end)


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    """Timings of every kind, some of them bounded."""
    cron = st.builds(Cron, _expressions, _zones)
    every = st.builds(Every, st.integers(1, 10**8), instants, _zones)
    schedule: Schedule = draw(cron | every | st.builds(At, instants, _zones))
    bounds = sorted(draw(st.lists(instants, min_size=2, max_size=2)))
    if isinstance(schedule, At):
        return Timing(schedule, jitter=draw(st.integers(0, 86_400)))
    closed: list[Blackout] = draw(st.lists(_blackout_days(), max_size=2))
    if isinstance(schedule, Every):  # more of them might leave no hour of the day open
        closed += draw(st.lists(_blackout_hours(), max_size=1))
    return Timing(
        schedule,
        start_at=draw(st.sampled_from([None, bounds[0]])),
        end_at=draw(st.sampled_from([None, bounds[1]])),
        max_runs=draw(st.none() | st.integers(1, 10**6)),
        jitter=draw(st.integers(0, 86_400)),
        blackouts=tuple(closed),
    )


policies = st.builds(
    Policies,
    overlap=st.sampled_from(Overlap),
    catch_up=st.builds(
        CatchUp,
        missed=st.sampled_from(Missed),
        window=st.none() | st.timedeltas(timedelta(seconds=10), timedelta(days=999)),
    ),
    retries=st.builds(
        Retries,
        most=st.integers(0, 10),
        backoff=st.builds(Backoff, _seconds, _seconds, st.floats(0, 1)),
    ),
    chain=st.builds(
        Chain,
        on_success=st.lists(_ids, max_size=3).map(tuple),
        on_failure=st.lists(_ids, max_size=3).map(tuple),
    ),
)

contents = st.builds(
    Content,
    name=texts,
    description=texts,
    tags=st.lists(texts, max_size=4, unique=True).map(tuple),
    kind=st.sampled_from(NotifierKind),
    target=st.builds(SealedTarget, sealed=texts, mask=texts, fingerprint=texts),
    payload=texts,
    timing=timings(),
    policies=policies,
)
pauses = st.none() | st.builds(Pause, note=texts, until=st.none() | instants)
expectations = st.builds(
    Expectation,
    timing=timings(),
    grace=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
)
lines = st.builds(
    LogLine,
    at=instants,
    status=st.sampled_from(LogStatus),
    retry_count=st.integers(0, 10),
    response_code=st.none() | st.integers(100, 599),
    latency=st.none() | st.floats(0, 1e6),
    reason=texts,
    message=texts,
    snippet=texts,
)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Tasks of any content in any state, of an institution that nobody knows yet."""
    identity = new_id()
    return Task(
        id=TaskId(identity),
        institution_id=InstitutionId(new_id()),
        content=draw(contents),
        status=draw(st.sampled_from(TaskStatus)),
        failure=draw(texts),
        pause=draw(pauses),
        fired=draw(_counts),
        upcoming=draw(st.none() | instants),
        next_run_at=draw(st.none() | instants),
        system=draw(st.sampled_from(["", identity.hex])),
        imported_as=draw(st.none() | st.just(f"{identity.hex}.yaml")),
        created_at=draw(instants),
        updated_at=draw(instants),
    )


@st.composite
def runs(draw: st.DrawFn) -> Execution:
    """Executions of a task that nobody knows yet, however far along."""
    return Execution(
        id=ExecutionId(new_id()),
        institution_id=InstitutionId(new_id()),
        task_id=TaskId(new_id()),
        key=f"{draw(texts)} {new_id().hex}",
        trigger=draw(st.sampled_from(Trigger)),
        status=draw(st.sampled_from(ExecutionStatus)),
        scheduled_for=draw(instants),
        due_at=draw(instants),
        started_at=draw(st.none() | instants),
        finished_at=draw(st.none() | instants),
        retry_count=draw(st.integers(0, 10)),
        attempts=draw(_counts),
        result=draw(texts),
        message=draw(texts),
        message_id=draw(texts),
        missed=draw(_counts),
        missed_from=draw(st.none() | instants),
        links=draw(st.integers(0, 10)),
        created_at=draw(instants),
        changed_at=draw(instants),
    )
