"""Pipecat's ElevenLabs services with another base_url, each in a pipeline of its own."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients import pipecat_pipeline as pipeline
    from voicegw_desktop.testing.clients.__main__ import Where
else:
    # a neighbour in this folder, which is no package where these scripts run
    pipeline = importlib.import_module("pipecat_pipeline")

PACKAGES = ("pipecat-ai",)
VOICE = "Xb7hH8MSUJpSbSDYk0k2"


async def speech(where: Where) -> str:
    from pipecat.services.elevenlabs.tts import ElevenLabsTTSService

    service = ElevenLabsTTSService(
        api_key=where.key,
        url=where.url.replace("http", "ws", 1),
        sample_rate=24_000,
        settings=ElevenLabsTTSService.Settings(voice=VOICE),
    )
    return await pipeline.spoken(where, service, timed=True)


async def speech_by_post(where: Where) -> str:
    import aiohttp
    from pipecat.services.elevenlabs.tts import ElevenLabsHttpTTSService

    async with aiohttp.ClientSession() as http:
        service = ElevenLabsHttpTTSService(
            api_key=where.key,
            base_url=where.url,
            aiohttp_session=http,
            sample_rate=24_000,
            settings=ElevenLabsHttpTTSService.Settings(voice=VOICE),
        )
        return await pipeline.spoken(where, service, timed=True)


async def recording(where: Where) -> str:
    import aiohttp
    from pipecat.services.elevenlabs.stt import ElevenLabsSTTService

    async with aiohttp.ClientSession() as http:
        service = ElevenLabsSTTService(api_key=where.key, base_url=where.url, aiohttp_session=http, sample_rate=16_000)
        return await pipeline.heard(where, service, voices=True)


async def transcription(where: Where) -> str:
    from pipecat.services.elevenlabs.stt import ElevenLabsRealtimeSTTService

    async with _encrypted(where.url) as address:
        service = ElevenLabsRealtimeSTTService(api_key=where.key, base_url=address, sample_rate=16_000)
        return f"{await pipeline.heard(where, service, voices=True)} (through TLS, which this service insists on)"


@contextlib.asynccontextmanager
async def _encrypted(url: str) -> AsyncIterator[str]:
    """host:port that speaks TLS in front of the gateway, with a certificate that this process alone believes."""
    if shutil.which("openssl") is None:
        raise NotImplementedError("this service wants TLS, and there is no openssl to make a certificate with")
    with tempfile.TemporaryDirectory() as folder:
        cert, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        make = await asyncio.create_subprocess_exec(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "1", "-subj", "/CN=conformance", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(key), "-out", str(cert), stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await make.wait() == 0, "openssl made no certificate"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        port = int(url.rpartition(":")[2])

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection("127.0.0.1", port)

            async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
                with contextlib.suppress(ConnectionError):
                    while data := await source.read(65_536):
                        sink.write(data)
                        await sink.drain()
                sink.close()

            await asyncio.gather(pump(reader, back), pump(there, writer))

        server = await asyncio.start_server(forward, "127.0.0.1", 0, ssl=context)
        os.environ["SSL_CERT_FILE"] = str(cert)
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            del os.environ["SSL_CERT_FILE"]
            server.close()


CHECKS = (
    ("ElevenLabs TTS service", speech),
    ("ElevenLabs HTTP TTS service", speech_by_post),
    ("ElevenLabs STT service", recording),
    ("ElevenLabs realtime STT service", transcription),
)
