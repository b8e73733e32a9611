"""pydantic-ai: agents over chat completions and responses, plain and with output of a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_ai import Agent

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("pydantic-ai-slim", "openai")
IMPORTS = ("pydantic_ai.models.openai",)
MODEL = "gpt-4o-mini"


def _agent(where: Where, *, responses: bool = False, output: object = str) -> Agent:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=where.v1, api_key=where.key)
    kind = OpenAIResponsesModel if responses else OpenAIChatModel
    return Agent(kind(MODEL, provider=provider), output_type=output, model_settings={"max_tokens": 40})


async def chat(where: Where) -> str:
    said = str((await _agent(where).run("Say hello.")).output)
    assert said.strip(), "no text"
    return f"{len(said)} characters"


async def stream(where: Where) -> str:
    async with _agent(where).run_stream("Say hello.") as run:
        pieces = [piece async for piece in run.stream_text(delta=True)]
    assert "".join(pieces).strip(), "no text"
    return f"{len(pieces)} pieces"


async def native(where: Where) -> str:
    return await _number(where, responses=False)


async def responses(where: Where) -> str:
    return await _number(where, responses=True)


async def _number(where: Where, *, responses: bool) -> str:
    from pydantic import BaseModel
    from pydantic_ai import NativeOutput

    class Answer(BaseModel):
        number: int

    made = (await _agent(where, responses=responses, output=NativeOutput(Answer)).run("Give the number 7.")).output
    assert isinstance(made, Answer), made
    return str(made)


CHECKS = (
    ("chat", chat),
    ("chat stream", stream),
    ("native output", native),
    ("responses, native output", responses),
)
