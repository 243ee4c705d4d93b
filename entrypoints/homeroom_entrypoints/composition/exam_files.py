"""The installed formats of questions, opened when a file of theirs comes or goes."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import attrs

from homeroom.exams.ports.formats import QuestionFormat
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Problem
from homeroom_entrypoints.composition.plugins import find_adapter, installed_adapters

PORT = "question_format"


@attrs.frozen
class InstalledFormats:
    """Opens a format by its name. None is looked for before somebody asks for one."""

    ambient: Ambient

    def __call__(self, name: str, /) -> AbstractAsyncContextManager[QuestionFormat]:
        """Raises `UnknownAdapter`, which names those that are installed."""
        return find_adapter(PORT, name)(self.ambient)

    async def for_file(self, name: str) -> str:
        """The name of the format whose files end as *name* does. Raises `Invalid`."""
        endings: dict[str, str] = {}
        async for format_name, one in self._all():
            endings |= dict.fromkeys(one.endings, format_name)
        fitting = [ending for ending in endings if name.lower().endswith(ending)]
        if not fitting:
            known = ", ".join(installed_adapters(PORT))
            told = f"cannot be told from the name of the file; it may be {known}"
            raise Invalid(problems=[Problem("format", told)])
        return endings[max(fitting, key=len)]

    async def _all(self) -> AsyncIterator[tuple[str, QuestionFormat]]:
        async with AsyncExitStack() as stack:
            for name in installed_adapters(PORT):
                yield name, await stack.enter_async_context(self(name))
