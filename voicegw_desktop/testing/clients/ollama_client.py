"""The ollama package: chat, generate, tools, embeddings and lists, with a key and at whatever address it is given."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ollama import AsyncClient, ChatResponse

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("ollama",)
MODEL = "llamacpp/smollm2-135m"
HI = [{"role": "user", "content": "Say hello."}]
SHORT = {"num_predict": 12, "temperature": 0, "seed": 7}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather of a city.",
        "parameters": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
    },
}


def _client(where: Where) -> AsyncClient:
    from ollama import AsyncClient

    return AsyncClient(host=where.url, headers={"Authorization": f"Bearer {where.key}"})


async def lists(where: Where) -> str:
    api = _client(where)
    names = [model.model for model in (await api.list()).models]
    assert MODEL in names, f"{names}"
    shown = await api.show(MODEL)
    assert "completion" in (shown.capabilities or []), shown
    return f"{len(names)} models"


async def chat(where: Where) -> str:
    answer = await _client(where).chat(MODEL, messages=HI, options=SHORT)
    assert answer.message.content, "no text"
    assert answer.done
    assert answer.total_duration > 0
    return f"{answer.eval_count} tokens"


async def stream(where: Where) -> str:
    text = ""
    last: ChatResponse | None = None
    async for last in await _client(where).chat(MODEL, messages=HI, options=SHORT, stream=True):
        text += last.message.content or ""
    assert text.strip(), "no text"
    assert last is not None
    assert last.done
    return f"{len(text)} characters"


async def generate(where: Where) -> str:
    answer = await _client(where).generate(MODEL, prompt="Say hello.", options=SHORT)
    assert answer.response, "no text"
    raw = await _client(where).generate(MODEL, prompt="Once upon a", raw=True, options=SHORT)
    assert raw.response, "no text for a raw prompt"
    return f"{answer.eval_count} and {raw.eval_count} tokens"


async def schema(where: Where) -> str:
    form = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 12}}}
    answer = await _client(where).chat(MODEL, messages=HI, format=form, options={"num_predict": 60, "temperature": 0})
    found: dict[str, Any] = json.loads(answer.message.content or "")
    assert "name" in found, found
    return json.dumps(found)[:40]


async def tools(where: Where) -> str:
    ask = [{"role": "user", "content": "What is the weather in Paris? Call the tool."}]
    answer = await _client(where).chat(MODEL, messages=ask, tools=[TOOL], options={"num_predict": 60, "temperature": 0})
    calls = answer.message.tool_calls or []
    if not calls:
        raise NotImplementedError("the small model wrote text instead of calling a tool")
    assert calls[0].function.name == "weather", calls
    return str(dict(calls[0].function.arguments))[:60]


async def loading(where: Where) -> str:
    api = _client(where)
    await api.chat(MODEL, messages=[])
    held = [model.model for model in (await api.ps()).models]
    assert MODEL in held, f"{held}"
    return "in memory after an empty request"


async def refusals(where: Where) -> str:
    from ollama import ResponseError

    seen: list[int | str] = []
    calls: tuple[Coroutine[Any, Any, object], ...] = (
        _client(where).embed(MODEL, input="Hello."),
        _client(where).show("no/such-model"),
        _client(where).chat(MODEL, messages=HI, format="json", options={"temperature": "hot"}),
    )
    for call in calls:
        try:
            await call
        except ResponseError as error:
            seen.append(error.status_code if error.error.endswith(".") else error.error)
    assert seen == [501, 404, 400], f"{seen}"
    return "no embeddings here 501, unknown model 404, wrong option 400"


CHECKS = (
    ("list and show", lists),
    ("chat", chat),
    ("chat stream", stream),
    ("generate, raw too", generate),
    ("JSON schema", schema),
    ("tools", tools),
    ("load and ps", loading),
    ("refusals", refusals),
)
