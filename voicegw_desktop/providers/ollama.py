"""Ollama, managed or attached as `engines.ollama` says, or at an address of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.addresses import same_place
from voicegw_desktop.core.errors import EngineUnavailable
from voicegw_desktop.core.ports import Target, Zone
from voicegw_desktop.engines.servers.ollama import Ollama
from voicegw_desktop.engines.servers.ollama_elsewhere import OllamaAt
from voicegw_desktop.engines.servers.ollama_server import install_hint
from voicegw_desktop.engines.servers.reach import Endpoint
from voicegw_desktop.providers.base import Listed, host, take
from voicegw_desktop.providers.local import LLM_OPTIONS, LocalProvider, given

if TYPE_CHECKING:
    from livekit.agents import llm


class OllamaProvider(LocalProvider):
    """Chat."""

    name = "ollama"

    def _engine(self) -> Ollama:
        server = self.runtime.pool().servers[self.name]
        assert isinstance(server, Ollama)
        return server

    def _server(self) -> Ollama:
        """The engine's server, or the one at `base_url`."""
        engine = self._engine()
        if not self.base_url or same_place(self.base_url, engine.base_url):
            return engine
        self.on_ask(host(self.base_url))
        return OllamaAt(self.called, Endpoint(self.base_url, self._key, zone=self.zone), self.runtime.pool().http)

    @property
    def zone(self) -> Zone:
        """Where its data goes: the `zone` setting, else what the address says."""
        return super().zone if self.base_url or self.settings.get("zone") else Zone.LOCAL

    def create_llm(self, model: str, **options: Any) -> llm.LLM[str]:
        """A LiveKit LLM; where the engine serves it, its model loads with the first request, or with `prewarm()`."""
        config = self.runtime.gateway.config.engines.of(self.name)
        if not self.base_url or same_place(self.base_url, getattr(config, "base_url", "")):
            return super().create_llm(model, **options)
        from voicegw_desktop.providers.livekit_llm import PortLLM

        target = Target(self.name, model, zone=self.zone)
        return PortLLM(
            lambda path, body, options: self._server().post(target, path, {**body, "model": model}, options),
            provider=self.name,
            model=model,
            options=take(given(options), LLM_OPTIONS, f"{self.name}.LLM"),
        )

    async def health_check(self) -> bool:
        """Ask the server for its version; a managed server is started first."""
        server = self._server()
        if await server.version() is None:
            await server.ensure()
        if await server.version() is None:
            raise EngineUnavailable(f"Ollama does not answer at {server.base_url}. {install_hint()}")
        return True

    async def list_models(self) -> list[Listed]:
        """The models its server has."""
        return [Listed(str(m.get("name", ""))) for m in await self._server().models()]
