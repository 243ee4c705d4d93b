"""What notifiers over HTTP are bound with: the house's way out, and who receives webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Network
from typing import ClassVar

import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound, OutboundSettings
from homeroom.scheduling.model.targets import WebhookTarget, target_text
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings, OpenNotifier
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http import webhooks
from homeroom_adapters.http.opening import open_outbound
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.notifier import NotifierConformance
from homeroom_testing.conformance.notifier_ground import (
    SECRET,
    Correspondent,
    HttpCorrespondent,
    HttpWays,
    over_http,
)

SIGNING = "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2g="


@asynccontextmanager
async def open_house() -> AsyncIterator[tuple[Ambient, Outbound]]:
    """What notifiers are opened with: a way out to which loopback is excepted."""
    ambient = Ambient(FixedClock(), JsonCodec())
    loopback = OutboundSettings(allow=(IPv4Network("127.0.0.0/8"),))
    async with open_outbound(loopback, ambient) as out:
        yield ambient, out


class OverHttp(NotifierConformance):
    """A notifier over the house's way out."""

    open_notifier: ClassVar[OpenNotifier]

    def settings(self, correspondent: HttpCorrespondent) -> NotifierSettings:
        return NotifierSettings(
            allow_http=True, discord_timeout=self.patience, webhook_timeout=self.patience
        )

    @pytest.fixture
    async def notifier(self, correspondent: HttpCorrespondent) -> AsyncIterator[Notifier]:
        settings = self.settings(correspondent)
        async with (
            open_house() as (ambient, out),
            type(self).open_notifier(settings, ambient, out) as notifier,
        ):
            yield notifier


def hook(port: int) -> str:
    """The target of somebody who receives webhooks at *port*."""
    return target_text(
        WebhookTarget(
            url=f"http://127.0.0.1:{port}/hooks/{SECRET}",
            headers={"authorization": f"Bearer {SECRET}"},
            secrets=(SIGNING,),
        )
    )


class ByWebhook(OverHttp):
    @pytest.fixture
    async def correspondent(self) -> AsyncIterator[Correspondent]:
        ways = HttpWays(
            path=f"/hooks/{SECRET}",
            target=hook,
            body=lambda _: '{"type":"task.fired","data":{"text":"Good morning"}}',
            id_of=lambda heard: heard.headers["webhook-id"],
            secrets=(SECRET, SIGNING),
        )
        async with over_http(ways) as somebody:
            yield somebody

    open_notifier: ClassVar[OpenNotifier] = staticmethod(webhooks.open_notifier)
