"""Parts of a chat request that are not text, and the refusal where a model cannot read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from voicegw_desktop.core.errors import BadRequest

PARTS = {"image_url": "images", "input_image": "images", "input_audio": "audio", "file": "files", "video_url": "video"}
"""Type of a part of a message → what it holds."""


def parts_of(body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(number of the message, what it holds) for each part that is no text."""
    messages = body.get("messages")
    # completions and embeddings pass on what clients send beside their own fields
    for i, message in enumerate(messages if isinstance(messages, list) else ()):
        content = message.get("content") if isinstance(message, dict) else None
        for part in content if isinstance(content, list) else ():
            kind = PARTS.get(str(part.get("type"))) if isinstance(part, dict) else None
            if kind is not None:
                yield i, kind


def check_text(body: Mapping[str, Any], target: str, reads: frozenset[str] = frozenset()) -> None:
    """BadRequest `unsupported_content` for the first part that is neither text nor among what the model `reads`."""
    for i, kind in parts_of(body):
        if kind not in reads:
            raise BadRequest(
                f"{target} cannot take {kind}; name a model that can, or leave them out.",
                param=f"messages[{i}].content",
                code="unsupported_content",
            )
