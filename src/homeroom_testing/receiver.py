"""Somebody who receives signed webhooks on loopback, and checks them with another's library.

async with open_receiver() as receiver:
    endpoint = receiver.create_endpoint(secret)
    endpoint.say(500, Slow(3), 410)
    ... send to endpoint.url ...
    assert [request.status for request in endpoint.received] == [500, 200, 410]
    assert all(endpoint.is_signed(request) for request in endpoint.received)

What is expected of a signature is computed by `standardwebhooks` (from the index of Python
packages), and by nothing of ours.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import attrs

from homeroom.kernel.clock import Clock, SystemClock
from homeroom_testing.liars import Heard, Lie, lying, say
from homeroom_testing.scripted import Limited, Received, Slow, Turn, Turns

_TOLERANCE = timedelta(minutes=5)
_METHODS = {"POST", "PUT", "PATCH"}


@attrs.define
class Endpoint:
    """One address of the receiver's, and all that came to it."""

    url: str
    secrets: Sequence[str]
    """Any of these may have signed."""

    received: list[Received] = attrs.field(factory=list[Received], init=False)
    turns: Turns = attrs.field(factory=lambda: Turns(200), init=False)

    def say(self, *turns: Turn | Slow, then: Turn | Slow | None = None) -> None:
        """Say these in turn to the next requests, and *then* for ever; None is as usual.

        Statuses below 300 are only for what is signed; other requests get 401 then.
        """
        self.turns.say(*turns, then=then)

    @property
    def accepted(self) -> list[str]:
        """The ids of the messages it took, one for each time."""
        taken = [one for one in self.received if one.status is not None and one.status < 300]
        return [one.headers["webhook-id"] for one in taken]

    def is_signed(self, received: Received) -> bool:
        """Whether one of the secrets has signed this message, within five minutes."""
        number = received.headers.get("webhook-id", "")
        stamp = received.headers.get("webhook-timestamp", "")
        signatures = received.headers.get("webhook-signature", "").split(" ")
        if not (number and stamp.isdecimal()):
            return False
        signed_at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(received.at - signed_at) > _TOLERANCE:
            return False
        body = received.body.decode("utf-8", "replace")
        return any(_expected(one, number, signed_at, body) in signatures for one in self.secrets)


def _expected(secret: str, number: str, signed_at: datetime, body: str) -> str:
    from standardwebhooks import Webhook  # noqa: PLC0415 - only who opens a receiver needs it

    return Webhook(secret).sign(number, signed_at, body)


@attrs.define
class Receiver:
    """The receiver while it runs; paths that nobody created are 404."""

    clock: Clock
    url: str = ""
    endpoints: dict[str, Endpoint] = attrs.field(factory=dict[str, Endpoint], init=False)

    def create_endpoint(self, *secrets: str) -> Endpoint:
        """An endpoint that takes what one of *secrets* has signed."""
        path = f"/endpoints/{len(self.endpoints) + 1}"
        self.endpoints[path] = Endpoint(self.url + path, secrets)
        return self.endpoints[path]

    async def answer(self, writer: asyncio.StreamWriter, heard: Heard) -> None:
        """Whatever is asked at the port is answered here."""
        received = Received.of(heard, self.clock.now())
        endpoint = self.endpoints.get(received.path)
        if endpoint is None:
            await say(404)(writer, heard)
            return
        endpoint.received.append(received)
        seconds, turn = endpoint.turns.take()
        if seconds:
            await asyncio.sleep(seconds)
        if isinstance(turn, Limited):
            received.status = 429
            turn = say(429, {"Retry-After": f"{turn.retry_after:g}"})
        elif isinstance(turn, int):
            received.status = _status(turn, endpoint, received)
            turn = self._plain(received.status)
        await turn(writer, heard)

    def _plain(self, status: int) -> Lie:
        if status == 204:
            return say(status)
        # A redirect leads to an endpoint that is there, so that whoever follows it is seen.
        headers = {"Location": self.url + "/endpoints/1"} if 300 <= status < 400 else {}
        body = json.dumps({"status": HTTPStatus(status).phrase}).encode()
        return say(status, {"Content-Type": "application/json", **headers}, body)


def _status(turn: int, endpoint: Endpoint, received: Received) -> int:
    if received.method not in _METHODS:
        return 405
    return 401 if turn < 300 and not endpoint.is_signed(received) else turn


@asynccontextmanager
async def open_receiver(
    *, clock: Clock | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver on a free port of loopback, until the block is left."""
    receiver = Receiver(clock or SystemClock())
    async with lying({}, otherwise=receiver.answer, tls=tls) as port:
        receiver.url = port.url("")
        yield receiver
