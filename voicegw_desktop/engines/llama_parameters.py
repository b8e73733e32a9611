"""The parameters of OpenAI's chat clients, as its Python SDK 3.54 has them, and what llama.cpp does with each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest
from voicegw_desktop.core.parameters import parameters

_SAMPLED = "frequency_penalty logit_bias logprobs max_tokens model n presence_penalty seed stop stream stream_options"
_SAMPLED += " temperature top_p"
_TEXT = "Local models answer in text; have it spoken by /v1/audio/speech, or hold a conversation on /v1/realtime."

CHAT = parameters(
    read=f"{_SAMPLED} max_completion_tokens messages modalities parallel_tool_calls response_format tool_choice tools"
    " top_logprobs",
    refused={
        "audio": _TEXT,
        "function_call": "Write tool_choice.",
        "functions": "Write them as tools.",
        "web_search_options": "A local model searches nothing; give it a tool that does.",
    },
    unused="metadata moderation prediction prompt_cache_key prompt_cache_options prompt_cache_retention"
    " reasoning_effort safety_identifier service_tier store user verbosity",
)
"""`/v1/chat/completions`."""
COMPLETIONS = parameters(
    read=f"{_SAMPLED} prompt",
    refused={
        "best_of": "Ask for several answers with n, and choose.",
        "echo": "Put the prompt before the answer.",
        "suffix": "Only what follows a prompt is written.",
    },
    unused="user",
)
"""`/v1/completions`."""
TABLES = {"/chat/completions": CHAT, "/completions": COMPLETIONS}


def check_parameters(path: str, body: Mapping[str, Any]) -> None:
    """BadRequest for a parameter without which the answer would not be what was asked for."""
    table = TABLES.get(path)
    if table is None:
        return
    if not table.refused.keys().isdisjoint(body):
        # one answer is the best of one
        table.check((name, value) for name, value in body.items() if (name, value) != ("best_of", 1))
    modalities = body.get("modalities")
    if isinstance(modalities, list) and any(kind != "text" for kind in modalities):
        raise BadRequest(f"modalities is not served. {_TEXT}", param="modalities", code="not_supported")
