"""What a Realtime session or an answer may be set to: each check raises BadRequest with the path of the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.ports import CLIENT_TURNS
from voicegw_desktop.core.typed import record
from voicegw_desktop.sockets.audio.languages import asked_tag
from voicegw_desktop.sockets.chat.checks import token_limit
from voicegw_desktop.sockets.openai.realtime.fields import VADS

FORMATS = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
"""Format → samples per second."""
MODALITIES = ("text", "audio")
EAGERNESS = {"low": 1200, "medium": 600, "auto": 600, "high": 300}
"""semantic_vad's eagerness → milliseconds of silence that end a turn when sound and words do not tell."""
CHOICES = ("auto", "none", "required")
RANGES = {
    "threshold": (0.0, 1.0),
    "prefix_padding_ms": (0, 5_000),
    "silence_duration_ms": (50, CLIENT_TURNS),
    "idle_timeout_ms": (5_000, 30_000),
}
"""What server_vad's numbers may be."""


def check(data: dict[str, Any]) -> None:
    """Check a session object."""
    audio = data.get("audio")
    if not isinstance(audio, dict):
        raise BadRequest("session.audio must be an object.", param="session.audio")
    for side in ("input", "output"):
        part = audio.get(side)
        if part is None and side == "output" and data.get("type") == "transcription":
            # its session has no voice
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
    _check_truncation(data.get("truncation"))
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


def _check_truncation(how: object) -> None:
    path = "session.truncation"
    if how in (None, "auto", "disabled"):
        return
    share = record(how).get("retention_ratio")
    fits = isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1
    if record(how).get("type") != "retention_ratio" or not fits:
        raise BadRequest(
            f'{path} must be auto, disabled, or {{"type": "retention_ratio", "retention_ratio": 0 to 1}}.', param=path
        )


def _names_a_function(choice: object) -> bool:
    given = record(choice)
    name = given.get("name") or record(given.get("function")).get("name")
    return given.get("type") == "function" and isinstance(name, str)


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
    if not _names_a_function(choice) and (isinstance(choice, dict) or choice not in CHOICES):
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
