"""A Wyoming server on the network, such as a Home Assistant voice satellite's speech programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicegw_desktop.core.errors import ConfigError
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions, Zone
from voicegw_desktop.engines.servers.remote_wyoming import RemoteWyoming, describe, summary
from voicegw_desktop.providers.base import BaseProvider, Listed, host, take
from voicegw_desktop.providers.local import STT_OPTIONS, TTS_OPTIONS, given

if TYPE_CHECKING:
    from livekit.agents import stt, tts

RATE = 22_050  # what such servers mostly speak at; other rates are resampled


class WyomingProvider(BaseProvider):
    """Transcription and speech by a server at `base_url`."""

    name = "wyoming"

    def _environment_key(self) -> str | None:
        return None

    def address(self) -> str:
        """`wyoming://host:port`; ConfigError when there is none."""
        if not self.base_url:
            raise ConfigError("A Wyoming provider needs base_url, such as wyoming://192.168.1.20:10300.")
        return self.base_url

    def _remote(self) -> RemoteWyoming:
        self.address()
        return RemoteWyoming(lambda _target: self.address())

    def create_stt(self, model: str, **options: Any) -> stt.STT[str]:
        """A LiveKit STT; such a server finds no ends, so use a VAD or turn detector beside it."""
        from voicegw_desktop.providers.livekit_stt import PortSTT

        remote, target = self._remote(), Target(self.name, model, zone=Zone.LAN)
        chosen = take(given(options), STT_OPTIONS, "wyoming.STT")
        return PortSTT(
            lambda o: remote.open_stt(target, o), provider=self.name, model=model, options=SttOptions(**chosen)
        )

    def create_tts(self, model: str, voice: str | None = None, **options: Any) -> tts.TTS[str]:
        """A LiveKit TTS with the server's `voice`."""
        from voicegw_desktop.providers.livekit_tts import PortTTS

        remote, target = self._remote(), Target(self.name, model, voice, zone=Zone.LAN)
        kept = given(options)
        rate = int(kept.pop("sample_rate", RATE))
        chosen = TtsOptions(voice=voice, **take(kept, TTS_OPTIONS, "wyoming.TTS"))
        return PortTTS(lambda o: remote.open_tts(target, o), provider=self.name, model=model, rate=rate, options=chosen)

    async def _describe(self) -> dict[str, Any]:
        self.on_ask(host(self.address()))
        return await describe(self.address(), self.zone)

    async def health_check(self) -> bool:
        """Ask the server what it is."""
        await self._describe()
        return True

    async def list_models(self) -> list[Listed]:
        """The transcription models it names."""
        return [Listed(name) for name in summary(await self._describe())["stt_models"]]

    async def list_voices(self) -> list[Listed]:
        """The voices it names."""
        return [Listed(name) for name in summary(await self._describe())["tts_voices"]]
