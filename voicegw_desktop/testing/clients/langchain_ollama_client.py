"""langchain-ollama's chat model."""

from __future__ import annotations

import importlib
from typing import Any

PACKAGES = ("langchain-ollama", "ollama")
MODEL = "llamacpp/smollm2-135m"


def _model(where: Any, **more: Any) -> Any:
    chat = importlib.import_module("langchain_ollama").ChatOllama
    key = {"headers": {"Authorization": f"Bearer {where.key}"}}
    return chat(model=MODEL, base_url=where.url, client_kwargs=key, temperature=0, num_predict=12, **more)


async def invoke(where: Any) -> str:
    answer = await _model(where, validate_model_on_init=True).ainvoke("Say hello.")
    assert answer.content, "no text"
    return f"{answer.usage_metadata['output_tokens']} tokens"


async def stream(where: Any) -> str:
    chunks = [chunk.content async for chunk in _model(where).astream("Say hello.")]
    assert "".join(chunks).strip(), "no text"
    return f"{len(chunks)} chunks"


async def structured(where: Any) -> str:
    form = {"title": "Person", "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    model = _model(where).with_structured_output(form, method="json_schema", include_raw=True)
    answer = await model.ainvoke("The name of a person is Ann.")
    assert str(answer["raw"].content).lstrip().startswith("{"), answer
    return " ".join(str(answer["raw"].content).split())[:40]


async def tools(where: Any) -> str:
    messages: Any = importlib.import_module("langchain_core.messages")
    call = {"name": "weather", "args": {"city": "Paris"}, "id": "call_1", "type": "tool_call"}
    history = [
        messages.HumanMessage("What is the weather in Paris?"),
        messages.AIMessage("", tool_calls=[call]),
        messages.ToolMessage("Sunny.", tool_call_id="call_1"),
    ]
    answer = await _model(where).ainvoke(history)
    assert answer.content, "no text"
    return "a tool's result goes back"


CHECKS = (
    ("chat", invoke),
    ("chat stream", stream),
    ("structured output", structured),
    ("tool results", tools),
)
