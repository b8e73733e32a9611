"""The models that chat here, in Ollama's form: tags, show and ps."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import NotFound, VoiceGatewayError, did_you_mean
from voicegw_desktop.core.ports import Caller, Modality
from voicegw_desktop.core.registry import PROVIDERS
from voicegw_desktop.core.text import shown
from voicegw_desktop.engines.servers.server import SERVER
from voicegw_desktop.engines.status import LOADED, EngineStatus
from voicegw_desktop.models.manifest import Manifest, read_manifest
from voicegw_desktop.sockets.ollama.answer import stamp

if TYPE_CHECKING:
    from voicegw_desktop.sockets.ports import SocketGateway

Entry = dict[str, object]
LATEST = ":latest"
"""What Ollama's clients add to a name without a tag."""
FOREVER = timedelta(days=365 * 290)
"""What Ollama itself adds for a model that stays."""


class Models:
    """What can be asked for by name and chats on this machine or in its network."""

    def __init__(self, gateway: SocketGateway) -> None:
        self._gateway = gateway

    async def tags(self) -> list[Entry]:
        """The models of /api/tags."""
        files = await asyncio.to_thread(self._manifests)
        return [_entry(name, files.get(name)) for name in self._names()]

    async def running(self) -> list[Entry]:
        """The models of /api/ps: what is in memory now."""
        files = await asyncio.to_thread(self._manifests)
        return [
            {
                **_entry(status.name, files.get(status.name)),
                "size": status.rss_bytes,
                "size_vram": status.gpu_bytes,
                "expires_at": _leaves(status),
                **_context(status, "context_length"),
            }
            for status in await self._gateway.engines.survey()
            if status.state in LOADED and status.model != SERVER and _chats(status.provider)
        ]

    async def show(self, wanted: str, caller: Caller) -> Entry:
        """The answer of /api/show; NotFound for a name that nothing here has."""
        names, name = self._names(), self.known(wanted)
        if name not in names:
            with contextlib.suppress(VoiceGatewayError):
                meant = self._gateway.router.plan(Modality.LLM, wanted, caller).literal
                name = meant.name if meant is not None else name
        if name not in names:
            raise NotFound(
                f'model "{shown(wanted)}" not found.{did_you_mean(wanted, names)} GET /api/tags lists the names.',
                code="model_not_found",
                param="model",
            )
        entry = _entry(name, (await asyncio.to_thread(self._manifests)).get(name))
        provider = name.partition("/")[0]
        info: Entry = {"general.architecture": provider, "general.basename": name}
        for status in self._gateway.engines.status():
            if status.name == name:
                info |= _context(status, f"{provider}.context_length")
        return {
            "modelfile": f"FROM {name}\n",
            "parameters": "",
            "template": "",
            "license": "",
            "modified_at": entry["modified_at"],
            "details": entry["details"],
            "model_info": info,
            "capabilities": ["completion", "tools"],
        }

    def known(self, name: str) -> str:
        """`name` without the tag that clients add, where only the name without it is one of a model here."""
        names, bare = self._names(), name.removesuffix(LATEST)
        return bare if name not in names and bare in names else name

    def _names(self) -> list[str]:
        listed = self._gateway.list_models()
        return [m["id"] for m in listed if m["modality"] == Modality.LLM and m["zone"] != "cloud"]

    def _manifests(self) -> dict[str, Manifest]:
        found: dict[str, Manifest] = {}
        for info in self._gateway.models.list():
            if info.path is not None and (manifest := read_manifest(info.path)) is not None:
                found[info.id] = manifest
        return found


def _chats(provider: str) -> bool:
    entry = PROVIDERS.get(provider)
    return entry is not None and Modality.LLM in entry.modalities


def _entry(name: str, files: Manifest | None) -> Entry:
    provider = name.partition("/")[0]
    largest = max(files.files, key=lambda file: file.size, default=None) if files else None
    return {
        "name": name,
        "model": name,
        "modified_at": files.installed_at if files else stamp(datetime.fromtimestamp(0, UTC)),
        "size": files.size if files else 0,
        # a model that is no file here is known by its name only
        "digest": largest.sha256 if largest else hashlib.sha256(name.encode()).hexdigest(),
        "details": {
            "parent_model": "",
            "format": "gguf" if largest and largest.name.endswith(".gguf") else "",
            "family": provider,
            "families": [provider],
            "parameter_size": "",
            "quantization_level": "",
        },
    }


def _context(status: EngineStatus, name: str) -> Entry:
    size = status.info.get("context_size")
    return {name: size} if isinstance(size, int) else {}


def _leaves(status: EngineStatus) -> str:
    if status.expires_at is None:
        return stamp(datetime.now(UTC) + FOREVER)
    return stamp(datetime.fromtimestamp(status.expires_at, UTC))
