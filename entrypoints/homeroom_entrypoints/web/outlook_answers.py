"""Forecasts, numbers and watches, as the API answers them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import PingToken, Watch
from homeroom.scheduling.model.words import describe
from homeroom.scheduling.queries import Dashboard, Hour, Spread
from homeroom.scheduling.use_cases.looking import Forecast
from homeroom_entrypoints.web.run_answers import milliseconds
from homeroom_entrypoints.web.wire import TellingSecrets, Wire


class FiringAnswer(Wire, frozen=True, omit_defaults=True):
    """An instant, on the zone's clocks too; a note if a change of clocks moved it."""

    utc: datetime
    local: datetime
    note: str | None = None


class ForecastAnswer(Wire, frozen=True):
    description: str
    firings: list[FiringAnswer]

    @classmethod
    def of(cls, forecast: Forecast) -> "ForecastAnswer":
        return cls(
            description=forecast.description,
            firings=[
                FiringAnswer(utc=one.instant, local=one.local, note=one.note)
                for one in forecast.firings
            ],
        )


class HourAnswer(Wire, frozen=True):
    hour: datetime
    runs: int
    failures: int

    @classmethod
    def of(cls, hour: Hour) -> "HourAnswer":
        return cls(hour=hour.begins, runs=hour.succeeded + hour.failed, failures=hour.failed)


class SpreadAnswer(Wire, frozen=True):
    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, spread: Spread) -> "SpreadAnswer":
        return cls(p50=milliseconds(spread.p50), p95=milliseconds(spread.p95))


class UpcomingAnswer(Wire, frozen=True):
    task_id: UUID
    task_name: str
    next_run_at: datetime | None


class DashboardAnswer(Wire, frozen=True):
    """Counts as the seed has them, and how the last 48 hours went."""

    total: int
    active: int
    inactive: int
    failed: int
    hours: list[HourAnswer]
    success_rate: float | None
    lateness_ms: SpreadAnswer
    latency_ms: SpreadAnswer
    upcoming: list[UpcomingAnswer]

    @classmethod
    def of(cls, seen: Dashboard) -> "DashboardAnswer":
        counts = seen.counts
        return cls(
            total=counts.total,
            active=counts.active,
            inactive=counts.inactive,
            failed=counts.failed,
            hours=[HourAnswer.of(hour) for hour in seen.hours],
            success_rate=seen.success_rate,
            lateness_ms=SpreadAnswer.of(seen.lateness),
            latency_ms=SpreadAnswer.of(seen.latency),
            upcoming=_upcoming(seen.upcoming),
        )


def _upcoming(tasks: Sequence[Task]) -> list[UpcomingAnswer]:
    return [
        UpcomingAnswer(task_id=one.id, task_name=one.content.name, next_run_at=one.fires_at)
        for one in tasks
    ]


class WatchAnswer(Wire, frozen=True):
    """What is known of the pings a task expects."""

    state: str
    schedule_description: str
    grace_seconds: float
    last_ping_at: datetime | None
    deadline: datetime | None

    @classmethod
    def of(cls, watch: Watch) -> "WatchAnswer":
        return cls(
            state=watch.state.value,
            schedule_description=describe(watch.expectation.timing.schedule),
            grace_seconds=watch.expectation.grace.total_seconds(),
            last_ping_at=watch.last_ping_at,
            deadline=watch.deadline,
        )


class NewWatchAnswer(TellingSecrets, frozen=True):
    """The token is shown here and never again; whoever knows it may ping."""

    watch: WatchAnswer
    token: str
    path: str

    @classmethod
    def of(cls, watch: Watch, token: PingToken) -> "NewWatchAnswer":
        path = f"/api/v1/pings/{token.text}"
        return cls(watch=WatchAnswer.of(watch), token=token.text, path=path)
