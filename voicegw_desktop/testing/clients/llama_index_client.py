"""llama-index's OpenAILike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_index.llms.openai_like import OpenAILike

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("llama-index-llms-openai-like", "llama-index-core")
IMPORTS = ("llama_index.llms.openai_like",)


def _model(where: Where) -> OpenAILike:
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(
        model="gpt-4o-mini", api_base=where.v1, api_key=where.key, is_chat_model=True, max_tokens=12, max_retries=0
    )


async def chat(where: Where) -> str:
    from llama_index.core.llms import ChatMessage

    said = (await _model(where).achat([ChatMessage(role="user", content="Say hello.")])).message.content
    assert said, "no text"
    return f"{len(said)} characters"


async def stream(where: Where) -> str:
    from llama_index.core.llms import ChatMessage

    answer = await _model(where).astream_chat([ChatMessage(role="user", content="Say hello.")])
    text = "".join([piece.delta or "" async for piece in answer])
    assert text.strip(), "no text"
    return f"{len(text)} characters"


async def complete(where: Where) -> str:
    said = (await _model(where).acomplete("Say hello.")).text
    assert said, "no text"
    return f"{len(said)} characters"


CHECKS = (
    ("chat", chat),
    ("chat stream", stream),
    ("completion", complete),
)
