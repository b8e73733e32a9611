"""AssemblyAI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from voicegw_desktop.core.ports import Modality
from voicegw_desktop.providers.base import Listed
from voicegw_desktop.providers.cloud import CloudProvider, Plugin, Plugins

if TYPE_CHECKING:
    from livekit.agents import stt

API = "https://api.assemblyai.com"
STREAMING = "https://streaming.assemblyai.com"


class AssemblyAIProvider(CloudProvider):
    """Transcription of live audio."""

    name = "assemblyai"
    root = STREAMING
    plugins: ClassVar[Plugins] = {Modality.STT: Plugin("STT", websocket=True, language="language_code")}

    def headers(self) -> dict[str, str]:
        return {"Authorization": self.key()}

    def create_stt(self, model: str, **options: Any) -> stt.STT[str]:
        """The plugin's STT; LiveKit Inference's name for the English model is understood."""
        return super().create_stt("universal-streaming-english" if model == "universal-streaming" else model, **options)

    async def health_check(self) -> bool:
        """Ask for the list of transcripts; the streaming address itself answers WebSockets only."""
        await self.ask(((self.base_url and self.url("")) or API) + "/v2/transcript?limit=1", self.headers())
        return True

    async def list_models(self) -> list[Listed]:
        """The models it documents; it has no list to ask for."""
        return [Listed(m) for m in ("universal-streaming", "universal-streaming-english", "u3-rt-pro")]
