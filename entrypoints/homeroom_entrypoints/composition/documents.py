"""Where exams' documents are kept: with all else, or in a store of their own beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from homeroom.house import DocumentsSettings as OpenedDocuments
from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom_entrypoints.composition import rules
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.secret import Secret
from homeroom_entrypoints.composition.sections import adapter, setting

NONE = "none"
"""No store of their own."""


@attrs.frozen(kw_only=True)
class DocumentsSettings:
    """Where exams' documents are kept. Choose before the first exam: nothing is moved later."""

    adapter: str = adapter(
        "documents",
        NONE,
        "Where exams, their questions and sittings are kept: none (with all else, in the storage) "
        "or mongo. Choose before the first exam: nothing is moved from one to the other.",
    )
    url: Secret = setting(
        Secret(),
        "The address of the documents' store; empty means a MongoDB replica set called `rs0` on "
        "this machine.",
        rules.address,
    )

    @property
    def is_chosen(self) -> bool:
        return self.adapter != NONE


@asynccontextmanager
async def open_documents(
    chosen: DocumentsSettings, ambient: Ambient, storage: Storage
) -> AsyncIterator[Storage]:
    """*storage*, with exams' documents where they are *chosen* to be."""
    if not chosen.is_chosen:
        yield storage
        return
    opened = OpenedDocuments(url=chosen.url.reveal())
    async with find_adapter("documents", chosen.adapter)(opened, ambient, storage) as whole:
        yield whole
