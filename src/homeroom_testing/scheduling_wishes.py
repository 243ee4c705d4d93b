"""What people may wish of tasks: drawn, and said as callers say it."""

from datetime import date, datetime, time, timedelta

import attrs
from hypothesis import strategies as st

from homeroom.scheduling.model.policies import Missed, Overlap
from homeroom.scheduling.model.target_checks import TargetGiven
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.when import Blackout, BlackoutDays, BlackoutHours
from homeroom.scheduling.use_cases.given import UNSAID, PoliciesGiven, TimingGiven, Unsaid
from homeroom.scheduling.use_cases.writing import TaskGiven

TAG = "bells"
_CRONS = (
    "*/7 * * * *",
    "0 * * * *",
    "30 2 * * *",
    "15 1,2 * * *",
    "*/15 9-17 * * MON-FRI",
    "0 12 * * SUN",
)
_ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Manila")
_CLOSED: tuple[tuple[Blackout, ...], ...] = (
    (),
    (),
    (BlackoutHours(time(12, 30), time(14, 10)),),
    (BlackoutHours(time(23, 30), time(0, 20)),),
    (BlackoutDays(date(2026, 3, 4), date(2026, 3, 5)), BlackoutHours(time(2, 10), time(2, 20))),
)


@attrs.frozen
class When:
    """A timing, as seen from the instant at which it is wished for. At most one of the first."""

    cron: str = ""
    every: int = 0
    ahead: int = 0
    """Seconds until its anchor, or until the only instant there is."""

    zone: str = "UTC"
    starts: int | None = None
    ends: int | None = None
    max_runs: int | None = None
    jitter: int = 0
    blackouts: tuple[Blackout, ...] = ()

    def said(self, now: datetime) -> TimingGiven:
        anchor = now + timedelta(seconds=self.ahead)
        once = not self.cron and not self.every
        return TimingGiven(
            cron=self.cron or UNSAID,
            every=self.every or UNSAID,
            anchor=anchor if self.every else UNSAID,
            at=anchor if once else UNSAID,
            timezone=self.zone,
            start_at=None if once else _later(now, self.starts),
            end_at=None if once else _later(now, self.ends),
            max_runs=self.max_runs,
            jitter=self.jitter,
            blackouts=() if once else self.blackouts,
        )


def _later(now: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)


_bounds = {
    "zone": st.sampled_from(_ZONES),
    "starts": st.sampled_from([None, None, -60, 120]),
    "ends": st.sampled_from([None, None, 3600, 3 * 86_400]),
    "max_runs": st.sampled_from([None, None, None, 1, 3]),
    "jitter": st.sampled_from([0, 0, 0, 20, 200]),
}
whens = st.one_of(
    st.builds(
        When,
        cron=st.sampled_from(_CRONS),
        blackouts=st.sampled_from(_CLOSED),
        **_bounds,
    ),
    st.builds(
        When,
        every=st.sampled_from([7, 60, 90, 3600]),
        ahead=st.sampled_from([-30, 0, 45]),
        blackouts=st.sampled_from(_CLOSED),
        **_bounds,
    ),
    st.builds(When, ahead=st.sampled_from([5, 90, 4000]), jitter=_bounds["jitter"]),
)
ways = st.builds(
    PoliciesGiven,
    overlap=st.sampled_from(Overlap),
    missed=st.sampled_from(Missed),
    catch_up_seconds=st.sampled_from([None, None, 60.0, 3600.0]),
    max_retry=st.integers(0, 3),
)
other_overlaps = st.builds(
    PoliciesGiven, overlap=st.sampled_from([Overlap.SKIP, Overlap.ALLOW_ALL])
)


@attrs.frozen
class Where:
    """One of a few ends, so that tasks meet at them."""

    number: int
    kind: NotifierKind

    @property
    def target(self) -> TargetGiven:
        if self.kind is NotifierKind.DISCORD:
            token = f"{self.number}" * 68
            return TargetGiven(url=f"https://discord.com/api/webhooks/{10**17}/{token}")
        return TargetGiven(url=f"https://bells.example.org/{self.number}")


wheres = st.builds(
    Where, st.integers(1, 5), st.sampled_from([NotifierKind.WEBHOOK, NotifierKind.DISCORD])
)


def new_task(
    when: TimingGiven, how: PoliciesGiven, where: Where, *, active: bool | Unsaid = True
) -> TaskGiven:
    """A whole task, as a caller says it."""
    return TaskGiven(
        name="Bell",
        tags=(TAG,),
        kind=where.kind,
        target=where.target,
        payload={"content": "It rings."},
        timing=when,
        policies=how,
        active=active,
    )
