"""What tasks are sent with, as the settings say: seals, notifiers, and who is alerted."""

import base64
import secrets
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta
from functools import partial

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Problem, Unavailable
from homeroom.kernel.outbound import Outbound, OutboundSettings
from homeroom.kernel.sealing import Sealer, SealerSettings
from homeroom.people.ports.courier import Courier
from homeroom.scheduling.model.target_checks import TargetGiven, check_target
from homeroom.scheduling.model.target_parts import TargetRules
from homeroom.scheduling.model.targets import NotifierKind, identity
from homeroom.scheduling.ports.notifiers import (
    EmailSettings,
    MailSecurity,
    Notifier,
    NotifierSettings,
)
from homeroom.scheduling.use_cases.alerting import AlertChannel
from homeroom.scheduling.use_cases.firing import Punctuality
from homeroom.scheduling.use_cases.writing import TARGETS
from homeroom_entrypoints.composition.key_files import KeyFile
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.scheduling import SchedulingChoices
from homeroom_entrypoints.composition.sending_sections import sealing_keys
from homeroom_entrypoints.composition.settings import Settings

MAIL = "email"
"""The courier that goes to the operator's mail server."""

_PATIENT = 1_000_000
"""Failures of one host before a way out that only notifiers use would leave it alone: never, for
each receiving end has a ledger of its own, which every process sees."""


class SealingKeyUnusable(Unavailable):
    """The key for stored secrets cannot be read or made."""

    code = "sealing_key_unusable"


class AlertsInvalid(Invalid):
    """Alerts cannot go where the settings say."""

    code = "alerts_invalid"


def new_sealing_key() -> str:
    """A key nobody has seen yet."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


_FILE = KeyFile(
    name="sealing.key",
    what="key for stored secrets",
    variable="HOMEROOM_SEALING__KEYS",
    new=new_sealing_key,
    refusal=SealingKeyUnusable,
)


def sealer_settings(settings: Settings) -> SealerSettings:
    """The keys that were set; else the one kept in the data directory, made when it is missing."""
    fingerprint_key = settings.sealing.fingerprint_key.reveal().strip()
    furnish = partial(SealerSettings, fingerprint_key=fingerprint_key)
    return _FILE.settings(sealing_keys(settings.sealing.keys), settings, furnish)


def open_sealer(settings: Settings, ambient: Ambient) -> AbstractAsyncContextManager[Sealer]:
    """The sealer that the settings name."""
    return find_adapter("sealer", settings.sealing.adapter)(sealer_settings(settings), ambient)


def notifier_settings(settings: Settings) -> NotifierSettings:
    """What notifiers are opened with. Raises `Invalid` for what cannot be a mail server."""
    mail = settings.email
    try:
        email = EmailSettings(
            host=mail.host,
            port=mail.port,
            username=mail.username,
            password=mail.password.reveal(),
            security=MailSecurity(mail.security),
            sender=mail.sender,
            timeout=mail.timeout_seconds,
            ca_file=mail.ca_file,
        )
    except ValueError as error:
        raise Invalid(f"{error}") from None
    return NotifierSettings(
        discord_base_url=settings.discord.base_url,
        discord_timeout=settings.discord.timeout_seconds,
        webhook_timeout=settings.scheduling.webhook_timeout_seconds,
        allow_http=settings.scheduling.allow_http,
        email=email,
    )


async def open_courier(
    stack: AsyncExitStack, settings: Settings, ambient: Ambient
) -> Courier | None:
    """The courier that the settings name; None where its mail server is not set."""
    mail, name = notifier_settings(settings).email, settings.people.courier
    if name == MAIL and not mail.host:
        return None
    opening = find_adapter("courier", name)(mail, ambient)
    courier: Courier = await stack.enter_async_context(opening)
    return courier


async def open_notifiers(
    stack: AsyncExitStack, settings: Settings, ambient: Ambient, way_out: OutboundSettings
) -> dict[NotifierKind, Notifier]:
    """A notifier for each kind, over a way out that tries once: who retries, is the task."""
    once = attrs.evolve(way_out, tries=1, breaker_failures=_PATIENT)
    opening = find_adapter("outbound", settings.outbound.adapter)(once, ambient)
    outbound: Outbound = await stack.enter_async_context(opening)
    chosen = notifier_settings(settings)
    return {
        kind: await stack.enter_async_context(
            find_adapter("notifier", kind.value)(chosen, ambient, outbound)
        )
        for kind in NotifierKind
    }


_AHEAD = timedelta(milliseconds=100)
"""Time enough to write a firing down, to claim its job and to read what is to be sent."""


def scheduling_choices(
    settings: Settings, sealer: Sealer, way_out: OutboundSettings
) -> SchedulingChoices:
    """What the settings say about scheduling, in the core's words."""
    own = settings.scheduling
    rules = TargetRules(allow_http=own.allow_http, addresses=way_out.policy())
    return SchedulingChoices(
        rules=rules,
        alerts=_alert_channel(settings, sealer, rules),
        punctuality=Punctuality(
            grace=timedelta(seconds=own.grace_seconds), batch=own.batch, ahead=_AHEAD
        ),
        keep=timedelta(days=own.keep_days),
    )


def _alert_channel(settings: Settings, sealer: Sealer, rules: TargetRules) -> AlertChannel:
    """Where alerts go. Raises `AlertsInvalid`, which quotes nothing of it."""
    alerts = settings.alerts
    kind, where = NotifierKind(alerts.kind), alerts.target.reveal()
    if kind is NotifierKind.LOG:
        return AlertChannel()
    given = {
        NotifierKind.DISCORD: TargetGiven(url=where),
        NotifierKind.WEBHOOK: TargetGiven(url=where, secret=alerts.secret.reveal()),
        NotifierKind.EMAIL: TargetGiven(to=tuple(where.split(",")), subject="Homeroom"),
    }[kind]
    target, problems = check_target(kind, given, rules=rules)
    if kind is NotifierKind.WEBHOOK and not alerts.secret:
        raise AlertsInvalid(problems=[Problem("HOMEROOM_ALERTS__SECRET", "is needed to sign")])
    if target is None:
        named = [Problem("HOMEROOM_ALERTS__TARGET", one.message) for one in problems]
        raise AlertsInvalid(problems=named)
    fingerprint = sealer.fingerprint(identity(target), purpose=TARGETS)
    return AlertChannel(kind=kind, target=target, fingerprint=fingerprint)
