"""An OpenAI Realtime session's settings: checked, and translated to the options of transcription, chat and speech."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest, VoiceGatewayError
from voicegw_desktop.core.ports import CLIENT_TURNS, Modality, SttOptions
from voicegw_desktop.core.typed import record
from voicegw_desktop.sockets.audio import g711
from voicegw_desktop.sockets.audio.languages import asked_tag
from voicegw_desktop.sockets.openai.realtime.beta import settings
from voicegw_desktop.sockets.openai.realtime.checks import EAGERNESS, FORMATS, check
from voicegw_desktop.sockets.openai.realtime.fields import TOP, VADS, check_session

Named = Callable[[Modality, str], str]
Check = Callable[[Modality, str], None]
"""Raises VoiceGatewayError for a name that nothing serves for this modality."""
DEFAULT_MODEL = "gpt-realtime"
SILENCE_MS = 500  # the published default of server_vad
KINDS = ("realtime", "transcription")


def _usual_turns(kind: str, vad: str) -> dict[str, Any]:
    turns: dict[str, Any] = {"type": vad}
    if vad == "server_vad":
        turns |= {"threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": SILENCE_MS}
    else:
        turns["eagerness"] = "auto"
    return turns | ({"create_response": True, "interrupt_response": True} if kind == "realtime" else {})


def _default(kind: str, model: str) -> dict[str, Any]:
    listen: dict[str, Any] = {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": _usual_turns(kind, "server_vad"),
    }
    if kind == "transcription":
        return {"type": kind, "audio": {"input": listen}, "include": None}
    return {
        "type": kind,
        "model": model,
        "instructions": "",
        "output_modalities": ["audio"],
        "audio": {
            "input": listen,
            "output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": "alloy", "speed": 1.0},
        },
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "include": None,
    }


class RealtimeConfig:
    """The session object, as the client sees it in session.created and session.updated."""

    def __init__(
        self, kind: str, model: str, session_id: str, named: Named | None = None, check: Check | None = None
    ) -> None:
        """`named(modality, name)`: what to ask for where a client writes a bare name; default: OpenAI's model.

        `check` looks at each model that the client names.
        """
        self._check_model = check or (lambda *_: None)
        self._asked_model = model
        self._named = named or _openai_model
        self._id = session_id
        self.data = _default(kind, model)
        self._silence_named = False
        """Whether the client said how much silence ends a turn."""

    @property
    def kind(self) -> str:
        """`realtime` or `transcription`."""
        return str(self.data["type"])

    def public(self) -> dict[str, Any]:
        """The session object for the wire."""
        return {
            "id": self._id,
            "object": f"realtime.{'transcription_' * (self.kind != 'realtime')}session",
            **self.data,
        }

    def update(self, session: Any) -> None:
        """Merge a session.update; raises BadRequest with the field's path and changes nothing then."""
        if not isinstance(session, dict):
            raise BadRequest('"session" must be an object.', param="session")
        kind = session.get("type", self.kind)
        if kind not in KINDS:
            raise BadRequest(f'session.type "{str(kind)[:40]}" is not one of {", ".join(KINDS)}.', param="session.type")
        new_kind = kind != self.kind
        base = _default(kind, self._asked_model) if new_kind else self.data
        told = settings(session)
        check_session(told, kind)
        merged = _merge(copy.deepcopy(base), told, "session")
        check(merged)
        self._check_models(told)
        self.data = _known(merged)
        listen = record(record(told.get("audio")).get("input"))
        if "turn_detection" in listen or new_kind:
            self._silence_named = record(listen.get("turn_detection")).get("silence_duration_ms") is not None

    def check_asked(self) -> None:
        """Raise VoiceGatewayError where the model that the session was opened with is none that anything serves."""
        if self.data.get("model") != DEFAULT_MODEL:
            self._check_model(Modality.LLM, self.llm_model)

    def _check_models(self, told: Mapping[str, Any]) -> None:
        audio = record(told.get("audio"))
        listen = record(record(audio.get("input")).get("transcription"))
        self._check_named(Modality.STT, listen.get("model"), "session.audio.input.transcription.model")
        self._check_named(Modality.LLM, told.get("model"), "session.model")
        self.check_voice_target(record(audio.get("output")), "session.audio.output")

    def check_voice_target(self, speak: Mapping[str, Any], path: str) -> None:
        """Raise VoiceGatewayError for a voice that is written as a target and is none that anything serves."""
        voice = voice_name(speak)
        if voice is not None and "/" in voice:
            self._check_named(Modality.TTS, voice, f"{path}.voice")

    def _check_named(self, modality: Modality, name: object, path: str) -> None:
        if not isinstance(name, str) or not name:
            return
        asked = self._named(modality, name)
        if asked == f"openai/{name}":
            # the provider's own names stand for what serves here, which their first use shows
            return
        try:
            self._check_model(modality, asked)
        except VoiceGatewayError as e:
            e.param = path
            raise

    # -- what it means --------------------------------------------------------------------------------------------

    @property
    def input(self) -> dict[str, Any]:
        listen: dict[str, Any] = self.data["audio"]["input"]
        return listen

    @property
    def output(self) -> dict[str, Any]:
        return dict(self.data["audio"].get("output") or {})

    @property
    def turn_detection(self) -> dict[str, Any]:
        """The settings of turn detection; empty when the client ends turns itself."""
        return dict(self.input.get("turn_detection") or {})

    @property
    def endpointing_ms(self) -> int | None:
        """Silence that ends a turn; CLIENT_TURNS when the client ends turns itself; None: the program decides."""
        turn = self.turn_detection
        if not turn:
            return CLIENT_TURNS
        if turn["type"] == "semantic_vad":
            return EAGERNESS[str(turn.get("eagerness") or "auto")]
        return int(turn["silence_duration_ms"]) if self._silence_named else None

    @property
    def prefix_ms(self) -> int:
        """Audio before the detected voice that belongs to the turn."""
        return int(self.turn_detection.get("prefix_padding_ms") or 0)

    @property
    def idle_timeout_ms(self) -> int | None:
        """Silence after an answer until the model speaks again; None: it does not."""
        return self.turn_detection.get("idle_timeout_ms") if self.kind == "realtime" else None

    def stt_options(self) -> SttOptions:
        """How the input audio is to be heard."""
        asked = self.input.get("transcription") or {}
        languages: list[str] = asked.get("languages") or []
        turn = self.turn_detection
        extra: dict[str, Any] = {}
        if turn.get("threshold") is not None:
            extra["vad_threshold"] = turn["threshold"]
        return SttOptions(
            language=asked_tag(asked.get("language") or (languages[0] if len(languages) == 1 else None)),
            rate=self.rate(self.input["format"]),
            endpointing_ms=self.endpointing_ms,
            endpointing="adaptive" if turn.get("type") == "semantic_vad" else None,
            prompt=asked.get("prompt"),
            keyterms=tuple(asked.get("keywords") or ()),
            steady=True,
            words=False,
            extra=extra,
        )

    def turn(self, key: str) -> bool:
        """create_response or interrupt_response; both hold unless switched off."""
        turn = self.turn_detection
        return self.kind == "realtime" and bool(turn) and turn.get(key) is not False

    @property
    def stt_model(self) -> str:
        asked = (self.input.get("transcription") or {}).get("model")
        return self._named(Modality.STT, str(asked or "whisper-1"))

    @property
    def llm_model(self) -> str:
        return self._named(Modality.LLM, str(self.data.get("model") or self._asked_model))

    @staticmethod
    def law(fmt: Mapping[str, Any]) -> g711.Law | None:
        """The companding of a format, None for plain samples."""
        laws: dict[str, g711.Law] = {"audio/pcmu": "pcmu", "audio/pcma": "pcma"}
        return laws.get(str(fmt.get("type")))

    @staticmethod
    def rate(fmt: Mapping[str, Any]) -> int:
        """Samples per second of a format."""
        return FORMATS[str(fmt.get("type", "audio/pcm"))]


def voice_name(speak: Mapping[str, Any]) -> str | None:
    """The voice that a session's or a response's output names, as text or as an object with an id."""
    voice = speak.get("voice")
    voice = voice.get("id") if isinstance(voice, dict) else voice
    return str(voice) if voice else None


def _openai_model(_modality: Modality, name: str) -> str:
    return name if "/" in name else f"openai/{name}"


def _merge(base: dict[str, Any], change: Mapping[str, Any], path: str) -> dict[str, Any]:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict) and key not in ("format", "turn_detection"):
            _merge(base[key], value, f"{path}.{key}")
        else:
            base[key] = value
    return base


def _known(data: dict[str, Any]) -> dict[str, Any]:
    """What the session object shows: without what has no effect here."""
    result = _only(data, TOP[data["type"]])
    listen = dict(data["audio"]["input"])
    listen["format"] = _format(listen["format"])
    # nothing here reduces noise, and the session says so
    listen["noise_reduction"] = None
    if listen.get("turn_detection"):
        given = {k: v for k, v in listen["turn_detection"].items() if v is not None}
        usual = _usual_turns(data["type"], given["type"])
        listen["turn_detection"] = {**usual, **_only(given, VADS[given["type"]])}
    result["audio"] = {"input": listen}
    if data["type"] == "realtime":
        result["tools"] = data.get("tools") or []
        speak = data["audio"].get("output") or {}
        result["audio"]["output"] = {**speak, "format": _format(speak["format"])}
    return result


def _only(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {k: v for k, v in data.items() if k in names}


def _format(fmt: Mapping[str, Any]) -> dict[str, Any]:
    # only plain samples carry a rate; the telephone's is in the name
    return {"type": fmt["type"], **({"rate": 24_000} if fmt["type"] == "audio/pcm" else {})}
