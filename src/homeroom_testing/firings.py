"""When cron expressions fire: what every calendar must agree with, and what none may accept."""

from datetime import datetime

import attrs


@attrs.frozen
class Row:
    """An expression in a zone, and its firings one after the other, strictly after an instant."""

    expression: str
    zone: str
    after: datetime
    fires: tuple[datetime, ...]

    def __str__(self) -> str:
        return f"{self.expression} {self.zone} {self.after:%Y-%m-%dT%H:%MZ}"


def _row(expression: str, zone: str, after: str, fires: str) -> Row:
    instants = tuple(datetime.fromisoformat(one) for one in fires.split())
    return Row(expression, zone, datetime.fromisoformat(after), instants)


FIRINGS = (
    _row(
        "30 2 * * *",
        "America/New_York",
        "2026-03-07T17:00Z",
        "2026-03-08T07:00Z 2026-03-09T06:30Z 2026-03-10T06:30Z",
    ),
    _row(
        "0 2 * * *",
        "America/New_York",
        "2026-03-07T17:00Z",
        "2026-03-08T07:00Z 2026-03-09T06:00Z 2026-03-10T06:00Z",
    ),
    _row(
        "0 3 * * *", "America/New_York", "2026-03-07T17:00Z", "2026-03-08T07:00Z 2026-03-09T07:00Z"
    ),
    _row(
        "0 2,3 * * *",
        "America/New_York",
        "2026-03-07T17:00Z",
        "2026-03-08T07:00Z 2026-03-09T06:00Z 2026-03-09T07:00Z",
    ),
    _row(
        "*/30 * * * *",
        "America/New_York",
        "2026-03-08T06:00Z",
        "2026-03-08T06:30Z 2026-03-08T07:00Z 2026-03-08T07:30Z 2026-03-08T08:00Z",
    ),
    _row(
        "0 * * * *",
        "America/New_York",
        "2026-03-08T05:30Z",
        "2026-03-08T06:00Z 2026-03-08T07:00Z 2026-03-08T08:00Z",
    ),
    _row(
        "30 */2 * * *",
        "America/New_York",
        "2026-03-08T05:00Z",
        "2026-03-08T05:30Z 2026-03-08T08:30Z 2026-03-08T10:30Z",
    ),
    _row(
        "30 1 * * *", "America/New_York", "2026-10-31T16:00Z", "2026-11-01T05:30Z 2026-11-02T06:30Z"
    ),
    _row(
        "0 1 * * *", "America/New_York", "2026-10-31T16:00Z", "2026-11-01T05:00Z 2026-11-02T06:00Z"
    ),
    _row(
        "15 1,2 * * *",
        "America/New_York",
        "2026-11-01T04:00Z",
        "2026-11-01T05:15Z 2026-11-01T07:15Z 2026-11-02T06:15Z",
    ),
    _row(
        "*/30 * * * *",
        "America/New_York",
        "2026-11-01T04:30Z",
        "2026-11-01T05:00Z 2026-11-01T05:30Z 2026-11-01T06:00Z "
        "2026-11-01T06:30Z 2026-11-01T07:00Z 2026-11-01T07:30Z",
    ),
    _row(
        "30 * * * *",
        "America/New_York",
        "2026-11-01T04:00Z",
        "2026-11-01T04:30Z 2026-11-01T05:30Z 2026-11-01T06:30Z 2026-11-01T07:30Z",
    ),
    _row("30 1 * * *", "America/New_York", "2026-11-01T05:40Z", "2026-11-02T06:30Z"),
    _row(
        "0 9 * * *", "America/New_York", "2026-03-07T17:00Z", "2026-03-08T13:00Z 2026-03-09T13:00Z"
    ),
    _row("30 2 * * *", "Europe/Berlin", "2026-03-28T11:00Z", "2026-03-29T01:00Z 2026-03-30T00:30Z"),
    _row("30 2 * * *", "Europe/Berlin", "2026-10-24T10:00Z", "2026-10-25T00:30Z 2026-10-26T01:30Z"),
    _row("0 12 * * 0", "Europe/Berlin", "2026-03-26T11:00Z", "2026-03-29T10:00Z 2026-04-05T10:00Z"),
    _row(
        "0 0 * * *", "America/Santiago", "2026-09-05T16:00Z", "2026-09-06T04:00Z 2026-09-07T03:00Z"
    ),
    _row("0 9 * * *", "Asia/Jakarta", "2026-03-07T05:00Z", "2026-03-08T02:00Z 2026-03-09T02:00Z"),
    _row(
        "0 0 31 * *",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-31T00:00Z 2026-03-31T00:00Z 2026-05-31T00:00Z 2026-07-31T00:00Z",
    ),
    _row("0 0 29 2 *", "UTC", "2026-01-01T00:00Z", "2028-02-29T00:00Z 2032-02-29T00:00Z"),
    _row(
        "0 0 13 * 5",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-02T00:00Z 2026-01-09T00:00Z 2026-01-13T00:00Z 2026-01-16T00:00Z 2026-01-23T00:00Z",
    ),
    _row(
        "0 0 */13 * 5",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-02-27T00:00Z 2026-03-27T00:00Z 2026-05-01T00:00Z",
    ),
    _row(
        "0 0 L * *",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-31T00:00Z 2026-02-28T00:00Z 2026-03-31T00:00Z",
    ),
    _row(
        "0 0 * * 5L",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-30T00:00Z 2026-02-27T00:00Z 2026-03-27T00:00Z",
    ),
    _row(
        "0 0 * * 1#2",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-12T00:00Z 2026-02-09T00:00Z 2026-03-09T00:00Z",
    ),
    _row(
        "5/15 * * * *",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-01T00:05Z 2026-01-01T00:20Z 2026-01-01T00:35Z 2026-01-01T00:50Z",
    ),
    _row(
        "*/7 * * * *",
        "UTC",
        "2026-01-01T00:40Z",
        "2026-01-01T00:42Z 2026-01-01T00:49Z 2026-01-01T00:56Z 2026-01-01T01:00Z",
    ),
    _row(
        "0 0 * * 5-7",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-02T00:00Z 2026-01-03T00:00Z 2026-01-04T00:00Z 2026-01-09T00:00Z",
    ),
    _row(
        "0 9 * JAN-MAR MON-FRI",
        "UTC",
        "2026-03-30T12:00Z",
        "2026-03-31T09:00Z 2027-01-01T09:00Z 2027-01-04T09:00Z",
    ),
    _row(
        "*/10 * * * * *",
        "UTC",
        "2026-01-01T00:00Z",
        "2026-01-01T00:00:10Z 2026-01-01T00:00:20Z 2026-01-01T00:00:30Z",
    ),
    _row(
        "0 7-8 * * *",
        "America/Los_Angeles",
        "2020-03-07T16:00Z",
        "2020-03-08T14:00Z 2020-03-08T15:00Z 2020-03-09T14:00Z",
    ),
    _row(
        "20 */4 * * *",
        "America/Los_Angeles",
        "2023-03-12T07:00Z",
        "2023-03-12T08:20Z 2023-03-12T11:20Z 2023-03-12T15:20Z 2023-03-12T19:20Z",
    ),
)
"""Both changes of clocks, the rule of the two day fields, and every feature of the dialect."""

WORDS = (
    _row("@hourly", "UTC", "2026-01-01T00:00Z", "2026-01-01T01:00Z"),
    _row("@daily", "UTC", "2026-01-01T00:00Z", "2026-01-02T00:00Z"),
    _row("@midnight", "UTC", "2026-01-01T00:00Z", "2026-01-02T00:00Z"),
    _row("@weekly", "UTC", "2026-01-01T00:00Z", "2026-01-04T00:00Z"),
    _row("@monthly", "UTC", "2026-01-01T00:00Z", "2026-02-01T00:00Z"),
    _row("@yearly", "UTC", "2026-01-01T00:00Z", "2027-01-01T00:00Z"),
    _row("@annually", "UTC", "2026-01-01T00:00Z", "2027-01-01T00:00Z"),
)

AT_CHANGES = (
    # Six fields follow the same rule, by their minute and hour.
    _row(
        "0 30 2 * * *",
        "America/New_York",
        "2026-03-07T17:00Z",
        "2026-03-08T07:00Z 2026-03-09T06:30Z",
    ),
    _row(
        "*/20 30 2 * * *",
        "America/New_York",
        "2026-03-07T17:00Z",
        "2026-03-08T07:00Z 2026-03-09T06:30Z 2026-03-09T06:30:20Z",
    ),
    _row(
        "0 30 1 * * *",
        "America/New_York",
        "2026-10-31T16:00Z",
        "2026-11-01T05:30Z 2026-11-02T06:30Z",
    ),
    _row(
        "0 30 * * * *",
        "America/New_York",
        "2026-11-01T04:00Z",
        "2026-11-01T04:30Z 2026-11-01T05:30Z 2026-11-01T06:30Z 2026-11-01T07:30Z",
    ),
    # Half an hour: 02:00 to 02:30 does not come; 01:30 to 02:00 comes twice.
    _row(
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T00:00Z",
        "2026-10-03T15:30Z 2026-10-04T15:15Z",
    ),
    _row(
        "*/20 3 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T00:00Z",
        "2026-10-03T16:00Z 2026-10-03T16:20Z 2026-10-03T16:40Z",
    ),
    _row(
        "40 * * * *",
        "Australia/Lord_Howe",
        "2026-04-04T14:00Z",
        "2026-04-04T14:40Z 2026-04-04T15:10Z 2026-04-04T16:10Z",
    ),
    # Midnight: 00:00 to 01:00 does not come.
    _row(
        "0 0 * * *",
        "Asia/Beirut",
        "2026-03-28T00:00Z",
        "2026-03-28T22:00Z 2026-03-29T21:00Z",
    ),
    _row(
        "*/30 0 * * *",
        "Asia/Beirut",
        "2026-03-28T00:00Z",
        "2026-03-29T21:00Z 2026-03-29T21:30Z",
    ),
    # A whole day that never was.
    _row(
        "0 9 * * *",
        "Pacific/Apia",
        "2011-12-29T18:00Z",
        "2011-12-29T19:00Z 2011-12-30T10:00Z 2011-12-30T19:00Z",
    ),
    _row(
        "0 * * * *",
        "Pacific/Apia",
        "2011-12-30T09:00Z",
        "2011-12-30T10:00Z 2011-12-30T11:00Z",
    ),
)
"""What the table above leaves open."""

REFUSED = (
    ("", "must be five fields"),
    ("* * * *", "must be five fields"),
    ("* * * * * * *", "none for the year"),
    ("60 * * * *", "minute: "),
    ("*/0 * * * *", "minute: "),
    ("a * * * *", "minute: "),
    ("5-1 * * * *", "minute: "),
    ("* 24 * * *", "hour: "),
    ("* * 0 * *", "day of month: "),
    ("* * 32 * *", "day of month: "),
    ("* * * 13 *", "month: "),
    ("* * * * 8", "day of week: "),
    ("60 * * * * *", "second: "),
    ("0 0 30 2 *", "day of month 30 never comes in month 2"),
    ("0 0 31 4 *", "day of month 31 never comes in month 4"),
    ("@reboot", "names no instant"),
)
"""Expressions that mean nothing, or no day that ever comes, and what must be said of each."""
