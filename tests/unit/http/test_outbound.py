"""The way out: whole answers or honest refusals, in good time, whatever the other side does."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom.kernel.outbound_errors import (
    AnswerRefused,
    OutcomeUnknown,
    Overloaded,
    Redirected,
    RequestRefused,
)
from homeroom.kernel.tracing import parse_traceparent, tracing
from homeroom_testing.liars import (
    Lie,
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
    wait,
)

Open = Callable[..., AbstractAsyncContextManager[Outbound]]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HOUR = 3600.0


def get(url: str, **more: object) -> OutboundRequest:
    return OutboundRequest(url=url, **more)  # type: ignore[arg-type]  # names are checked by attrs


def post(url: str, **more: object) -> OutboundRequest:
    return get(url, method="POST", **more)


@pytest.mark.anyio
class TestAnAnswer:
    async def test_it_comes_whole(self, open_out: Open) -> None:
        lies = {"/a": say(200, {"X-Two": "1"}, b"body")}
        async with lying(lies) as liar, open_out() as out:
            answer = await out.send(get(liar.url("/a")))
        assert (answer.status, answer.body, answer.ok) == (200, b"body", True)
        assert answer.headers["x-two"] == "1"
        assert 0 < answer.elapsed < 5

    @pytest.mark.parametrize("status", [201, 204, 304, 400, 401, 404, 409, 410, 422])
    async def test_a_status_that_is_an_answer_is_handed_over(
        self, open_out: Open, status: int
    ) -> None:
        async with lying({"/": say(status)}) as liar, open_out() as out:
            answer = await out.send(get(liar.url()))
        assert answer.status == status
        assert answer.ok == (status < 300)

    async def test_what_we_send_arrives_as_it_was_said(self, open_out: Open) -> None:
        async with lying({}) as liar, open_out() as out:
            await out.send(
                post(
                    liar.url("/a%2Fb/../c?d=%20e"),
                    headers={"X-One": "1", "user-agent": "choir"},
                    body=b"\x00\xff",
                    idempotency_key="k-1",
                )
            )
        (heard,) = liar.heard
        assert (heard.method, heard.path, heard.body) == ("POST", "/a%2Fb/../c?d=%20e", b"\x00\xff")
        assert heard.headers["host"] == f"127.0.0.1:{liar.port}"
        assert heard.headers["x-one"] == "1"
        assert heard.headers["user-agent"] == "choir"
        assert heard.headers["idempotency-key"] == "k-1"
        assert heard.headers["accept-encoding"] == "identity"

    async def test_a_name_is_dialled_by_address_and_sent_by_name(self, open_out: Open) -> None:
        async with lying({"/": say()}) as liar, open_out() as out:
            await out.send(get(liar.url(host="campus.example")))
        assert liar.heard[0].headers["host"] == f"campus.example:{liar.port}"

    async def test_a_connection_is_used_again(self, open_out: Open) -> None:
        async with lying({"/": say(body=b".")}) as liar, open_out() as out:
            for _ in range(5):
                await out.send(get(liar.url()))
        assert (len(liar.heard), liar.connections) == (5, 1)

    async def test_cookies_are_not_kept(self, open_out: Open) -> None:
        async with lying({"/": say(200, {"Set-Cookie": "a=1"})}) as liar, open_out() as out:
            await out.send(get(liar.url()))
            await out.send(get(liar.url()))
        assert "cookie" not in liar.heard[1].headers

    async def test_a_call_carries_the_trace_it_belongs_to(self, open_out: Open) -> None:
        async with lying({"/": say()}) as liar, open_out() as out:
            with tracing(TRACE):
                await out.send(get(liar.url()))
            with tracing("req-17"):
                await out.send(get(liar.url()))
            await out.send(get(liar.url()))
        known, strange, fresh = (heard.headers for heard in liar.heard)
        parent = parse_traceparent(known["traceparent"])
        assert parent is not None
        assert (known["x-trace-id"], parent.trace_id) == (TRACE, TRACE)
        assert strange["x-trace-id"] == "req-17"
        assert "traceparent" not in strange
        assert len(fresh["x-trace-id"]) == 32


@pytest.mark.anyio
class TestARequestThatHttpCannotSay:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"method": "get"},
            {"method": "CONNECT"},
            {"method": "GET / HTTP/1.1\r\nX: y"},
            {"headers": {"X-A": "1\r\nX-B: 2"}},
            {"headers": {"X-A": "1\n"}},
            {"headers": {"X-A": "é"}},
            {"headers": {"X A": "1"}},
            {"headers": {"": "1"}},
            {"headers": {"Host": "other.example"}},
            {"headers": {"content-length": "5"}},
            {"headers": {"Transfer-Encoding": "chunked"}},
            {"headers": {"Accept-Encoding": "gzip"}},
            {"idempotency_key": "a\r\nb"},
        ],
    )
    async def test_it_is_refused_before_anything_is_dialled(
        self, open_out: Open, wrong: dict[str, object]
    ) -> None:
        async with lying({"/": say()}) as liar, open_out() as out:
            with pytest.raises(RequestRefused):
                await out.send(get(liar.url(), **wrong))
        assert liar.connections == 0


@pytest.mark.anyio
class TestALiar:
    """Each lie ends in a refusal within the deadline, and costs no more than one connection."""

    @pytest.mark.parametrize(
        ("lie", "refusal"),
        [
            pytest.param(drip(every=0.05), OutcomeUnknown, id="drips its body"),
            pytest.param(drip_headers(every=0.05), OutcomeUnknown, id="drips its headers"),
            pytest.param(wait(HOUR, say()), OutcomeUnknown, id="says nothing"),
            pytest.param(cut(after=0), OutcomeUnknown, id="resets at once"),
            pytest.param(cut(after=10), OutcomeUnknown, id="resets in the head"),
            pytest.param(cut(after=5_000), OutcomeUnknown, id="resets in the body"),
            pytest.param(babble(), OutcomeUnknown, id="speaks another protocol"),
            pytest.param(babble(b""), OutcomeUnknown, id="hangs up"),
            pytest.param(pour(), AnswerRefused, id="pours without end"),
            pytest.param(boast(10**12), AnswerRefused, id="declares a terabyte"),
            pytest.param(boast(10**30), OutcomeUnknown, id="declares nonsense"),
            pytest.param(brag(1_000_000), AnswerRefused, id="sends 1 MB of headers"),
            pytest.param(brag(40_000), AnswerRefused, id="sends 40 KB of headers"),
            pytest.param(bomb(64 * 1024 * 1024), AnswerRefused, id="sends a bomb"),
            pytest.param(say(101), OutcomeUnknown, id="switches protocols"),
            pytest.param(say(600), Overloaded, id="makes up a status"),
        ],
    )
    async def test_it_is_refused_in_good_time(
        self, open_out: Open, lie: Lie, refusal: type[Refusal]
    ) -> None:
        async with (
            lying({"/": lie}) as liar,
            open_out(deadline=0.5, max_body=100_000, tries=1) as out,
        ):
            began = time.monotonic()
            with pytest.raises(refusal) as refused:
                await out.send(get(liar.url("/?token=hush")))
            assert time.monotonic() - began < 1.5
        assert type(refused.value) is refusal
        assert "hush" not in refused.value.message
        assert liar.connections == 1

    async def test_the_next_call_is_none_the_worse(self, open_out: Open) -> None:
        lies = {"/": say(body=b"truth"), "/pour": pour(), "/cut": cut(after=5_000)}
        async with lying(lies) as liar, open_out(connections=1, tries=1) as out:
            for path in ("/pour", "/cut", "/pour"):
                with pytest.raises(Refusal):
                    await out.send(get(liar.url(path), deadline=1.0))
            assert (await out.send(get(liar.url()))).body == b"truth"

    @pytest.mark.parametrize("size", [99, 100])
    async def test_a_body_of_the_largest_size_is_taken(self, open_out: Open, size: int) -> None:
        async with lying({"/": say(body=b"." * size)}) as liar, open_out(max_body=100) as out:
            assert len((await out.send(get(liar.url()))).body) == size
            with pytest.raises(AnswerRefused):
                await out.send(get(liar.url(), max_body=98))

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
    async def test_a_redirect_is_a_failure_and_not_followed(
        self, open_out: Open, status: int
    ) -> None:
        async with lying({"/there": say()}) as there:
            elsewhere = {"Location": there.url("/there")}
            async with lying({"/": say(status, elsewhere)}) as liar, open_out() as out:
                with pytest.raises(Redirected):
                    await out.send(get(liar.url()))
        assert there.connections == 0

    async def test_a_redirect_to_metadata_leads_nowhere(self, open_out: Open) -> None:
        metadata = {"Location": "http://169.254.169.254/latest/meta-data/"}
        async with lying({"/": say(307, metadata)}) as liar, open_out() as out:
            with pytest.raises(Redirected):
                await out.send(get(liar.url()))
        assert len(liar.heard) == 1


@pytest.mark.anyio
class TestSecrets:
    async def test_no_log_shows_more_than_the_origin(
        self, open_out: Open, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name in ("", "httpx", "httpcore"):  # whatever an earlier test configured
            logging.getLogger(name).disabled = False
            caplog.set_level(logging.DEBUG, logger=name or None)
        url_path, header = "/hooks/hush?token=hush", {"Authorization": "Bearer hush"}
        async with lying({"/hooks/hush": say(body=b"hush")}) as liar, open_out() as out:
            await out.send(post(liar.url(url_path), headers=header, body=b"hush"))
            with pytest.raises(Refusal):
                await out.send(get(liar.url("/hooks/hush"), max_body=1))
        assert caplog.text
        assert "hush" not in caplog.text

    def test_neither_does_a_request_or_an_answer_printed(self) -> None:
        request = post("https://a.example/hush", headers={"X": "hush"}, body=b"hush")
        assert "hush" not in repr(request)
