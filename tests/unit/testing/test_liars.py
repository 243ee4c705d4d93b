"""Liars: what they say is what a test asked them to say."""

import asyncio
import gzip

import pytest

from homeroom_testing.liars import (
    Lie,
    Names,
    babble,
    boast,
    bomb,
    brag,
    cut,
    drip,
    drip_headers,
    lying,
    pour,
    say,
    say_in_turn,
    wait,
)

ASK = b"POST /x?y HTTP/1.1\r\nHost: a\r\nX-One:  1 \r\nContent-Length: 2\r\n\r\nhi"


async def hear(lie: Lie, *, seconds: float = 0.2, most: int = 2_000_000) -> tuple[bytes, str]:
    """What the liar said in a while, and how it ended: `open`, `end` or `reset`."""
    heard = bytearray()
    async with lying({"/x": lie}) as liar:
        reader, writer = await asyncio.open_connection("127.0.0.1", liar.port)
        writer.write(ASK)
        try:
            async with asyncio.timeout(seconds):
                while len(heard) < most:
                    piece = await reader.read(65_536)
                    if not piece:
                        return bytes(heard), "end"
                    heard += piece
        except TimeoutError:
            pass
        except ConnectionResetError:
            return bytes(heard), "reset"
        finally:
            writer.close()
    return bytes(heard), "open"


@pytest.mark.anyio
class TestALiarsWords:
    async def test_the_truth(self) -> None:
        said, end = await hear(say(418, {"X-Tea": "green"}, b"pot"))
        assert said.startswith(b"HTTP/1.1 418 ")
        assert b"X-Tea: green\r\n" in said
        assert said.endswith(b"\r\n\r\npot")
        assert end == "open"

    async def test_a_drip_is_slow_and_goes_on(self) -> None:
        said, end = await hear(drip(every=0.02))
        assert 2 <= len(said.partition(b"\r\n\r\n")[2]) <= 12
        assert end == "open"

    async def test_a_head_may_drip_too(self) -> None:
        said, _ = await hear(drip_headers(every=0.02))
        assert said.endswith(b"..")
        assert b"\r\n\r\n" not in said

    async def test_a_pour_does_not_end(self) -> None:
        said, _ = await hear(pour(), seconds=5, most=3_000_000)
        assert len(said) >= 3_000_000

    async def test_a_boast_keeps_nothing_of_what_it_declares(self) -> None:
        said, end = await hear(boast(1_000))
        assert said.endswith(b"Content-Length: 1000\r\n\r\n")
        assert end == "open"

    async def test_headers_have_the_size_asked_for(self) -> None:
        said, _ = await hear(brag(100_000))
        assert 100_000 < len(said) < 101_000

    async def test_a_bomb_is_small_until_unpacked(self) -> None:
        said, _ = await hear(bomb(10_000_000))
        assert len(said) < 20_000
        assert len(gzip.decompress(said.partition(b"\r\n\r\n")[2])) == 10_000_000

    async def test_a_cut_is_a_reset_after_so_many_bytes(self) -> None:
        said, end = await hear(cut(after=100))
        assert (len(said), end) == (100, "reset")

    async def test_babble_is_no_http_and_ends(self) -> None:
        assert await hear(babble(b"hello\r\n")) == (b"hello\r\n", "end")

    async def test_a_wait_comes_before_the_words(self) -> None:
        assert (await hear(wait(5, say())))[0] == b""

    async def test_an_unknown_path_is_not_found(self) -> None:
        async with lying({}) as liar:
            reader, writer = await asyncio.open_connection("127.0.0.1", liar.port)
            writer.write(ASK)
            assert (await reader.readline()).startswith(b"HTTP/1.1 404 ")
            writer.close()

    async def test_it_remembers_what_it_heard(self) -> None:
        async with lying({"/x": say_in_turn(say(500), say(200))}) as liar:
            reader, writer = await asyncio.open_connection("127.0.0.1", liar.port)
            for status in (b"500", b"200", b"200"):
                writer.write(ASK)
                assert status in await reader.readuntil(b"\r\n\r\n")
            writer.close()
        assert liar.connections == 1
        assert len(liar.heard) == 3
        heard = liar.heard[0]
        assert (heard.method, heard.path, heard.body) == ("POST", "/x?y", b"hi")
        assert heard.headers["x-one"] == "1"


@pytest.mark.anyio
class TestNames:
    async def test_answers_come_in_turn_and_the_last_one_stays(self) -> None:
        names = Names({"a.example": [["1.1.1.1"], ["127.0.0.1"]]})
        assert [await names.resolve("a.example") for _ in range(3)] == [
            ["1.1.1.1"],
            ["127.0.0.1"],
            ["127.0.0.1"],
        ]

    async def test_an_unknown_name_has_no_answer(self) -> None:
        with pytest.raises(OSError, match="nowhere"):
            await Names().resolve("nowhere")
