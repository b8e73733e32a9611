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
from voicegw_desktop.sockets.chat.checks import token_limit
from voicegw_desktop.sockets.openai.realtime.beta import settings

Named = Callable[[Modality, str], str]
Check = Callable[[Modality, str], None]
"""Raises BadRequest for a model that is known and cannot do this."""
DEFAULT_MODEL = "gpt-realtime"
SILENCE_MS = 500  # the published default of server_vad
FORMATS = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
"""Format → samples per second."""
MODALITIES = ("text", "audio")
KINDS = ("realtime", "transcription")
EAGERNESS = {"low": 1200, "medium": 600, "auto": 600, "high": 300}
"""semantic_vad's eagerness → milliseconds of silence that end a turn when sound and words do not tell."""
TOP = {
    "realtime": (
        "type", "model", "instructions", "output_modalities", "audio", "tools", "tool_choice", "max_output_tokens",
        "truncation", "parallel_tool_calls", "reasoning", "include",
    ),
    "transcription": ("type", "audio", "include"),
}  # fmt: skip
LISTEN = ("format", "noise_reduction", "transcription", "turn_detection")
SPEAK = ("format", "voice", "speed")
CHOICES = ("auto", "none", "required")
TOOL = ("type", "name", "description", "parameters")
TRANSCRIPTION = ("model", "language", "languages", "prompt", "keywords", "delay")
VADS = {
    "server_vad": ("type", "threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms",
                   "create_response", "interrupt_response"),
    "semantic_vad": ("type", "eagerness", "create_response", "interrupt_response"),
}  # fmt: skip
RANGES = {
    "threshold": (0.0, 1.0),
    "prefix_padding_ms": (0, 5_000),
    "silence_duration_ms": (50, CLIENT_TURNS),
    "idle_timeout_ms": (5_000, 30_000),
}
"""What server_vad's numbers may be."""


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

        `check` looks at each model that a session.update names.
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
        merged = _merge(copy.deepcopy(base), told, "session")
        _check(merged)
        self._check_models(told)
        self.data = _known(merged)
        listen = record(record(told.get("audio")).get("input"))
        if "turn_detection" in listen or new_kind:
            self._silence_named = record(listen.get("turn_detection")).get("silence_duration_ms") is not None

    def _check_models(self, told: Mapping[str, Any]) -> None:
        listen = record(record(record(told.get("audio")).get("input")).get("transcription"))
        asked = (
            (Modality.STT, listen.get("model"), "session.audio.input.transcription.model"),
            (Modality.LLM, told.get("model"), "session.model"),
        )
        for modality, name, path in asked:
            try:
                if name:
                    self._check_model(modality, self._named(modality, str(name)))
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
        turn = self.turn_detection
        extra: dict[str, Any] = {}
        if turn.get("threshold") is not None:
            extra["vad_threshold"] = turn["threshold"]
        return SttOptions(
            language=asked_tag(asked.get("language") or next(iter(asked.get("languages") or ()), None)),
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
    """Only what the published session object has: what a newer client sends beside it is not kept, nor shown."""
    result = _only(data, TOP[data["type"]])
    listen = _only(data["audio"]["input"], LISTEN)
    listen["format"] = _format(listen["format"])
    # nothing here reduces noise, and the session says so
    listen["noise_reduction"] = None
    if listen.get("transcription"):
        listen["transcription"] = _only(listen["transcription"], TRANSCRIPTION)
    if listen.get("turn_detection"):
        given = {k: v for k, v in listen["turn_detection"].items() if v is not None}
        usual = _usual_turns(data["type"], given["type"])
        listen["turn_detection"] = {**usual, **_only(given, VADS[given["type"]])}
    result["audio"] = {"input": listen}
    if data["type"] == "realtime":
        result["tools"] = [_only(t, TOOL) for t in data.get("tools") or ()]
        speak = _only(data["audio"].get("output") or {}, SPEAK)
        result["audio"]["output"] = {**speak, "format": _format(speak["format"])}
    return result


def _only(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {k: v for k, v in data.items() if k in names}


def _format(fmt: Mapping[str, Any]) -> dict[str, Any]:
    # only plain samples carry a rate; the telephone's is in the name
    return {"type": fmt["type"], **({"rate": 24_000} if fmt["type"] == "audio/pcm" else {})}


# -- checks: each raises BadRequest with the field's path -------------------------------------------------------------


def _check(data: dict[str, Any]) -> None:
    audio = data.get("audio")
    if not isinstance(audio, dict):
        raise BadRequest("session.audio must be an object.", param="session.audio")
    for side in ("input", "output"):
        part = audio.get(side)
        if part is None and side == "output":
            continue
        if not isinstance(part, dict):
            raise BadRequest(f"session.audio.{side} must be an object.", param=f"session.audio.{side}")
        check_format(part.get("format"), f"session.audio.{side}.format")
    _check_turns(audio["input"].get("turn_detection"))
    _check_transcription(audio["input"].get("transcription"))
    check_answer(data, "session")
    check_voice(audio.get("output") or {}, "session.audio.output")
    if not isinstance(data.get("model") or "", str):
        raise BadRequest("session.model must be a name.", param="session.model")
    include = data.get("include")
    if include is not None and (not isinstance(include, list) or any(not isinstance(i, str) for i in include)):
        raise BadRequest("session.include must be a list of names.", param="session.include")


def check_format(fmt: Any, path: str) -> None:
    """Check an audio format object."""
    if not isinstance(fmt, dict) or not isinstance(fmt.get("type"), str) or fmt["type"] not in FORMATS:
        raise BadRequest(f"{path}.type must be one of {', '.join(FORMATS)}.", param=path)
    rate = FORMATS[fmt["type"]]
    if fmt.get("rate") not in (None, rate):
        raise BadRequest(f"{path}.rate must be {rate} for {fmt['type']}.", param=f"{path}.rate")


def _check_turns(turn: Any) -> None:
    path = "session.audio.input.turn_detection"
    if turn is None:
        return
    if not isinstance(turn, dict) or not isinstance(turn.get("type"), str) or turn["type"] not in VADS:
        raise BadRequest(f"{path}.type must be server_vad or semantic_vad, or turn_detection null.", param=path)
    for name in ("create_response", "interrupt_response"):
        if not isinstance(turn.get(name, True), bool | None):
            raise BadRequest(f"{path}.{name} must be true or false.", param=f"{path}.{name}")
    if turn["type"] == "semantic_vad":
        if isinstance(turn.get("eagerness"), str):
            turn["eagerness"] = turn["eagerness"].lower()
        if turn.get("eagerness") not in (None, *EAGERNESS):
            raise BadRequest(f"{path}.eagerness must be one of {', '.join(EAGERNESS)}.", param=f"{path}.eagerness")
        return
    for name, (low, high) in RANGES.items():
        value = turn.get(name)
        kinds = int if isinstance(low, int) else int | float
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = turn[name] = int(value)
        if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
            raise BadRequest(f"{path}.{name} must be {low:g} to {high:g}.", param=f"{path}.{name}")


def _check_transcription(asked: Any) -> None:
    path = "session.audio.input.transcription"
    if asked is None:
        return
    if not isinstance(asked, dict):
        raise BadRequest(f"{path} must be an object or null.", param=path)
    for name in ("model", "language", "prompt", "delay"):
        if not isinstance(asked.get(name) or "", str):
            raise BadRequest(f"{path}.{name} must be text.", param=f"{path}.{name}")
    asked_tag(asked.get("language"))
    for name in ("languages", "keywords"):
        value = asked.get(name) or []
        if not isinstance(value, list) or any(not isinstance(v, str) for v in value):
            raise BadRequest(f"{path}.{name} must be a list of texts.", param=f"{path}.{name}")


def check_voice(speak: Mapping[str, Any], path: str) -> None:
    """Check the voice and its speed."""
    voice = speak.get("voice")
    if not isinstance(voice.get("id") if isinstance(voice, dict) else voice or "", str):
        raise BadRequest(f"{path}.voice must be a name.", param=f"{path}.voice")
    speed = speak.get("speed")
    if speed is not None and (isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.25 <= speed <= 4):
        raise BadRequest(f"{path}.speed must be 0.25 to 4.", param=f"{path}.speed")


def check_answer(data: dict[str, Any], path: str) -> None:
    """Check what a session and a response share."""
    modalities = data.get("output_modalities")
    if isinstance(modalities, list):
        modalities = data["output_modalities"] = [m.lower() if isinstance(m, str) else m for m in modalities]
    if modalities is not None and (
        not isinstance(modalities, list) or not modalities or any(m not in MODALITIES for m in modalities)
    ):
        raise BadRequest(f'{path}.output_modalities must be ["text"] or ["audio"].', param=f"{path}.output_modalities")
    tools = data.get("tools") or []
    if not isinstance(tools, list):
        raise BadRequest(f"{path}.tools must be a list.", param=f"{path}.tools")
    for i, tool in enumerate(tools):
        if not isinstance(tool, dict) or tool.get("type") != "function" or not isinstance(tool.get("name"), str):
            raise BadRequest(
                f'{path}.tools[{i}] must be of type "function" and have a name; other tools are not served here.',
                param=f"{path}.tools[{i}]",
            )
    choice = data.get("tool_choice") or "auto"
    if not isinstance(choice, dict) and choice not in CHOICES:
        raise BadRequest(
            f"{path}.tool_choice must be one of {', '.join(CHOICES)}, or an object that names a function.",
            param=f"{path}.tool_choice",
        )
    if not isinstance(data.get("instructions") or "", str):
        raise BadRequest(f"{path}.instructions must be text.", param=f"{path}.instructions")
    limit = data.get("max_output_tokens")
    if limit is not None:
        try:
            data["max_output_tokens"] = token_limit(-1 if limit == "inf" else limit) or "inf"
        except ValueError:
            raise BadRequest(
                f'{path}.max_output_tokens must be a whole number above 0, or "inf".', param=f"{path}.max_output_tokens"
            ) from None
    if data.get("prompt") is not None:
        raise BadRequest(
            f"{path}.prompt names a template that lies at OpenAI; send its words as instructions.",
            param=f"{path}.prompt",
        )
