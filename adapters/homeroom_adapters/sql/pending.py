"""Stand-ins until the job queue's modules land; this file goes then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import attrs


@attrs.frozen(init=False)
class _Pending:
    def __init__(self, *_: object) -> None: ...

    async def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError("the sql job queue has not landed yet")

    enqueue = claim = settle = sweep = next_due = purge = wait = _refuse
    to_offer = claim_these = adopt = renew = report = _refuse
    find = get = queues = save = replay = bury = _refuse


SqlJobs: Any = _Pending
SqlJobRecords: Any = _Pending
SqlJobQueries: Any = _Pending
SqlJobQueue: Any = _Pending
SqlWakeups: Any = _Pending


@asynccontextmanager
async def open_pending() -> AsyncIterator[Any]:
    yield _Pending()
