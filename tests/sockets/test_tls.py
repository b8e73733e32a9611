"""`serve.tls_cert`: the port speaks TLS and nothing else, and a certificate that cannot be used says so."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.sockets.test_livekit_wire import CREATE_STT
from tests.support.socket_gateway import GOOD_KEY, Serve
from voicegw_desktop.core.errors import ConfigError

pytestmark = pytest.mark.socket

NAMES = ("localhost", "Strong.example", "*.house.example")


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """A self-signed certificate of localhost, strong.example and *.house.example and its key, as `serve` names them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in NAMES]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {"tls_cert": str(chain), "tls_key": str(private)}


async def test_the_port_speaks_tls_and_nothing_else(serve: Serve, certificate: dict[str, str]) -> None:
    server = await serve(serve=certificate)
    assert server.url.startswith("https://")
    trusting = ssl.create_default_context(cafile=certificate["tls_cert"])
    url = server.url.replace("127.0.0.1", "localhost")
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=trusting)) as http:
        async with http.get(f"{url}/v1/models") as answer:
            assert answer.status == 200
        async with http.ws_connect(f"{url}/v1/stt") as ws:
            await ws.send_json(CREATE_STT)
            assert (await ws.receive_json())["type"] == "session.created"
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientError):
            await http.get(server.url.replace("https", "http") + "/health")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("strong.example", 200),
        ("STRONG.example:7717", 200),
        ("kitchen.house.example", 200),
        ("house.example", 403),
        ("a.kitchen.house.example", 403),
        ("other.example", 403),
    ],
)
async def test_the_names_in_the_certificate_reach_the_gateway(
    serve: Serve, certificate: dict[str, str], host: str, status: int
) -> None:
    server = await serve(serve=certificate)
    trusting = ssl.create_default_context(cafile=certificate["tls_cert"])
    trusting.check_hostname = False
    headers = {"Authorization": f"Bearer {GOOD_KEY}", "Host": host}
    async with (
        aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=trusting)) as http,
        http.get(f"{server.url}/v1/models") as answer,
    ):
        assert answer.status == status


@pytest.mark.parametrize("broken", ["tls_cert", "tls_key"])
async def test_a_certificate_that_cannot_be_used_says_so(
    serve: Serve, certificate: dict[str, str], broken: str
) -> None:
    with pytest.raises(ConfigError, match=r"serve\.tls_cert"):
        await serve(serve={**certificate, broken: "/nowhere.pem"})
