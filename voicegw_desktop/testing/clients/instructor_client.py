"""instructor: answers of a shape, by a schema and by the Responses API's tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("instructor", "openai")
IMPORTS = ("instructor",)


async def schema(where: Where) -> str:
    return await _made(where, "JSON_SCHEMA")


async def tools(where: Where) -> str:
    return await _made(where, "TOOLS")


async def responses(where: Where) -> str:
    return await _made(where, "RESPONSES_TOOLS")


async def _made(where: Where, mode: str) -> str:
    import instructor
    from openai import AsyncOpenAI
    from pydantic import BaseModel

    class Answer(BaseModel):
        number: int

    api = AsyncOpenAI(api_key=where.key, base_url=where.v1, max_retries=0)
    client = instructor.from_openai(api, mode=instructor.Mode[mode])
    made = await client.create(
        model="gpt-4o-mini",
        response_model=Answer,
        messages=[{"role": "user", "content": "Give the number 7."}],
        max_retries=2,
    )
    assert isinstance(made, Answer), made
    return str(made)


CHECKS = (
    ("JSON schema", schema),
    ("tools", tools),
    ("responses with tools", responses),
)
