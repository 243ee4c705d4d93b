"""What may stand behind the question mark, as the documentation shows it."""

from typing import Annotated

from litestar.params import QueryParameter

from homeroom.kernel.jobs import JobState
from homeroom.kernel.page import MAX_LIMIT

Cursor = Annotated[
    str | None, QueryParameter(description="What the last page gave as `nextCursor`.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="Rows per page.")]
QueueName = Annotated[str | None, QueryParameter(description="Only this queue.", max_length=64)]
WorkName = Annotated[str | None, QueryParameter(description="Only this work.", max_length=200)]
# The framework keeps `state` for itself, so the parameter has another name inside.
Standing = Annotated[
    JobState | None, QueryParameter(name="state", description="Only jobs that stand so.")
]
