"""`inference.STT`: any transcription target behind one LiveKit class, metered."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, LanguageCode, stt, utils, vad
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr
from livekit.agents.utils import is_given

from voicegw_desktop.core.ports import Modality, Target
from voicegw_desktop.inference._accounts import LEASE_S
from voicegw_desktop.inference._base import ProviderPool
from voicegw_desktop.inference._choose import make_stt, models_of, not_honoured
from voicegw_desktop.inference._metrics import settle_stream
from voicegw_desktop.providers.cloud import closing

if TYPE_CHECKING:
    from livekit.agents.llm.chat_context import MetricsMetadata
    from livekit.agents.voice import ConversationItemAddedEvent

    from voicegw_desktop.inference._base import AnySTT
    from voicegw_desktop.inference._choose import Fallback

T = TypeVar("T")
TAIL_S = 1.0  # of silence after a recording given to a provider with live streams only
PIECE_MS = 100  # of a recording pushed at once to such a provider
ANSWER_S = 30.0  # s such a provider may take for a recording after its end
QUIET_S = 1.0  # s without a word after the last one: the recording is transcribed


def given(value: NotGivenOr[T]) -> T | None:
    """None where LiveKit says NOT_GIVEN."""
    return value if is_given(value) else None


class STT(stt.STT[str]):
    """`STT("deepgram/nova-3")`, `STT("whisper/base", language="en")`, or `STT()` for the project's default stack.

    Takes what `livekit.agents.inference.STT` takes. `extra_kwargs` go to the provider's plugin. Credentials and address
    of LiveKit's own service have no meaning here: keys come from the configuration. `project` pays.
    """

    def __init__(
        self,
        model: NotGivenOr[str] = NOT_GIVEN,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        base_url: NotGivenOr[str] = NOT_GIVEN,
        encoding: NotGivenOr[str] = NOT_GIVEN,
        sample_rate: NotGivenOr[int] = NOT_GIVEN,
        api_key: NotGivenOr[str] = NOT_GIVEN,
        api_secret: NotGivenOr[str] = NOT_GIVEN,
        http_session: aiohttp.ClientSession | None = None,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
        fallback: NotGivenOr[Fallback] = NOT_GIVEN,
        conn_options: NotGivenOr[APIConnectOptions] = NOT_GIVEN,
        vad: NotGivenOr[vad.VAD | None] = NOT_GIVEN,
        project: str | None = None,
    ) -> None:
        keys = "keys and addresses come from voicegw.yaml, the keychain or <PROVIDER>_API_KEY"
        not_honoured("STT", keys, base_url=given(base_url), api_key=given(api_key), api_secret=given(api_secret))
        if given(encoding) not in (None, "pcm_s16le"):
            not_honoured("STT", "audio goes out as pcm_s16le", encoding=encoding)
        self._language = given(language)
        self._rate = given(sample_rate)
        self._extra: dict[str, Any] = dict(given(extra_kwargs) or {})
        self._http, self._vad = http_session, given(vad)
        self._conn_options: APIConnectOptions | None = given(conn_options)
        self._pool = ProviderPool["AnySTT"](
            self, Modality.STT, given(model), models_of(given(fallback)), self._build, project
        )
        super().__init__(capabilities=self._pool.get().capabilities)

    @classmethod
    def from_model_string(cls, model: str) -> STT:
        """Equal to `STT(model)`."""
        return cls(model)

    def _build(self, targets: list[Target]) -> AnySTT:
        options = {"language": self._language, "sample_rate": self._rate, "http_session": self._http, **self._extra}
        made: list[stt.STT[str]] = [make_stt(target, options) for target in targets]
        if self._vad is not None:
            made = [one if one.capabilities.streaming else stt.StreamAdapter(stt=one, vad=self._vad) for one in made]
        if len(made) == 1:
            return made[0]
        from livekit.agents import inference

        cut = None if all(one.capabilities.streaming for one in made) else inference.VAD()
        return stt.FallbackAdapter(made, vad=cut)

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
    def capabilities(self) -> stt.STTCapabilities:
        # a provider with live streams only transcribes recordings too, through one of those
        return dataclasses.replace(self._pool.get().capabilities, offline_recognize=True)

    def prewarm(self) -> None:
        self._pool.get().prewarm()

    def _update_session_keyterms(self, keyterms: list[str]) -> None:
        for inner in self._pool.each():
            inner._update_session_keyterms(keyterms)

    def _push_conversation_item(self, ev: ConversationItemAddedEvent) -> None:
        for inner in self._pool.each():
            inner._push_conversation_item(ev)

    def update_options(
        self,
        *,
        model: NotGivenOr[str] = NOT_GIVEN,
        language: NotGivenOr[str] = NOT_GIVEN,
        extra: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> None:
        """Change language or options, of open streams too where the provider can; a model, from the next stream."""
        if is_given(language):
            self._language = language
        if is_given(extra):
            self._extra.update(extra)
        if is_given(model):
            self._pool.change(model)
            self._capabilities = self._pool.get().capabilities
            return
        changed = {**({"language": language} if is_given(language) else {}), **(given(extra) or {})}
        for inner in self._pool.each():
            update(inner, changed)

    # -- work ---------------------------------------------------------------------------------------------------------

    def _with(self, conn_options: APIConnectOptions) -> APIConnectOptions:
        return (
            self._conn_options if self._conn_options and conn_options is DEFAULT_API_CONNECT_OPTIONS else conn_options
        )

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        inner, account = self._pool.open(audio_in_s=LEASE_S, streamed=True)
        with account.around():
            stream = closing(inner.stream(language=language, conn_options=self._with(conn_options)))
        account.watch(stream)
        settle_stream(account, stream._task, getattr(stream, "_metrics_task", None))
        return stream

    async def recognize(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.SpeechEvent:
        options = self._with(conn_options)
        if self._pool.get().capabilities.offline_recognize:
            frames = buffer if isinstance(buffer, list) else [buffer]
            inner, account = self._pool.open(whole=True, audio_in_s=sum(f.duration for f in frames))
            account.given_bytes = sum(f.data.nbytes for f in frames)
            with account.around():
                return await inner.recognize(buffer, language=language, conn_options=options)
        return await self._through_stream(buffer, language, options)

    async def _recognize_impl(
        self, buffer: utils.AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        return await self.recognize(buffer, language=language, conn_options=conn_options)

    async def _through_stream(
        self, buffer: utils.AudioBuffer, language: NotGivenOr[str], conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        frame = rtc.combine_audio_frames(buffer)
        finals: list[stt.SpeechData] = []
        request = ""
        async with self.stream(language=language, conn_options=conn_options) as stream:
            # a stream that failed refuses audio, and says below why it failed
            with contextlib.suppress(RuntimeError):
                await _play(stream, frame)
            while True:
                try:
                    async with asyncio.timeout(QUIET_S if finals else ANSWER_S):
                        event = await anext(stream, None)
                except TimeoutError:
                    if finals:
                        break
                    raise APIConnectionError(f"{self.model} gave no transcript within {ANSWER_S:.0f} s") from None
                if event is None:
                    break
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT and event.alternatives:
                    finals.append(event.alternatives[0])
                    request = event.request_id or request
        if finals:
            whole = dataclasses.replace(
                finals[0],
                text=" ".join(f.text for f in finals if f.text),
                end_time=finals[-1].end_time,
                words=[w for f in finals for w in f.words or ()] or None,
            )
        else:
            whole = stt.SpeechData(language=LanguageCode(self._language or ""), text="")
        return stt.SpeechEvent(stt.SpeechEventType.FINAL_TRANSCRIPT, request_id=request, alternatives=[whole])

    async def aclose(self) -> None:
        await self._pool.aclose()


async def _play(stream: stt.RecognizeStream, frame: rtc.AudioFrame) -> None:
    # some plugins look at the input only once they have begun
    await asyncio.sleep(0)
    for piece in _pieces(frame):
        stream.push_frame(piece)
        await asyncio.sleep(0)
    channels = frame.num_channels
    stream.push_frame(rtc.AudioFrame.create(frame.sample_rate, channels, int(frame.sample_rate * TAIL_S)))
    stream.end_input()


def _pieces(frame: rtc.AudioFrame) -> list[rtc.AudioFrame]:
    pcm, rate, channels = bytes(frame.data), frame.sample_rate, frame.num_channels
    size = rate * PIECE_MS // 1000 * 2 * channels
    cut = (pcm[at : at + size] for at in range(0, len(pcm), size))
    return [rtc.AudioFrame(one, rate, channels, len(one) // 2 // channels) for one in cut]


def update(inner: object, changed: dict[str, Any]) -> None:
    """Give an inner object's `update_options` those of the changes it knows."""
    method: Callable[..., object] | None = getattr(inner, "update_options", None)
    if method is None or not changed:
        return
    parameters = inspect.signature(method).parameters
    anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    known = {k: v for k, v in changed.items() if anything or k in parameters}
    if known:
        method(**known)
