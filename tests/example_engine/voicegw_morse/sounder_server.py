"""The app's side of the server: `voicegw_desktop.engines.servers.server.EngineServer`, and the server's own process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from voicegw_desktop.core.clock import Clock
from voicegw_desktop.core.events import EventBus
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, ChatReply, Sent, Target, Zone
from voicegw_desktop.engines.llm_http import HttpClient
from voicegw_desktop.engines.servers.server import SERVER
from voicegw_desktop.engines.status import EngineStatus, State
from voicegw_morse.code import CODE


class Sounder:
    """Starts the process with the first request and ends it with the program."""

    def __init__(self, config: Any, http: HttpClient, *, bus: EventBus, clock: Clock, keep_alive: str) -> None:
        self._http, self._clock = http, clock
        self._process: asyncio.subprocess.Process | None = None
        self._url = ""
        self._since = clock.time()
        self._starting = asyncio.Lock()

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> ChatReply:
        """Pass a chat on to the process."""
        await self.start()
        return await self._http.post(
            f"{self._url}/v1{path}", body, options.headers, who=target.name, sent=sent, zone=Zone.LOCAL
        )

    def configure(self, config: Any, keep_alive: str) -> None:
        """Nothing can be set."""

    async def start(self) -> None:
        """Start the process, unless it runs; it says its port on its standard output."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                command = [sys.executable, "-m", "voicegw_morse.sounder_server"]
                pipe = asyncio.subprocess.PIPE
                self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
                assert self._process.stdout is not None
                self._url = f"http://127.0.0.1:{int(await self._process.stdout.readline())}"
                self._since = self._clock.time()

    async def stop(self) -> None:
        """End the process; it leaves when its standard input is closed."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            await process.wait()

    async def load_ahead(self, model: str) -> None:
        await self.start()

    async def unload(self, model: str) -> None:
        await self.stop()

    async def status(self) -> list[EngineStatus]:
        """The server alone: it has no models to load."""
        runs = self._process is not None
        state, pid = (State.READY, self._process.pid if self._process else None) if runs else (State.STOPPED, None)
        name = f"sounder/{SERVER}"
        return [EngineStatus(name, "sounder", SERVER, state, pid=pid, since=self._since, address=self._url)]

    async def aclose(self) -> None:
        await self.stop()


class _Chat(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = " ".join(CODE.get(letter, "/") for letter in body["messages"][-1]["content"].lower())
        message = {"role": "assistant", "content": said}
        answer = {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        raw = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


if __name__ == "__main__":
    import threading

    with ThreadingHTTPServer(("127.0.0.1", 0), _Chat) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()
