"""Ollama servers beside the engine's own: each at the address that `providers.<name>.base_url` gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import EngineUnavailable, ModelNotInstalled, VoiceGatewayError
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, Sent, Target, Zone
from voicegw_desktop.descriptors.ollama import OllamaConfig
from voicegw_desktop.engines.llm_http import HttpClient, HttpReply
from voicegw_desktop.engines.servers.ollama import Ollama
from voicegw_desktop.engines.servers.reach import Endpoint, Reach
from voicegw_desktop.engines.status import EngineStatus, State

Place = tuple[str, str, str | None, Zone | None]
"""Name, address, key and zone: what tells two servers apart."""


def backend(reach: Reach) -> OllamaElsewhere:
    """Chat for a descriptor's `backends`."""
    return OllamaElsewhere(reach)


class OllamaAt(Ollama):
    """An Ollama server that runs elsewhere: it is neither started nor ended here."""

    def __init__(self, name: str, endpoint: Endpoint, http: HttpClient) -> None:
        super().__init__(OllamaConfig(base_url=endpoint.base_url, manage="attach"), http)
        self._who, self._key, self._zone = name, endpoint.api_key, endpoint.zone

    async def _ensure(self) -> None:
        if not await self.version():
            raise EngineUnavailable(
                f"No Ollama server answers at {self.base_url}: start it there, or change "
                f"providers.{self._who}.base_url."
            )
        self.known_good = True

    def _missing(self, model: str) -> ModelNotInstalled:
        return ModelNotInstalled(f"{self._who} has no model {model}. Pull it there with: ollama pull {model}")


class OllamaElsewhere:
    """A `core.ports.LlmBackend` for all of them."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._servers: dict[tuple[str, str | None], tuple[Place, OllamaAt]] = {}

    async def _server(self, target: Target) -> OllamaAt:
        """The server of a target's provider. Raises ConfigError."""
        endpoint = await self._reach.endpoint(target)
        place = (target.provider, endpoint.base_url, endpoint.api_key, endpoint.zone)
        known = self._servers.get((target.provider, target.account))
        if known is None or known[0] != place:
            known = place, OllamaAt(target.provider, endpoint, self._reach.http)
            self._servers[target.provider, target.account] = known
        return known[1]

    async def post(
        self,
        target: Target,
        path: str,
        body: Mapping[str, Any],
        options: ChatOptions = NO_OPTIONS,
        sent: Sent | None = None,
    ) -> HttpReply:
        """POST to the target's server; `keep_alive` is handed on to it after the answer."""
        return await (await self._server(target)).post(target, path, body, options, sent)

    async def check(self, target: Target, body: Mapping[str, Any]) -> None:
        """BadRequest for images where the model cannot read them."""
        await (await self._server(target)).check(target, body)

    async def probe(self, target: Target) -> bool:
        """True when the server answers."""
        return bool(await (await self._server(target)).version())

    async def status(self, provider: str, endpoint: Endpoint) -> EngineStatus:
        """What the server says about itself now: its version and models, those in its memory, or why it does not
        answer."""
        server = OllamaAt(provider, endpoint, self._reach.http)
        state, reason, info = State.ANSWERS, "", dict[str, Any]()
        try:
            server.known_good = True
            info["models"] = [str(model.get("name")) for model in await server.models()]
            info["loaded"] = [str(model.get("name")) for model in await server.resident()]
            info["version"] = await server.version()
        except VoiceGatewayError as error:
            state, reason = State.DOES_NOT_ANSWER, error.message
        return EngineStatus(provider, provider, "", state, reason, address=endpoint.base_url, info=info)
