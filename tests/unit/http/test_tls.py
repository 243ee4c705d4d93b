"""TLS: whoever cannot prove a name is not spoken to, and nothing is ever sent in the clear."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom.kernel.outbound_errors import NotSent, PeerUntrusted
from homeroom_testing.faults import tcp_faults
from homeroom_testing.liars import lying, say

Open = Callable[..., AbstractAsyncContextManager[Outbound]]
NAME = "campus.example"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA) -> Iterator[Path]:
    with authority.cert_pem.tempfile() as file:
        yield Path(file)


def serving(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def ask(port: int, host: str = NAME) -> OutboundRequest:
    return OutboundRequest(url=f"https://{host}:{port}/?token=hush")


@pytest.mark.anyio
class TestTls:
    async def test_who_proves_the_name_is_spoken_to(
        self, open_out: Open, authority: trustme.CA, trusted: Path
    ) -> None:
        tls = serving(authority.issue_cert(NAME))
        async with lying({"/": say()}, tls=tls) as liar, open_out(ca_file=trusted) as out:
            assert (await out.send(ask(liar.port))).ok
        assert liar.heard[0].headers["host"] == f"{NAME}:{liar.port}"

    async def test_an_address_is_proven_as_an_address(
        self, open_out: Open, authority: trustme.CA, trusted: Path
    ) -> None:
        tls = serving(authority.issue_cert("127.0.0.1"))
        async with lying({"/": say()}, tls=tls) as liar, open_out(ca_file=trusted) as out:
            assert (await out.send(ask(liar.port, "127.0.0.1"))).ok

    @pytest.mark.parametrize("name", ["other.example", "*.campus.example", "127.0.0.1"])
    async def test_a_certificate_for_another_name_is_not_trusted(
        self, open_out: Open, authority: trustme.CA, trusted: Path, name: str
    ) -> None:
        tls = serving(authority.issue_cert(name))
        async with lying({"/": say()}, tls=tls) as liar, open_out(ca_file=trusted) as out:
            with pytest.raises(PeerUntrusted):
                await out.send(ask(liar.port))
        assert liar.heard == []

    async def test_an_expired_certificate_is_not_trusted(
        self, open_out: Open, authority: trustme.CA, trusted: Path
    ) -> None:
        tls = serving(authority.issue_cert(NAME, not_after=datetime(2020, 1, 1, tzinfo=UTC)))
        async with lying({"/": say()}, tls=tls) as liar, open_out(ca_file=trusted) as out:
            with pytest.raises(PeerUntrusted):
                await out.send(ask(liar.port))
        assert liar.heard == []

    async def test_a_certificate_nobody_vouches_for_is_not_trusted(self, open_out: Open) -> None:
        tls = serving(trustme.CA().issue_cert(NAME))
        async with lying({"/": say()}, tls=tls) as liar, open_out() as out:
            with pytest.raises(PeerUntrusted) as refused:
                await out.send(ask(liar.port))
        assert liar.heard == []
        assert "hush" not in refused.value.message

    async def test_an_old_protocol_is_not_spoken(
        self, open_out: Open, authority: trustme.CA, trusted: Path
    ) -> None:
        tls = serving(authority.issue_cert(NAME))
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLS"):
            tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
        async with lying({"/": say()}, tls=tls) as liar, open_out(ca_file=trusted, tries=1) as out:
            with pytest.raises((PeerUntrusted, NotSent)):
                await out.send(ask(liar.port))
        assert liar.heard == []

    async def test_who_speaks_no_tls_is_hung_up_on_and_not_spoken_to_in_the_clear(
        self, open_out: Open
    ) -> None:
        async with lying({"/": say()}) as liar, open_out(tries=1, deadline=0.5) as out:
            with pytest.raises((PeerUntrusted, NotSent)):
                await out.send(ask(liar.port))
            async with asyncio.timeout(1):
                while liar.open:  # noqa: ASYNC110 - a plain count
                    await asyncio.sleep(0.01)
        assert liar.heard == []

    async def test_a_handshake_that_was_cut_short_is_worth_trying_again(
        self, open_out: Open, authority: trustme.CA, trusted: Path
    ) -> None:
        tls = serving(authority.issue_cert(NAME))
        async with (
            lying({"/": say()}, tls=tls) as liar,
            tcp_faults("127.0.0.1", liar.port) as line,
            open_out(ca_file=trusted, tries=1, deadline=0.5) as out,
        ):
            line.refuse = True
            with pytest.raises(NotSent):
                await out.send(ask(line.port))
            line.heal()
            line.drop = True
            with pytest.raises(NotSent):
                await out.send(ask(line.port))
            line.heal()
            assert (await out.send(ask(line.port))).ok
