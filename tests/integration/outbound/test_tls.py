"""TLS is verified for the name in the address, although the connection is made to an address that was judged before."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from arena import outbound
from arena.outbound import transport
from arena.outbound.guard import Guard
from tests.sse_server import SseServer

NAME = "llm.test"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for `NAME`, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


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
