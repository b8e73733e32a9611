"""An OpenAI Realtime session's settings: what was asked for, checked, with what that means for our streams."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets import g711

SILENCE_MS = 500  # the published default of server_vad
MANUAL_TURNS = 10_000  # ms; the latest endpoint an engine takes: what it ends before the client's commit is gathered
FORMATS = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
"""Format → samples per second."""
MODALITIES = ("text", "audio")
KINDS = ("realtime", "transcription")


def _default(kind: str, model: str) -> dict[str, Any]:
    vad = {
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": SILENCE_MS,
    }  # fmt: skip
    listen: dict[str, Any] = {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": None,
        "noise_reduction": None,
        "turn_detection": vad,
    }
    if kind == "transcription":
        return {"type": kind, "audio": {"input": listen}, "include": None}
    vad |= {"create_response": True, "interrupt_response": True}
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

    def __init__(self, kind: str, model: str, session_id: str) -> None:
        self.model = model
        self._id = session_id
        self.data = _default(kind, model)

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
        base = self.data if kind == self.kind else _default(kind, self.model)
        merged = _merge(copy.deepcopy(base), _from_beta(session), "session")
        _check(merged)
        self.data = merged

    # -- what it means --------------------------------------------------------------------------------------------

    @property
    def input(self) -> dict[str, Any]:
        listen: dict[str, Any] = self.data["audio"]["input"]
        return listen

    @property
    def output(self) -> dict[str, Any]:
        return dict(self.data["audio"].get("output") or {})

    @property
    def endpointing_ms(self) -> int:
        """Silence that ends a turn; MANUAL_TURNS when the client ends turns itself."""
        turn = self.input.get("turn_detection")
        if not turn:
            return MANUAL_TURNS
        if turn["type"] == "semantic_vad":
            return {"low": 1200, "high": 300}.get(str(turn.get("eagerness")), 600)
        return int(turn.get("silence_duration_ms") or SILENCE_MS)

    def turn(self, key: str) -> bool:
        """create_response or interrupt_response; both hold unless switched off."""
        detection = self.input.get("turn_detection") or {}
        return self.kind == "realtime" and bool(detection) and detection.get(key) is not False

    @property
    def stt_model(self) -> str:
        asked = (self.input.get("transcription") or {}).get("model")
        name = str(asked or "whisper-1")
        return name if "/" in name else f"openai/{name}"

    @property
    def llm_model(self) -> str:
        return self.model if "/" in self.model else f"openai/{self.model}"

    @staticmethod
    def law(fmt: Mapping[str, Any]) -> g711.Law | None:
        """The companding of a format, None for plain samples."""
        laws: dict[str, g711.Law] = {"audio/pcmu": "pcmu", "audio/pcma": "pcma"}
        return laws.get(str(fmt.get("type")))

    @staticmethod
    def rate(fmt: Mapping[str, Any]) -> int:
        """Samples per second of a format."""
        return FORMATS[str(fmt.get("type", "audio/pcm"))]


def _from_beta(session: Mapping[str, Any]) -> dict[str, Any]:
    """Take the flat names that clients of the beta still send."""
    result = {k: v for k, v in session.items() if k not in ("id", "object", "expires_at", "client_secret")}
    listen: dict[str, Any] = {}
    speak: dict[str, Any] = {}
    flat = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
    for old, target, new in (
        ("input_audio_format", listen, "format"),
        ("output_audio_format", speak, "format"),
        ("input_audio_transcription", listen, "transcription"),
        ("turn_detection", listen, "turn_detection"),
        ("voice", speak, "voice"),
        ("speed", speak, "speed"),
    ):
        if old in result:
            value = result.pop(old)
            if new == "format":
                value = {"type": flat.get(value, value) if isinstance(value, str) else value}
            target[new] = value
    if "modalities" in result:
        result["output_modalities"] = result.pop("modalities")
    if "max_response_output_tokens" in result:
        result["max_output_tokens"] = result.pop("max_response_output_tokens")
    if listen or speak:
        audio = dict(_object(result, "audio", "session.audio"))
        audio["input"] = {**listen, **_object(audio, "input", "session.audio.input")}
        if speak:
            audio["output"] = {**speak, **_object(audio, "output", "session.audio.output")}
        result["audio"] = audio
    return result


def _object(holder: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
    value = holder.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"{path} must be an object.", param=path)
    return value or {}


def _merge(base: dict[str, Any], change: Mapping[str, Any], path: str) -> dict[str, Any]:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict) and key not in ("format", "turn_detection"):
            _merge(base[key], value, f"{path}.{key}")
        else:
            base[key] = value
    return base


def _check(data: Mapping[str, Any]) -> None:
    audio = data.get("audio")
    if not isinstance(audio, dict):
        raise BadRequest("session.audio must be an object.", param="session.audio")
    for side in ("input", "output"):
        part = audio.get(side)
        if part is None and side == "output":
            continue
        if not isinstance(part, dict):
            raise BadRequest(f"session.audio.{side} must be an object.", param=f"session.audio.{side}")
        fmt = part.get("format")
        if not isinstance(fmt, dict) or not isinstance(fmt.get("type"), str) or fmt["type"] not in FORMATS:
            raise BadRequest(
                f"session.audio.{side}.format.type must be one of {', '.join(FORMATS)}.",
                param=f"session.audio.{side}.format",
            )
        if fmt.get("rate", FORMATS[fmt["type"]]) != FORMATS[fmt["type"]]:
            raise BadRequest(
                f"session.audio.{side}.format.rate must be {FORMATS[fmt['type']]} for {fmt['type']}.",
                param=f"session.audio.{side}.format.rate",
            )
    turn = audio["input"].get("turn_detection")
    if turn is not None:
        if not isinstance(turn, dict) or turn.get("type") not in ("server_vad", "semantic_vad"):
            raise BadRequest(
                "session.audio.input.turn_detection.type must be server_vad or semantic_vad, or turn_detection null.",
                param="session.audio.input.turn_detection",
            )
        silence = turn.get("silence_duration_ms", SILENCE_MS)
        if not isinstance(silence, int) or isinstance(silence, bool) or not 50 <= silence <= 30_000:
            raise BadRequest(
                "turn_detection.silence_duration_ms must be 50 to 30000.",
                param="session.audio.input.turn_detection.silence_duration_ms",
            )
    transcription = audio["input"].get("transcription")
    if transcription is not None and not isinstance(transcription, dict):
        raise BadRequest("session.audio.input.transcription must be an object or null.", param="session.audio.input")
    check_answer(data, "session")
    speed = (audio.get("output") or {}).get("speed", 1.0)
    if not isinstance(speed, int | float) or isinstance(speed, bool) or not 0.25 <= speed <= 4:
        raise BadRequest("session.audio.output.speed must be 0.25 to 4.", param="session.audio.output.speed")


def check_answer(data: Mapping[str, Any], path: str) -> None:
    """Check what a session and a response share; raises BadRequest with the field's path."""
    modalities = data.get("output_modalities")
    if modalities is not None and (
        not isinstance(modalities, list) or not modalities or any(m not in MODALITIES for m in modalities)
    ):
        raise BadRequest(f'{path}.output_modalities must be ["text"] or ["audio"].', param=f"{path}.output_modalities")
    if not isinstance(data.get("tools") or [], list):
        raise BadRequest(f"{path}.tools must be a list.", param=f"{path}.tools")
    if not isinstance(data.get("tool_choice") or "auto", str | dict):
        raise BadRequest(f"{path}.tool_choice must be a word or an object.", param=f"{path}.tool_choice")
    if not isinstance(data.get("instructions") or "", str):
        raise BadRequest(f"{path}.instructions must be text.", param=f"{path}.instructions")
    limit = data.get("max_output_tokens")
    if limit not in (None, "inf") and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise BadRequest(f'{path}.max_output_tokens must be a number or "inf".', param=f"{path}.max_output_tokens")
