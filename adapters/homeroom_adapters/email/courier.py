"""The email courier: letters to people go the way that the notifier's go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.people.ports.courier import Courier, Letter, LetterDelayed, LetterRefused
from homeroom.scheduling.model.deliveries import Message, Outcome
from homeroom.scheduling.model.payloads import payload_text
from homeroom.scheduling.model.targets import EmailTarget, target_text
from homeroom.scheduling.ports.notifiers import EmailSettings
from homeroom_adapters.email.notifier import EmailNotifier, trusted_certificates

_FOR_GOOD = frozenset({Outcome.REFUSED, Outcome.GONE})
"""Ends that another attempt would not change. An operator can mend that we are not let in, and
of a letter that came twice the reader's program drops one."""


@attrs.frozen
class EmailCourier:
    """Hands letters to the operator's mail server."""

    _notifier: EmailNotifier
    _clock: Clock

    async def send(self, letter: Letter) -> None:
        target = EmailTarget(to=(letter.to,), subject=letter.subject)
        message = Message(
            target=target_text(target),
            body=payload_text({"text": letter.text}),
            delivery_id=letter.id,
            at=self._clock.now(),
        )
        answer = await self._notifier.send(message)
        if answer.outcome is Outcome.DELIVERED:
            return
        refusal = LetterRefused if answer.outcome in _FOR_GOOD else LetterDelayed
        raise refusal(f"{refusal().message} {answer.message}".strip())


@asynccontextmanager
async def open_courier(settings: EmailSettings, ambient: Ambient) -> AsyncIterator[Courier]:
    """Letters behind entry point `homeroom.courier`, name `email`.

    Raises `Invalid` when certificates cannot be read.
    """
    notifier = EmailNotifier(settings, trusted_certificates(settings.ca_file))
    yield EmailCourier(notifier, ambient.clock)
