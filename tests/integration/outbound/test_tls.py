"""TLS is verified for the name in the address, although the connection is made to an address that was judged before."""

import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509

from arena import outbound
from arena.outbound import transport
from arena.outbound.guard import Guard
from tests.certificates import self_signed
from tests.sse_server import SseServer

NAME = "llm.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for `NAME`, with its key."""
    return self_signed(tmp_path_factory.mktemp("tls") / "certificate.pem", x509.DNSName(NAME))


async def loopback(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def fetch(server: SseServer, host: str, connect: float = 2) -> bytes:
    guarded = transport.GuardedTransport(Guard(["127.0.0.1"], loopback), 10)
    url = server.url("stream").replace("http://127.0.0.1", f"https://{host}")
    try:
        with outbound.use_transport(guarded):
            async with outbound.stream("POST", url, timeouts=outbound.Timeouts(connect=connect)) as response:
                return await response.read(1_000_000)
    finally:
        await guarded.aclose()


@pytest.mark.asyncio
async def test_a_trusted_certificate_must_be_for_the_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    async with SseServer(tls=serving) as server:
        with pytest.raises(outbound.Unreachable):  # nobody vouches for it
            await fetch(server, NAME)
        monkeypatch.setattr(transport, "_ssl_context", lambda: ssl.create_default_context(cafile=str(certificate)))
        assert b"three" in await fetch(server, NAME)
        with pytest.raises(outbound.Unreachable):
            await fetch(server, "another.test")


@pytest.mark.asyncio
async def test_a_server_without_tls_is_unreachable_over_https() -> None:
    async with SseServer() as server:
        with pytest.raises((outbound.Unreachable, outbound.TimedOut)):
            await fetch(server, NAME, connect=0.1)
