"""Messages to anybody's own address, signed as Standard Webhooks has it.

`webhook-id` is the same in every attempt, so that a receiver may drop what it knows already;
`webhook-timestamp` is the attempt's own, so that a late one is still within the receiver's
tolerance. What is signed is the very body that is sent.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest, Takes
from homeroom.kernel.outbound_errors import UrlRefused
from homeroom.scheduling.errors import UnreadableTarget
from homeroom.scheduling.model.deliveries import SNIPPET, Answer, Message
from homeroom.scheduling.model.judging import judge_webhook
from homeroom.scheduling.model.signatures import sign
from homeroom.scheduling.model.targets import WebhookTarget, read_target_text, secret_parts
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings
from homeroom_adapters.http.asking import Attempt, attempt, on_the_wire, release

_MOST = 4 * SNIPPET
"""Bytes of answer: as many as the longest snippet can have."""


@attrs.frozen(kw_only=True)
class WebhookNotifier:
    """Sends signed JSON."""

    settings: NotifierSettings
    clock: Clock
    outbound: Outbound
    agent: str = attrs.field(factory=lambda: f"homeroom/{release()}")

    async def send(self, message: Message) -> Answer:
        """As the port promises."""
        return await attempt(self.outbound, lambda: self._prepare(message))

    async def ping(self) -> None:
        await self.outbound.ping()

    def _prepare(self, message: Message) -> Attempt:
        target = _read(message.target)
        if not (target.url.startswith("https://") or self.settings.allow_http):
            raise UrlRefused("a webhook's address begins with https://, unless the operator says")
        body = on_the_wire(message.body)
        request = OutboundRequest(
            method=target.method,
            url=target.url,
            headers=dict(target.headers) | self._headers(target, message, body),
            body=body,
            idempotent=False,  # a PUT, too, is sent once: who tries again counts the attempts
            deadline=self.settings.webhook_timeout,
            max_body=_MOST,
            takes=Takes.EVERY_STATUS,
        )

        def judge(answer: OutboundAnswer) -> Answer:
            hide, now = secret_parts(target), self.clock.now()
            return judge_webhook(answer.status, answer.headers, answer.body, now, hide)

        return Attempt(request, judge)

    def _headers(self, target: WebhookTarget, message: Message, body: bytes) -> dict[str, str]:
        timestamp = int(message.at.timestamp())
        return {
            "content-type": "application/json",
            "user-agent": self.agent,
            "webhook-id": message.delivery_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": _signed(target, message.delivery_id, timestamp, body),
        }


def _read(text: str) -> WebhookTarget:
    """Raises `UnreadableTarget`."""
    target = read_target_text(text)
    if not isinstance(target, WebhookTarget):
        raise UnreadableTarget
    return target


def _signed(target: WebhookTarget, delivery_id: str, timestamp: int, body: bytes) -> str:
    """Raises `UnreadableTarget` when one of the target's secrets is none."""
    try:
        return sign(target.secrets, delivery_id, timestamp, body)
    except ValueError as error:
        raise UnreadableTarget from error


@asynccontextmanager
async def open_notifier(
    settings: NotifierSettings, ambient: Ambient, outbound: Outbound
) -> AsyncIterator[Notifier]:
    """The notifier behind entry point `homeroom.notifier`, name `webhook`."""
    yield WebhookNotifier(settings=settings, clock=ambient.clock, outbound=outbound)
