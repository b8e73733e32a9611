"""langchain's chat models over this gateway: langchain-anthropic or langchain-openai, as PLUGIN says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from voicegw_desktop.testing.clients.__main__ import Where

PLUGIN = os.environ.get("PLUGIN", "openai")
PACKAGES = (f"langchain-{PLUGIN}", "langchain-core")
IMPORTS = (f"langchain_{PLUGIN}",)
SHAPE: dict[str, object] = {
    "title": "Answer",
    "description": "One number.",
    "type": "object",
    "properties": {"number": {"type": "integer"}},
    "required": ["number"],
    "additionalProperties": False,
}


def _model(where: Where, *, responses: bool = False) -> BaseChatModel:
    if PLUGIN == "anthropic":
        from langchain_anthropic import ChatAnthropic

        return ChatAnthropic(model="claude-sonnet-4-5", base_url=where.url, api_key=where.key, max_tokens=40)
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model="gpt-4o-mini", base_url=where.v1, api_key=where.key, max_tokens=40, use_responses_api=responses
    )


async def invoke(where: Where) -> str:
    said = (await _model(where).ainvoke("Say hello.")).content
    assert said, "no text"
    return f"{len(said)} characters"


async def stream(where: Where) -> str:
    pieces = [piece.content async for piece in _model(where).astream("Say hello.")]
    assert any(pieces), "no text"
    return f"{len(pieces)} pieces"


async def structured(where: Where) -> str:
    if PLUGIN == "anthropic":
        made = await _model(where).with_structured_output(SHAPE).ainvoke("Give the number 7.")
    else:
        made = await _model(where).with_structured_output(SHAPE, method="json_schema").ainvoke("Give the number 7.")
    assert isinstance(made, dict), made
    assert isinstance(made["number"], int), made
    return str(made)


async def responses(where: Where) -> str:
    if PLUGIN != "openai":
        raise NotImplementedError("only OpenAI's models have responses")
    said = (await _model(where, responses=True).ainvoke("Say hello.")).content
    assert said, "no text"
    return f"{len(said)} parts"


CHECKS = (
    ("chat", invoke),
    ("chat stream", stream),
    ("structured output", structured),
    ("responses", responses),
)
