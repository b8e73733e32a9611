"""The Realtime beta's events and settings, for clients that ask for them (`OpenAI-Beta: realtime=v1`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.sockets.http.browser_keys import OPENAI_BETA, offered_protocols

FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_OLD_FORMATS = {new: old for old, new in FORMATS.items()}
_PARTS = {"output_text": "text", "output_audio": "audio"}
_EVENTS = {
    "conversation.item.added": "conversation.item.created",
    **{
        f"response.output_{new}.{step}": f"response.{new}.{step}"
        for new in ("text", "audio", "audio_transcript")
        for step in ("delta", "done")
    },
}
_NEW_ONLY = frozenset({"conversation.item.done", "input_audio_buffer.timeout_triggered"})
"""Events that the beta does not have."""
USUAL_TEMPERATURE = 0.8


def asked_for(request: web.BaseRequest) -> bool:
    """Whether a client wants the beta's names."""
    header = ",".join(request.headers.getall("OpenAI-Beta", []))
    return "realtime=v1" in header.replace(" ", "") or OPENAI_BETA in offered_protocols(request)


# -- to the client ----------------------------------------------------------------------------------------------------


def event(sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """A server event as the beta has it; None for one that it does not have."""
    kind = str(sent["type"])
    if kind in _NEW_ONLY:
        return None
    found = {**sent, "type": _EVENTS.get(kind, kind)}
    if "session" in found:
        if found["session"].get("type") == "transcription":
            found["type"] = f"transcription_{kind}"
        found["session"] = session(found["session"])
    if "item" in found:
        found["item"] = _item(found["item"])
    if "response" in found:
        found["response"] = _response(found["response"])
    return found


def session(public: Mapping[str, Any]) -> dict[str, Any]:
    """The session object with the beta's flat names."""
    listen: Mapping[str, Any] = public["audio"]["input"]
    flat: dict[str, Any] = {
        "id": public["id"],
        "object": public["object"],
        "input_audio_format": _format(listen["format"]),
        "input_audio_transcription": listen.get("transcription"),
        "input_audio_noise_reduction": listen.get("noise_reduction"),
        "turn_detection": listen.get("turn_detection"),
        "include": public.get("include"),
    }
    if public["type"] == "transcription":
        return {**flat, "modalities": ["audio", "text"]}
    speak: Mapping[str, Any] = public["audio"]["output"]
    return {
        **flat,
        "model": public["model"],
        "modalities": _modalities(public["output_modalities"]),
        "instructions": public["instructions"],
        "voice": speak.get("voice"),
        "speed": speak.get("speed"),
        "output_audio_format": _format(speak["format"]),
        "tools": public["tools"],
        "tool_choice": public["tool_choice"],
        "temperature": USUAL_TEMPERATURE,
        "max_response_output_tokens": public["max_output_tokens"],
        "tracing": None,
    }


def _format(fmt: Mapping[str, Any]) -> str:
    return _OLD_FORMATS[str(fmt["type"])]


def _modalities(given: list[str] | None) -> list[str]:
    # null stands for the usual, and in the beta sound never comes alone
    return ["audio", "text"] if not given or "audio" in given else list(given)


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(item.get("content"), list):
        return dict(item)
    content = [{**part, "type": _PARTS.get(part["type"], part["type"])} for part in item["content"]]
    return {**item, "content": content}


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    speak: Mapping[str, Any] = response["audio"]["output"]
    found = {k: v for k, v in response.items() if k not in ("audio", "output_modalities")}
    fmt = speak.get("format")
    return {
        **found,
        "output": [_item(item) for item in response["output"]],
        "modalities": _modalities(response["output_modalities"]),
        "voice": speak.get("voice"),
        "output_audio_format": _format(fmt) if fmt else None,
        "temperature": USUAL_TEMPERATURE,
    }


# -- from the client --------------------------------------------------------------------------------------------------


def settings(given: Mapping[str, Any], path: str = "session") -> dict[str, Any]:
    """Settings of a session or a response in which the flat names of the beta stand where they belong now."""
    result = {k: v for k, v in given.items() if k not in ("id", "object", "expires_at", "client_secret")}
    listen: dict[str, Any] = {}
    speak: dict[str, Any] = {}
    for old, target, new in (
        ("input_audio_format", listen, "format"),
        ("output_audio_format", speak, "format"),
        ("input_audio_transcription", listen, "transcription"),
        ("input_audio_noise_reduction", listen, "noise_reduction"),
        ("turn_detection", listen, "turn_detection"),
        ("voice", speak, "voice"),
        ("speed", speak, "speed"),
    ):
        if old in result:
            value = result.pop(old)
            if new == "format":
                value = {"type": FORMATS.get(value, value) if isinstance(value, str) else value}
            target[new] = value
    if "modalities" in result:
        result["output_modalities"] = result.pop("modalities")
    if "max_response_output_tokens" in result:
        result["max_output_tokens"] = result.pop("max_response_output_tokens")
    if listen or speak:
        audio = dict(_object(result, "audio", f"{path}.audio"))
        if listen:
            audio["input"] = {**listen, **_object(audio, "input", f"{path}.audio.input")}
        if speak:
            audio["output"] = {**speak, **_object(audio, "output", f"{path}.audio.output")}
        result["audio"] = audio
    return result


def _object(holder: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
    value = holder.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"{path} must be an object.", param=path)
    return value or {}
