"""What the doctor asks of Google: whether it shows its keys, and whether its people belong here."""

from contextlib import AsyncExitStack

from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Refusal
from homeroom_entrypoints.composition.application import chosen_adapters
from homeroom_entrypoints.composition.google import open_google
from homeroom_entrypoints.composition.google_sections import houses_of
from homeroom_entrypoints.composition.settings import Settings

Finding = tuple[str, str, str]

_WHAT = "sign-in by google"


async def look_at_google(settings: Settings, ambient: Ambient) -> list[Finding]:
    """One line, if it is set up; nobody signs in and nothing secret is sent."""
    if not settings.google.client_id:
        return []
    choices, state = {choice.port: choice for choice in chosen_adapters(settings)}, "missing"
    try:
        async with AsyncExitStack() as stack:
            outbound = await stack.enter_async_context(choices["outbound"].open(ambient))
            google = await open_google(stack, settings, ambient, outbound)
            assert google is not None, "a client's id is set"  # noqa: S101
            state = "degraded"
            await google.door.ping()
            storage = await stack.enter_async_context(choices["storage"].open(ambient))
            strange = await _strange(settings, storage)
    except Refusal as refusal:
        return [(_WHAT, state, refusal.message)]
    if strange:
        where = "HOMEROOM_GOOGLE__DOMAINS names no institution of this house for"
        return [(_WHAT, state, f"{where} {', '.join(strange)}")]
    domains = ", ".join(houses_of(settings.google.domains))
    return [(_WHAT, "ok", f"{settings.google.adapter}; people of {domains} are let in")]


async def _strange(settings: Settings, storage: Storage) -> list[str]:
    """Domains whose people would be let in nowhere; a house that nobody opened yet has none."""
    if not (await storage.schema.status()).ready:
        return []
    every = await storage.people.institutions()
    known = {"", *(one.name for one in every), *(str(one.id) for one in every)}
    houses = houses_of(settings.google.domains)
    return [domain for domain, house in houses.items() if every and house not in known]
