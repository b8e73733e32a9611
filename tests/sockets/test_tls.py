"""`serve.tls_cert`: the port speaks TLS and nothing else, and a certificate that cannot be used says so."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.sockets.test_livekit_wire import CREATE_STT
from tests.support.socket_gateway import GOOD_KEY, OTHER_KEY, Serve
from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.sockets.http.limits import Limits
from voicegw_desktop.sockets.http.server import Server

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


def session(certificate: dict[str, str]) -> aiohttp.ClientSession:
    trusting = ssl.create_default_context(cafile=certificate["tls_cert"])
    headers = {"Authorization": f"Bearer {GOOD_KEY}"}
    return aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=trusting, force_close=True))


async def silent(server: Server, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A peer that begins no handshake, or one that it never ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(sent)
    return reader, writer


def hello() -> bytes:
    """The first message of a handshake."""
    outgoing = ssl.MemoryBIO()
    peer = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        peer.do_handshake()
    return outgoing.read()


PATIENT = 600.0  # s for a handshake: longer than any test waits
SILENT = {"nothing": b"", "a piece": b"\x16\x03\x01\x02", "no end": hello()}


async def rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT)
async def test_a_handshake_that_does_not_end_is_ended(serve: Serve, certificate: dict[str, str], sent: bytes) -> None:
    server = await serve(serve=certificate, limits=Limits(handshake=0.05))
    reader, writer = await silent(server, sent)
    async with asyncio.timeout(30):
        # the gateway's own part of the handshake, and the end
        await rest(reader)
    writer.close()


@pytest.mark.parametrize("sent", SILENT.values(), ids=SILENT)
async def test_handshakes_that_do_not_end_keep_nobody_out(
    serve: Serve, certificate: dict[str, str], sent: bytes
) -> None:
    server = await serve(serve=certificate, limits=Limits(handshake=PATIENT, max_connections=3))
    held = [await silent(server, sent) for _ in range(3)]
    url = server.url.replace("127.0.0.1", "localhost")
    async with session(certificate) as http:
        for _ in range(3):
            async with http.get(f"{url}/v1/models") as answer:
                assert answer.status == 200
    # the one that waited for longest gave its place
    async with asyncio.timeout(30):
        await rest(held[0][0])
    for _, writer in held:
        writer.close()


async def test_one_connection_too_many_is_told_so_behind_its_handshake(
    serve: Serve, certificate: dict[str, str]
) -> None:
    limits = Limits(handshake=PATIENT, max_connections=4)
    server = await serve(serve=certificate, limits=limits)
    url = server.url.replace("127.0.0.1", "localhost")
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(session(certificate))
        keys = [GOOD_KEY] * 3 + [OTHER_KEY]
        open_now = [
            await http.ws_connect(f"{url}/v1/events", headers={"Authorization": f"Bearer {key}"}) for key in keys
        ]
        # more than may be told at a time: those beyond are closed without a word
        held = [await silent(server) for _ in range(12)]
        async with asyncio.timeout(30):
            for reader, _ in held[8:]:
                assert await rest(reader) == b""
        held[0][1].close()
        await asyncio.wait_for(_told(http, url), 30)
        for _, writer in held:
            writer.close()
        for ws in open_now:
            await ws.close()


async def _told(http: aiohttp.ClientSession, url: str) -> None:
    """Ask until the answer is that all places are taken."""
    while True:
        try:
            async with http.get(f"{url}/v1/models") as answer:
                assert answer.status == 503
                assert (await answer.json())["error"]["code"] == "too_many_connections"
                return
        except aiohttp.ClientConnectionError:
            pass


async def test_a_stop_ends_handshakes(serve: Serve, certificate: dict[str, str]) -> None:
    server = await serve(serve=certificate, limits=Limits(handshake=PATIENT))
    reader, writer = await silent(server)
    before = asyncio.all_tasks()
    while not any("Handshake" in repr(task) for task in asyncio.all_tasks()):  # noqa: ASYNC110
        await asyncio.sleep(0)
    await server.stop()
    async with asyncio.timeout(30):
        assert await rest(reader) == b""
    writer.close()
    assert not [task for task in asyncio.all_tasks() - before if "Handshake" in repr(task)]
