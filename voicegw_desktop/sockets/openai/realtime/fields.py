"""The fields that a Realtime client's events, session, items and answers may have; another one is refused by its path.

They are those of OpenAI's published types, of its beta, and `speed` of one answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.typed import Record, is_list, is_record

EVENTS = {
    "session.update": ("session",),
    "transcription_session.update": ("session",),
    "input_audio_buffer.append": ("audio",),
    "input_audio_buffer.commit": (),
    "input_audio_buffer.clear": (),
    "output_audio_buffer.clear": (),
    "conversation.item.create": ("item", "previous_item_id"),
    "conversation.item.retrieve": ("item_id",),
    "conversation.item.delete": ("item_id",),
    "conversation.item.truncate": ("item_id", "content_index", "audio_end_ms"),
    "response.create": ("response",),
    "response.cancel": ("response_id",),
}
"""Client event → its fields beside `type` and `event_id`."""
TOP = {
    "realtime": (
        "type", "model", "instructions", "output_modalities", "audio", "tools", "tool_choice", "max_output_tokens",
        "truncation", "parallel_tool_calls", "reasoning", "include",
    ),
    "transcription": ("type", "audio", "include"),
}  # fmt: skip
UNUSED = {
    # the modalities of the beta's transcription sessions are what such a session has anyway
    "transcription": ("output_modalities",),
    "realtime": ("tracing", "temperature", "prompt"),
}
"""Settings that are taken and kept by nothing here; `prompt` is refused where it is not null."""
LISTEN = ("format", "noise_reduction", "transcription", "turn_detection")
SPEAK = ("format", "voice", "speed")
TOOL = ("type", "name", "description", "parameters")
TRANSCRIPTION = ("model", "language", "languages", "prompt", "keywords", "delay")
VADS = {
    "server_vad": ("type", "threshold", "prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms",
                   "create_response", "interrupt_response"),
    "semantic_vad": ("type", "eagerness", "create_response", "interrupt_response"),
}  # fmt: skip
ANSWER = (
    "audio", "conversation", "input", "instructions", "max_output_tokens", "metadata", "output_modalities",
    "parallel_tool_calls", "reasoning", "tool_choice", "tools", "temperature", "prompt",
)  # fmt: skip
ITEM = ("id", "object", "type", "status")
ITEMS = {
    "message": ("role", "content"),
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id", "output"),
}
"""Type of an item → its own fields; null is taken for those of the others, which the beta's type has in one."""
PART = ("id", "type", "text", "audio", "transcript", "image_url", "detail")


def only(value: object, names: Collection[str], path: str) -> Record:
    """The object at a path; BadRequest when it is none or has a field of another name."""
    if not is_record(value):
        raise BadRequest(f"{path} must be an object.", param=path)
    for name in value:
        if name not in names:
            where = f"{path}.{name[:60]}" if path else name[:60]
            raise BadRequest(f"Unknown parameter: {where}.", param=where, code="unknown_parameter")
    return value


def check_event(event: Mapping[str, object]) -> None:
    """Raise BadRequest for a field that an event of this type does not have."""
    only(dict(event), ("type", "event_id", *EVENTS[str(event["type"])]), "")


def check_session(told: Mapping[str, object], kind: str) -> None:
    """Raise BadRequest for a setting that a session of this kind does not have."""
    only(dict(told), (*TOP[kind], *UNUSED[kind]), "session")
    audio = _part(told, "audio", ("input", "output") if kind == "realtime" else ("input",), "session")
    listen = _part(audio, "input", LISTEN, "session.audio")
    path = "session.audio.input"
    _part(listen, "format", ("type", "rate"), path)
    _part(listen, "noise_reduction", ("type", "strength"), path)
    _part(listen, "transcription", TRANSCRIPTION, path)
    _part(listen, "turn_detection", {*VADS["server_vad"], *VADS["semantic_vad"]}, path)
    _check_output(_part(audio, "output", SPEAK, "session.audio"), "session.audio.output")
    _check_shared(told, "session")


def check_answer_fields(asked: Mapping[str, object]) -> None:
    """Raise BadRequest for a setting that an answer does not have."""
    only(dict(asked), ANSWER, "response")
    audio = _part(asked, "audio", ("output",), "response")
    _check_output(_part(audio, "output", SPEAK, "response.audio"), "response.audio.output")
    _check_shared(asked, "response")


def check_item(item: Record, path: str) -> None:
    """Raise BadRequest for a field that an item of this type does not have."""
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in ITEMS:
        # the type itself is refused
        return
    every = {name for names in ITEMS.values() for name in names}
    given = {name: value for name, value in item.items() if value is not None or name not in every}
    only(given, (*ITEM, *ITEMS[kind]), path)
    content = item.get("content")
    for i, part in enumerate(content if is_list(content) else ()):
        if is_record(part):
            only(part, PART, f"{path}.content[{i}]")


def _part(holder: Mapping[str, object], name: str, names: Collection[str], path: str) -> Record:
    value = holder.get(name)
    # null takes a setting back, and what is no object is refused by the check of its own
    return only(value, names, f"{path}.{name}") if is_record(value) else {}


def _check_output(speak: Record, path: str) -> None:
    _part(speak, "format", ("type", "rate"), path)
    _part(speak, "voice", ("id",), path)


def _check_shared(data: Mapping[str, object], path: str) -> None:
    tools = data.get("tools")
    for i, tool in enumerate(tools if is_list(tools) else ()):
        if is_record(tool) and tool.get("type") == "function":
            only(tool, TOOL, f"{path}.tools[{i}]")
    _part(data, "reasoning", ("effort",), path)
    _part(data, "truncation", ("type", "retention_ratio", "token_limits"), path)
