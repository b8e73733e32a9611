"""Thoughts in an answer are not part of its text at the doors that parse answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from voicegw_desktop.sockets.chat.answer import Finish, Reasoning, Text, pieces

pytestmark = pytest.mark.unit


async def test_think_tags_are_reasoning() -> None:
    async def stream() -> AsyncIterator[bytes]:
        for text in ("<think>", "Hm.", "</think>", "\n\nHi", " there <"):
            yield b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"
        yield b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'

    found = [piece async for piece in pieces(stream())]
    assert found == [Reasoning("Hm."), Text("Hi"), Text(" there "), Text("<"), Finish("stop")]
