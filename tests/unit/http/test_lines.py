"""The lines to other systems: kept while they live, and never more than the operator wants."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom_testing.liars import Heard, cut, lying, say, wait

Open = Callable[..., AbstractAsyncContextManager[Outbound]]

pytestmark = pytest.mark.anyio


async def ask(out: Outbound, url: str) -> None:
    await out.send(OutboundRequest(url=url))


async def test_a_host_that_is_not_called_gives_way_to_another(open_out: Open) -> None:
    async with (
        lying({"/": say()}) as one,
        lying({"/": say()}) as other,
        open_out(connections=1) as out,
    ):
        for liar in (one, other, one):
            await ask(out, liar.url())
    assert (one.connections, other.connections) == (2, 1)


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"use_uvloop": True})])
async def test_they_open_on_the_loop_that_services_run_on(open_out: Open) -> None:
    async with lying({"/": say()}) as liar, open_out() as out:
        for _ in range(2):
            await ask(out, liar.url())
    assert liar.connections == 1


async def test_hosts_keep_their_lines_while_there_is_room(open_out: Open) -> None:
    async with (
        lying({"/": say()}) as one,
        lying({"/": say()}) as other,
        open_out(connections=2) as out,
    ):
        for liar in (one, other, one, other):
            await ask(out, liar.url())
    assert (one.connections, other.connections) == (1, 1)


async def test_no_line_carries_two_calls_at_once(open_out: Open) -> None:
    async with lying({"/": wait(0.05, say())}) as liar, open_out(connections=4) as out:
        for _ in range(2):
            await asyncio.gather(*(ask(out, liar.url()) for _ in range(4)))
    assert (len(liar.heard), liar.connections) == (8, 4)


async def test_a_line_whose_other_end_hung_up_is_not_used_again(open_out: Open) -> None:
    async def hang_up(writer: asyncio.StreamWriter, heard: Heard) -> None:
        await say(body=b".")(writer, heard)
        writer.close()

    async with lying({"/": hang_up}) as liar, open_out() as out:
        for _ in range(3):
            await ask(out, liar.url())
            await asyncio.sleep(0.05)
    assert (len(liar.heard), liar.connections) == (3, 3)


async def test_an_answer_that_broke_off_takes_its_line_along(open_out: Open) -> None:
    async with lying({"/": say(), "/cut": cut(after=10)}) as liar, open_out(tries=1) as out:
        await ask(out, liar.url())
        with pytest.raises(Refusal):
            await ask(out, liar.url("/cut"))
        await ask(out, liar.url())
    assert liar.connections == 2
