"""langchain-ollama's chat model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_ollama import ChatOllama

    from voicegw_desktop.testing.clients.__main__ import Where

PACKAGES = ("langchain-ollama", "ollama")
MODEL = "llamacpp/smollm2-135m"


def _model(where: Where, *, look_first: bool = False) -> ChatOllama:
    from langchain_ollama import ChatOllama

    key = {"headers": {"Authorization": f"Bearer {where.key}"}}
    return ChatOllama(
        model=MODEL,
        base_url=where.url,
        client_kwargs=key,
        temperature=0,
        num_predict=12,
        validate_model_on_init=look_first,
    )


async def invoke(where: Where) -> str:
    answer = await _model(where, look_first=True).ainvoke("Say hello.")
    assert answer.content, "no text"
    return f"{answer.usage_metadata['output_tokens']} tokens"


async def stream(where: Where) -> str:
    chunks = [chunk.content async for chunk in _model(where).astream("Say hello.")]
    assert "".join(chunks).strip(), "no text"
    return f"{len(chunks)} chunks"


async def structured(where: Where) -> str:
    form = {"title": "Person", "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    model = _model(where).with_structured_output(form, method="json_schema", include_raw=True)
    answer = await model.ainvoke("The name of a person is Ann.")
    assert str(answer["raw"].content).lstrip().startswith("{"), answer
    return " ".join(str(answer["raw"].content).split())[:40]


async def tools(where: Where) -> str:
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    call = {"name": "weather", "args": {"city": "Paris"}, "id": "call_1", "type": "tool_call"}
    history = [
        HumanMessage("What is the weather in Paris?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("Sunny.", tool_call_id="call_1"),
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
