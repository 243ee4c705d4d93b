"""WebSockets as the server speaks them: small messages, and nobody who stopped reading is kept."""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LARGEST_FRAME = 65_536
"""Bytes. What is said to us over a socket is small."""

MOST_UNREAD = 16_384
"""Bytes that wait for somebody; with more, they are waited for, and then left."""

PATIENCE = 10.0
LEAVING = 1.0
"""Seconds until somebody who takes nothing in is left: while they are told, and at the end."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """Ends what would go on for as long as the other side's network says nothing.

    A connection that is closed, but has something left to send, waits for that to be read; and a
    server that stops waits for its connections. So each end here has an hour of its own.
    """

    _leaving: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # Every socket would be a line with its address, and with whatever stands behind a `?`.
        self.logger = _QUIET

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=MOST_UNREAD)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._leave_in(PATIENCE)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._stay()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stay()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._leave_in(LEAVING)

    def shutdown(self) -> None:
        super().shutdown()
        self._leave_in(LEAVING)

    def _leave_in(self, seconds: float) -> None:
        self._stay()
        self._leaving = self.loop.call_later(seconds, self.transport.abort)

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None


_QUIET = logging.getLogger("homeroom.sockets")


def of_sockets(ping_seconds: float) -> dict[str, Any]:
    """What the server is told about WebSockets."""
    _QUIET.setLevel(logging.WARNING)
    return {
        "ws": SocketProtocol,
        "ws_max_size": LARGEST_FRAME,
        "ws_ping_interval": ping_seconds,
        "ws_ping_timeout": ping_seconds,
        "ws_per_message_deflate": False,  # what is small need not be smaller, and stays unguessed
    }
