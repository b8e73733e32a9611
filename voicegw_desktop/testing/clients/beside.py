"""What stands between a client and the gateway for its checks: a program, or a door that speaks TLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Program:
    """A server on a port of this machine, with a folder of its own that is gone with it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vgw-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = self.folder / "output.log"
        self._process: asyncio.subprocess.Process | None = None

    def private(self, name: str, text: str) -> Path:
        """A file that only this user can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
        return path

    async def start(self, command: Sequence[str], env: Mapping[str, str], ready: str) -> None:
        """Run it until `close`, and wait until `ready`, a path, is answered; AssertionError when it ends before."""
        with self._log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        while not await asyncio.to_thread(self._answers, ready):
            assert self._process.returncode is None, self._log.read_text("utf-8", "replace")[-300:]
            await asyncio.sleep(0.5)

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status) < 400
        except urllib.error.HTTPError as e:
            return e.code in (401, 403)
        except OSError:
            return False

    async def close(self) -> None:
        """End it and what it started."""
        if self._process is not None and self._process.returncode is None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
                try:
                    async with asyncio.timeout(10):
                        await self._process.wait()
                except TimeoutError:
                    continue
                break
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def encrypted(url: str) -> AsyncIterator[str]:
    """host:port that speaks TLS in front of the gateway, with a certificate that this process alone believes."""
    if shutil.which("openssl") is None:
        raise NotImplementedError("this client wants TLS, and there is no openssl to make a certificate with")
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
