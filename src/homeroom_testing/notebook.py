"""A notifier that keeps what it was given to send, and answers as it was told."""

from collections import defaultdict
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome

DELIVERED = Answer(outcome=Outcome.DELIVERED, status=204)
ANSWERS = {
    Outcome.DELIVERED: DELIVERED,
    Outcome.FAILED: Answer(outcome=Outcome.FAILED, reason="status_500", status=500),
    Outcome.UNKNOWN: Answer(outcome=Outcome.UNKNOWN, reason="timeout"),
    Outcome.LIMITED: Answer(
        outcome=Outcome.LIMITED, reason="rate_limited", status=429, retry_after=2.5
    ),
    Outcome.REFUSED: Answer(outcome=Outcome.REFUSED, reason="bad_payload", status=400),
    Outcome.DENIED: Answer(outcome=Outcome.DENIED, reason="forbidden", status=403),
    Outcome.GONE: Answer(outcome=Outcome.GONE, reason="webhook_gone", status=410),
}
"""How another end may answer, each in its plainest form."""


@attrs.frozen
class Noted:
    """One message that came, and what was answered."""

    at: datetime
    outcome: Outcome


@attrs.define
class Notebook:
    """The other end of every task, for whoever asks what arrived there."""

    clock: Clock
    answer: Answer = DELIVERED
    """What it says from now on."""

    pages: dict[str, list[Noted]] = attrs.field(
        factory=lambda: defaultdict[str, list[Noted]](list), init=False
    )
    """By delivery id, everything that came."""

    async def send(self, message: Message) -> Answer:
        self.pages[message.delivery_id].append(Noted(self.clock.now(), self.answer.outcome))
        return self.answer

    async def ping(self) -> None:
        """Paper is always there."""

    def arrived(self, delivery_id: str) -> int:
        """How often this message was taken."""
        return sum(one.outcome is Outcome.DELIVERED for one in self.pages[delivery_id])
