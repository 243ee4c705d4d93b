"""What a cron expression means in a zone: a port, because a kept library computes it."""

from datetime import datetime
from typing import Protocol, runtime_checkable


@runtime_checkable
class CronCalendar(Protocol):
    """When a cron expression fires, by Debian's rule at daylight-saving changes.

    An expression comes as `Cron.plain` gives it: five or six fields (seconds first with six) of
    numbers, `*`, `,`, `-`, `/`, `L`, `LW`, `nL` and `d#n`; weekdays are 0 (Sunday) to 6; it has
    been judged, and its day comes. A day must satisfy both day fields if one of them starts with
    `*`, and else either. If the minute or the hour starts with `*`, it fires whenever the zone's
    clock shows a matching time: in both passes of a repeated hour, and never at a time that does
    not come. Otherwise it fires once for each matching time: in the first pass of a repeated
    hour, and at the end of the gap for all times that a gap skips.
    Conformance: `homeroom_testing.conformance.calendar.CronCalendarConformance`.
    """

    def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
        """The first firing strictly after *instant*, in UTC; `None` if none comes any more.

        Quick and safe in threads: it is asked for every firing of every task.
        """
        ...
