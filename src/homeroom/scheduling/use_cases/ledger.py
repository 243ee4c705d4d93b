"""The ledger of receiving ends: who may be sent something now, as all processes see it."""

import asyncio
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom.scheduling.model.channels import Admission
from homeroom.scheduling.model.deliveries import Answer, Outcome
from homeroom.scheduling.model.judging import HOST_RESTS
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.ports.repositories import StartSchedulingUnit
from homeroom.scheduling.queries import Delivery

_COUNTING = frozenset({NotifierKind.DISCORD})
"""Kinds whose ends take only so many messages in a time: they are asked before each."""

_A_LITTLE = 0.5
"""Seconds. Windows begin when somebody sends, and so are never exactly where they were foreseen."""

_LOOKS = 3
_ROUNDING = 0.0005
"""Added to every wait: an event loop's timers may fire a fraction early."""

_WORTH_NOTING = frozenset({Outcome.GONE, Outcome.DENIED, Outcome.LIMITED})


@attrs.frozen
class Ledger:
    """Asks before a message is sent, and notes what its answer tells about the other end."""

    start: StartSchedulingUnit
    clock: Clock

    async def admit(self, delivery: Delivery, place: datetime | None = None) -> Admission:
        """Whether to send now. Where messages count, this one is counted, whoever else sends.

        Who was told to wait names the *place* that this gave.
        """
        kind, known = delivery.task.content.kind, delivery.channel
        if kind not in _COUNTING and (known is None or known.is_clear(at=self.clock.now())):
            return Admission()
        fingerprint = delivery.task.content.target.fingerprint
        admission = await self.ask(kind, fingerprint, place)
        for _ in range(_LOOKS):
            left = self._early(admission)
            if place is None or left is None:
                break
            await asyncio.sleep(left + _ROUNDING)
            place = admission.wait_until
            admission = await self.ask(kind, fingerprint, place)
        return admission

    def _early(self, admission: Admission) -> float | None:
        """The seconds to wait at the door for who came a little early; None if it is not that."""
        if admission.wait_until is None:
            return None
        left = (admission.wait_until - self.clock.now()).total_seconds()
        return max(0.0, left) if left <= _A_LITTLE else None

    async def ask(
        self, kind: NotifierKind, fingerprint: str, place: datetime | None = None
    ) -> Admission:
        """The same for an end of which nothing was read yet.

        What stands for all ends is not held, or everybody would wait for everybody: a block that
        comes meanwhile is met by the next.
        """
        async with self.start() as unit:
            channel = await unit.channels.get(fingerprint)
            everywhere = await unit.channels.look(everywhere_of(kind))
            if kind in _COUNTING:
                channel.expect_to_count()
            admission = channel.admit(
                at=self.clock.now(), place=place, not_before=everywhere.blocked_until
            )
            await unit.channels.save(channel)
            await unit.commit()
        return admission

    async def enter(self, delivery: Delivery, answer: Answer) -> None:
        """Note what *answer* says about the other end; most say nothing new."""
        content = delivery.task.content
        if _is_news(delivery, answer, self.clock.now()):
            await self.note(content.kind, content.target.fingerprint, answer)

    async def note(self, kind: NotifierKind, fingerprint: str, answer: Answer) -> None:
        """The same, whether it is news or not."""
        at = self.clock.now()
        async with self.start() as unit:
            if answer.everywhere:
                everywhere = await unit.channels.get(everywhere_of(kind))
                everywhere.block(at + answer.wait)
                await unit.channels.save(everywhere)
            channel = await unit.channels.get(fingerprint)
            channel.hear(answer, at=at)
            await unit.channels.save(channel)
            await unit.commit()


def _is_news(delivery: Delivery, answer: Answer, at: datetime) -> bool:
    if answer.reason == HOST_RESTS:
        return False  # it was not called: what this process knows of its host is no word of its own
    if delivery.task.content.kind in _COUNTING or answer.outcome in _WORTH_NOTING:
        return True
    known = delivery.channel
    return answer.allowance is not None or not (known is None or known.is_clear(at=at))


def everywhere_of(kind: NotifierKind) -> str:
    """What stands for every end of a kind."""
    return f"{kind.value}:everywhere"
