"""What callers say about a task, and the whole of it that they mean: every mistake at once."""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import attrs

from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TaskId
from homeroom.kernel.jobs import Backoff
from homeroom.scheduling.errors import BadSchedule, BadTask
from homeroom.scheduling.model.policies import (
    MOST_CHAINED,
    MOST_RETRIES,
    CatchUp,
    Chain,
    Missed,
    Overlap,
    Policies,
    Retries,
)
from homeroom.scheduling.model.when import At, Blackout, Cron, Every, Schedule, Timing

MOST_TAGS = 20
_NAME, _TAG, _DESCRIPTION = 100, 50, 2_000
_LONGEST_BACKOFF = 86_400.0


class Unsaid(enum.Enum):
    """Nothing was said about it: it stays as it is. None is something that was said."""

    UNSAID = "unsaid"


UNSAID: Final = Unsaid.UNSAID

T = TypeVar("T")


def said(value: T | Unsaid, otherwise: T) -> T:
    """What was said, or what it was before."""
    return otherwise if isinstance(value, Unsaid) else value


@attrs.frozen(kw_only=True)
class TimingGiven:
    """When a task is to fire, as a caller says it: one of `cron`, `every` and `at`."""

    cron: str | Unsaid = UNSAID
    every: int | Unsaid = UNSAID
    anchor: datetime | Unsaid = UNSAID
    at: datetime | Unsaid = UNSAID
    timezone: str | Unsaid = UNSAID
    start_at: datetime | Unsaid | None = UNSAID
    end_at: datetime | Unsaid | None = UNSAID
    max_runs: int | Unsaid | None = UNSAID
    jitter: int | Unsaid = UNSAID
    blackouts: tuple[Blackout, ...] | Unsaid = UNSAID


@attrs.frozen(kw_only=True)
class PoliciesGiven:
    """How a task is to behave, as a caller says it."""

    overlap: Overlap | Unsaid = UNSAID
    missed: Missed | Unsaid = UNSAID
    catch_up_seconds: float | Unsaid | None = UNSAID
    max_retry: int | Unsaid = UNSAID
    backoff_base: float | Unsaid = UNSAID
    backoff_cap: float | Unsaid = UNSAID
    backoff_jitter: float | Unsaid = UNSAID
    on_success: tuple[TaskId, ...] | Unsaid = UNSAID
    on_failure: tuple[TaskId, ...] | Unsaid = UNSAID


def check_name(name: str) -> list[Problem]:
    if 1 <= len(name.strip()) <= _NAME and name.isprintable():
        return []
    return [Problem("name", f"must be 1 to {_NAME} printable characters")]


def check_description(text: str) -> list[Problem]:
    if len(text) <= _DESCRIPTION and "\0" not in text:
        return []
    return [Problem("description", f"must be {_DESCRIPTION} characters at most")]


def check_tags(tags: Sequence[str]) -> list[Problem]:
    problems = [
        Problem(f"tags[{index}]", f"must be 1 to {_TAG} printable characters, no comma or slash")
        for index, tag in enumerate(tags)
        if not 1 <= len(tag.strip()) <= _TAG or not tag.isprintable() or set(",/") & set(tag)
    ]
    if len(tags) > MOST_TAGS:
        problems.append(Problem("tags", f"must be {MOST_TAGS} at most"))
    return problems


def expect_tag(tag: str) -> None:
    """Raises `BadTask` for what no task has as a tag."""
    if problems := check_tags([tag]):
        raise BadTask(problems=[Problem("tag", problems[0].message)])


def tidy_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Each once, in the order of the alphabet."""
    return tuple(sorted({tag.strip() for tag in tags}))


def read_timing(
    given: TimingGiven, before: Timing | None, *, now: datetime
) -> tuple[Timing | None, list[Problem]]:
    """The timing that is meant, or everything that is wrong with it."""
    schedule, problems = _read_schedule(given, before.schedule if before else None, now=now)
    was = before or Timing(At(now))
    try:
        timing = Timing(
            # A schedule that is wrong itself must not hide what is wrong with its bounds.
            schedule=schedule or Every(60, anchor=now),
            start_at=said(given.start_at, was.start_at),
            end_at=said(given.end_at, was.end_at),
            max_runs=said(given.max_runs, was.max_runs),
            jitter=said(given.jitter, was.jitter),
            blackouts=said(given.blackouts, was.blackouts),
        )
    except BadSchedule as refused:
        return None, [*problems, *refused.problems]
    return (timing if schedule else None), problems


def _read_schedule(
    given: TimingGiven, before: Schedule | None, *, now: datetime
) -> tuple[Schedule | None, list[Problem]]:
    kinds = [
        name for name in ("cron", "every", "at") if not isinstance(getattr(given, name), Unsaid)
    ]
    if len(kinds) > 1:
        return None, [Problem("schedule", f"is one of {', '.join(kinds)}, not all of them")]
    if not kinds and before is None:
        return None, [Problem("schedule", "say when: a cron expression, `every` or `at`")]
    try:
        return _meant(given, before, now), []
    except BadSchedule as refused:
        return None, list(refused.problems)


def _meant(given: TimingGiven, before: Schedule | None, now: datetime) -> Schedule:
    zone = said(given.timezone, before.timezone if before else "UTC")
    if not isinstance(given.cron, Unsaid):
        return Cron(given.cron, zone)
    if not isinstance(given.every, Unsaid):
        anchor = before.anchor if isinstance(before, Every) else now.replace(microsecond=0)
        return Every(given.every, said(given.anchor, anchor), zone)
    if not isinstance(given.at, Unsaid):
        return At(given.at, zone)
    match before:
        case Cron(expression=expression):
            return Cron(expression, zone)
        case Every(seconds=seconds, anchor=anchor):
            return Every(seconds, said(given.anchor, anchor), zone)
        case At(instant=instant):
            return At(instant, zone)
        case None:
            raise BadSchedule(problems=[Problem("schedule", "say when")])


def read_policies(given: PoliciesGiven, before: Policies) -> tuple[Policies | None, list[Problem]]:
    """The policies that are meant, or everything that is wrong with them."""
    backoff, catch_up = before.retries.backoff, before.catch_up
    window = catch_up.window.total_seconds() if catch_up.window else None
    seconds = said(given.catch_up_seconds, window)
    most = said(given.max_retry, before.retries.most)
    base = said(given.backoff_base, backoff.base)
    cap = said(given.backoff_cap, backoff.cap)
    jitter = said(given.backoff_jitter, backoff.jitter)
    on_success = said(given.on_success, before.chain.on_success)
    on_failure = said(given.on_failure, before.chain.on_failure)
    problems = _wrong(
        ("maxRetry", 0 <= most <= MOST_RETRIES, f"must be 0 to {MOST_RETRIES}"),
        ("backoff.base", 0 < base <= _LONGEST_BACKOFF, "must be over 0 and a day at most"),
        ("backoff.cap", base <= cap <= _LONGEST_BACKOFF, "must be from the base to a day"),
        ("backoff.jitter", 0 <= jitter <= 1, "must be 0 to 1"),
        ("catchUpWindow", seconds is None or 10 <= seconds <= 366 * 86_400, "is 10 s to a year"),
        ("onSuccess", len(on_success) <= MOST_CHAINED, f"must name {MOST_CHAINED} tasks at most"),
        ("onFailure", len(on_failure) <= MOST_CHAINED, f"must name {MOST_CHAINED} tasks at most"),
    )
    if problems:
        return None, problems
    return (
        Policies(
            overlap=said(given.overlap, before.overlap),
            catch_up=CatchUp(
                missed=said(given.missed, catch_up.missed),
                window=None if seconds is None else timedelta(seconds=seconds),
            ),
            retries=Retries(most=most, backoff=Backoff(base=base, cap=cap, jitter=jitter)),
            chain=Chain(on_success=on_success, on_failure=on_failure),
        ),
        [],
    )


def _wrong(*checks: tuple[str, bool, str]) -> list[Problem]:
    return [Problem(field, wanted) for field, right, wanted in checks if not right]
