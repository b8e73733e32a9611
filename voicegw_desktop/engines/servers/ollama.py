"""Ollama as an engine: its models listed, loaded and unloaded, chat passed on by bytes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.config.units import parse_keep_alive
from voicegw_desktop.core.errors import (
    BadRequest,
    ModelNotInstalled,
    UpstreamError,
    VoiceGatewayError,
)
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, Sent, Target
from voicegw_desktop.engines.content import check_text, parts_of
from voicegw_desktop.engines.lease import FIRST_USE
from voicegw_desktop.engines.llm_http import HttpReply
from voicegw_desktop.engines.memory import family_bytes
from voicegw_desktop.engines.servers.ollama_server import NAME, PROBE_TIMEOUT, OllamaServer, install_hint
from voicegw_desktop.engines.status import EngineStatus, State

LOAD_TIMEOUT = 600.0  # s


class Ollama(OllamaServer):
    """One Ollama server and what it can do, as a `core.ports.LlmBackend`."""

    # -- models -------------------------------------------------------------------------------------------------------

    async def models(self) -> list[dict[str, Any]]:
        """Installed models: `name`, `size` in bytes, `details`."""
        return list((await self._ask("GET", "/api/tags")).get("models") or [])

    async def show(self, model: str) -> dict[str, Any]:
        """A model's details. Raises ModelNotInstalled."""
        return dict(await self._ask("POST", "/api/show", {"model": model}, model=model))

    async def load(self, model: str, keep_alive: str | None = None) -> None:
        """Bring a model into memory. Raises ModelNotInstalled."""
        body = {"model": model, "keep_alive": _ollama_keep_alive(keep_alive or self._keep_alive)}
        await self._ask("POST", "/api/generate", {**body, "stream": False}, model=model, timeout=LOAD_TIMEOUT)

    async def load_ahead(self, model: str) -> None:
        """Bring a model into memory for its first request, also where keep_alive 0 ends it after each."""
        await self.load(model, f"{FIRST_USE:.0f}s" if parse_keep_alive(self._keep_alive) == 0 else None)

    async def unload(self, model: str) -> None:
        """Take a model out of memory."""
        await self.load(model, "0")

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        timeout: float = 10.0,
    ) -> Any:
        await self.ensure()
        try:
            answer = await self._http.request_json(
                method, self.base_url + path, body, key=self._key, timeout=timeout, who=self._who, zone=self._zone
            )
        except UpstreamError as error:
            if error.upstream_status == 404 and model:
                raise self._missing(model) from None
            if error.upstream_status is None:
                self.known_good = False
            raise
        return answer or {}

    def _missing(self, model: str) -> ModelNotInstalled:
        return ModelNotInstalled(f"Ollama has no model {model}. Pull it with: ollama pull {model}")

    # -- chat ---------------------------------------------------------------------------------------------------------

    async def check(self, target: Target, body: Mapping[str, Any]) -> None:
        """BadRequest for images where the model cannot read them; asks Ollama only when there are images."""
        if next(parts_of(body), None) is None:
            return
        able = (await self.show(target.model)).get("capabilities")
        if isinstance(able, list):
            # older versions of Ollama do not tell; then its own answer refuses the images
            check_text(body, target.name, frozenset({"images"} if "vision" in able else ()))

    async def _within_reason(self, target: Target, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body without an effort to think that Ollama would refuse for a model that does not think."""
        if body.get("reasoning_effort") in (None, "none"):
            return body
        able = (await self.show(target.model)).get("capabilities")
        if not isinstance(able, list) or "thinking" in able:
            return body
        return {name: value for name, value in body.items() if name != "reasoning_effort"}

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> HttpReply:
        """POST to Ollama's OpenAI routes, starting it when needed; `keep_alive` is handed on after the answer."""
        keep_alive = options.keep_alive
        if keep_alive is not None:
            _ollama_keep_alive(keep_alive)
        await self.ensure()
        await self.check(target, body)
        body = await self._within_reason(target, body)
        url = f"{self.base_url}/v1{path}"
        try:
            reply = await self._http.post(
                url, body, options.headers, key=self._key, who=self._who, sent=sent, zone=target.zone
            )
        except UpstreamError:
            self.known_good = False
            # the server may have ended since the last request: one more try, with a start
            await self.ensure()
            reply = await self._http.post(
                url, body, options.headers, key=self._key, who=self._who, sent=sent, zone=target.zone
            )
        if keep_alive is not None and reply.status < 400:
            stay, model = keep_alive, str(body.get("model") or target.model)
            reply.on_close = lambda: self._keep_later(model, stay)
        return reply

    async def probe(self, target: Target) -> bool:
        """True when a server answers or can be started."""
        return bool(await self.version()) or (self.config.manage != "attach" and self.binary() is not None)

    def _keep_later(self, model: str, keep_alive: str) -> None:
        async def tell() -> None:
            # Ollama's OpenAI routes know no keep_alive; an empty request sets it
            with contextlib.suppress(VoiceGatewayError):
                await self.load(model, keep_alive)

        task = asyncio.create_task(tell())
        self._after.add(task)
        task.add_done_callback(self._after.discard)

    # -- show ---------------------------------------------------------------------------------------------------------

    async def status(self) -> list[EngineStatus]:
        """The server, and each model it holds in memory. Asks a server that runs, starts none."""
        version = await self.version()
        state = self.state
        if version and state not in (State.READY, State.BUSY):
            state = State.READY
        elif not version and state is State.READY:
            state, self.known_good = State.STOPPED, False
        info: dict[str, Any] = {"version": version, "owned": self.owned}
        if not version and self.config.manage != "attach" and self.binary() is None:
            info["hint"] = install_hint()
        pid = self._guard.pid if self.owned and self._guard else None
        server = EngineStatus(
            NAME, "ollama", "server", state, self.reason, pid=pid, rss_bytes=family_bytes(pid) if pid else 0,
            since=self.since, address=self.base_url, info=info, log=tuple(self.log),
        )  # fmt: skip
        if not version:
            return [server]
        held = await self.resident()
        return [server, *(_resident_status(entry, self.base_url) for entry in held)]

    async def resident(self) -> list[dict[str, Any]]:
        """The models in its memory: `name`, `size` in bytes, `expires_at`. Raises UpstreamError."""
        url = f"{self.base_url}/api/ps"
        held = await self._http.get_json(url, key=self._key, timeout=PROBE_TIMEOUT, who=self._who, zone=self._zone)
        return list(held.get("models") or [])


def _resident_status(entry: Mapping[str, Any], address: str) -> EngineStatus:
    model = str(entry.get("name", ""))
    details = {k: entry.get(k) for k in ("details", "size_vram", "expires_at")}
    return EngineStatus(
        f"ollama/{model}", "ollama", model, State.IDLE, rss_bytes=int(entry.get("size") or 0),
        gpu_bytes=int(entry.get("size_vram") or 0), address=address, info=details,
    )  # fmt: skip


def _ollama_keep_alive(value: str) -> int | str:
    """The value as Ollama's API wants it: seconds as a number, -1 for ever."""
    try:
        seconds = parse_keep_alive(value)
    except ValueError as error:
        raise BadRequest(str(error), param="keep_alive") from None
    return -1 if seconds is None else round(seconds)
