"""In front of all: papers that lie ready are handed out here, in one pass.

What a whole class asks for in one minute needs nothing of what stands between this desk and a
handler but what it promises: a trace, a count, a known face, a line in the log, numbers, headers.
All of that is done here, once. Whatever is not as plain as that is passed on untouched, to be
answered, or refused, on the general way: an unknown face, a paper of somebody else, another page.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

import attrs
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from homeroom.exams.model.papers import Paper
from homeroom.exams.use_cases.papers import SeeQuestions
from homeroom.kernel.ids import SittingId
from homeroom.kernel.tracing import Tracing
from homeroom_entrypoints.web.door import Door
from homeroom_entrypoints.web.gate import Gate, trace_of
from homeroom_entrypoints.web.parcels import Parcels

_BEFORE, _AFTER = "/api/v1/tests/", "/questions"
_ID = slice(len(_BEFORE), len(_BEFORE) + len(str(UUID(int=0))))
_LONG = _ID.stop + len(_AFTER)
_TEMPLATE = "/api/v1/tests/{test_id}/questions"

_ELSEWHERE = frozenset({b"origin", b"x-api-key"})
"""Pages that say where they come from are told what they may do, and keys are nobody's."""

_SCHEME = b"Bearer "


@attrs.frozen
class PaperDesk:
    """Hands out papers that lie ready, and passes on all else to the *gate*."""

    gate: Gate
    door: Door
    see: SeeQuestions
    parcels: Parcels

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sitting_id = _asked_for(scope)
        if sitting_id is None or not await self._handed_out(sitting_id, scope, send):
            await self.gate(scope, receive, send)

    async def _handed_out(self, sitting_id: SittingId, scope: Scope, send: Send) -> bool:
        """Whether it was. If not, nothing was done that the general way would do again."""
        started, headers = time.perf_counter(), list(scope["headers"])
        said = dict(headers)
        if len(said) != len(headers) or not _ELSEWHERE.isdisjoint(said):
            return False
        with Tracing(trace_of(headers)) as trace_id:
            paper = await self._paper_for(sitting_id, said, scope)
            if paper is None:
                return False
            status = 500
            try:
                own = self.gate.headers_of_api(trace_id)
                status = await self.parcels.hand_out(paper, said, send, own)
            finally:
                self.gate.note("GET", _TEMPLATE, status, time.perf_counter() - started)
        return True

    async def _paper_for(
        self, sitting_id: SittingId, said: Mapping[bytes, bytes], scope: Scope
    ) -> Paper | None:
        """The paper, if it lies here, is theirs whom we know, and they do not ask too often."""
        shown = said.get(b"authorization", b"")
        if not shown.startswith(_SCHEME):
            return None
        actor = self.door.remembered(shown[len(_SCHEME) :])
        if actor is None:
            return None
        try:
            paper = self.see.at_hand(actor, sitting_id)
            if paper is not None:
                await self.door.count_caller(scope)  # last: what is refused here is not counted
        except Exception:  # noqa: BLE001 - the general way meets the same, and tells what it is
            return None
        return paper


def _asked_for(scope: Scope) -> SittingId | None:
    """Whose paper is asked for; None for anything that is not just that, and plainly said."""
    path = scope.get("path", "")
    if len(path) != _LONG or not (path.startswith(_BEFORE) and path.endswith(_AFTER)):
        return None
    if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
        return None
    return None if scope["query_string"] or scope["root_path"] else _sitting_at(path[_ID])


@lru_cache(4_096)
def _sitting_at(text: str) -> SittingId | None:
    """Read once: to read an id takes longer than to find its paper."""
    try:
        return SittingId(UUID(text))
    except ValueError:
        return None
