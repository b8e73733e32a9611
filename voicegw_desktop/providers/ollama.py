"""Ollama, managed or attached as `engines.ollama` says."""

from __future__ import annotations

from voicegw_desktop.core.errors import EngineUnavailable
from voicegw_desktop.engines.servers.ollama import Ollama
from voicegw_desktop.engines.servers.ollama_server import install_hint
from voicegw_desktop.providers.base import Listed
from voicegw_desktop.providers.local import LocalProvider


class OllamaProvider(LocalProvider):
    """Chat."""

    name = "ollama"

    def _server(self) -> Ollama:
        server = self.runtime.pool().servers[self.name]
        assert isinstance(server, Ollama)
        return server

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
