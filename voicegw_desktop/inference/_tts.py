"""`inference.TTS`: any voice behind one LiveKit class, metered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given

from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.inference._accounts import SLOWEST_SPEECH
from voicegw_desktop.inference._base import ProviderPool
from voicegw_desktop.inference._choose import make_tts, models_of, not_honoured
from voicegw_desktop.inference._stt import given, update
from voicegw_desktop.providers.cloud import closing, hang_up

if TYPE_CHECKING:
    from livekit.agents.llm.chat_context import MetricsMetadata

    from voicegw_desktop.inference._base import AnyTTS
    from voicegw_desktop.inference._choose import Fallback


class TTS(tts.TTS[str]):
    """`TTS("cartesia/sonic-3", voice="…")`, `TTS("kokoro/v1.0-int8:af_heart")`, or `TTS()` for the default stack.

    Takes what `livekit.agents.inference.TTS` takes. `extra_kwargs` go to the provider's plugin. `project` pays.
    """

    def __init__(
        self,
        model: NotGivenOr[str] = NOT_GIVEN,
        *,
        voice: NotGivenOr[str] = NOT_GIVEN,
        language: NotGivenOr[str] = NOT_GIVEN,
        encoding: NotGivenOr[str] = NOT_GIVEN,
        sample_rate: NotGivenOr[int] = NOT_GIVEN,
        base_url: NotGivenOr[str] = NOT_GIVEN,
        api_key: NotGivenOr[str] = NOT_GIVEN,
        api_secret: NotGivenOr[str] = NOT_GIVEN,
        http_session: aiohttp.ClientSession | None = None,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
        fallback: NotGivenOr[Fallback] = NOT_GIVEN,
        conn_options: NotGivenOr[APIConnectOptions] = NOT_GIVEN,
        project: str | None = None,
    ) -> None:
        keys = "keys and addresses come from voicegw.yaml, the keychain or <PROVIDER>_API_KEY"
        not_honoured("TTS", keys, base_url=given(base_url), api_key=given(api_key), api_secret=given(api_secret))
        if given(encoding) not in (None, "pcm_s16le"):
            not_honoured("TTS", "audio comes as pcm_s16le", encoding=encoding)
        self._voice = given(voice)
        self._language = given(language)
        self._rate = given(sample_rate)
        self._extra: dict[str, Any] = dict(given(extra_kwargs) or {})
        self._http = http_session
        self._hanging_up: set[asyncio.Task[None]] = set()
        self._conn_options: APIConnectOptions | None = given(conn_options)
        self._pool = ProviderPool["AnyTTS"](
            self, Modality.TTS, given(model), models_of(given(fallback)), self._build, project
        )
        inner = self._pool.get()
        super().__init__(
            capabilities=inner.capabilities, sample_rate=inner.sample_rate, num_channels=inner.num_channels
        )

    @classmethod
    def from_model_string(cls, model: str) -> TTS:
        """Equal to `TTS(model)`."""
        return cls(model)

    def _build(self, targets: list[Target]) -> AnyTTS:
        options = {"language": self._language, "sample_rate": self._rate, "http_session": self._http, **self._extra}
        options.pop("voice", None)
        # the voice belongs to the first; another provider would not know it
        made = [make_tts(target, self._voice if at == 0 else None, options) for at, target in enumerate(targets)]
        return made[0] if len(made) == 1 else tts.FallbackAdapter(made)

    # -- what LiveKit reads -------------------------------------------------------------------------------------------

    @property
    def model(self) -> str:
        return self._pool.targets()[0].name

    @property
    def provider(self) -> str:
        return self._pool.targets()[0].provider

    @property
    def metrics_metadata(self) -> MetricsMetadata:
        return self._pool.get().metrics_metadata

    @property
    def capabilities(self) -> tts.TTSCapabilities:
        return self._pool.get().capabilities

    @property
    def sample_rate(self) -> int:
        return self._pool.get().sample_rate

    @property
    def num_channels(self) -> int:
        return self._pool.get().num_channels

    @property
    def markup(self) -> tts.TTS.Markup:
        return self._pool.get().markup

    def _set_expressive(self, enabled: bool) -> None:
        super()._set_expressive(enabled)
        for inner in self._pool.each():
            inner._set_expressive(enabled)

    def prewarm(self) -> None:
        self._pool.get().prewarm()

    def update_options(
        self,
        *,
        voice: NotGivenOr[str] = NOT_GIVEN,
        model: NotGivenOr[str] = NOT_GIVEN,
        language: NotGivenOr[str] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> None:
        """From the next utterance on: another voice, model, language or other options of the plugin."""
        if is_given(voice):
            self._voice = voice
        if is_given(language):
            self._language = language
        if is_given(extra_kwargs):
            self._extra.update(extra_kwargs)
        if is_given(model) or is_given(voice):
            # names of voices differ between plugins, so the objects are made again
            self._pool.change(model if is_given(model) else self._pool.model or "")
            self._pool.get()
            return
        changed = {**({"language": language} if is_given(language) else {}), **(given(extra_kwargs) or {})}
        for inner in self._pool.each():
            update(inner, changed)

    # -- work ---------------------------------------------------------------------------------------------------------

    def _with(self, conn_options: APIConnectOptions) -> APIConnectOptions:
        return (
            self._conn_options if self._conn_options and conn_options is DEFAULT_API_CONNECT_OPTIONS else conn_options
        )

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        inner, account = self._pool.open(whole=True, characters=len(text), audio_out_s=len(text) / SLOWEST_SPEECH)
        account.given_bytes = len(text.encode())
        with account.around():
            return closing(inner.synthesize(text, conn_options=self._with(conn_options)))

    def stream(self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> tts.SynthesizeStream:
        inner, account = self._pool.open()
        with account.around():
            stream = closing(inner.stream(conn_options=self._with(conn_options)))
        account.watch_text(stream)
        stream._task.add_done_callback(lambda done: self._hang_up(inner, done))
        return stream

    def _hang_up(self, inner: AnyTTS, done: asyncio.Task[None]) -> None:
        if not done.cancelled() and done.exception() is None:
            return
        task = asyncio.get_running_loop().create_task(hang_up(inner))
        self._hanging_up.add(task)
        task.add_done_callback(self._hanging_up.discard)

    async def aclose(self) -> None:
        await asyncio.gather(*self._hanging_up, return_exceptions=True)
        await self._pool.aclose()
