"""The core's own variant of SM-2, as an adapter that needs no library.

Whoever wants no other package beside Homeroom, or whose learners are used to its levels, names
it in the settings.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from homeroom.exams.model.sm2 import Sm2
from homeroom.exams.ports.reviews import ReviewScheduler


@asynccontextmanager
async def open_scheduler() -> AsyncIterator[ReviewScheduler]:
    """The scheduler behind entry point `homeroom.review_scheduler`, name `sm2`."""
    yield Sm2()
