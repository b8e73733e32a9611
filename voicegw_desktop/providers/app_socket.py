"""The running app as a source of speech and chat: LiveKit Inference's wire on its control channel."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from voicegw_desktop.core.control import Channel
from voicegw_desktop.core.errors import EngineUnavailable, UpstreamError
from voicegw_desktop.core.events import (
    Alignment,
    Audio,
    EndOfStream,
    Final,
    Interim,
    SpeechStarted,
    SttEvent,
    TtsEvent,
    UtteranceDone,
    Word,
)
from voicegw_desktop.core.ports import NO_OPTIONS, ChatOptions, SttOptions, TtsOptions

if TYPE_CHECKING:
    import aiohttp

BASE = "/v1"
HELLO_TIMEOUT = 2.0  # s for the app to say that it is there
DEFAULT_RATE = 24_000


class AppSocket:
    """The app of one profile (`Paths.socket`); `project` and `session` go with every request."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._channel: Channel | None = None

    def http(self) -> aiohttp.ClientSession:
        """The connection pool of the running loop. ConnectionRefusedError when the app does not run."""
        import aiohttp

        if self._channel is None:
            timeout = aiohttp.ClientTimeout(total=None)
            self._channel = Channel(self.path, limit=0, timeout=timeout, auto_decompress=False)
        return self._channel.http()

    async def answers(self) -> bool:
        """True when the app answers."""
        import aiohttp

        try:
            timeout = aiohttp.ClientTimeout(total=HELLO_TIMEOUT)
            async with self.http().get("/health", timeout=timeout) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def aclose(self) -> None:
        """Close the connections."""
        if self._channel is not None:
            await self._channel.aclose()

    def _headers(self) -> dict[str, str]:
        from voicegw_desktop.gateway.attribution import get_active_project, get_active_session

        headers = {"User-Agent": "voicegw-desktop python"}
        if project := get_active_project(""):
            headers["X-VoiceGW-Project"] = project
        if session := get_active_session():
            headers["X-VoiceGW-Session"] = session
        return headers

    async def dial(self, path: str, model: str) -> Wire:
        """Open a WebSocket of LiveKit Inference's wire."""
        import aiohttp

        try:
            ws = await self.http().ws_connect(
                f"{BASE}{path}", params={"model": model}, headers=self._headers(), max_msg_size=0
            )
        except aiohttp.WSServerHandshakeError as error:
            raise UpstreamError(
                f"VoiceGateway's socket refused {model} ({error.status}: {error.message}).",
                upstream_status=error.status,
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise EngineUnavailable(
                f"VoiceGateway's socket {self.path} cannot be reached ({type(error).__name__}). Is the app running?"
            ) from None
        return Wire(ws)

    async def open_stt(self, model: str, options: SttOptions) -> AppSttStream:
        """A transcription stream of the app, which routes and meters it."""
        return await AppSttStream.open(await self.dial("/stt", model), model, options)

    async def open_tts(self, model: str, options: TtsOptions) -> AppTtsStream:
        """An utterance spoken by the app, which routes and meters it."""
        return await AppTtsStream.open(await self.dial("/tts", model), model, options)

    async def post(self, path: str, body: Mapping[str, Any], options: ChatOptions = NO_OPTIONS) -> AppReply:
        """A chat request to the app, which routes and meters it."""
        import aiohttp

        headers = self._headers()
        if options.keep_alive is not None:
            headers["X-VoiceGW-Keep-Alive"] = options.keep_alive
        try:
            response = await self.http().post(f"{BASE}{path}", json=body, headers=headers)
        except (aiohttp.ClientError, OSError) as error:
            raise EngineUnavailable(
                f"VoiceGateway's socket {self.path} cannot be reached ({type(error).__name__}). Is the app running?"
            ) from None
        return AppReply(response)


class AppReply:
    """A `core.ports.ChatReply`."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = {k.lower(): v for k, v in response.headers.items()}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import aiohttp

        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError):
            raise UpstreamError("VoiceGateway's socket broke off in the middle of its answer.") from None

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self])

    async def close(self) -> None:
        self._response.close()


class Wire:
    """One WebSocket: JSON out, JSON in."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self.over = False

    async def send(self, **message: Any) -> None:
        """Send one message; a connection that is gone shows on the receiving side."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._ws.send_str(json.dumps(message))

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None when this side closed the connection. Raises what the gateway reports."""
        import aiohttp

        message = await self._ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            if self.over:
                return None
            raise UpstreamError("VoiceGateway's socket closed in the middle of the request.")
        value: dict[str, Any] = json.loads(message.data)
        if value.get("type") == "error":
            code = value.get("code")
            text = str(value.get("message") or "VoiceGateway's socket reports an error.")
            raise UpstreamError(text, upstream_status=code if isinstance(code, int) and code >= 400 else None)
        return value

    async def close(self) -> None:
        """Close the connection at once."""
        self.over = True
        with contextlib.suppress(ConnectionError, RuntimeError):
            transport = self._ws._response.connection and self._ws._response.connection.transport
            if transport is not None:
                transport.abort()
            await self._ws.close()


class AppSttStream:
    """A `core.ports.SttStream` over the app's socket."""

    interims = True

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._ended = False

    @classmethod
    async def open(cls, wire: Wire, model: str, options: SttOptions) -> Self:
        """Send the session's settings: model, language, options."""
        extra = {k: v for k, v in options.extra.items() if isinstance(v, str | int | float | bool | list)}
        if options.keyterms:
            extra["keyterms"] = list(options.keyterms)
        if options.endpointing_ms is not None:
            extra["endpointing"] = options.endpointing_ms
        settings = {"sample_rate": str(options.rate), "encoding": "pcm_s16le", "extra": extra}
        if options.language:
            settings["language"] = options.language
        await wire.send(type="session.create", model=model, settings=settings)
        return cls(wire)

    async def push(self, pcm: bytes) -> None:
        if not self._ended and pcm:
            await self._wire.send(type="input_audio", audio=base64.b64encode(pcm).decode())

    async def commit(self) -> None:
        # LiveKit's own wire has no word for it; the gateway takes this one
        await self._wire.send(type="session.commit")

    async def end(self) -> None:
        if not self._ended:
            self._ended = True
            await self._wire.send(type="session.finalize")

    async def cancel(self) -> None:
        await self._wire.close()

    async def __aiter__(self) -> AsyncIterator[SttEvent]:
        heard = 0.0
        while (message := await self._wire.receive()) is not None:
            kind = str(message["type"])
            if kind == "start_of_speech":
                yield SpeechStarted(heard)
            elif kind in ("interim_transcript", "preflight_transcript"):
                start, pause = float(message.get("start", 0.0)), kind == "preflight_transcript"
                yield Interim(message["transcript"], "", message.get("language"), start, pause)
            elif kind == "final_transcript":
                start, length = float(message.get("start", 0.0)), float(message.get("duration", 0.0))
                heard = max(heard, start + length)
                spoken: list[dict[str, Any]] = message.get("words") or []
                words = tuple(
                    Word(str(w["word"]), float(w["start"]), float(w["end"]), float(w.get("confidence", 1.0)))
                    for w in spoken
                )
                confidence = float(message.get("confidence", 1.0))
                language = message.get("language")
                yield Final(message["transcript"], language, start, start + length, words, (), confidence)
            elif kind in ("session.finalized", "session.closed"):
                break
        self._wire.over = True
        await self._wire.close()
        yield EndOfStream(heard)


class AppTtsStream:
    """A `core.ports.TtsStream` over the app's socket."""

    def __init__(self, wire: Wire, rate: int) -> None:
        self._wire, self._rate = wire, rate
        self._ended = False
        self._characters = 0

    @classmethod
    async def open(cls, wire: Wire, model: str, options: TtsOptions) -> Self:
        """Send the session's settings: model, voice, language."""
        rate = options.rate or DEFAULT_RATE
        extra: dict[str, Any] = {"add_timestamps": bool(options.extra.get("alignment"))}
        if options.speed != 1.0:
            extra["speed"] = options.speed
        message: dict[str, Any] = {"sample_rate": str(rate), "encoding": "pcm_s16le", "model": model, "extra": extra}
        message |= {k: v for k, v in (("voice", options.voice), ("language", options.language)) if v}
        await wire.send(type="session.create", **message)
        return cls(wire, rate)

    async def push(self, text: str) -> None:
        if text and not self._ended:
            self._characters += len(text)
            await self._wire.send(type="input_transcript", transcript=text, generation_config={}, extra={})

    async def end(self) -> None:
        if not self._ended:
            self._ended = True
            await self._wire.send(type="session.flush")

    async def cancel(self) -> None:
        await self._wire.close()

    async def __aiter__(self) -> AsyncIterator[TtsEvent]:
        spoken = 0
        while (message := await self._wire.receive()) is not None:
            kind = str(message["type"])
            if kind == "output_audio":
                pcm = base64.b64decode(message["audio"])
                spoken += len(pcm)
                yield Audio(pcm, self._rate)
            elif kind == "output_alignment":
                words: list[dict[str, Any]] = message.get("words") or []
                yield Alignment(tuple(Word(str(w["word"]), float(w["start"]), float(w["end"])) for w in words))
            elif kind == "done":
                break
        self._wire.over = True
        await self._wire.close()
        yield UtteranceDone(self._characters, spoken / 2 / self._rate)
