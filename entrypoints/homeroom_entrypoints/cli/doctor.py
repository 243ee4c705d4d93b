"""`homeroom doctor`: what is configured, and what of it answers."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import click

from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Refusal
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId, new_id
from homeroom.kernel.sealing import Sealer
from homeroom.people.ports.tokens import AccessClaims
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.ports.notifiers import Notifier
from homeroom.scheduling.use_cases.writing import Author
from homeroom_entrypoints.cli.google_check import look_at_google
from homeroom_entrypoints.cli.login_check import look_at_logins
from homeroom_entrypoints.cli.running import (
    Context,
    as_json,
    make_data_dir,
    pass_context,
    show,
    told_plainly,
)
from homeroom_entrypoints.cli.seal_check import SealsSeen, look_at_seals
from homeroom_entrypoints.composition.application import (
    CALENDAR,
    Choice,
    chosen_adapters,
    open_ambient,
    outbound_settings,
    storage_settings,
)
from homeroom_entrypoints.composition.coming_in import OPEN_TO_DEVELOPERS, lets_developers_in
from homeroom_entrypoints.composition.documents import open_documents
from homeroom_entrypoints.composition.identity import open_hasher, open_signer
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sending import (
    open_notifiers,
    open_sealer,
    scheduling_choices,
)
from homeroom_entrypoints.composition.settings import Settings, explain

Finding = tuple[str, str, str]
"""What was looked at, how it is, and what to do or to know."""

_WELL = ("ok", "not set up")
_NO_LETTERS = "tasks send no letters before HOMEROOM_EMAIL__HOST names a mail server"
_ONE_KEY = "its key is kept in the data directory"
_SHARED = "; others who work on this database need the same: set {} for all"


@click.command(help="Say in plain words what is missing or degraded; exit code 1 if anything is.")
@click.option("--settings", "with_settings", is_flag=True, help="List every setting too.")
@as_json
@pass_context
@told_plainly
def doctor(context: Context, with_settings: bool, as_json: bool) -> None:
    settings = context.settings()
    configure_logs(settings.log)
    found = asyncio.run(_examined(settings))
    rows = [{"what": what, "state": state, "advice": advice} for what, state, advice in found]
    show(rows, as_json=as_json, empty="")
    if with_settings:
        shown = [{"name": e.name, "value": e.value, "source": e.source} for e in explain(settings)]
        show(shown, as_json=as_json, empty="")
    if any(row["state"] not in _WELL for row in rows):
        sys.exit(1)


async def _examined(settings: Settings) -> list[Finding]:
    try:
        make_data_dir(settings)
    except Refusal as refusal:
        return [("data", "missing", refusal.message)]
    async with open_ambient() as ambient:
        return [
            *[await _examine(choice, ambient) for choice in chosen_adapters(settings)],
            *await _documents(settings, ambient),
            await _sealer(settings, ambient),
            await _hasher(settings, ambient),
            await _signer(settings, ambient),
            await _calendar(),
            *await _notifiers(settings, ambient),
            await _alerts(settings, ambient),
            *await look_at_logins(settings, ambient),
            *await look_at_google(settings, ambient),
            *_development(settings),
        ]


async def _examine(choice: Choice, ambient: Ambient) -> Finding:
    """Open one adapter by itself and ask it: what ails another does not hide it."""
    state = "missing"
    try:
        async with choice.open(ambient) as adapter:
            state = "degraded"
            await adapter.ping()
            advice = choice.name
            if isinstance(adapter, Storage):
                advice += f", schema {(await adapter.schema.status()).current}"
    except Refusal as refusal:
        return (choice.port, state, refusal.message)
    return (choice.port, "ok", advice)


async def _documents(settings: Settings, ambient: Ambient) -> list[Finding]:
    """The store of exams' documents, where there is one; a storage that ails tells so itself."""
    if not settings.documents.is_chosen:
        return []
    try:
        async with _storage(settings).open(ambient) as storage:
            return [await _documents_beside(storage, settings, ambient)]
    except Refusal:
        return []


async def _documents_beside(storage: Storage, settings: Settings, ambient: Ambient) -> Finding:
    state = "missing"
    try:
        async with open_documents(settings.documents, ambient, storage) as whole:
            state = "degraded"
            await whole.ping()
    except Refusal as refusal:
        return ("documents", state, refusal.message)
    return ("documents", "ok", settings.documents.adapter)


def _storage(settings: Settings) -> Choice:
    (choice,) = (one for one in chosen_adapters(settings) if one.port == "storage")
    return choice


async def _sealer(settings: Settings, ambient: Ambient) -> Finding:
    """Whether what it seals also opens, where its key comes from, and whether that is the one
    which sealed what is stored."""
    try:
        async with open_sealer(settings, ambient) as sealer:
            sealer.open(sealer.seal("well?", purpose="doctor"), purpose="doctor")
            seen = await _stored_seals(settings, ambient, sealer)
    except Refusal as refusal:
        return ("sealer", "missing", refusal.message)
    whose = _whose_key(settings, settings.sealing.keys, "HOMEROOM_SEALING__KEYS")
    if seen.locked:
        return ("sealer", "degraded", seen.advice)
    known = f"{settings.sealing.adapter}, {whose}"
    return ("sealer", "ok", f"{known}; {seen.advice}" if seen.advice else known)


async def _stored_seals(settings: Settings, ambient: Ambient, sealer: Sealer) -> SealsSeen:
    """How what is stored stands; a storage that ails tells so itself."""
    try:
        async with _storage(settings).open(ambient) as storage:
            return await look_at_seals(storage, Author(sealer, ambient.clock), sealer)
    except Refusal:
        return SealsSeen()


async def _hasher(settings: Settings, ambient: Ambient) -> Finding:
    """Whether a password fits its hash, and what one costs."""
    try:
        async with open_hasher(settings, ambient) as hasher:
            fits = (await hasher.check("well?", await hasher.hash("well?"))).fits
    except Refusal as refusal:
        return ("hasher", "missing", refusal.message)
    if not fits:
        return ("hasher", "degraded", "a password does not fit its own hash: reinstall it")
    own = settings.passwords
    return ("hasher", "ok", f"{own.adapter}, {own.memory_mib} MiB and {own.passes} passes a hash")


async def _signer(settings: Settings, ambient: Ambient) -> Finding:
    """Whether what it signs is believed, and where its key comes from."""
    now = ambient.clock.now()
    somebody = AccessClaims(
        token_id=TokenId(new_id()),
        person_id=PersonId(new_id()),
        institution_id=InstitutionId(new_id()),
        session_id=SessionId(new_id()),
        issued_at=now,
        expires_at=now + timedelta(seconds=settings.signing.access_seconds),
    )
    try:
        async with open_signer(settings, ambient) as signer:
            signer.read(signer.sign(somebody), at=now)
    except Refusal as refusal:
        return ("signer", "missing", refusal.message)
    whose = _whose_key(settings, settings.signing.keys, "HOMEROOM_SIGNING__KEYS")
    return ("signer", "ok", f"{settings.signing.adapter}, {whose}")


def _whose_key(settings: Settings, keys: Secret, variable: str) -> str:
    if keys:
        return "its keys are set"
    if settings.storage.adapter == "memory":
        return "its key is forgotten with the memory"
    shared = storage_settings(settings).url.startswith("postgres")
    return _ONE_KEY + (_SHARED.format(variable) if shared else "")


async def _calendar() -> Finding:
    """Whether it knows when the next year begins, in a zone that is not ours."""
    try:
        async with find_adapter("calendar", CALENDAR)() as calendar:
            found = calendar.after("0 0 1 1 *", "Asia/Manila", datetime(2026, 7, 1, tzinfo=UTC))
    except Refusal as refusal:
        return ("calendar", "missing", refusal.message)
    if found != datetime(2026, 12, 31, 16, tzinfo=UTC):
        return ("calendar", "degraded", "it does not know when a year begins: reinstall it")
    return ("calendar", "ok", CALENDAR)


async def _notifiers(settings: Settings, ambient: Ambient) -> list[Finding]:
    """Every way to send, each by itself; nothing is sent."""
    async with AsyncExitStack() as stack:
        way_out = outbound_settings(settings)
        try:
            every = await open_notifiers(stack, settings, ambient, way_out)
        except Refusal as refusal:
            return [("notifiers", "missing", refusal.message)]
        return [await _notifier(kind, one, settings) for kind, one in every.items()]


async def _notifier(kind: NotifierKind, notifier: Notifier, settings: Settings) -> Finding:
    what = f"by {kind.value}"
    if kind is NotifierKind.EMAIL and not settings.email.host:
        return (what, "not set up", _NO_LETTERS)
    try:
        await notifier.ping()
    except Refusal as refusal:
        return (what, "degraded", refusal.message)
    return (what, "ok", "tasks can be sent so")


def _development(settings: Settings) -> list[Finding]:
    """Told only while it is on: then it is the first thing to know of a house."""
    return [("sign-in", "degraded", OPEN_TO_DEVELOPERS)] if lets_developers_in(settings) else []


async def _alerts(settings: Settings, ambient: Ambient) -> Finding:
    """Whether alerts may go where the settings say; nothing is sent."""
    try:
        async with open_sealer(settings, ambient) as sealer:
            scheduling_choices(settings, sealer, outbound_settings(settings))
    except Invalid as refusal:
        wrong = [f"{one.field}: {one.message}" for one in refusal.problems]
        return ("alerts", "missing", "; ".join(wrong) or refusal.message)
    except Refusal as refusal:
        return ("alerts", "missing", refusal.message)
    return ("alerts", "ok", f"by {settings.alerts.kind}")
