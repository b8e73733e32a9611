"""Ollama's server when a start is given up or ended, without a server: each step of the loop is ordered by hand."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from voicegw_desktop.core.errors import EngineUnavailable, UpstreamError
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.servers import ollama_server
from voicegw_desktop.engines.servers.ollama_server import OllamaServer
from voicegw_desktop.engines.status import State

pytestmark = pytest.mark.unit


class Http:
    """Answers a question for the version when the test says so."""

    def __init__(self) -> None:
        self.there = False
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def get_json(self, url: str, timeout: float, **_how: Any) -> Any:
        self.asked.set()
        await self.answer.wait()
        if not self.there:
            raise UpstreamError("nobody answers")
        return {"version": "1"}


class Guard:
    """A process that ends when its standard input is closed."""

    def __init__(self) -> None:
        self.pid, self.returncode = 1, None
        self.stdin, self.stderr = SimpleNamespace(close=self._end), asyncio.StreamReader()
        self._over = asyncio.Event()

    def _end(self) -> None:
        self.returncode = 0  # type: ignore[assignment]
        self.stderr.feed_eof()
        self._over.set()

    async def wait(self) -> None:
        await self._over.wait()


def server(http: Http, **config: Any) -> OllamaServer:
    return OllamaServer(OllamaConfig(enabled=True, **config), http)  # type: ignore[arg-type]


async def test_the_failure_of_a_start_that_was_given_up_is_not_told_to_the_next_request() -> None:
    http = Http()
    ollama = server(http, manage="attach")
    first = asyncio.ensure_future(ollama.ensure())
    await http.asked.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert ollama._starting is not None
    http.answer.set()
    await asyncio.wait({ollama._starting})
    http.there = True
    await ollama.ensure()
    assert ollama.known_good


async def test_a_stop_while_the_server_starts_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    made = asyncio.Event()

    async def make(*_command: str, **_options: Any) -> Guard:
        made.set()
        return Guard()

    monkeypatch.setattr(ollama_server.asyncio, "create_subprocess_exec", make)
    monkeypatch.setattr(OllamaServer, "binary", lambda self: "ollama")
    http = Http()
    ollama = server(http, manage="auto")
    http.answer.set()
    starting = asyncio.ensure_future(ollama.ensure())
    await made.wait()
    http.answer.clear()
    await ollama.stop()
    http.answer.set()
    with pytest.raises(EngineUnavailable, match="stopped while it started"):
        await starting
    assert ollama.state is State.STOPPED


async def test_a_stop_before_the_process_is_there_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go, made = asyncio.Event(), asyncio.Event(), list[Guard]()

    async def make(*_command: str, **_options: Any) -> Guard:
        asked.set()
        await go.wait()
        made.append(Guard())
        return made[0]

    monkeypatch.setattr(ollama_server.asyncio, "create_subprocess_exec", make)
    monkeypatch.setattr(OllamaServer, "binary", lambda self: "ollama")
    http = Http()
    http.answer.set()
    ollama = server(http, manage="auto")
    starting = asyncio.ensure_future(ollama.ensure())
    await asked.wait()
    await ollama.stop()
    http.there = True
    go.set()
    with pytest.raises(EngineUnavailable, match="stopped while it started"):
        await starting
    assert made[0].returncode is not None
    assert ollama.state is State.STOPPED
