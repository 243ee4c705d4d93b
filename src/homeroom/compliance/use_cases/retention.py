"""What is kept for a time, and then forgotten: each institution says for how long."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from homeroom.compliance.ports.record import StartComplianceUnit
from homeroom.kernel.audit import Change, Entry
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.jobs import Work, WorkPolicy, work
from homeroom.kernel.queue import Run

_BATCH = 200


@work("compliance.forget_evidence.v1", WorkPolicy(timeout=600))
@attrs.frozen(kw_only=True)
class ForgetEvidence(Work):
    """Forget who gave consents, and what proves them, once nobody need prove them any more."""


class RetentionOfEach(Protocol):
    """How long each institution keeps records of what happened."""

    async def __call__(self) -> Mapping[InstitutionId, timedelta]: ...


@attrs.frozen
class StripConsents:
    """A worker strips consents that are over for as long as they are kept: the handler of
    `ForgetEvidence`. That they were given, when, and until when, stays.

    Each run leaves one entry in each institution's record, which counts and names nobody.
    """

    start: StartComplianceUnit
    retention: RetentionOfEach
    clock: Clock

    async def __call__(self, _: ForgetEvidence, run: Run) -> None:
        now, keeping = self.clock.now(), await self.retention()
        for done, (institution_id, keep) in enumerate(keeping.items(), 1):
            await self._of(institution_id, now - keep, now)
            run.report(done / len(keeping))

    async def _of(self, institution_id: InstitutionId, before: datetime, now: datetime) -> None:
        total = 0
        while True:
            async with self.start() as unit:
                over = await unit.consents.over(institution_id, before=before, limit=_BATCH)
                for consent in over:
                    consent.strip()
                    await unit.consents.save(consent)
                total += len(over)
                if len(over) < _BATCH:
                    await unit.audit.note(_counted(institution_id, total, now))
                await unit.commit()
            if len(over) < _BATCH:
                return


def _counted(institution_id: InstitutionId, stripped: int, at: datetime) -> Entry:
    return Entry(
        at=at,
        institution_id=institution_id,
        action="compliance.forget_evidence",
        resource="consents",
        changes={"evidence": Change(str(stripped), None)},
    )
