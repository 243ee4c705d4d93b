"""Sittings over WebSockets: how much time is left, what is kept, and that it is over."""

from uuid import UUID

from litestar import websocket
from litestar.params import FromPath

from homeroom.exams.model import rights
from homeroom.kernel.ids import SittingId
from homeroom_entrypoints.web.door import House
from homeroom_entrypoints.web.live_wire import message_of
from homeroom_entrypoints.web.rights import asks
from homeroom_entrypoints.web.sockets import AllSockets, ApiSocket, Visitor

_AT_MOST = 1.0
"""Seconds after which it is looked anew whether they may still watch."""


@websocket(
    ["/ws/sessions/{session_id:uuid}", "/api/v1/ws/sessions/{session_id:uuid}"],
    opt=asks(rights.SIT, rights.SEE_SITTINGS),
)
async def watch_sitting(
    socket: ApiSocket, session_id: FromPath[UUID], homeroom: House, sockets: AllSockets
) -> None:
    sitting_id, watching = SittingId(session_id), homeroom.exams.watch_sitting

    async def tell(visitor: Visitor) -> None:
        async with watching(visitor.actor, sitting_id) as watch:
            while not watch.is_over:
                for one in await watch.news(_AT_MOST):
                    await visitor.tell(message_of(one, sitting_id))
                await watching.expect_still(await visitor.still_there(), watch)

    await sockets.serve(socket, tell)
