"""Timings, policies and the like as texts: one JSON object each, under names that were chosen.

What is frozen is read once for each text: many tasks share one, and each comes again and again.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from homeroom.kernel.ids import TaskId
from homeroom.kernel.jobs import Backoff
from homeroom.scheduling.model.channels import Channel, Line
from homeroom.scheduling.model.deliveries import Allowance
from homeroom.scheduling.model.policies import (
    CatchUp,
    Chain,
    Missed,
    Overlap,
    Pause,
    Policies,
    Retries,
)
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

_MICRO = timedelta(microseconds=1)
_REMEMBERED = 4_096

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def tags_text(tags: Sequence[str]) -> str:
    return _write(list(tags))


@lru_cache(_REMEMBERED)
def read_tags(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def timing_text(timing: Timing) -> str:
    return _write(_said_of_timing(timing))


@lru_cache(_REMEMBERED)
def read_timing(text: str) -> Timing:
    return _timing(json.loads(text))


def policies_text(policies: Policies) -> str:
    catch_up, retries, chain = policies.catch_up, policies.retries, policies.chain
    backoff = retries.backoff
    said = {
        "overlap": policies.overlap.value,
        "missed": catch_up.missed.value,
        "window_us": None if catch_up.window is None else catch_up.window // _MICRO,
        "retries": retries.most,
        "backoff": {"base": backoff.base, "cap": backoff.cap, "jitter": backoff.jitter},
        "on_success": [one.hex for one in chain.on_success],
        "on_failure": [one.hex for one in chain.on_failure],
    }
    return _write(said)


@lru_cache(_REMEMBERED)
def read_policies(text: str) -> Policies:
    said = json.loads(text)
    window = said["window_us"]
    return Policies(
        overlap=Overlap(said["overlap"]),
        catch_up=CatchUp(
            missed=Missed(said["missed"]), window=None if window is None else window * _MICRO
        ),
        retries=Retries(most=said["retries"], backoff=Backoff(**said["backoff"])),
        chain=Chain(
            on_success=tuple(TaskId(UUID(one)) for one in said["on_success"]),
            on_failure=tuple(TaskId(UUID(one)) for one in said["on_failure"]),
        ),
    )


def pause_text(pause: Pause | None) -> str | None:
    if pause is None:
        return None
    return _write({"note": pause.note, "until": _instant_text(pause.until)})


def read_pause(text: str | None) -> Pause | None:
    if text is None:
        return None
    said = json.loads(text)
    return Pause(note=said["note"], until=_read_instant(said["until"]))


def expectation_text(expectation: Expectation) -> str:
    timing, grace = _said_of_timing(expectation.timing), expectation.grace // _MICRO
    return _write({"timing": timing, "grace_us": grace})


@lru_cache(_REMEMBERED)
def read_expectation(text: str) -> Expectation:
    said = json.loads(text)
    return Expectation(timing=_timing(said["timing"]), grace=said["grace_us"] * _MICRO)


def channel_text(channel: Channel) -> str:
    """All that is known of *channel*, but for its fingerprint."""
    told, line = channel.allowance, channel.line
    said = {
        "gone": channel.gone,
        "denials": [_instant_text(one) for one in channel.denials],
        "open_until": _instant_text(channel.open_until),
        "blocked_until": _instant_text(channel.blocked_until),
        "counts": channel.counts,
        "heard": channel.heard,
        "allowance": None if told is None else [told.limit, told.remaining, told.reset_after],
        "resets_at": _instant_text(channel.resets_at),
        "line": None if line is None else [_instant_text(line.opens_at), line.taken],
    }
    return _write(said)


def read_channel(fingerprint: str, text: str) -> Channel:
    said = json.loads(text)
    denials = (_read_instant(one) for one in said["denials"])
    return Channel(
        fingerprint=fingerprint,
        gone=said["gone"],
        denials=tuple(one for one in denials if one is not None),
        open_until=_read_instant(said["open_until"]),
        blocked_until=_read_instant(said["blocked_until"]),
        counts=said["counts"],
        heard=said["heard"],
        allowance=_allowance(said["allowance"]),
        resets_at=_read_instant(said["resets_at"]),
        line=_line(said.get("line")),  # older rows know of none
    )


def _line(told: Sequence[Any] | None) -> Line | None:
    if told is None:
        return None
    opens_at, taken = told
    return Line(opens_at=datetime.fromisoformat(opens_at), taken=taken)


def _allowance(told: Sequence[Any] | None) -> Allowance | None:
    if told is None:
        return None
    limit, remaining, reset_after = told
    return Allowance(limit=limit, remaining=remaining, reset_after=reset_after)


def _said_of_timing(timing: Timing) -> dict[str, object]:
    return {
        **_said_of_schedule(timing.schedule),
        "start_at": _instant_text(timing.start_at),
        "end_at": _instant_text(timing.end_at),
        "max_runs": timing.max_runs,
        "jitter": timing.jitter,
        "blackouts": [_said_of_blackout(one) for one in timing.blackouts],
    }


def _timing(said: Mapping[str, Any]) -> Timing:
    return Timing(
        _schedule(said),
        start_at=_read_instant(said["start_at"]),
        end_at=_read_instant(said["end_at"]),
        max_runs=said["max_runs"],
        jitter=said["jitter"],
        blackouts=tuple(_blackout(one) for one in said["blackouts"]),
    )


def _said_of_schedule(schedule: Schedule) -> dict[str, object]:
    """Whether it has a `cron`, an `every` or an `at` tells what kind it is."""
    match schedule:
        case Cron(expression=expression, timezone=zone):
            return {"cron": expression, "timezone": zone}
        case Every(seconds=seconds, anchor=anchor, timezone=zone):
            return {"every": seconds, "anchor": _instant_text(anchor), "timezone": zone}
        case At(instant=instant, timezone=zone):
            return {"at": _instant_text(instant), "timezone": zone}


def _schedule(said: Mapping[str, Any]) -> Schedule:
    zone = said["timezone"]
    if "cron" in said:
        return Cron(said["cron"], zone)
    if "every" in said:
        return Every(said["every"], datetime.fromisoformat(said["anchor"]), zone)
    return At(datetime.fromisoformat(said["at"]), zone)


def _said_of_blackout(blackout: Blackout) -> dict[str, str]:
    match blackout:
        case BlackoutDays(first=first, last=last):
            return {"first": first.isoformat(), "last": last.isoformat()}
        case BlackoutHours(start=start, end=end):
            return {"start": start.isoformat("minutes"), "end": end.isoformat("minutes")}


def _blackout(said: Mapping[str, str]) -> Blackout:
    if "first" in said:
        return BlackoutDays(date.fromisoformat(said["first"]), date.fromisoformat(said["last"]))
    return BlackoutHours(time.fromisoformat(said["start"]), time.fromisoformat(said["end"]))


def _instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
